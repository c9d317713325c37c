"""Lists of customers by name, narrowed to a status, an owner, those with tags, or numbers of nobody."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "crm_customers"


def upgrade() -> None:
    op.create_index(op.f("ix_crm_customers_status_name_key"), TABLE, ["status", "name_key"])
    op.create_index(op.f("ix_crm_customers_owner_name_key"), TABLE, ["owner", "name_key"])
    op.create_index(
        op.f("ix_crm_customers_tagged"),
        TABLE,
        ["name_key", "id"],
        sqlite_where=sa.text("tags != '[]'"),
        postgresql_where=sa.text("tags != '[]'::jsonb"),
    )
    op.create_index(
        op.f("ix_crm_customers_unknown"),
        TABLE,
        ["id"],
        sqlite_where=sa.text("made_by_us = 1"),
        postgresql_where=sa.text("made_by_us"),
    )


def downgrade() -> None:
    for name in ("unknown", "tagged", "owner_name_key", "status_name_key"):
        op.drop_index(op.f(f"ix_crm_customers_{name}"), table_name=TABLE)
