"""Sums of each whole hour of calls, beside those of its quarters.

They are filled from the quarters, whatever the thresholds of these are, so nothing is counted anew.
"""

import sqlalchemy as sa
from alembic import op

from ledger.tables import BigId

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_LINE = (
    "offered", "answered", "abandoned", "short", "voicemail", "overflowed", "failed", "waiting", "within",
    "abandoned_within", "waits", "wait_ms", "longest_ms", "talks", "talk_ms", "hold_ms", "unknown",
    "short_within", "abandoned_waits",
)
_CALLS = (
    "offered", "answered", "abandoned", "abandoned_menu", "abandoned_queue", "voicemail", "fax", "closed", "unserved",
    "unknown_number", "failed", "in_progress", "untold", "estimated", "filled", "no_lines", "no_menus", "waits",
    "wait_ms", "longest_ms", "talks", "talk_ms", "hold_ms",
)


def upgrade() -> None:
    op.create_table(
        "reports_hour_lines",
        sa.Column("bucket", BigId, nullable=False, autoincrement=False),
        sa.Column("department", sa.String(40), nullable=False),
        *(sa.Column(name, BigId, nullable=False) for name in _LINE),
        sa.PrimaryKeyConstraint("bucket", "department", name=op.f("pk_reports_hour_lines")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reports_hour_calls",
        sa.Column("bucket", BigId, nullable=False, autoincrement=False),
        *(sa.Column(name, BigId, nullable=False) for name in _CALLS),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_reports_hour_calls")),
        sqlite_with_rowid=False,
    )
    _fill("lines", ("department",), _LINE)
    _fill("calls", (), _CALLS)


def _fill(what: str, keys: tuple[str, ...], sums: tuple[str, ...]) -> None:
    names = ", ".join(("bucket", *keys, *sums))
    hour = "bucket - bucket % 3600"
    added = [f"{'max' if name == 'longest_ms' else 'sum'}({name})" for name in sums]
    op.execute(
        f"INSERT INTO reports_hour_{what} ({names}) SELECT {', '.join((hour, *keys, *added))}"
        f" FROM reports_quarter_{what} GROUP BY {', '.join((hour, *keys))}"
    )


def downgrade() -> None:
    op.drop_table("reports_hour_calls")
    op.drop_table("reports_hour_lines")
