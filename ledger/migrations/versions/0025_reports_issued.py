"""Reports that were issued, by schedule or by hand."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import JsonValue, UtcDateTime

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports_issued",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("schedule", sa.String(64), nullable=False),
        sa.Column("moment", UtcDateTime(), nullable=True),
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("asked", JsonValue, nullable=False),
        sa.Column("definition", JsonValue, nullable=False),
        sa.Column("start", UtcDateTime(), nullable=False),
        sa.Column("end", UtcDateTime(), nullable=False),
        sa.Column("format", sa.String(8), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=True),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("file", sa.String(48), nullable=False),
        sa.Column("document", sa.String(48), nullable=False),
        sa.Column("summary", JsonValue, nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports_issued")),
    )
    op.create_index(op.f("ix_reports_issued_asked_at"), "reports_issued", ["asked_at"])
    op.create_index(op.f("ix_reports_issued_keep_until"), "reports_issued", ["keep_until"])


def downgrade() -> None:
    op.drop_index(op.f("ix_reports_issued_keep_until"), table_name="reports_issued")
    op.drop_index(op.f("ix_reports_issued_asked_at"), table_name="reports_issued")
    op.drop_table("reports_issued")
