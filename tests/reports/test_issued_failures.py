"""A scheduled report that fails is told of by mail: to whom, how often, in which words, and wherever we die."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger import mailer
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.delivery_model import DeliveryState
from ledger.jobs import JobState
from reports.issued import KEPT, Order, State
from reports.issued_work import TRIES
from reports.period import days_between
from reports.rules import Definition
from tests.reports.issued_house import (
    BOSS,
    CHIEF,
    EIGHT,
    MONDAY,
    Fuse,
    House,
    Killed,
    broke,
    clock,
    daily,
    db,
    house,
    site_of,
)

__all__ = ["clock", "db"]  # fixtures: pytest finds them here by name

ADMIN = "it@acme.example"
NEVER = "there is no report 'dya'"


async def failing(db: Database, folder: Path, clock: ManualClock, *, fuse: Fuse | None = None) -> House:
    site = site_of({"boss": daily(department="billing", to=[BOSS, CHIEF, ADMIN])}, failures=[ADMIN, "it2@acme.example"])
    return await house(db, folder, clock, lambda: site, fuse=fuse)


async def test_it_goes_once_to_each_who_waits_and_who_is_to_mend(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    home = await failing(db, tmp_path, clock)
    home.desk.faults = [broke(NEVER, final=True)]
    await home.at(EIGHT)
    assert [receiver for receiver, _ in home.mails] == [BOSS, CHIEF, ADMIN, "it2@acme.example"]
    (one,) = await home.all()
    told = home.read()
    for words in (
        "Acme: Day by day Monday, 2 November 2026 (Europe/Vilnius) Calls of billing",
        'It was due on 3 November at 08:00 by the schedule "boss" of the site.',
        f"Why: {NEVER}.",
        'choose "Make again" once the reason is mended',
        "change `reports: schedules: boss` in the site",
        f"https://switchroom.acme.example/reports/issued/{one.id}",
    ):
        assert words in told
    mail = home.mails[0][1]
    assert (mail["Auto-Submitted"], mail["X-Switchroom-Report"]) == ("auto-generated", one.id)
    assert not list(mail.iter_attachments())
    assert await home.work() == 0


async def test_what_is_made_again_and_fails_again_is_told_again(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    home = await failing(db, tmp_path, clock)
    home.desk.faults = [broke(NEVER, final=True)] * 2
    await home.at(EIGHT)
    (one,) = await home.all()
    clock.advance(60)
    await home.issuing.make_again(one.id)
    await home.work()
    assert [receiver for receiver, _ in home.mails].count(BOSS) == 2
    assert len({mail["Message-ID"] for _, mail in home.mails}) == 8


async def test_what_was_not_told_yet_is_not_told_once_it_is_made_again(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    home = await failing(db, tmp_path, clock)
    home.desk.faults = [broke(NEVER, final=True)]
    home.results += [mailer.Later("it does not answer")] * 4
    await home.at(EIGHT)
    (one,) = await home.all()
    await home.issuing.make_again(one.id)
    clock.advance(3600)
    await home.work()
    assert [mail["Subject"].split(":")[1] for _, mail in home.mails] == [" late"] * 3
    states = {mail.state for mail in await home.issuing.mails_of_failure([one.id])}
    assert states == {DeliveryState.CANCELLED}


async def test_who_ordered_one_by_hand_is_not_mailed(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await failing(db, tmp_path, clock)
    home.desk.faults = [broke(NEVER, final=True)]
    day = days_between(MONDAY.date(), MONDAY.date(), site_of({}).company.zone)
    id_ = await home.issuing.order(Order("day", day, "pdf", Definition(), by="sue"))
    await home.work()
    assert ((await home.issuing.get(id_)).state, home.mails) == (State.FAILED, [])


async def test_killed_at_any_step_of_failing_it_is_told_once(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    for step in range(4, 8):  # before, in and after the transaction in which it fails, and before the job ends
        fuse = Fuse()
        dying = await failing(db, tmp_path, clock, fuse=fuse)
        clock.advance((EIGHT + step * timedelta(days=1) - clock.now()).total_seconds())
        await dying.work(deliver=False, most=1)  # it is due
        dying.desk.faults = [broke(NEVER, final=True)]
        fuse.passed, fuse.at = 0, step
        with pytest.raises(Killed):
            await dying.work(deliver=False)
        clock.advance(2)  # its leases are over
        home = await failing(db, tmp_path, clock)
        home.desk.faults = [broke(NEVER, final=True)]
        await home.work()
        assert len(home.mails) == 4, step
        assert (await home.all())[-1].state is State.FAILED


async def test_one_whose_making_breaks_off_again_and_again_ends(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    """Nobody would hear of a report that ends the server each time that it is made."""
    fuse = Fuse()
    for _ in range(TRIES + 1):
        dying = await failing(db, tmp_path, clock, fuse=fuse)
        clock.advance(max(2.0, (EIGHT - clock.now()).total_seconds()))
        dying.desk.fuse = Fuse(at=0)
        try:
            await dying.work()
        except Killed:
            continue
    (one,) = await dying.all()
    assert one.state is State.FAILED
    assert "broke off 5 times" in dying.read()


async def test_what_is_told_is_forgotten_with_the_report(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await failing(db, tmp_path, clock)
    home.desk.faults = [broke(NEVER, final=True)]
    home.results += [mailer.Later("it does not answer")] * 4
    await home.at(EIGHT)
    clock.advance((KEPT + timedelta(days=1)).total_seconds())
    assert await home.issuing.forget_old() == 0  # its mails are still under way
    for job in await home.issuing.jobs.list_in(JobState.WAITING, kind="deliver"):
        await home.deliveries.run(job)
    (one,) = await home.all()
    assert await home.issuing.forget_old() == 1
    assert await home.issuing.mails_of_failure([one.id]) == []
