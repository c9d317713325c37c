"""What other systems have not got yet, and how each of them is doing."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId, JsonValue, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "connector_receivers",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("last_success", UtcDateTime()),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("last_error_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_connector_receivers")),
    )
    op.create_table(
        "connector_waiting",
        sa.Column("receiver", sa.String(32), nullable=False),
        sa.Column("entry", sa.String(64), nullable=False),
        sa.Column("lane", sa.String(200), nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("customer", sa.String(64), nullable=False),
        sa.Column("payload", JsonValue, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parked_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("last_reply", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'failed')", name=op.f("ck_connector_waiting_state")),
        sa.PrimaryKeyConstraint("receiver", "entry", name=op.f("pk_connector_waiting")),
    )
    op.create_index(
        op.f("ix_connector_waiting_receiver_state_next_at"), "connector_waiting", ["receiver", "state", "next_at"]
    )
    op.create_index(
        op.f("ix_connector_waiting_receiver_state_lane_seq"), "connector_waiting", ["receiver", "state", "lane", "seq"]
    )
    op.create_index(op.f("ix_connector_waiting_receiver_state_seq"), "connector_waiting", ["receiver", "state", "seq"])
    op.create_index(op.f("ix_connector_waiting_call_receiver_state"), "connector_waiting", ["call", "receiver", "state"])
    op.create_index(op.f("ix_connector_waiting_customer"), "connector_waiting", ["customer"])


def downgrade() -> None:
    op.drop_table("connector_waiting")
    op.drop_table("connector_receivers")
