"""Who reached nobody, who has been spoken to since, and who cannot be told from others: numbers that are withheld."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from callrouter import events as ev
from callrouter.events import Event, Outcome
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports.asking import Ask, Facts
from reports.builders import nobody, repeats
from reports.derive import record_of
from reports.document import Document, Table
from reports.metrics import reached_nobody
from reports.model import CallRecord
from reports.period import days_between
from reports.records import Projection
from reports.rules import Definition
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call
from tests.fixtures.journal_of_calls import store as put

MINUTE = timedelta(minutes=1)
ASK = Ask(days_between(START.date(), START.date(), ZoneInfo("Europe/Vilnius")), Definition(), START + timedelta(days=9))
WITHHELD = ["", "anonymous", "Anonymous", "unknown", "unavailable", "266696687", "+266696687", "00"]


def called(number: str, after: timedelta, *, lasts: timedelta) -> list[Event]:
    """A call of ours that somebody answered."""
    about = {"call": f"to {number}", "agent": "alice"}
    end = START + after + lasts
    return [
        ev.OutboundBegun(at=START + after, number=number, **about),
        ev.OutboundAnswered(at=START + after, number=number, **about),
        ev.OutboundEnded(at=end, reply="answered", talked=lasts.total_seconds(), **about),
    ]


def waiting(call: str, ani: str) -> Caller:
    """A call that came in with the others, and waits in line."""
    return Caller(call, ani=ani).joins(wait=300)


def gave_up(ani: str, after: timedelta = MINUTE) -> list[Event]:
    return abandoned_call(f"{ani} {after}", ani=ani, at=START + after)


#: By number: what is told of it, and whether there is still somebody to call back.
TOLD: dict[str, tuple[list[Event], bool]] = {
    "+37060000001": (gave_up("+37060000001"), True),
    "+37060000002": ([*gave_up("+37060000002"), *answered_call("2", ani="+37060000002", at=START + 9 * MINUTE)], False),
    "+37060000003": ([*answered_call("3", ani="+37060000003", at=START - 9 * MINUTE), *gave_up("+37060000003")], True),
    "+37060000004": (  # in line already, gave up on a second phone, and was answered on the first
        [
            *waiting("4", "+37060000004").rings("alice").answered(waited=300.0).released().ends(Outcome.ANSWERED),
            *gave_up("+37060000004"),
        ],
        False,
    ),
    "+37060000005": ([*waiting("5", "+37060000005").events, *gave_up("+37060000005")], False),  # still waits
    "+37060000006": ([*gave_up("+37060000006"), *called("+37060000006", -MINUTE, lasts=3 * MINUTE)], False),
    "+37060000007": ([*gave_up("+37060000007"), *called("+37060000007", -9 * MINUTE, lasts=3 * MINUTE)], True),
    "+37060000008": ([*gave_up("+37060000008"), *called("+37060000008", 5 * MINUTE, lasts=3 * MINUTE)], False),
}


async def documents(db: Database) -> tuple[Document, Document]:
    await Projection(JournalReads(db), db, Definition).catch_up()
    facts = Facts(db, JournalReads(db))
    return await nobody.build(ASK, facts), await repeats.build(ASK, facts)


def listed(document: Document) -> list[object]:
    (table,) = (part for part in document.parts if isinstance(part, Table) and part.name == "callers")
    return [row[0].value for row in table.rows]


def records(events: Iterable[Event]) -> list[CallRecord]:
    stories: dict[str, list[Event]] = {}
    for event in events:
        stories.setdefault(event.call, []).append(event)
    return [record for story in stories.values() if (record := record_of(story)) is not None]


async def test_a_line_closes_when_somebody_was_spoken_to_since_the_last_try(db: Database) -> None:
    await put(db, [event for told, _ in TOLD.values() for event in told])
    document, _ = await documents(db)
    assert sorted(map(str, listed(document))) == [number for number, (_, open_) in TOLD.items() if open_]


@pytest.mark.parametrize("number", [number for number, (told, _) in TOLD.items() if told[-1].KIND != "outbound_ended"])
def test_the_formula_says_the_same(number: str) -> None:
    told, is_open = TOLD[number]
    assert reached_nobody(records(told)) == is_open


async def test_who_withholds_the_number_is_nobody_who_calls_again(db: Database) -> None:
    for n, said in enumerate(WITHHELD):
        await put(db, abandoned_call(f"c{n}", ani=said, at=START + n * MINUTE))
    await put(db, answered_call("c99", ani="anonymous", at=START + 60 * MINUTE))
    document, again = await documents(db)
    assert listed(document) == listed(again) == []
    assert document.notes == (f"{len(WITHHELD)} more tries came without a number: nobody can be called back",)
    assert [figure.sub for figure in again.head[:2]] == ["0 of 0 calls with a number"] * 2
    assert f"{len(WITHHELD) + 1} calls without a number are in none of these figures" in again.notes


def test_a_record_of_what_a_trunk_said_before_has_no_number_either() -> None:
    told = [records(answered_call("c1", ani=said)) for said in ("anonymous", "")]
    assert told[0] == told[1]
    assert told[0][0].ani == ""
