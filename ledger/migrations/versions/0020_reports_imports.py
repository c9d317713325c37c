"""What was imported from an existing Asterisk: sources, how far each file was read, each contact's lines."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId, JsonValue, UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports_import_sources",
        sa.Column("source", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("host", sa.String(60), nullable=False),
        sa.Column("options", JsonValue, nullable=False),
        sa.Column("first_at", UtcDateTime()),
        sa.Column("last_at", UtcDateTime()),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "reports_import_files",
        sa.Column("source", sa.String(80), primary_key=True),
        sa.Column("identity", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("offset", BigId, nullable=False, autoincrement=False),
        sa.Column("line", BigId, nullable=False, autoincrement=False),
        sa.Column("mark", sa.String(16), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=False),
    )
    op.create_table(
        "reports_import_contacts",
        sa.Column("contact", sa.String(200), primary_key=True),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("twin", sa.String(200), nullable=False),
        sa.Column("own", sa.String(200), nullable=False),
        sa.Column("over", sa.Boolean(), nullable=False),
        sa.Column("lines", JsonValue, nullable=False),
    )
    op.create_index(op.f("ix_reports_import_contacts_twin"), "reports_import_contacts", ["twin"])
    op.create_index(op.f("ix_reports_import_contacts_own"), "reports_import_contacts", ["own"])
    op.create_index(op.f("ix_reports_import_contacts_source_over"), "reports_import_contacts", ["source", "over"])


def downgrade() -> None:
    op.drop_table("reports_import_contacts")
    op.drop_table("reports_import_files")
    op.drop_table("reports_import_sources")
