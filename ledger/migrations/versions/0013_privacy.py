"""Persons who were forgotten, with certificates, and exports of all that is known of one."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import JsonValue, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_erasures",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("customer", sa.String(64), nullable=False),
        sa.Column("pseudonym", sa.String(40), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("step", sa.String(40), nullable=False),
        sa.Column("waits", sa.Text(), nullable=False),
        sa.Column("whom", sa.Text(), nullable=False),
        sa.Column("counts", JsonValue, nullable=False),
        sa.Column("stays", JsonValue, nullable=False),
        sa.Column("certificate", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_erasures")),
    )
    op.create_index(op.f("ix_privacy_erasures_asked_at"), "privacy_erasures", ["asked_at"])
    op.create_index(op.f("ix_privacy_erasures_customer"), "privacy_erasures", ["customer"])
    op.create_table(
        "privacy_exports",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("customer", sa.String(64), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("doing", sa.String(40), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", UtcDateTime()),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_privacy_exports")),
    )
    op.create_index(op.f("ix_privacy_exports_asked_at"), "privacy_exports", ["asked_at"])
    op.create_index(op.f("ix_privacy_exports_customer"), "privacy_exports", ["customer"])


def downgrade() -> None:
    for table in ("exports", "erasures"):
        for column in ("customer", "asked_at"):
            op.drop_index(op.f(f"ix_privacy_{table}_{column}"), table_name=f"privacy_{table}")
        op.drop_table(f"privacy_{table}")
