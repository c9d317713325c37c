"""Tokens for programs, and the hashes of their secrets."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import JsonValue, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_tokens",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("scopes", JsonValue, nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("burst", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.String(200), nullable=False),
        sa.Column("expires_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_server_tokens")),
    )
    op.create_table(
        "server_token_secrets",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime()),
        sa.Column("last_used_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_server_token_secrets")),
        sa.ForeignKeyConstraint(
            ["token"],
            ["server_tokens.name"],
            name=op.f("fk_server_token_secrets_token_server_tokens"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("token", "number", name=op.f("uq_server_token_secrets_token_number")),
    )


def downgrade() -> None:
    op.drop_table("server_token_secrets")
    op.drop_table("server_tokens")
