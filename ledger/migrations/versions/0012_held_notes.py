"""Notes about contacts that are nobody's yet."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crm_held_notes",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("interaction", sa.String(200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("disposition", sa.String(80), nullable=False),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("due", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_held_notes")),
    )
    op.create_index(op.f("ix_crm_held_notes_interaction"), "crm_held_notes", ["interaction"])


def downgrade() -> None:
    op.drop_index(op.f("ix_crm_held_notes_interaction"), table_name="crm_held_notes")
    op.drop_table("crm_held_notes")
