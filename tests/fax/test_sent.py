"""A fax that we send: in its turn, as often as the rules say, never twice and never none, and told how it ended."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from fax.documents.model import Resolution
from fax.model import Attempt, CoverNote, NotPossible, Order, Result, State
from fax.queue import next_try
from ledger.clock import ManualClock
from ledger.database import Database
from tests.fax.house import BUSY, SENT, SITE, FakeLine, Over, house

NO_ANSWER = Over("no answer", began=False)
FAILED = Over("failed", 1, why="Disconnected after permitted retries")
NOT_CALLED = Over("not called", began=False, why="Asterisk cannot be reached")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One database will do: these tests are about processes and turns, and their SQL is tested elsewhere on both."""
    return str(tmp_path / "feature.db")


async def test_a_document_is_sent_and_whoever_waits_is_told(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        fax = await home.order(
            name="UAB Vilkas", subject="Invoice 7", confirm=("ona@vilkas.example",), cover=CoverNote("Ona", "Alice")
        )
        done = await home.becomes(fax.id, State.SENT)
        steps = await home.steps(fax.id, "delivered", 2)
    assert home.line.called == ["+37060000007"]
    assert done.did == "+37052000009"  # as those called see us
    assert (done.pages, done.of, done.tries, done.station) == (2, 2, 1, "ELSEWHERE")
    assert steps[:3] == ["ordered", "stored", "pages made"]
    assert "report made" in steps and steps.index("calling") < steps.index("answered") < steps.index("sent")
    assert sorted(home.road.receivers) == ["office@acme.example", "ona@vilkas.example"]
    assert home.drawn.facts[0][0].state is State.SENT


@pytest.mark.parametrize(
    ("overs", "waits", "state"),
    [
        ([BUSY, FAILED, NOT_CALLED, SENT], [60, 120, 60], State.SENT),
        ([NO_ANSWER] * 9, [300], State.FAILED),
        ([Over("unknown", 1)], [], State.UNKNOWN),
    ],
    ids=["at-last", "never", "unknown"],
)
async def test_it_is_tried_by_the_rules(
    db: Database, tmp_path: Path, overs: list[Over | Exception], waits: list[int], state: State
) -> None:
    async with house(db, tmp_path, line=FakeLine(list(overs))) as home:
        fax = await home.order()
        for number, wait in enumerate(waits, 1):
            await home.until(fax.id, lambda f, n=number: f.state is State.WAITING and f.tries == n)  # type: ignore[misc]
            await home.put_back(fax.id)
            home.pass_time(seconds=wait - 1)
            assert len(home.line.called) == number
            home.pass_time(seconds=1.1)
        done = await home.becomes(fax.id, state)
        await home.steps(fax.id, "delivered")  # for failure as for success
        home.pass_time(days=2)
        assert (len(home.line.called), done.tries) == (len(waits) + 1, len(waits) + 1)


async def test_the_pages_of_the_best_call_count(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, line=FakeLine([FAILED, BUSY])) as home:
        fax = await home.order()
        await home.until(fax.id, lambda f: f.state is State.WAITING and f.tries == 1)
        await home.put_back(fax.id)
        home.pass_time(seconds=121)
        again = await home.until(fax.id, lambda f: f.state is State.WAITING and f.tries == 2)
        assert again.pages == 1


@pytest.mark.parametrize(
    ("results", "wait"),
    [
        ("busy", 60),
        ("busy,busy", 60),
        ("busy,busy,busy", None),
        ("no answer", 300),
        ("unreachable", 300),
        ("no answer,unreachable", None),
        ("failed", 120),
        ("partial,failed", None),
        ("no fax machine", 120),
        ("no fax machine,no fax machine", None),
        ("busy,no answer,failed", 120),
        ("busy,no answer,busy,failed,busy", None),
        ("not called,not called,not called", 60),
        ("sent", None),
        ("unknown", None),
    ],
)
def test_when_it_is_called_out_again(results: str, wait: float | None) -> None:
    now = ManualClock().now()
    calls = [Attempt("f", n, "c", now, result=Result(word)) for n, word in enumerate(results.split(","), 1)]
    assert next_try(SITE.fax, calls, now) == wait


async def test_our_own_trouble_ends_after_a_day(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, line=FakeLine([NOT_CALLED] * 3)) as home:
        fax = await home.order()
        await home.until(fax.id, lambda f: f.state is State.WAITING and f.tries == 1)
        await home.put_back(fax.id)
        home.pass_time(hours=25)
        assert (await home.becomes(fax.id, State.FAILED)).why == "Asterisk cannot be reached"


async def test_it_waits_for_its_time(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        fax = await home.order(send_at=home.clock.now() + timedelta(hours=3))
        await home.becomes(fax.id, State.WAITING)
        home.pass_time(hours=2)
        assert home.line.called == []
        home.pass_time(hours=1.01)
        await home.becomes(fax.id, State.SENT)


async def test_the_same_key_is_one_fax(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        first, second = await home.order(key="mail 1"), await home.order(key="mail 1")
        await home.becomes(first.id, State.SENT)
        third = await home.order(key="mail 1")
        assert first.id == second.id == third.id
        assert home.line.called == ["+37060000007"]


async def test_sending_again_is_a_new_fax_of_the_same_document(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        fax = await home.order(resolution=Resolution.STANDARD)
        await home.becomes(fax.id, State.SENT)
        again = await home.service.send_again(fax.id, "bob")
        done = await home.becomes(again.id, State.SENT)
    assert again.id != fax.id
    assert (done.sent_by, done.resolution, done.number) == ("bob", Resolution.STANDARD, fax.number)
    assert len(home.line.called) == 2


async def test_while_under_way_it_is_not_deleted(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        fax = await home.order()
        with pytest.raises(NotPossible, match="cancel it first"):
            await home.service.delete(fax.id, "alice")


# ------------------------------------------------------------------------------------------------ bad input

PDF_LOCKED = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Encrypt 2 0 R/Root 1 0 R>>\n"


@pytest.mark.parametrize(
    ("more", "content", "why"),
    [
        ({"box": "nowhere"}, b"text", "no fax box"),
        ({"number": "nonsense"}, b"text", "no number"),
        ({"number": "+48221234567"}, b"text", "not among the numbers"),
        ({"number": "+37090012345"}, b"text", "costs extra"),
        ({"number": ""}, b"text", "none"),
        ({}, b"", "empty"),
        ({}, b"PK\x03\x04rest", "office document"),
        ({"name": "x" * 201}, b"text", "at most 200"),
        ({"subject": "x" * 201}, b"text", "at most 200"),
        ({"cover": CoverNote(note="x" * 20_001)}, b"text", "cover sheet"),
        ({"confirm": ("nobody",)}, b"text", "no mail address"),
        ({"confirm": ("a@b.example",) * 11}, b"text", "at most 10"),
    ],
)
async def test_orders_that_cannot_be_taken_say_why(
    db: Database, tmp_path: Path, more: dict[str, object], content: bytes, why: str
) -> None:
    async with house(db, tmp_path, works=False) as home:
        with pytest.raises(NotPossible, match=why):
            await home.order(home.document(content), **more)
        assert await home.service.count() == {}


async def test_an_order_that_is_refused_is_a_fax_that_failed_and_told_once(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        order = Order("billing", "twelve", "boss@acme.example", confirm=("boss@acme.example",), key="mail 2")
        fax = await home.service.refuse(order, "there is no number in the subject")
        assert (await home.service.refuse(order, "again")).id == fax.id
        await home.steps(fax.id, "delivered", 2)
        failed = await home.service.get(fax.id)
    assert (failed.state, failed.why) == (State.FAILED, "there is no number in the subject")
    assert sorted(home.road.receivers) == ["boss@acme.example", "office@acme.example"]


@pytest.mark.parametrize("days", [367, 10_000])
async def test_too_far_ahead(db: Database, tmp_path: Path, days: int) -> None:
    async with house(db, tmp_path, works=False) as home:
        with pytest.raises(NotPossible, match="a year ahead"):
            await home.order(send_at=home.clock.now() + timedelta(days=days))


@pytest.mark.parametrize("content", [PDF_LOCKED, b"%PDF-1.7\nbroken", b"\x89PNG\r\n\x1a\nbroken", b"\0\1\2"])
async def test_a_document_that_cannot_be_read_fails_loudly(db: Database, tmp_path: Path, content: bytes) -> None:
    async with house(db, tmp_path) as home:
        fax = await home.order(home.document(content), confirm=("boss@acme.example",))
        failed = await home.becomes(fax.id, State.FAILED)
        await home.steps(fax.id, "delivered", 2)
    assert failed.why and home.line.called == []
    assert "boss@acme.example" in home.road.receivers


async def test_a_report_that_cannot_be_drawn_keeps_nobody_waiting(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        home.drawn.failures = 9
        fax = await home.order()
        await home.becomes(fax.id, State.SENT)
        for _ in range(2):
            home.pass_time(seconds=6)
            await asyncio.sleep(0.05)
        while "report not made" not in [step.what for step in await home.service.ledger(fax.id)]:
            home.pass_time(seconds=6)
            await asyncio.sleep(0.02)
        await home.steps(fax.id, "delivered")
        assert (await home.service.get(fax.id)).report == ""
