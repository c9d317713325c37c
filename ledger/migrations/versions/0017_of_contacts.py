"""What is to be done knows of which contact it came, and is kept with a contact that is nobody's."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_NOTHING = sa.text("''")


def upgrade() -> None:
    with op.batch_alter_table("crm_activities") as batch:
        batch.add_column(sa.Column("interaction", sa.String(200), nullable=False, server_default=_NOTHING))
    with op.batch_alter_table("crm_held_notes") as batch:
        batch.add_column(sa.Column("activity", sa.String(64), nullable=False, server_default=_NOTHING))
        batch.add_column(sa.Column("done_at", UtcDateTime()))
        batch.add_column(sa.Column("done_by", sa.String(80), nullable=False, server_default=_NOTHING))
    for table, columns in (("crm_activities", ("interaction",)), ("crm_held_notes", ("activity", "done_by"))):
        with op.batch_alter_table(table) as batch:
            for name in columns:
                batch.alter_column(name, server_default=None)
    op.create_index(op.f("ix_crm_activities_interaction"), "crm_activities", ["interaction"])


def downgrade() -> None:
    op.drop_index(op.f("ix_crm_activities_interaction"), table_name="crm_activities")
    with op.batch_alter_table("crm_activities") as batch:
        batch.drop_column("interaction")
    with op.batch_alter_table("crm_held_notes") as batch:
        for name in ("done_by", "done_at", "activity"):
            batch.drop_column(name)
