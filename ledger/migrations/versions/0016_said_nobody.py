"""Contacts of which somebody said that they are nobody's."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE = "crm_assigned"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch:
        batch.alter_column("customer", existing_type=sa.String(64), nullable=True)


def downgrade() -> None:
    op.execute(f"DELETE FROM {TABLE} WHERE customer IS NULL OR \"by\" = ''")  # noqa: S608 - a constant
    with op.batch_alter_table(TABLE) as batch:
        batch.alter_column("customer", existing_type=sa.String(64), nullable=False)
