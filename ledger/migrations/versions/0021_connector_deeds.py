"""What people did with connectors."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connector_deeds",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("receiver", sa.String(32), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("what", sa.String(20), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_connector_deeds")),
    )
    op.create_index(op.f("ix_connector_deeds_receiver_seq"), "connector_deeds", ["receiver", "seq"])


def downgrade() -> None:
    op.drop_table("connector_deeds")
