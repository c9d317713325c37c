"""The ledger itself: journal, its readers, jobs, files of the spool."""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId, JsonValue, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", BigId, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("call", sa.String(200)),
        sa.Column("agent", sa.String(200)),
        sa.Column("department", sa.String(200)),
        sa.Column("data", JsonValue, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
        sa.UniqueConstraint("id", name=op.f("uq_journal_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_journal_at"), "journal", ["at"])
    op.create_index(op.f("ix_journal_call"), "journal", ["call"])
    op.create_index(op.f("ix_journal_kind_at"), "journal", ["kind", "at"])
    op.create_table(
        "journal_readers",
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("seq", BigId, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_journal_readers")),
    )
    op.create_table(
        "jobs",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("payload", JsonValue, nullable=False),
        sa.Column("run_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("lease_by", sa.String(64)),
        sa.Column("lease_until", UtcDateTime()),
        sa.Column("last_error", sa.Text()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_jobs")),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name=op.f("ck_jobs_state")),
    )
    op.create_index(op.f("ix_jobs_state_run_at"), "jobs", ["state", "run_at"])
    op.create_table(
        "spool_files",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("size", BigId, autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("keep_until", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_spool_files")),
    )
    op.create_index(op.f("ix_spool_files_settled_at_keep_until"), "spool_files", ["settled_at", "keep_until"])


def downgrade() -> None:
    op.drop_table("spool_files")
    op.drop_table("jobs")
    op.drop_table("journal_readers")
    op.drop_table("journal")
