"""Customers, their numbers and interactions."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import JsonValue, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_customers",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_customers")),
    )
    op.create_table(
        "crm_numbers",
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("customer", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["crm_customers.id"],
            name=op.f("fk_crm_numbers_customer_crm_customers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_crm_numbers")),
    )
    op.create_index(op.f("ix_crm_numbers_customer"), "crm_numbers", ["customer"])
    op.create_table(
        "crm_interactions",
        sa.Column("call", sa.String(200), nullable=False),
        sa.Column("customer", sa.String(64)),
        sa.Column("medium", sa.String(20), nullable=False),
        sa.Column("started", UtcDateTime(), nullable=False),
        sa.Column("ended", UtcDateTime()),
        sa.Column("outcome", sa.String(20)),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Text(), nullable=False),
        sa.Column("waited", sa.Float(), nullable=False),
        sa.Column("talked", sa.Float(), nullable=False),
        sa.Column("facts", JsonValue, nullable=False),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["crm_customers.id"],
            name=op.f("fk_crm_interactions_customer_crm_customers"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("call", name=op.f("pk_crm_interactions")),
    )
    op.create_index(op.f("ix_crm_interactions_customer_started"), "crm_interactions", ["customer", "started"])


def downgrade() -> None:
    op.drop_table("crm_interactions")
    op.drop_table("crm_numbers")
    op.drop_table("crm_customers")
