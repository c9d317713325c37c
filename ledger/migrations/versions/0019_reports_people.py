"""What people did and for how long: moments as they were told, and the spans made of them."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports_moments",
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("at_us", BigId, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint(
            "agent", "what", "source", "at_us", "state", "reason", "department", name=op.f("pk_reports_moments")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reports_moments_source_at_us"), "reports_moments", ["source", "at_us"])
    op.create_table(
        "reports_spans",
        sa.Column("until_us", BigId, autoincrement=False, nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("since_us", BigId, autoincrement=False, nullable=False),
        sa.Column("doing", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("department", sa.String(200), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("until_us", "agent", "source", name=op.f("pk_reports_spans")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_reports_spans_agent_until_us"), "reports_spans", ["agent", "until_us"])


def downgrade() -> None:
    op.drop_table("reports_spans")
    op.drop_table("reports_moments")
