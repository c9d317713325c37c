"""A believable month of a small contact centre: 3 departments, 6 people, some 2,000 calls, the same each time.

October 2026, with its day of 25 hours, in Vilnius; the last afternoon is still going on. Records and what people did,
without a journal: quick enough for a test to make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from callrouter.agents import AgentState
from callrouter.calls import Talk
from callrouter.events import Outcome
from config.schema import Site
from ledger.database import Database
from reports import rollup, spans_store, store
from reports.model import CallRecord, Left, Offer, Stay, Step, Transfer, Unknown
from reports.rules import Definition
from reports.spans import Moment, What, micros

ZONE = ZoneInfo("Europe/Vilnius")
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
#: It is four in the afternoon of the last day.
NOW = datetime(2026, 10, 31, 14, 0, tzinfo=UTC)
CALLS = 2_000
#: A name with markup: callers may be called so, and departments.
EVIL = "<b onclick=alert(1)>Ona & “Co”</b>"

PEOPLE = {
    "alice": ("Alice Doe", ("billing",)),
    "bob": ("Bob Roe", ("billing", "support")),
    "carol": ("Carol Poe", ("support",)),
    "dan": ("Daniel Ąžuolas", ("support", "sales")),
    "eve": ("Ева Соколова", ("sales",)),
    "frank": ("Frank “Moe” & Son", ("sales", "billing")),
}
DEPARTMENTS = {"billing": "Billing & <b>invoices</b>", "support": "Technical support", "sales": "Pardavimai"}
NUMBERS = ("+37052000000", "+37052000001", "+37061234567")
SITE = Site.model_validate(
    {
        "company": {"name": "Acme & Sons", "timezone": "Europe/Vilnius"},
        "numbers": {number: {"go": "billing"} for number in NUMBERS},
        "departments": {
            name: {"name": title, "answer_within": 30.0 if name == "support" else 20.0}
            for name, title in DEPARTMENTS.items()
        },
        "people": {
            name: {"name": title, "phone": str(101 + n), "departments": list(departments)}
            for n, (name, (title, departments)) in enumerate(PEOPLE.items())
        },
        "reports": {"viewers": {"billing": ["alice"]}},
        "version": "70a11ce0ffee",
    }
)
DEFINITION = Definition({"billing": 20.0, "support": 30.0, "sales": 20.0})
_KEYS = {"billing": "1", "support": "2", "sales": "3"}
#: How busy each hour is, from 7 to 20, and each weekday.
_HOURS = dict(zip(range(7, 21), (1, 4, 9, 12, 11, 8, 6, 9, 10, 9, 7, 4, 2, 1), strict=True))
_DAYS = (12, 10, 10, 9, 8, 3, 1)
_FIRST_NAMES = ("Ona", "Jonas", "Rūta", "Petras", "Ингa", "Mantas", "Živilė", "Tomas", EVIL, "")


Fields = dict[str, Any]  # Any: fields of a record, by their names


@dataclass
class _Told:
    """What is known of a call while it is told: `now` is when the next thing happens."""

    dice: Random
    now: datetime
    stays: list[Stay] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)

    def after(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


async def settle(db: Database, count: int = CALLS) -> list[CallRecord]:
    """Write the month into a database, and return its calls."""
    records = month(count)
    async with db.writing() as session:
        await store.put_records(session, records, None)
    await rollup.keep_to(db, DEFINITION)
    async with db.writing() as session:
        await spans_store.put(session, list(shifts()))
    return records


def month(count: int = CALLS, seed: int = 7) -> list[CallRecord]:
    """Return the calls of the month, the oldest first."""
    dice = Random(seed)
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    weights = [_DAYS[day.weekday()] for day in days]
    callers = [_caller(dice) for _ in range(max(1, count // 4))]
    begins = []
    for _ in range(count):
        day = dice.choices(days, weights)[0]
        hour = dice.choices(list(_HOURS), list(_HOURS.values()))[0]
        at = datetime.combine(day, time(hour, dice.randrange(60), dice.randrange(60)), ZONE)
        begins.append(min(at, NOW.astimezone(ZONE) - timedelta(seconds=dice.randrange(20, 7_000))).astimezone(UTC))
    return [_call(dice, n, at, dice.choice(callers)) for n, at in enumerate(sorted(begins))]


def shifts(seed: int = 7) -> Iterator[Moment]:
    """Yield what the people did on every working day: log in, be ready, pause, log out."""
    dice = Random(seed)
    day = FIRST
    while day <= LAST:
        for name in PEOPLE:
            if (day.weekday() < 5 and dice.random() < 0.9) or dice.random() < 0.2:
                yield from _shift(dice, day, name)
        day += timedelta(days=1)


def _shift(dice: Random, day: date, name: str) -> Iterator[Moment]:
    begin = datetime.combine(day, time(8, dice.randrange(50)), ZONE).astimezone(UTC)
    lunch = begin + timedelta(hours=4)
    for at, state, reason in (
        (begin, AgentState.READY.value, ""),
        (begin + timedelta(hours=2), "paused", "break"),
        (begin + timedelta(hours=2, minutes=12), "ready", ""),
        (lunch, "paused", "lunch"),
        (lunch + timedelta(minutes=40), "ready", ""),
        (begin + timedelta(hours=8), AgentState.LOGGED_OUT.value, ""),
    ):
        if at < NOW:
            yield Moment(micros(at), What.PERSON, name, state, reason)


def _caller(dice: Random) -> tuple[str, str]:
    if dice.random() < 0.04:
        return "", ""
    return f"+3706{dice.randrange(10_000_000):07}", dice.choice(_FIRST_NAMES)


def _call(dice: Random, n: int, at: datetime, caller: tuple[str, str]) -> CallRecord:
    """Tell one call, from ring to end."""
    name, told = f"{int(at.timestamp())}-{n}", _Told(dice, at)
    department = dice.choices(list(DEPARTMENTS), (5, 4, 2))[0]
    common: Fields = {"call": name, "offered_at": at, "did": dice.choices(NUMBERS, (6, 3, 1))[0], "language": "lt"}
    common |= {"ani": caller[0], "ani_name": caller[1]}
    fate = dice.random()
    if fate < 0.008:
        return CallRecord(**common, ended_at=told.after(4), outcome=Outcome.UNKNOWN_NUMBER, hung_up_first="us")
    told.after(dice.uniform(4, 12))
    if fate < 0.07:
        steps = (Step("main"),) if dice.random() < 0.6 else (Step("main", "9", "main"), Step("main"))
        return _ended(told, common, Outcome.ABANDONED, steps, abandoned_in="menu", hung_up_first="caller")
    if fate < 0.10:
        return _ended(told, common, Outcome.CLOSED, (Step("main", "", "menu after_hours"), Step("after_hours")))
    if fate < 0.11:
        return _ended(told, common, Outcome.UNSERVED, (Step("main", "", "hangup"),))
    if fate < 0.125:
        return _ended(told, common, Outcome.FAX, (Step("main", "", "fax office"),), destination="fax office")
    steps = (Step("main", _KEYS[department], f"department {department}"),)
    common["destination"] = f"department {department}"
    if fate < 0.13 and not told.stays:
        return _ended(told, common, Outcome.FAILED, steps)
    if NOW - at < timedelta(minutes=4):
        told.stays.append(Stay(department, told.now))
        return CallRecord(**common, steps=steps, path=("main",), keys=(steps[0].keys,), stays=tuple(told.stays))
    return _waited(told, common, steps, department, n)


def _waited(told: _Told, common: Fields, steps: tuple[Step, ...], department: str, n: int) -> CallRecord:
    """Tell what came of a caller who joined a line."""
    dice = told.dice
    fate = dice.random()
    if fate < 0.11:
        wait = round(dice.choice((2.0, 3.5, dice.uniform(8, 240))), 3)
        told.stays.append(Stay(department, told.now, Left.ABANDONED, wait))
        told.after(wait)
        return _ended(told, common, Outcome.ABANDONED, steps, abandoned_in="queue", hung_up_first="caller")
    if fate < 0.17:
        wait = round(dice.uniform(90, 180), 3)
        told.stays.append(Stay(department, told.now, Left.VOICEMAIL, wait, to=f"voicemail {department}"))
        told.after(wait + 30)
        return _ended(told, common, Outcome.VOICEMAIL, steps, hung_up_first="caller")
    if fate < 0.21:
        wait = round(dice.uniform(100, 130), 3)
        other = "support" if department == "billing" else "billing"
        told.stays.append(Stay(department, told.now, Left.MOVED_ON, wait, to=f"department {other}"))
        told.after(wait)
        department = other
    agents = [name for name, (_, departments) in PEOPLE.items() if department in departments]
    dice.shuffle(agents)
    wait = round(dice.lognormvariate(2.3, 0.9), 3)
    if dice.random() < 0.12:
        told.offers.append(Offer(agents[0], department, told.now, dice.choice(("no answer", "busy")), 15.0))
        wait += 15.0
    elif dice.random() < 0.02:
        told.offers.append(Offer(agents[0], department, told.now, "unreachable", 0.0))
    agent, talked = agents[-1], round(dice.lognormvariate(4.8, 0.7), 3)
    joined = told.now
    told.after(wait)
    told.offers.append(Offer(agent, department, told.now - timedelta(seconds=3), "answered", 3.0))
    told.stays.append(Stay(department, joined, Left.ANSWERED, wait, agent))
    answered_at = told.now
    told.talks.append(Talk(agent, department, told.now, talked, round(talked * 0.1, 3) if dice.random() < 0.1 else 0.0))
    told.after(talked)
    if dice.random() < 0.04 and len(agents) > 1:
        told.transfers.append(Transfer(agent, agents[0], told.now, dice.choice(("blind", "attended"))))
        told.talks.append(Talk(agents[0], department, told.now, round(talked / 2, 3)))
        told.after(talked / 2)
    first = dice.choices(("caller", "agent"), (3, 1))[0]
    more: Fields = {"answered_by": agent, "answered_at": answered_at, "hung_up_first": first}
    if n % 97 == 0:
        more |= {"source": "queue_log", "unknown": frozenset({Unknown.MENUS, Unknown.HUNG_UP_FIRST})}
        more |= {"hung_up_first": "", "estimated": n % 2 == 0}
        steps = ()
    return _ended(told, common, Outcome.ANSWERED, steps, **more)


def _ended(told: _Told, common: Fields, outcome: Outcome, steps: Sequence[Step], **more: Any) -> CallRecord:
    fields = {
        **common,
        "ended_at": told.now,
        "outcome": outcome,
        "steps": tuple(steps),
        "path": tuple(dict.fromkeys(step.menu for step in steps)),
        "keys": tuple(step.keys for step in steps if step.keys),
        "stays": tuple(told.stays),
        "offers": tuple(told.offers),
        "talks": tuple(told.talks),
        "transfers": tuple(told.transfers),
        "waited": round(sum(stay.waited or 0.0 for stay in told.stays), 3),
        "talked": round(sum(talk.talked or 0.0 for talk in told.talks), 3),
        **more,
    }
    return CallRecord(**fields)
