"""What programs were answered under an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_once",
        sa.Column("program", sa.String(200), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("asked", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("holder", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("program", "key", name=op.f("pk_crm_once")),
    )
    op.create_index(op.f("ix_crm_once_at"), "crm_once", ["at"])


def downgrade() -> None:
    op.drop_table("crm_once")
