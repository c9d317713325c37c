"""The report of voicemail and fax: its figures are its formulas', nothing is lost, and nobody sees another's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callrouter import events as ev
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import message_metrics as metrics
from reports.asking import Ask, Facts
from reports.builders import messages as builder
from reports.catalogue import NoReport, build
from reports.document import Cell, Chart, Document, Table
from reports.message_sums import MOST, MessageSums
from reports.messages import Fate, HeldBoxes, Kind, Message
from reports.period import days_between
from reports.rules import Definition
from tests.fixtures.journal_of_calls import store as put_events

ZONE = ZoneInfo("Europe/Vilnius")
DAY = days_between(date(2026, 11, 24), date(2026, 11, 24), ZONE)
NINE = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
NOW = NINE + timedelta(days=2)
ASK = Ask(DAY, Definition({}), NOW, names={"billing": "Billing", "alice": "Alice Doe"})
HOUR = 3_600.0


def left(ident: str, box: str = "billing", *, kind: Kind = Kind.VOICEMAIL, after: float = 0.0, **more: Any) -> Message:
    """A message that came in so many seconds after nine."""
    return Message(kind, ident, box, NINE + timedelta(seconds=after), page=f"/{kind}/{ident}", **more)


def handled(ident: str, age: float, by: str = "alice", *, after: float = 0.0, **more: Any) -> Message:
    at = NINE + timedelta(seconds=after + age)
    return left(ident, after=after, fate=Fate.HANDLED, handled_at=at, handled_by=by, **more)


def asked(messages: Iterable[Message], **more: Any) -> Ask:
    return replace(ASK, boxes=HeldBoxes(tuple(messages)), **more)


def table(doc: Document, name: str) -> Table:
    return next(part for part in doc.parts if isinstance(part, Table) and part.name == name)


def values(doc: Document, name: str) -> list[list[Any]]:
    return [[cell.value for cell in row] for row in table(doc, name).rows]


def head(doc: Document) -> dict[str, Cell]:
    return {figure.name: figure.cell for figure in doc.head}


@pytest.fixture
def facts(db: Database) -> Facts:
    return Facts(db, JournalReads(db))


@pytest.mark.parametrize(
    ("message", "age", "its_class"),
    [
        pytest.param(handled("a", 60.0), 60.0, "under 15 min", id="at once"),
        pytest.param(handled("a", 4 * HOUR), 4 * HOUR, "4 h to 1 day", id="an edge belongs to the class above it"),
        pytest.param(handled("a", 71 * HOUR), 71 * HOUR, "1 to 3 days", id="nights and weekends count"),
        pytest.param(handled("a", 900 * HOUR), 900 * HOUR, "3 days and more", id="after weeks"),
        pytest.param(handled("a", -5.0), 0.0, "under 15 min", id="a clock that was set back"),
        pytest.param(left("a"), None, None, id="open"),
        pytest.param(left("a", fate=Fate.DELETED, handled_at=NOW), None, None, id="deleted, though it was handled"),
    ],
)
def test_the_age_of_a_message(message: Message, age: float | None, its_class: str | None) -> None:
    found = metrics.age_until_handled(message)
    assert found == age
    assert (None if found is None else metrics.CLASSES[metrics.class_of(found)]) == its_class


@pytest.mark.parametrize("seed", range(5))
def test_sums_are_what_the_formulas_say(seed: int) -> None:
    dice, sums = Random(seed), MessageSums(NOW)
    messages = []
    for n in range(200):
        kind, box, after = dice.choice(list(Kind)), dice.choice(("billing", "sales")), float(n)
        if dice.random() < 0.5:
            one = handled(
                f"m{n}", dice.lognormvariate(8, 3), dice.choice(("alice", "bob", "")), box=box, kind=kind, after=after
            )
        else:
            one = left(f"m{n}", box, kind=kind, after=after, fate=dice.choice([Fate.OPEN, Fate.EMPTY, Fate.DELETED]))
        messages.append(one)
        sums.add(one)
    sums.add_gone("sales", Kind.FAX, 3)
    ages = [age for one in messages if (age := metrics.age_until_handled(one)) is not None]
    for some, total in (
        (messages, sums.total),
        ([one for one in messages if one.kind is Kind.FAX], sums.kinds[Kind.FAX]),
        ([one for one in messages if (one.box, one.kind) == ("sales", Kind.FAX)], sums.boxes["sales", Kind.FAX]),
    ):
        assert total.came_in == metrics.count_came_in(some, 3)
        assert total.fates[Fate.HANDLED] == metrics.count_handled(some) == total.ages.number
        assert total.fates[Fate.OPEN] == metrics.count_open(some)
        assert total.fates[Fate.EMPTY] == metrics.count_empty(some)
    assert sums.total.ages.average == pytest.approx(sum(ages) / len(ages))
    assert sums.total.ages.longest == max(ages)
    assert sum(map(sum, sums.classes.values())) == len(ages) == sum(one.ages.number for one in sums.handlers.values())
    assert sum(sums.open_classes) == len(sums.open_ones()) == metrics.count_open(messages)


async def test_a_day_of_messages(facts: Facts) -> None:
    doc = await build(
        "messages",
        asked(
            [
                left("before", after=-2 * 86_400.0),
                left("f1", "sales", kind=Kind.FAX, after=30.0, number="+37060000001", name="Ona", call="1795-1.2"),
                left("v1", after=60.0),
                left("v2", fate=Fate.EMPTY, empty=True),
                handled("v3", 600.0),
                handled("v4", 1_800.0, "boss@acme.example"),
                left("after", after=86_400.0),
            ]
        ),
        facts,
    )
    assert values(doc, "boxes") == [
        ["Billing", "Voicemail", 4, 2, 1, 1, 0, 0, 1_200.0, 1_800.0],
        ["sales", "Fax", 1, 0, 1, 0, 0, 0, None, None],
    ]
    assert [cell.value for cell in table(doc, "boxes").total] == ["total", "", 5, 2, 2, 1, 0, 0, 1_200.0, 1_800.0]
    assert {name: cell.value for name, cell in head(doc).items()} == {
        "came_in": 5, "voicemail_open": 1, "fax_open": 1, "open_before": 1, "average_age": 1_200.0,
        "longest_age": 1_800.0,
    }  # fmt: skip
    assert head(doc)["longest_age"].page == "/voicemail/v4"
    assert values(doc, "people") == [["Alice Doe", 1, 0, 600.0, 600.0], ["boss@acme.example", 1, 0, 1_800.0, 1_800.0]]
    two_days = 2 * 86_400.0
    assert values(doc, "open") == [
        ["+37060000001", two_days - 30, "Ona", NINE + timedelta(seconds=30), "Fax", "sales"],
        ["withheld", two_days - 60, "", NINE + timedelta(seconds=60), "Voicemail", "Billing"],
    ]
    oldest = table(doc, "open").rows[0]
    assert [cell.page for cell in oldest] == ["/fax/f1", "", "", "/calls/1795-1.2", "", ""]
    chart = next(part for part in doc.parts if isinstance(part, Chart))
    assert [sum(value or 0 for value in series.values) for series in chart.series] == [2, 0, 2]
    assert not doc.warnings


async def test_a_day_without_messages_says_so(facts: Facts) -> None:
    doc = await build("messages", asked([]), facts)
    assert [part.name for part in doc.parts] == ["boxes", "people", "open"]
    assert [table(doc, name).empty for name in ("boxes", "open")] == ["no messages", "nothing is open"]
    assert head(doc)["average_age"].value is None


@pytest.mark.parametrize(
    ("more", "leads"),
    [
        pytest.param([], ["kept", "handled", "open", "empty", "deleted"], id="every list is as long"),
        pytest.param(
            [left("x", fate=Fate.DELETED)], ["", "handled", "open", "empty", "deleted"], id="some are deleted"
        ),
        pytest.param(
            [handled("x", 1.0, empty=True)], ["kept", "handled", "open", "", "deleted"], id="an empty one handled"
        ),
    ],
)
async def test_a_figure_leads_to_its_list_only_where_that_is_as_long(
    facts: Facts, more: list[Message], leads: list[str]
) -> None:
    doc = await build("messages", asked([left("a"), handled("b", 5.0), left("c", fate=Fate.EMPTY), *more]), facts)
    pages = [cell.page for cell in table(doc, "boxes").rows[0][2:7]]
    assert pages == [f"/voicemail/billing/{one}/2026-11-24/2026-11-24" if one else "" for one in leads]


async def test_what_is_no_longer_kept_is_counted_and_nothing_else_is_said_of_it(db: Database, facts: Facts) -> None:
    """The journal tells that it came: a box forgets what is old, deleted, or of somebody who was forgotten."""
    at = NINE + timedelta(minutes=5)
    await put_events(
        db,
        [
            ev.MessageTaken(at=at, call="c1", mailbox="billing", file="gone.wav", seconds=5.0),
            ev.MessageTaken(at=at, call="c2", mailbox="billing", file="kept.wav", seconds=5.0),
            ev.MessageTaken(at=at, call="c3", mailbox="billing", file="moved.wav", seconds=5.0),
            ev.FaxReceived(at=at, call="c4", box="sales", fax="f1", pages=2, ok=True),
            ev.FaxReceived(at=at - timedelta(days=3), call="c5", box="sales", fax="f0", pages=2, ok=True),
        ],
    )
    boxes = [left("kept"), left("moved", "alice")]
    doc = await build("messages", asked(boxes), facts)
    assert [row[:8] for row in values(doc, "boxes")] == [
        ["Alice Doe", "Voicemail", 1, 0, 1, 0, 0, 0],
        ["Billing", "Voicemail", 2, 0, 1, 0, 0, 1],
        ["sales", "Fax", 1, 0, 0, 0, 0, 1],
    ]
    assert "2 of what came in are no longer kept: whether they were handled is not known" in doc.notes
    seen = await build("messages", asked(boxes, departments=frozenset({"billing"})), facts)
    assert [row[:8] for row in values(seen, "boxes")] == [["Billing", "Voicemail", 2, 0, 1, 0, 0, 1]]


async def test_who_may_see_a_department_sees_its_boxes_only(facts: Facts) -> None:
    messages = [left("a"), left("b", "sales"), left("c", "alice"), left("d", after=-2 * 86_400.0, box="sales")]
    ask = asked(messages, departments=frozenset({"billing"}))
    doc = await build("messages", ask, facts)
    assert [row[0] for row in values(doc, "boxes")] == ["Billing"]
    assert head(doc)["open_before"].value == 0
    assert head(doc)["voicemail_open"].page == "/voicemail/billing/open/2026-11-24/2026-11-24", "not that of all boxes"
    assert head(doc)["fax_open"].page == ""
    narrowed = await build("messages", asked(messages, department="sales"), facts)
    assert [row[0] for row in values(narrowed, "boxes")] == ["sales"]
    with pytest.raises(NoReport, match="may not see"):
        await build("messages", replace(ask, department="sales"), facts)


async def test_many_open_ones_are_counted_and_the_oldest_listed(facts: Facts) -> None:
    kinds = list(Kind)
    messages = [left(f"m{n:04}", kind=kinds[n % 2], after=float(n)) for n in range(2 * MOST + 10)]
    doc = await build("messages", asked(reversed(messages)), facts)
    assert sum(row[4] for row in values(doc, "boxes")) == len(messages)
    listed = table(doc, "open")
    assert listed.note == f"the oldest {MOST} of {len(messages)}"
    assert [row[3].value for row in listed.rows] == [message.came_at for message in messages[:MOST]]


def test_each_figure_is_defined() -> None:
    assert all((term.definition and term.unit) or term.name == "came_in" for term in builder.TERMS)
