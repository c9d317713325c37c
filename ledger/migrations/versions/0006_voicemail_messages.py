"""Messages, what happened to each, and the index of their words."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId, JsonValue, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "voicemail_messages",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("mailbox", sa.String(40), nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("taken_at", UtcDateTime(), nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("ani", sa.Text(), nullable=False),
        sa.Column("ani_name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(10), nullable=False),
        sa.Column("facts", JsonValue, nullable=False),
        sa.Column("menus", JsonValue, nullable=False),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("empty", sa.Boolean()),
        sa.Column("peaks", JsonValue, nullable=False),
        sa.Column("text_state", sa.String(10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("words", JsonValue, nullable=False),
        sa.Column("text_by", sa.Text(), nullable=False),
        sa.Column("heard_at", UtcDateTime()),
        sa.Column("heard_by", sa.Text(), nullable=False),
        sa.Column("handled_at", UtcDateTime()),
        sa.Column("handled_by", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=False),
        sa.Column("deleted_at", UtcDateTime()),
        sa.Column("deleted_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voicemail_messages")),
    )
    op.create_index(op.f("ix_voicemail_messages_mailbox_taken_at"), "voicemail_messages", ["mailbox", "taken_at"])
    op.create_index(op.f("ix_voicemail_messages_taken_at"), "voicemail_messages", ["taken_at"])
    op.create_index(op.f("ix_voicemail_messages_keep_until"), "voicemail_messages", ["keep_until"])
    op.create_table(
        "voicemail_steps",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("message", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message"],
            ["voicemail_messages.id"],
            name=op.f("fk_voicemail_steps_message_voicemail_messages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_voicemail_steps")),
    )
    op.create_index(op.f("ix_voicemail_steps_message"), "voicemail_steps", ["message"])
    if op.get_bind().dialect.name == "sqlite":
        # Its own copy of the text: a search reads the index and nothing else.
        op.execute("CREATE VIRTUAL TABLE voicemail_fulltext USING fts5 (id UNINDEXED, text, tokenize = 'unicode61')")
    else:
        op.execute("CREATE INDEX voicemail_fulltext ON voicemail_messages USING gin (to_tsvector('simple', text))")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE voicemail_fulltext")
    op.drop_table("voicemail_steps")
    op.drop_table("voicemail_messages")
