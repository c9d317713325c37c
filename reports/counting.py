"""What can be counted, and listed: each count by its name, with the rows it counts and what may narrow it.

A figure and the list behind it are made of the same condition, so they cannot differ. Names are an allow-list; what
comes from an address is bound as a value.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.events import Outcome, Party
from reports import store
from reports import tables as t
from reports.model import CallRecord, Left
from reports.period import Period
from reports.rows import second_of
from reports.rules import RULES, Definition, Rule
from reports.selection import NoSelection, Selection
from reports.sums import local_hour, local_weekday
from reports.sums_sql import call_conditions, rule_conditions, site_line_conditions, stay_conditions

Condition = sa.ColumnElement[bool]
Narrow = Callable[[str], Condition]

#: Seconds within which a caller who calls again calls "again".
DAY, WEEK = 86_400, 7 * 86_400
#: Callers enter numbers, of customers and of invoices: those are theirs, and no report or address tells them.
SEVERAL_KEYS = "several keys"
#: Who can have hung up first.
KNOWN_PARTIES = (Party.CALLER, Party.AGENT, Party.US)
#: How the callers ended who reached nobody and left nothing.
REACHED_NOBODY = (Outcome.ABANDONED, Outcome.CLOSED, Outcome.UNSERVED, Outcome.FAILED)


@dataclass(frozen=True)
class Count:
    """Rows of a table that meet a condition; `narrows` has what each parameter of a selection does to them."""

    table: sa.Table
    where: Condition
    narrows: Mapping[str, Narrow]


def names() -> frozenset[str]:
    """Return the names of all counts."""
    return frozenset(_counts(_by(Definition(), "")))


def count_of(selection: Selection, definition: Definition) -> Count:
    """Return what a selection counts. Raises NoSelection for a name that is none, or a narrowing it cannot have."""
    counts = _counts(_by(definition, selection.department))
    if selection.count not in counts:
        raise NoSelection(f"nothing is counted as {selection.count[:40]!r}")
    return counts[selection.count]


async def how_many(
    session: AsyncSession,
    selection: Selection,
    zone: ZoneInfo,
    definition: Definition,
    within: Collection[str] | None = None,
) -> int:
    """Count the rows of a selection; `within` are the departments that the asker may see, None for all."""
    count = count_of(selection, definition)
    query = sa.select(sa.func.count()).select_from(count.table)
    return int(await session.scalar(query.where(*_where(count, selection, zone, within))) or 0)


async def list_calls(
    session: AsyncSession,
    selection: Selection,
    zone: ZoneInfo,
    definition: Definition,
    within: Collection[str] | None = None,
    *,
    after: tuple[int, str, int] | None = None,
    limit: int,
) -> list[tuple[tuple[int, str, int], CallRecord]]:
    """List a page of the calls behind a figure, one for each row that was counted, by time; with the place of each.

    A caller who stood in a line twice is there twice, as in the count.
    """
    query = places_of(selection, zone, definition, within, after=after, limit=limit)
    places = [tuple(row) for row in await session.execute(query)]
    records = await store.known(session, {call for _, call, _ in places})
    return [((second, call, n), records[call]) for second, call, n in places if call in records]


def places_of(
    selection: Selection,
    zone: ZoneInfo,
    definition: Definition,
    within: Collection[str] | None = None,
    *,
    after: tuple[int, str, int] | None = None,
    limit: int,
) -> sa.Select[Any]:
    """Return the query of a page of the rows that are counted, by time: second, call, and which of the call's rows."""
    count = count_of(selection, definition)
    c = count.table.c
    n = c.n if "n" in c else sa.literal_column("0").label("n")
    if after is not None:  # one lower bound, not two: SQLite looks up one, and would pass over all pages before
        selection = replace(selection, start=datetime.fromtimestamp(after[0], UTC))
    query = sa.select(c.second, c.call, n).where(*_where(count, selection, zone, within))
    if after is not None:
        second, call, place = after
        behind = (c.second > second) | (c.call > call)
        if "n" in c:
            behind = behind | ((c.call == call) & (c.n > place))
        query = query.where(behind)
    return query.order_by(c.second, c.call, *([c.n] if "n" in c else [])).limit(limit)


def _where(count: Count, selection: Selection, zone: ZoneInfo, within: Collection[str] | None) -> list[Condition]:
    c = count.table.c
    found = [c.second >= second_of(selection.start), c.second < second_of(selection.end), count.where]
    for name in ("department", "person", "did", "ani", "menu", "value"):
        if said := getattr(selection, name):
            if name not in count.narrows:
                raise NoSelection(f"{selection.count} is not counted by {name}")
            found.append(count.narrows[name](said))
    period = Period(selection.start, selection.end, zone)
    if selection.hour is not None:
        found.append(local_hour(c.second, period) == selection.hour)
    if selection.weekday is not None:
        found.append(local_weekday(c.second, period) == selection.weekday)
    if within is not None:
        stood = sa.exists().where(t.stays.c.call == c.call, t.stays.c.department.in_(sorted(within)))
        found.append(c.department.in_(sorted(within)) if "department" in c else stood)
    return found


@dataclass(frozen=True)
class _By:
    """By what calls are counted: the definition, and whether of stays in one department's line."""

    thresholds: str
    rule: Rule
    in_lines: bool
    definition: Definition = field(compare=False)


def _by(definition: Definition, department: str) -> _By:
    return _By(definition.thresholds(), definition.rule, bool(department), definition)


@lru_cache(maxsize=8)
def _counts(by: _By) -> Mapping[str, Count]:
    """Return every count; of lines those of one department, or of contacts with their stay in all lines together.

    To put all these conditions together takes longer than many a list to be counted.
    """
    definition = by.definition
    found = {name: Count(t.calls, condition, _OF_CALLS) for name, condition in call_conditions().items()}
    c = t.calls.c
    gone = c.outcome == Outcome.ABANDONED
    found["abandoned_elsewhere"] = Count(t.calls, gone & c.abandoned_in.not_in(("menu", "queue")), _OF_CALLS)
    if by.in_lines:
        of, narrows, lines = t.stays, _OF_STAYS, stay_conditions(definition)
    else:
        of, narrows, lines = t.calls, _OF_CALLS, site_line_conditions(definition)
    for name, one in {**lines, **rule_conditions(lines, definition.rule)}.items():
        found[f"line_{name}"] = Count(of, one, narrows)
    for rule in RULES:
        for name, one in rule_conditions(lines, rule).items():
            found[f"{rule.name}_{name}"] = Count(of, one, narrows)
    one_by_one = stay_conditions(definition)  # of several departments, whoever stood in two lines twice
    for name, one in {**one_by_one, **rule_conditions(one_by_one, definition.rule)}.items():
        found[f"stays_{name}"] = Count(t.stays, one, _OF_STAYS)
    left = t.stays.c.left if by.in_lines else c.line_left
    wait = t.stays.c.waited_ms if by.in_lines else c.line_wait_ms
    # `value` is two numbers of seconds: waited at least the first and less than the second.
    waited, by_wait = wait.is_not(None) & (left != ""), {**narrows, "value": lambda v: _waited(wait, v)}
    ended = {
        "": sa.true(),
        "_answered": left == Left.ANSWERED,
        "_abandoned": left == Left.ABANDONED,
        "_other": left.not_in((Left.ANSWERED, Left.ABANDONED)),
    }
    found |= {f"line_waited{how}": Count(of, waited & one, by_wait) for how, one in ended.items()}
    r = t.ringings.c
    found |= {
        "ringings": Count(t.ringings, sa.true(), _OF_RINGINGS),
        "missed": Count(t.ringings, r.reply.in_(("no answer", "busy")), _OF_RINGINGS),
        "unreachable": Count(t.ringings, r.reply == "unreachable", _OF_RINGINGS),
        "talks": Count(t.talks, sa.true(), _OF_TALKS),
        "menu_visits": Count(t.steps, sa.true(), _OF_STEPS),
        "menu_left": Count(t.steps, t.steps.c.to == "", _OF_STEPS),
        "transfers": Count(t.transfers, sa.true(), _OF_TRANSFERS),
        "repeat_day": Count(t.calls, _again(DAY), _OF_CALLS),
        "repeat_week": Count(t.calls, _again(WEEK), _OF_CALLS),
        "resolved": Count(t.calls, (c.outcome == Outcome.ANSWERED) & (c.ani != "") & ~_followed(WEEK), _OF_CALLS),
        "unresolved": Count(t.calls, (c.outcome == Outcome.ANSWERED) & (c.ani != "") & _followed(WEEK), _OF_CALLS),
        "reached_nobody": Count(t.calls, c.outcome.in_(REACHED_NOBODY), _OF_CALLS),
        "hung_up_unknown": Count(
            t.calls, (c.outcome == Outcome.ANSWERED) & c.hung_up_first.not_in(KNOWN_PARTIES), _OF_CALLS
        ),
        "hung_up_first": Count(t.calls, c.outcome == Outcome.ANSWERED, {**_OF_CALLS, "value": _is(c.hung_up_first)}),
    }
    return found


def _again(seconds: int) -> Condition:
    """The caller's number had called within so many seconds before."""
    before = t.calls.alias("before")
    c, b = t.calls.c, before.c
    return (c.ani != "") & sa.exists().where(
        b.ani == c.ani, b.second <= c.second, b.second > c.second - seconds, b.call != c.call,
        (b.second < c.second) | (b.call < c.call),
    )  # fmt: skip


def _followed(seconds: int) -> Condition:
    """The caller's number called again within so many seconds after."""
    later = t.calls.alias("later")
    c, b = t.calls.c, later.c
    return sa.exists().where(
        b.ani == c.ani, b.second >= c.second, b.second < c.second + seconds, b.call != c.call,
        (b.second > c.second) | (b.call > c.call),
    )  # fmt: skip


def _waited(wait: sa.ColumnElement[int], value: str) -> Condition:
    low, _, high = value.partition("-")
    if not (_is_seconds(low) and (high == "" or _is_seconds(high))):
        raise NoSelection("a wait is written as 10-20, or 600- without an end, in seconds")
    at_least = wait >= int(low) * 1000
    return at_least & (wait < int(high) * 1000) if high else at_least


def _is_seconds(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 8


def _stood_in(department: str) -> Condition:
    return sa.exists().where(t.stays.c.call == t.calls.c.call, t.stays.c.department == department)


def _talked_with(person: str) -> Condition:
    return sa.exists().where(t.talks.c.call == t.calls.c.call, t.talks.c.agent == person)


def _is(column: sa.ColumnElement[Any]) -> Narrow:
    return lambda said: column == said


def _led_by(value: str) -> Condition:
    """`value` is where the menu led, "department billing"; "keys:1" is by what was pressed, "keys:1|menu x" both.

    What was pressed is SEVERAL_KEYS for whatever is longer than one key.
    """
    said = value.removeprefix("keys:")
    if said == value:
        return t.steps.c.to == value
    pressed, both, to = said.partition("|")
    keys = t.steps.c["keys"]
    found = sa.func.length(keys) > 1 if pressed == SEVERAL_KEYS else keys == pressed
    return found & (t.steps.c.to == to) if both else found


def _passed(value: str) -> Condition:
    """`value` is to whom callers were passed on; "by:alice|blind|department billing" is by whom, how, and to whom."""
    x = t.transfers.c
    said = value.removeprefix("by:")
    if said == value:
        return x.to == value
    agent, how, to = (*said.split("|", 2), "", "")[:3]
    return (x.agent == agent) & (x.how == how) & (x.to == to)


def _passed_in(department: str) -> Condition:
    return sa.exists().where(t.stays.c.call == t.transfers.c.call, t.stays.c.department == department)


def _led_on(value: str) -> Condition:
    """`value` is where a line led those whom it did not serve, behind "to:", for that may be ''."""
    return t.stays.c.to == value.removeprefix("to:")


_C = t.calls.c
_OF_CALLS: Mapping[str, Narrow] = {
    "department": _stood_in, "person": _talked_with, "did": _is(_C.did), "ani": _is(_C.ani),
}  # fmt: skip
_OF_STAYS: Mapping[str, Narrow] = {
    "department": _is(t.stays.c.department), "person": _is(t.stays.c.answered_by), "value": _led_on,
}  # fmt: skip
_OF_RINGINGS: Mapping[str, Narrow] = {"department": _is(t.ringings.c.department), "person": _is(t.ringings.c.agent)}
_OF_TALKS: Mapping[str, Narrow] = {"department": _is(t.talks.c.department), "person": _is(t.talks.c.agent)}
_OF_STEPS: Mapping[str, Narrow] = {"menu": _is(t.steps.c.menu), "value": _led_by}
_OF_TRANSFERS: Mapping[str, Narrow] = {
    "person": _is(t.transfers.c.agent), "value": _passed, "department": _passed_in,
}  # fmt: skip
