"""Reports that are issued: once for each moment of a schedule, kept as they are, mailed once, whatever goes wrong."""

from __future__ import annotations

import errno
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from ledger import mailer
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.delivery_model import DeliveryState
from ledger.jobs import JobState
from reports.issued import KEPT, State
from reports.issued_document import unpack
from reports.issuing import id_of
from reports.rules import Above, Below, Definition, Rule
from tests.reports.issued_house import (
    BOSS,
    CHIEF,
    DAY,
    EIGHT,
    MONDAY,
    Fuse,
    Killed,
    broke,
    by_hand,
    clock,
    daily,
    db,
    house,
    opened,
    site_of,
)

__all__ = ["clock", "db"]  # fixtures: pytest finds them here by name


async def test_a_schedule_issues_once_and_mails_each_receiver_once(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    home = await opened(db, tmp_path, clock, boss=daily())
    assert await home.work() == 0
    await home.at(EIGHT)
    (one,) = await home.all()
    assert (one.state, one.late, one.progress) == (State.READY, False, 1.0)
    assert one.order.period.title() == "Monday, 2 November 2026"
    assert [receiver for receiver, _ in home.mails] == [BOSS, CHIEF]
    mail = home.mails[0][1]
    assert mail["Subject"].endswith(": Day report, Monday, 2 November 2026")
    assert await home.spool.read(one.file) == b"%PDF sample"
    assert unpack(await home.spool.read(one.document)).period == one.order.period
    await home.issuing.plan()
    assert await home.work() == 0
    await home.at(EIGHT + DAY)
    assert len(await home.all()) == 2


async def test_killed_at_any_step_it_is_issued_once_and_mailed_once(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    steps = 0
    while True:
        name = f"boss{steps}"
        site = site_of({name: daily(f"{steps} 9 * * *")})
        moment = MONDAY.replace(hour=7, minute=steps) + (steps + 1) * DAY
        clock.advance((moment - timedelta(hours=1) - clock.now()).total_seconds())
        fuse = Fuse()
        dying = await house(db, tmp_path, clock, lambda site=site: site, fuse=fuse)  # type: ignore[misc]  # of this step
        clock.advance(3600)
        fuse.passed, fuse.at = 0, steps
        try:
            await dying.work(deliver=False)
        except Killed:
            died = True
        else:
            died = False
        clock.advance(2)  # its leases are over
        home = await house(db, tmp_path, clock, lambda site=site: site)  # type: ignore[misc]  # of this step
        await home.work()
        (one,) = await home.of(name)
        assert (one.id, one.state) == (id_of(name, moment), State.READY), steps
        promised = await home.issuing.mails([one.id])
        assert sorted(mail.receiver for mail in promised) == [BOSS, CHIEF], steps
        assert {mail.state for mail in promised} == {DeliveryState.ACCEPTED}, steps
        assert [receiver for receiver, _ in home.mails] == [BOSS, CHIEF], steps
        assert await home.spool.exists(one.file)
        steps += 1
        if not died:
            break
    assert steps > 10


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        pytest.param(OSError(errno.ENOSPC, "full"), 12, id="disk full: for ever"),
        pytest.param(broke("the database cannot be read"), 3, id="broke down"),
    ],
)
async def test_what_may_pass_is_tried_again(
    db: Database, tmp_path: Path, clock: ManualClock, fault: Exception, tries: int
) -> None:
    home = await opened(db, tmp_path, clock)
    home.desk.faults = [fault] * tries
    id_ = await home.issuing.order(by_hand())
    for _ in range(tries):
        await home.work()
        one = await home.issuing.get(id_)
        assert one.state is State.MAKING
        assert one.why
        clock.advance(61)
    await home.work()
    assert (await home.issuing.get(id_)).state is State.READY
    assert (await home.issuing.get(id_)).why == ""


@pytest.mark.parametrize(
    ("faults", "tries"),
    [
        pytest.param([broke("there is no report 'dya'", final=True)], 1, id="can never be"),
        pytest.param([broke("its process ended")] * 9, 5, id="breaks down again and again"),
    ],
)
async def test_what_cannot_be_made_fails_and_is_told(
    db: Database, tmp_path: Path, clock: ManualClock, faults: list[Exception], tries: int
) -> None:
    home = await opened(db, tmp_path, clock, boss=daily())
    home.desk.faults = faults
    with structlog.testing.capture_logs() as logs:
        await home.at(EIGHT)
        for _ in range(10):
            clock.advance(11)
            await home.work()
    (one,) = await home.all()
    assert (one.state, len(home.desk.orders)) == (State.FAILED, tries)
    assert one.why
    assert [log["schedule"] for log in logs if log["log_level"] == "error"] == ["boss"]
    assert [(receiver, mail["Subject"]) for receiver, mail in home.mails] == [
        (receiver, "Acme: not made: Day by day, Monday, 2 November 2026") for receiver in (BOSS, CHIEF)
    ]
    home.desk.faults.clear()
    await home.issuing.make_again(one.id)
    await home.work()
    assert (await home.issuing.get(one.id)).state is State.READY
    assert len(home.mails) == 4


async def test_the_definition_of_an_issued_report_never_changes(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    strict = Definition({"billing": 10.0}, 3.0, Rule("ours", "Ours", Above.ANSWERED_OR_ABANDONED, Below.ANSWERED, True))
    now = [strict]
    site = site_of({"boss": daily()})
    home = await house(db, tmp_path, clock, lambda: site, definition=lambda: now[0])
    home.desk.faults = [broke("its process ended")]
    await home.at(EIGHT)
    now[0] = Definition({"billing": 60.0})
    await home.at(EIGHT + timedelta(seconds=11))
    (one,) = await home.all()
    assert one.order.definition == strict
    assert [order.definition for order in home.desk.orders] == [strict, strict]


async def test_what_is_older_than_that_goes_with_all_its_files(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    home = await opened(db, tmp_path, clock, boss=daily(to=BOSS))
    home.results += [mailer.Later("it does not answer")]
    await home.at(EIGHT)
    clock.advance((KEPT + DAY).total_seconds())
    assert await home.issuing.forget_old() == 0  # its mail is still under way
    async with home.db.writing() as session:
        await home.deliveries.hurry(session, "report", (await home.all())[0].id)
    await home.deliveries.run((await home.issuing.jobs.list_in(JobState.WAITING, kind="deliver"))[0])
    assert await home.issuing.forget_old() == 1
    assert await home.all() == []
    assert not [path for path in (tmp_path / "spool").rglob("*") if path.is_file()]
