"""Calls whose end was filled in from a file of Asterisk's own say so, and are counted.

Which of them it was is not stored so far: the records are made anew from the journal, where any file was taken in. The
columns keep their defaults, so that nothing is copied.
"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports_calls", sa.Column("filled", sa.String(80), nullable=False, server_default=sa.text("''")))
    op.add_column("reports_quarter_calls", sa.Column("filled", BigId, nullable=False, server_default=sa.text("0")))
    op.execute(
        "DELETE FROM journal_readers WHERE name = 'reports' AND EXISTS (SELECT source FROM reports_import_sources)"
    )


def downgrade() -> None:
    op.drop_column("reports_quarter_calls", "filled")
    op.drop_column("reports_calls", "filled")
