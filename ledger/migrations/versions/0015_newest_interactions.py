"""The newest interactions of everybody, read from an index."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = "crm_interactions"


def upgrade() -> None:
    op.create_index(op.f("ix_crm_interactions_started_id"), TABLE, ["started", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_crm_interactions_started_id"), table_name=TABLE)
