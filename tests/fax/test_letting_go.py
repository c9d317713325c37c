"""The files of a fax: held as long as anybody waits for them, gone when nobody does and their time is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fax.documents import aside
from fax.documents.model import Prepared
from fax.model import Direction, Fax, NotPossible, Order, State
from fax.promises import may_go
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.delivery_model import DeliveryState, Later, Refused
from ledger.spool_register import SpoolRegister
from tests.fax.house import House, Road, house

NOW = ManualClock().now()
WAITING, ACCEPTED, REFUSED = DeliveryState.WAITING, DeliveryState.ACCEPTED, DeliveryState.REFUSED
CANCELLED = DeliveryState.CANCELLED


def fax(state: State = State.RECEIVED, **more: Any) -> Fax:
    direction = Direction.IN if state in (State.RECEIVED, State.PARTIAL) else Direction.OUT
    return Fax("f", direction, "billing", state, NOW, NOW, **more)


HANDLED: dict[str, Any] = {"handled_at": NOW}  # Any: fields of a fax
DELETED: dict[str, Any] = {"deleted_at": NOW}


@pytest.mark.parametrize(
    ("one", "deliveries", "promised", "may"),
    [
        pytest.param(fax(), [], False, False, id="not looked at yet"),
        pytest.param(fax(**HANDLED), [], False, False, id="handled before it was looked at"),
        pytest.param(fax(), [], True, False, id="nobody to tell"),
        pytest.param(fax(**HANDLED), [], True, True, id="nobody to tell, a person handled it"),
        pytest.param(fax(), [ACCEPTED], True, True, id="accepted"),
        pytest.param(fax(), [ACCEPTED, WAITING], True, False, id="one of two waits"),
        pytest.param(fax(), [ACCEPTED, CANCELLED], True, True, id="one was taken back"),
        pytest.param(fax(), [CANCELLED], True, False, id="all were taken back"),
        pytest.param(fax(), [ACCEPTED, REFUSED], True, False, id="one refused"),
        pytest.param(fax(**HANDLED), [REFUSED], True, True, id="refused, a person handled it"),
        pytest.param(fax(**HANDLED), [WAITING], True, False, id="handled, but on its way"),
        pytest.param(fax(**DELETED), [], False, True, id="deleted"),
        pytest.param(fax(State.PREPARING), [], False, False, id="under way"),
        pytest.param(fax(State.SENT), [], False, False, id="sent, its report is not made"),
        pytest.param(fax(State.SENT), [], True, True, id="sent, nobody wants to know"),
        pytest.param(fax(State.FAILED), [WAITING], True, False, id="failed, word of it is on its way"),
        pytest.param(fax(State.FAILED), [REFUSED], True, False, id="failed, nobody took word of it"),
        pytest.param(fax(State.CANCELLED), [CANCELLED], True, True, id="cancelled"),
    ],
)
def test_when_files_may_go(one: Fax, deliveries: list[DeliveryState], promised: bool, may: bool) -> None:
    assert may_go(one, deliveries, promised=promised) is may


@asynccontextmanager
async def deleted_early(db: Database, folder: Path) -> AsyncIterator[tuple[House, str]]:
    """Receive a fax that is deleted before its PDF is made."""
    async with house(db, folder, works=False) as home:
        id_ = await home.keep()
        await home.service.delete(id_, "alice")
        async with home.runner:
            await home.steps(id_, "pages made")
            yield home, id_


async def test_deleted_before_its_pdf_was_made_nothing_of_it_stays(db: Database, tmp_path: Path) -> None:
    async with deleted_early(db, tmp_path) as (home, id_):
        await home.forget(days=15)
        assert await home.is_gone(id_)


async def test_deleted_before_its_pdf_was_made_and_brought_back_it_is_delivered(db: Database, tmp_path: Path) -> None:
    async with deleted_early(db, tmp_path) as (home, id_):
        assert home.road.receivers == []
        await home.service.restore(id_, "alice")
        await home.steps(id_, "delivered", 2)
        assert sorted(home.road.receivers) == ["/srv/faxes", "billing@acme.example"]


@asynccontextmanager
async def sent_and_deleted(db: Database, folder: Path) -> AsyncIterator[tuple[House, str]]:
    """Send a fax that is deleted before its report is made."""
    async with house(db, folder) as home:
        home.drawn.failures = 1
        one = await home.order()
        await home.steps(one.id, "drawing the report broke down")
        await home.service.delete(one.id, "alice")
        home.pass_time(seconds=6)
        await home.steps(one.id, "report made")
        yield home, one.id


async def test_deleted_before_its_report_was_made_nothing_of_it_stays(db: Database, tmp_path: Path) -> None:
    async with sent_and_deleted(db, tmp_path) as (home, id_):
        await home.forget(days=15)
        assert await home.is_gone(id_)


async def test_deleted_before_its_report_and_brought_back_whoever_waits_is_told(db: Database, tmp_path: Path) -> None:
    async with sent_and_deleted(db, tmp_path) as (home, id_):
        await home.service.restore(id_, "alice")
        await home.steps(id_, "delivered")
        assert home.road.receivers == ["office@acme.example"]


async def test_cancelled_while_its_pages_are_made_nothing_of_it_stays(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = aside.prepare
    async with house(db, tmp_path) as home:

        async def cancelled_meanwhile(path: Path, into: Path, **more: object) -> Prepared:
            made = await prepare(path, into, **more)  # type: ignore[arg-type]
            await home.service.cancel(one.id, "alice")
            cancelled.set()
            return made

        monkeypatch.setattr(aside, "prepare", cancelled_meanwhile)
        cancelled = asyncio.Event()
        one = await home.order()
        async with asyncio.timeout(30):
            await cancelled.wait()
        await home.until_files(one.original)
        await home.forget(days=31)
        assert await home.is_gone(one.id)


async def test_killed_while_its_pages_are_made_and_cancelled_nothing_of_it_stays(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        one = await home.order()
        async with home.spool.create(name=home.spool.name_for(f"pages of {one.id}", ".tif")) as left:
            await left.write(b"II*\0")
        await home.service.cancel(one.id, "alice")
        async with home.runner:
            await home.until_files(one.original)


async def test_cancelled_by_who_ordered_it_and_brought_back_it_goes_in_its_time(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        one = await home.order(send_at=home.clock.now() + timedelta(days=1))
        await home.becomes(one.id, State.WAITING)
        await home.service.cancel(one.id, "alice")
        await home.service.delete(one.id, "alice")
        await home.service.restore(one.id, "alice")
        await home.forget(days=400)
        assert await home.is_gone(one.id)
    assert home.road.carried == []


async def test_handled_and_brought_back_it_goes_in_its_time(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep("quiet")
        await home.steps(id_, "nobody is told")
        await home.service.handle(id_, "bob")
        await home.service.delete(id_, "bob")
        await home.service.restore(id_, "bob")
        await home.forget(days=400)
        assert await home.is_gone(id_)


async def test_reopened_it_waits_for_a_person_again(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep("quiet")
        await home.steps(id_, "nobody is told")
        await home.service.handle(id_, "bob")
        await home.service.reopen(id_, "bob")
        await home.forget(days=400)
        assert await home.spool.exists((await home.service.get(id_)).file)


@pytest.mark.parametrize("deed", ["restore", "reopen", "forward", "deliver_again"])
async def test_what_is_gone_is_not_promised_again(db: Database, tmp_path: Path, deed: str) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "delivered", 2)
        if deed == "restore":
            await home.service.delete(id_, "alice")
        if deed == "reopen":
            await home.service.handle(id_, "alice")
        home.pass_time(days=400)
        assert await SpoolRegister(db, home.spool).remove_old(home.clock.now())  # we die before its row goes
        act: dict[str, Callable[[], Awaitable[object]]] = {
            "restore": lambda: home.service.restore(id_, "alice"),
            "reopen": lambda: home.service.reopen(id_, "alice"),
            "forward": lambda: home.service.forward(id_, "quiet", "alice"),
            "deliver_again": lambda: home.service.deliver_again(id_, "alice"),
        }
        with pytest.raises(NotPossible, match="not kept any more"):
            await act[deed]()
        assert len(home.road.carried) == 2


async def test_forwarded_it_waits_for_the_people_there(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "delivered", 2)
        home.pass_time(seconds=1)
        await home.service.forward(id_, "quiet", "alice")
        await home.forget(days=400)
        assert await home.spool.exists((await home.service.get(id_)).file)
        await home.service.handle(id_, "bob")
        await home.forget()
        assert await home.is_gone(id_)


async def test_a_web_hook_that_left_the_site_keeps_no_handled_fax(db: Database, tmp_path: Path) -> None:
    road = Road([Refused("fax box support names this web-hook no more")])
    async with house(db, tmp_path, road=road) as home:
        id_ = await home.keep("support")
        await home.steps(id_, "refused")
        await home.service.handle(id_, "bob")
        await home.forget(days=400)
        assert await home.is_gone(id_)


async def test_a_refused_order_is_there_until_word_of_it_has_arrived(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, road=Road([Later("away")] * 2)) as home:
        order = Order("billing", "", "ona@acme.example", confirm=("ona@acme.example",))
        one = await home.service.refuse(order, "there is no number")
        await home.steps(one.id, "not delivered", 2)
        home.clock.advance(timedelta(days=31).total_seconds())
        await home.service.forget_old()
        assert (await home.service.get(one.id)).state is State.FAILED
        async with asyncio.timeout(30):
            while len(home.road.carried) < 4:
                home.pass_time(seconds=31)
                await asyncio.sleep(0.02)
        await home.steps(one.id, "delivered", 2)
        await home.forget()
        assert await home.is_gone(one.id)


async def test_a_refused_order_is_there_until_its_report_is_made(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        one = await home.service.refuse(Order("billing", "", "ona@acme.example"), "there is no number")
        await home.forget(days=31)
        assert (await home.service.get(one.id)).state is State.FAILED


async def test_a_forgotten_key_can_be_used_anew(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        for _ in range(2):
            one = await home.order(key="monthly report")
            await home.becomes(one.id, State.SENT)
            await home.steps(one.id, "delivered")
            await home.forget(days=31)
            assert await home.is_gone(one.id)
    assert len(home.line.called) == 2
