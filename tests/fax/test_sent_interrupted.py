"""A fax that we send, interrupted: by kill -9, by a person, by a database that is away; never twice and never none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from fax import store
from fax.model import Attempt, Direction, NotPossible, Progress, Result, State, Step
from fax.queue import Cancelled, next_try
from fax.service import FaxService
from fax.under_way import UnderWay
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.errors import DatabaseBusy
from tests.fax import house as houses
from tests.fax.house import BUSY, SENT, SITE, FakeLine, House, Over, house

FAILED = Over("failed", 1, why="Disconnected after permitted retries")


# ------------------------------------------------------------------------------------------ killed in the middle


@pytest.mark.parametrize(
    ("began", "remembered", "states", "calls"),
    [
        (False, None, State.SENT, [Result.NOT_CALLED, Result.SENT]),
        (True, SENT, State.SENT, [Result.SENT]),
        (True, FAILED, State.SENT, [Result.FAILED, Result.SENT]),
        (True, None, State.UNKNOWN, [Result.UNKNOWN]),
    ],
    ids=["before-the-first-page", "it-arrived", "it-failed", "nobody-knows"],
)
async def test_killed_while_calling_nothing_is_sent_twice_and_nothing_is_lost(
    db: Database, tmp_path: Path, began: bool, remembered: Over | None, states: State, calls: list[Result]
) -> None:
    async with house(db, tmp_path, works=False) as home:
        fax = await home.order()
        async with db.writing() as session:
            now = home.clock.now()
            await store.change(session, fax.id, tries=1)
            await store.put_attempt(session, Attempt(fax.id, 1, "fax-dead", now, now if began else None))
        if remembered is not None:
            home.line.remembered["fax-dead"] = remembered
        async with home.runner:
            await home.until(fax.id, lambda f: bool(f.seconds or f.why))  # what became of that call is known
            if len(calls) > 1:
                await home.put_back(fax.id)
            home.pass_time(seconds=121)
            done = await home.becomes(fax.id, states)
            await home.steps(fax.id, "report made")
    assert await home.results(fax.id) == calls
    assert len(home.line.called) == calls.count(Result.SENT) - (remembered is SENT)
    assert done.ended_at is not None


# ------------------------------------------------------------------------------------------------ people


async def test_cancelled_before_its_turn(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        fax = await home.order(send_at=home.clock.now() + timedelta(hours=3))
        await home.becomes(fax.id, State.WAITING)
        await home.service.cancel(fax.id, "alice")
        home.pass_time(hours=4)
        assert (await home.service.get(fax.id)).state is State.CANCELLED
        with pytest.raises(NotPossible):
            await home.service.cancel(fax.id, "alice")
    assert home.line.called == []


async def test_cancelled_on_the_line_it_is_not_tried_again(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, line=FakeLine(held=asyncio.Event())) as home:
        fax = await home.order()
        async with asyncio.timeout(30):
            await home.line.ringing.wait()
        await home.service.under_way.look()
        assert [(p.pages, p.of, p.doing) for p in home.service.progress()] == [(1, 1, "sending")]
        await home.service.cancel(fax.id, "alice")
        done = await home.becomes(fax.id, State.CANCELLED)
        assert home.service.progress() == []
    assert await home.results(fax.id) == [Result.CANCELLED]
    assert done.pages == 1


async def test_cancelled_while_it_rings_no_page_goes_out(db: Database, tmp_path: Path) -> None:
    home: House

    class Ringing(FakeLine):
        async def send(
            self, fax: str, call: str, number: str, path: Path, *, began: Callable[[], Awaitable[None]], **_: str
        ) -> Over:
            await home.service.cancel(fax, "alice")
            with pytest.raises(Cancelled):
                await began()
            return Over("not called", began=False)

    async with house(db, tmp_path, line=Ringing()) as home:
        fax = await home.order()
        await home.becomes(fax.id, State.CANCELLED)
        assert (await home.service.attempts(fax.id))[0].began_sending_at is None


async def test_cancelled_but_perhaps_sent_it_is_not_called_cancelled(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, line=FakeLine([Over("unknown")], held=asyncio.Event())) as home:
        fax = await home.order()
        async with asyncio.timeout(30):
            await home.line.ringing.wait()
        async with db.writing() as session:
            await store.add_step(session, fax.id, Step(home.clock.now(), "cancelled", "alice"))
        assert home.line.held is not None
        home.line.held.set()
        await home.becomes(fax.id, State.UNKNOWN)


async def test_cancelled_while_its_end_is_written_down_it_is_not_called_again(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts_of = FaxService.attempts
    cancelled: list[str] = []
    async with house(db, tmp_path, line=FakeLine([BUSY])) as home:

        async def meanwhile(service: FaxService, id_: str) -> list[Attempt]:
            attempts = await attempts_of(service, id_)
            if home.line.called and not cancelled:
                cancelled.append(id_)
                await service.cancel(id_, "alice")
            return attempts

        monkeypatch.setattr(FaxService, "attempts", meanwhile)
        fax = await home.order()
        await home.becomes(fax.id, State.CANCELLED)
        home.pass_time(seconds=100)
        assert len(home.line.called) == 1


async def test_what_became_of_it_is_kept_for_us_while_the_database_is_away(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_attempt = store.put_attempt
    failed = asyncio.Event()

    async def away(session: AsyncSession, attempt: Attempt) -> None:
        if attempt.ended_at is not None and not failed.is_set():
            failed.set()
            raise DatabaseBusy
        await put_attempt(session, attempt)

    monkeypatch.setattr(store, "put_attempt", away)
    async with house(db, tmp_path) as home:
        fax = await home.order()
        async with asyncio.timeout(30):
            await failed.wait()
        assert home.line.forgotten == []
        home.line.remembered[home.line.calls[0]] = SENT  # as Asterisk does until it is told to forget
        async with asyncio.timeout(30):
            while (await home.service.get(fax.id)).state is not State.SENT:
                home.pass_time(seconds=3600)
                await asyncio.sleep(0.05)
        await home.steps(fax.id, "report made")
    assert (home.line.forgotten, len(home.line.called)) == ([home.line.calls[0]], 1)


async def test_a_number_that_may_not_be_called_any_more_is_not_called(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(db, tmp_path) as home:
        fax = await home.order(send_at=home.clock.now() + timedelta(days=30))
        await home.becomes(fax.id, State.WAITING)
        outbound = SITE.outbound.model_copy(update={"prefixes": ("+371",)})
        monkeypatch.setattr(houses, "SITE", SITE.model_copy(update={"outbound": outbound}))
        home.pass_time(days=31)
        failed = await home.becomes(fax.id, State.FAILED)
        await home.steps(fax.id, "delivered")
    assert "not among the numbers" in failed.why
    assert home.line.called == []


async def test_a_call_of_an_earlier_process_that_still_rings_is_ended(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        fax = await home.order()
        async with db.writing() as session:
            await store.change(session, fax.id, tries=1)
            await store.put_attempt(session, Attempt(fax.id, 1, "fax-old", home.clock.now()))
        async with home.runner:
            await home.until(fax.id, lambda f: bool(f.why))
    assert home.line.hung_up == ["fax-old"]


async def test_how_far_it_is_goes_on_being_told_after_an_odd_answer() -> None:
    asked = asyncio.Event()
    answers: list[int | Exception] = [ValueError("nonsense"), 2]

    async def pages() -> int | None:
        answer = answers.pop(0) if answers else 2
        if isinstance(answer, Exception):
            raise answer
        asked.set()
        return answer

    async with UnderWay(0.01) as under_way:
        under_way.begin(Progress("f", Direction.OUT, "b", "+1", ManualClock().now()), pages)
        async with asyncio.timeout(20):
            await asked.wait()


def test_our_own_trouble_is_counted_from_when_it_began() -> None:
    clock = ManualClock()
    friday = clock.now()
    clock.advance(timedelta(days=3).total_seconds())
    monday = clock.now()
    calls = [
        Attempt("f", 1, "c", friday, ended_at=friday, result=Result.BUSY),
        Attempt("f", 2, "c", friday, ended_at=monday, result=Result.NOT_CALLED),
    ]
    assert next_try(SITE.fax, calls, monday) == 60
    assert next_try(SITE.fax, calls, monday + timedelta(hours=25)) is None
