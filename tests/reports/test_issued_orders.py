"""Reports that people order: how many at once, cancelled, made again, beside what is scheduled, and for whom."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.jobs import JobState
from reports.issued import Order, State
from reports.issuing import MOST_WAITING, NotNow, TooMany
from tests.reports.issued_house import (
    BOSS,
    EIGHT,
    MONDAY,
    broke,
    by_hand,
    clock,
    daily,
    db,
    opened,
)

__all__ = ["clock", "db"]  # fixtures: pytest finds them here by name


async def test_one_that_is_cancelled_ends_at_once_and_leaves_nothing(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    home = await opened(db, tmp_path, clock)
    home.desk.held = asyncio.Event()
    id_ = await home.issuing.order(by_hand(to=(BOSS,)))
    async with asyncio.timeout(20):
        working = asyncio.create_task(home.work())
        with home.db.wakeups.listening("reports issued") as news:
            while (await home.issuing.get(id_)).progress == 0.0:
                news.clear()
                await news.wait()
        await home.issuing.cancel(id_)
        await working
    assert (await home.issuing.get(id_)).state is State.CANCELLED
    assert (home.desk.ended, home.mails) == (1, [])
    assert not [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
    with pytest.raises(NotNow):
        await home.issuing.cancel(id_)
    home.desk.held.set()
    await home.issuing.make_again(id_)
    await home.work()
    assert (await home.issuing.get(id_)).state is State.READY


async def test_one_cancelled_before_its_turn_is_never_begun(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock)
    await home.issuing.cancel(await home.issuing.order(by_hand()))
    await home.work()
    assert home.desk.orders == []


async def test_one_account_has_so_many_under_way(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock)
    for _ in range(MOST_WAITING):
        await home.issuing.order(by_hand())
    with pytest.raises(NotNow):
        await home.issuing.order(by_hand())
    await home.issuing.order(by_hand("bob"))
    await home.work()
    await home.issuing.order(by_hand())


async def test_making_again_is_making_as_well(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock, boss=daily())
    cancelled = [await home.issuing.order(by_hand()) for _ in range(3)]
    for id_ in cancelled:
        await home.issuing.cancel(id_)
    for _ in range(MOST_WAITING - 1):
        await home.issuing.order(by_hand())
    await home.issuing.make_again(cancelled[0])
    for id_ in cancelled[1:]:
        with pytest.raises(TooMany):
            await home.issuing.make_again(id_)
    home.desk.faults = [broke("it has no figures", final=True)] * (MOST_WAITING + 1)
    await home.at(EIGHT)
    (scheduled,) = await home.of("boss")
    assert scheduled.state is State.FAILED
    await home.issuing.make_again(scheduled.id)  # nobody's account


async def test_what_is_scheduled_waits_for_nobodys_orders(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    """Each runner does one thing at a time: what is due, what is scheduled, what was ordered go beside each other."""
    home = await opened(db, tmp_path, clock, boss=daily())
    await home.issuing.order(by_hand())
    clock.advance((EIGHT - MONDAY).total_seconds())
    due, scheduled, ordered = home.issuing.handlers()
    jobs = home.issuing.jobs
    (job,) = [job for kind in due for job in await jobs.list_in(JobState.WAITING, kind=kind)]
    await due[job.kind](job)
    (job,) = [job for kind in scheduled for job in await jobs.list_in(JobState.WAITING, kind=kind)]
    await scheduled[job.kind](job)
    assert [order.schedule for order in home.desk.orders] == ["boss"]
    assert [len(await jobs.list_in(JobState.WAITING, kind=kind)) for kind in ordered] == [1]


@pytest.mark.parametrize(
    ("order", "departments", "seen"),
    [
        pytest.param(by_hand(), None, True, id="a supervisor sees the whole site"),
        pytest.param(by_hand(), frozenset({"billing"}), False, id="a viewer does not"),
        pytest.param(by_hand(department="billing"), frozenset({"billing"}), True, id="the own department"),
        pytest.param(by_hand(department="sales"), frozenset({"billing"}), False, id="another's"),
        pytest.param(
            by_hand(departments=frozenset({"billing", "sales"})), frozenset({"billing"}), False, id="one too many"
        ),
        pytest.param(by_hand(), frozenset(), False, id="nobody's viewer"),
    ],
)
async def test_who_may_see_it(
    db: Database, tmp_path: Path, clock: ManualClock, order: Order, departments: frozenset[str] | None, seen: bool
) -> None:
    home = await opened(db, tmp_path, clock)
    one = await home.issuing.get(await home.issuing.order(order))
    assert one.order == order
    assert one.may_be_seen_by(departments) is seen
