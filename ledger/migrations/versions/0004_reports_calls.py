"""Call records, as the reports derive them from the journal."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import JsonValue, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports_calls",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("ani", sa.Text(), nullable=False),
        sa.Column("ani_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("path", JsonValue, nullable=False),
        sa.Column("keys", JsonValue, nullable=False),
        sa.Column("facts", JsonValue, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("abandoned_in", sa.Text(), nullable=False),
        sa.Column("hung_up_first", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("waited", sa.Float(), nullable=False),
        sa.Column("talked", sa.Float(), nullable=False),
        sa.Column("stays", JsonValue, nullable=False),
        sa.Column("offers", JsonValue, nullable=False),
        sa.Column("talks", JsonValue, nullable=False),
        sa.Column("estimated", sa.Boolean(), nullable=False),
        sa.Column("odd", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_reports_calls")),
    )
    op.create_index(op.f("ix_reports_calls_offered_at"), "reports_calls", ["offered_at"])


def downgrade() -> None:
    op.drop_table("reports_calls")
