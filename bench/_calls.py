"""A believable week of a contact centre, told as events, and a year of such weeks as call records.

Ten departments, forty people, menus, lines, transfers, callers who try again; the same calls each time. The first week
is derived from its events; the weeks after repeat it in the tables, each call under an id and at a time of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from callrouter import events as ev
from callrouter.chronicle import entry
from callrouter.events import Event, Outcome
from ledger import journal_store
from ledger.database import Database
from ledger.tables import UtcDateTime
from reports import tables as t
from reports.period import Period, days_between
from reports.rules import Definition
from tests.fixtures.journal_of_calls import Caller

ZONE: Final = ZoneInfo("Europe/Vilnius")
#: A Monday; fifty weeks from here are a year's work.
FIRST: Final = date(2026, 1, 5)
#: Calls of a week: some 60 a day and person.
WEEK: Final = 20_000
DEPARTMENTS: Final = (
    "billing", "support", "sales", "orders", "returns", "delivery", "repairs", "contracts", "partners", "reception",
)  # fmt: skip
PEOPLE: Final = tuple(f"person{n:02d}" for n in range(40))
DEFINITION: Final = Definition({name: 20.0 + 10.0 * (n % 3) for n, name in enumerate(DEPARTMENTS)})
NUMBERS: Final = ("+37052000000", "+37052000001", "+37061234567")
_DEPARTMENT_WEIGHTS: Final = (20, 24, 15, 10, 7, 8, 5, 4, 3, 4)
#: How busy each hour is, from 7 to 20, and each weekday.
_HOURS: Final = dict(zip(range(7, 21), (1, 4, 9, 12, 11, 8, 6, 9, 10, 9, 7, 4, 2, 1), strict=True))
_DAYS: Final = (12, 10, 10, 9, 8, 3, 1)
_NAMES: Final = ("Ona", "Jonas", "Rūta", "Petras", "Mantas", "Živilė", "Tomas", "Acme, UAB", "")
_SECONDS_OF_A_WEEK: Final = 7 * 86_400
_AT_ONCE: Final = 5_000


def period(weeks: int) -> Period:
    """Return the time of so many weeks."""
    return days_between(FIRST, FIRST + timedelta(days=7 * weeks - 1), ZONE)


def week(count: int = WEEK, seed: int = 1) -> Iterator[list[Event]]:
    """Yield the stories of a week's calls, the oldest call first."""
    dice = Random(seed)
    days = [FIRST + timedelta(days=n) for n in range(7)]
    begins = sorted(
        datetime.combine(day, time(hour, dice.randrange(60), dice.randrange(60), dice.randrange(1_000) * 1_000), ZONE)
        for day, hour in zip(
            dice.choices(days, _DAYS, k=count), dice.choices([*_HOURS], [*_HOURS.values()], k=count), strict=True
        )
    )
    callers = [f"+3706{dice.randrange(10_000_000):07}" for _ in range(max(1, count // 2))]
    for n, at in enumerate(begins):
        # Every third call is one of a few callers who try again and again.
        ani = dice.choice(callers[: len(callers) // 10 + 1] if n % 3 == 0 else callers)
        yield story(dice, f"{int(at.timestamp())}.{n}", at.astimezone(UTC), ani)


def story(dice: Random, call: str, at: datetime, ani: str) -> list[Event]:
    """Tell one call, from ring to end."""
    caller = Caller(call, ani=ani if dice.random() > 0.03 else "", at=at, did=dice.choice(NUMBERS))
    caller.tell(ev.LanguageChosen, after=0, language=dice.choice(("lt", "lt", "en")))
    department = dice.choices(DEPARTMENTS, _DEPARTMENT_WEIGHTS)[0]
    key = str(DEPARTMENTS.index(department))
    caller.tell(ev.MenuEntered, after=0, menu="main")
    caller.tell(ev.PromptHeard, after=_exact(dice.uniform(2, 12)), text="Welcome.", language="lt", menu="main")
    fate = dice.random()
    if fate < 0.06:
        return caller.ends(Outcome.ABANDONED, abandoned_in="menu")
    if fate < 0.09:
        caller.tell(ev.BranchTaken, origin="main", to="menu after_hours", why="closed")
        return caller.tell(ev.MenuEntered, menu="after_hours").ends(Outcome.CLOSED)
    caller.tell(ev.KeysPressed, after=0.1, keys=key, menu="main")
    caller.tell(ev.FactNamed, after=0, name="intent", value=department)
    caller.tell(ev.BranchTaken, after=0, origin="main", to=f"department {department}", why=f"key {key}")
    return _in_line(dice, caller, department)


def _in_line(dice: Random, caller: Caller, department: str) -> list[Event]:
    fate = dice.random()
    wait = _exact(min(600.0, dice.lognormvariate(2.6, 1.0)))
    caller.tell(ev.CallQueued, after=0, department=department, position=dice.randrange(1, 9))
    caller.tell(ev.PositionTold, after=wait, department=department, position=1)
    if fate < 0.09:
        caller.leaves("", wait, department, why="abandoned")
        return caller.ends(Outcome.ABANDONED, abandoned_in="queue")
    if fate < 0.14:
        return caller.leaves(f"voicemail {department}", wait, department).ends(Outcome.VOICEMAIL)
    if fate < 0.18:
        caller.leaves("department reception", wait, department)
        department = "reception"
        caller.tell(ev.CallQueued, after=wait, department=department, position=1)
    place = DEPARTMENTS.index(department)
    agents = [PEOPLE[(4 * place + n) % len(PEOPLE)] for n in range(6)]
    if dice.random() < 0.1:
        away = agents.pop()
        caller.rings(away, department=department, wait=15.0).not_taken(away, department=department)
        wait += 15.0
    agent, talk = dice.choice(agents), _exact(dice.lognormvariate(4.8, 0.7))
    caller.rings(agent, department=department, wait=_exact(dice.uniform(1, 8)))
    caller.answered(agent, waited=wait, talk=talk, department=department)
    if dice.random() < 0.04:
        colleague = agents[0] if agent != agents[0] else agents[1]
        caller.tell(ev.CallTransferred, after=2.0, agent=agent, to=colleague, how="blind")
        caller.answered(colleague, waited=2.0, talk=talk, department=department)
        agent = colleague
    return caller.released(agent, talk, department).ends(Outcome.ANSWERED)


async def tell(db: Database, stories: Sequence[list[Event]]) -> int:
    """Write stories into the journal as they would have come, several calls at once; return how many events."""
    events = sorted((event for story in stories for event in story), key=lambda event: event.at)
    for begin in range(0, len(events), _AT_ONCE):
        async with db.writing() as session:
            await journal_store.insert_entries(session, [entry(event) for event in events[begin : begin + _AT_ONCE]])
    return len(events)


def repeat(database: Path, weeks: int) -> None:
    """Repeat the records of the first week until there are so many weeks. Blocks; SQLite, and nobody else writes."""
    for number in range(1, weeks):
        # The first ten digits of a call's id are when it began.
        _copy(database, f"{number * _SECONDS_OF_A_WEEK}", "(CAST(substr(call, 1, 10) AS INTEGER) + {later})")


def crowd(database: Path, bucket: int) -> None:
    """Repeat the first week's calls once more, all within one quarter of an hour. Blocks, as `repeat`."""
    _copy(database, f"({bucket} + second % 900 - second)", "'q' || substr(call, 1, 10)")


def _copy(database: Path, later: str, begins: str) -> None:
    one = period(1)
    span = (int(one.start.timestamp()), int(one.end.timestamp()))
    with closing(sqlite3.connect(database)) as connection, connection:
        for table in (t.calls, *t.PARTS):
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            values = ", ".join(_later(column, later, begins.format(later=later)) for column in table.columns)
            chosen = f"SELECT {values} FROM {table.name} WHERE second >= ? AND second < ? ORDER BY {table.name}.second"
            connection.execute(f"INSERT INTO {table.name} ({names}) {chosen}", span)


def _later(column: sa.Column[object], later: str, begins: str) -> str:
    name = f'"{column.name}"'
    if column.name == "call":
        return f"{begins} || substr(call, 11)"
    if column.name == "second":
        return f"second + {later}"
    if column.name.endswith("_us"):
        return f"{name} + {later} * 1000000"
    if isinstance(column.type, UtcDateTime):
        return f"strftime('%Y-%m-%d %H:%M:%S', {name}, {later} || ' seconds') || substr({name}, 20)"
    return name


def _exact(seconds: float) -> float:
    return round(seconds, 3)
