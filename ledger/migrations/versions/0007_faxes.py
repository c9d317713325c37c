"""Faxes, what happened to each, the calls with those we sent, and the index of what was read on them."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId, JsonValue, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faxes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("direction", sa.String(3), nullable=False),
        sa.Column("box", sa.String(40), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("pdf", sa.String(64), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("dots", JsonValue, nullable=False),
        sa.Column("ecm", sa.Boolean(), nullable=False),
        sa.Column("t38", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("facts", JsonValue, nullable=False),
        sa.Column("menus", JsonValue, nullable=False),
        sa.Column("text_state", sa.String(10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("seen_at", UtcDateTime()),
        sa.Column("seen_by", sa.Text(), nullable=False),
        sa.Column("handled_at", UtcDateTime()),
        sa.Column("handled_by", sa.Text(), nullable=False),
        sa.Column("assigned_to", sa.Text(), nullable=False),
        sa.Column("deleted_at", UtcDateTime()),
        sa.Column("deleted_by", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("original", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("resolution", sa.String(12), nullable=False),
        sa.Column("cover", JsonValue),
        sa.Column("sent_by", sa.Text(), nullable=False),
        sa.Column("confirm", JsonValue, nullable=False),
        sa.Column("send_at", UtcDateTime()),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("report", sa.String(64), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faxes")),
    )
    op.create_index(op.f("ix_faxes_direction_box_at"), "faxes", ["direction", "box", "at"])
    op.create_index(op.f("ix_faxes_at"), "faxes", ["at"])
    op.create_index(op.f("ix_faxes_keep_until"), "faxes", ["keep_until"])
    op.create_table(
        "fax_steps",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("fax", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fax"], ["faxes.id"], name=op.f("fk_fax_steps_fax_faxes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_fax_steps")),
    )
    op.create_index(op.f("ix_fax_steps_fax"), "fax_steps", ["fax"])
    op.create_table(
        "fax_attempts",
        sa.Column("fax", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("began_sending_at", UtcDateTime()),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("result", sa.String(20)),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("station", sa.Text(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["fax"], ["faxes.id"], name=op.f("fk_fax_attempts_fax_faxes"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("fax", "number", name=op.f("pk_fax_attempts")),
    )
    if op.get_bind().dialect.name == "sqlite":
        # Its own copy of the text: a search reads the index and nothing else.
        op.execute("CREATE VIRTUAL TABLE fax_fulltext USING fts5 (id UNINDEXED, text, tokenize = 'unicode61')")
    else:
        op.execute("CREATE INDEX fax_fulltext ON faxes USING gin (to_tsvector('simple', text))")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE fax_fulltext")
    op.drop_table("fax_attempts")
    op.drop_table("fax_steps")
    op.drop_table("faxes")
