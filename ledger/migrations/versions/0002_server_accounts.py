"""Accounts of the web pages and their logins."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "server_accounts",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_server_accounts")),
        sa.CheckConstraint("role IN ('operator', 'supervisor', 'admin')", name=op.f("ck_server_accounts_role")),
    )
    op.create_table(
        "server_logins",
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_server_logins")),
        sa.ForeignKeyConstraint(
            ["account"],
            ["server_accounts.name"],
            name=op.f("fk_server_logins_account_server_accounts"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_server_logins_account"), "server_logins", ["account"])
    op.create_index(op.f("ix_server_logins_expires_at"), "server_logins", ["expires_at"])


def downgrade() -> None:
    op.drop_table("server_logins")
    op.drop_table("server_accounts")
