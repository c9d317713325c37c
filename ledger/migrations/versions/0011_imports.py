"""Imports of customers, every row that brought somebody, and exports."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import JsonValue, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_COUNTS = ("row", "read", "added", "joined", "known", "refused", "warned", "companies", "removed", "kept")


def upgrade() -> None:
    op.create_table(
        "crm_imports",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("file", sa.String(80), nullable=False),
        sa.Column("plan", JsonValue),
        sa.Column("wishes", JsonValue, nullable=False),
        sa.Column("rule", sa.String(8), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("began", UtcDateTime()),
        sa.Column("ended", UtcDateTime()),
        sa.Column("done", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("undone_by", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_imports")),
    )
    op.create_index(op.f("ix_crm_imports_at"), "crm_imports", ["at"])
    op.create_table(
        "crm_imported",
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("import", sa.String(64), nullable=False),
        sa.Column("customer", sa.String(64)),
        sa.Column("gave", JsonValue),
        sa.PrimaryKeyConstraint("digest", "row", "part", name=op.f("pk_crm_imported")),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["crm_customers.id"],
            name=op.f("fk_crm_imported_customer_crm_customers"),
            ondelete="SET NULL",
        ),
        # The key is the table: an import writes one tree less.
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_crm_imported_customer"), "crm_imported", ["customer"])
    op.create_table(
        "crm_import_told",
        sa.Column("import", sa.String(64), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("cells", JsonValue, nullable=False),
        sa.PrimaryKeyConstraint("import", "row", name=op.f("pk_crm_import_told")),
        sa.ForeignKeyConstraint(
            ["import"], ["crm_imports.id"], name=op.f("fk_crm_import_told_import_crm_imports"), ondelete="CASCADE"
        ),
    )
    op.create_table(
        "crm_exports",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("by", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("form", sa.String(8), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("tag", sa.String(40), nullable=False),
        sa.Column("count", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_exports")),
    )
    op.create_index(op.f("ix_crm_exports_at"), "crm_exports", ["at"])


def downgrade() -> None:
    for table in ("exports", "import_told", "imported", "imports"):
        op.drop_table(f"crm_{table}")
