"""Lists of calls that somebody gave a name."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports_filters",
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", name=op.f("pk_reports_filters")),
    )


def downgrade() -> None:
    op.drop_table("reports_filters")
