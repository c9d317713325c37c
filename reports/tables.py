"""The tables of call records: one row a contact, and one for each stay, ringing, conversation and menu of it.

Times are whole numbers, so that sums are exact: `second` is when the contact came in (seconds of epoch), `_us` are
microseconds of epoch, `_ms` durations. Owns no rule.
"""

from __future__ import annotations

import sqlalchemy as sa

from ledger.tables import BigId, JsonValue, UtcDateTime, metadata

_BIG = BigId


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _BIG, nullable=nullable, autoincrement=False)


def _text(name: str, length: int | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text if length is None else sa.String(length), nullable=False)


calls = sa.Table(
    "reports_calls",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    _number("second"),
    sa.Column("offered_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
    _text("did"),
    _text("ani"),
    _text("ani_name"),
    _text("language"),
    sa.Column("path", JsonValue, nullable=False),
    sa.Column("keys", JsonValue, nullable=False),
    sa.Column("facts", JsonValue, nullable=False),
    _text("destination"),
    sa.Column("outcome", sa.String(20)),
    _text("abandoned_in", 20),
    _text("hung_up_first", 20),
    _text("answered_by"),
    sa.Column("answered_at", UtcDateTime),
    _number("waited_ms", nullable=True),
    _number("talked_ms", nullable=True),
    # The wait up to the first answer, in all lines before it together; NULL without an answer, or where nobody told.
    _number("answer_ms", nullable=True),
    # The caller's stay in all lines together, '' without one: where and how it ended, as one stay of the whole site.
    _text("line_left", 12),
    _text("line_department", 40),
    _number("line_wait_ms", nullable=True),
    sa.Column("disposition", sa.Text, nullable=False),
    sa.Column("estimated", sa.Boolean, nullable=False),
    sa.Column("odd", sa.Integer, nullable=False),
    _text("source", 80),
    _text("filled", 80),
    _text("unknown"),
    sa.Index(None, "second"),
    sa.Index(None, "ani", "second"),
    sa.Index(None, "source"),
)

stays = sa.Table(
    "reports_stays",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _number("second"),
    _text("department", 40),
    _number("joined_us"),
    _text("left", 12),
    _number("waited_ms", nullable=True),
    _text("answered_by"),
    _text("to"),
    sa.Index(None, "second", "department", "left", "waited_ms"),
    sqlite_with_rowid=False,
)

ringings = sa.Table(
    "reports_ringings",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _number("second"),
    _text("agent", 40),
    _text("department", 40),
    _number("at_us"),
    _text("reply", 20),
    _number("rang_ms", nullable=True),
    sa.Index(None, "second", "agent"),
    sqlite_with_rowid=False,
)

talks = sa.Table(
    "reports_talks",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _number("second"),
    _text("agent", 40),
    _text("department", 40),
    _number("since_us"),
    _number("talked_ms", nullable=True),
    _number("held_ms"),
    sa.Index(None, "second", "agent"),
    sqlite_with_rowid=False,
)

steps = sa.Table(
    "reports_steps",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _number("second"),
    _text("menu", 40),
    _text("keys"),
    _text("to"),
    sa.Index(None, "second", "menu"),
    sqlite_with_rowid=False,
)

transfers = sa.Table(
    "reports_transfers",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    _number("second"),
    _text("agent", 40),
    _text("to"),
    _number("at_us"),
    _text("how", 20),
    sa.Index(None, "second"),
    sqlite_with_rowid=False,
)

#: Calls that we placed for people: whether a caller who reached nobody was called back is told by them.
outgoing = sa.Table(
    "reports_outgoing",
    metadata,
    sa.Column("call", sa.String(200), primary_key=True),
    _number("second"),
    _number("began_us"),
    _text("person", 40),
    _text("number"),
    _text("about"),
    sa.Column("answered", sa.Boolean, nullable=False),
    _number("ended_us", nullable=True),
    _number("talked_ms", nullable=True),
    sa.Index(None, "number", "second"),
    sa.Index(None, "second"),
)

#: What hangs on a contact, and goes with it.
PARTS = (stays, ringings, talks, steps, transfers)

#: The row of a quarter of an hour that adds up all lines: each contact once, however many it stood in.
ALL_LINES = "*"

_LINE = (
    "offered", "answered", "abandoned", "short", "voicemail", "overflowed", "failed", "waiting", "within",
    "abandoned_within", "waits", "wait_ms", "longest_ms", "talks", "talk_ms", "hold_ms", "unknown",
    "short_within", "abandoned_waits",
)  # fmt: skip
_CALLS = (
    "offered", "answered", "abandoned", "abandoned_menu", "abandoned_queue", "voicemail", "fax", "closed", "unserved",
    "unknown_number", "failed", "in_progress", "untold", "estimated", "filled", "no_lines", "no_menus", "waits",
    "wait_ms", "longest_ms", "talks", "talk_ms", "hold_ms",
)  # fmt: skip


def _sums_of_lines(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("bucket", _BIG, primary_key=True, autoincrement=False),
        sa.Column("department", sa.String(40), primary_key=True),
        *(_number(one) for one in _LINE),
        sqlite_with_rowid=False,
    )


def _sums_of_calls(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("bucket", _BIG, primary_key=True, autoincrement=False),
        *(_number(one) for one in _CALLS),
        sqlite_with_rowid=False,
    )


#: Sums of each quarter of an hour; `bucket` is its first second of epoch.
quarter_lines = _sums_of_lines("reports_quarter_lines")
quarter_calls = _sums_of_calls("reports_quarter_calls")
#: Sums of each whole hour of the world's clock, made of its quarters.
hour_lines = _sums_of_lines("reports_hour_lines")
hour_calls = _sums_of_calls("reports_hour_calls")
#: The hours that go with the quarters.
HOURS_OF = {quarter_lines: hour_lines, quarter_calls: hour_calls}
#: The one sum that is no sum.
LONGEST = "longest_ms"

#: By which thresholds the sums were made; '' while they are made anew.
rollup = sa.Table(
    "reports_rollup",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    _text("rules"),
)

LINE_SUMS, CALL_SUMS = _LINE, _CALLS
