"""Reports that are issued: once for each moment of a schedule, kept as they are, mailed once, whatever goes wrong."""

from __future__ import annotations

import asyncio
import errno
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from ledger import mailer
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.delivery_model import DeliveryState
from ledger.jobs import JobState
from reports.issued import KEPT, Order, State
from reports.issued_document import unpack
from reports.issuing import MOST_WAITING, NoSuchReport, NotNow, id_of
from reports.period import days_between
from reports.rules import Above, Below, Definition, Rule
from tests.reports.issued_house import BOSS, CHIEF, Fuse, House, Killed, broke, daily, house, site_of

#: Noon in Vilnius; the schedule of each test is due at eight.
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
EIGHT = datetime(2026, 11, 3, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PERIOD = days_between(MONDAY.date(), MONDAY.date(), site_of({}).company.zone)


def by_hand(by: str = "sue", **more: object) -> Order:
    return Order(**{"report": "day", "period": PERIOD, "form": "pdf", "definition": Definition(), "by": by, **more})  # type: ignore[arg-type]  # fields by name


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
async def db(migrated: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "issued.db"
    await asyncio.to_thread(shutil.copy, migrated, path)
    async with await Database.open(path, migrate=False) as database:
        yield database


async def opened(db: Database, folder: Path, clock: ManualClock, **schedules: dict[str, object]) -> House:
    site = site_of(schedules)
    return await house(db, folder, clock, lambda: site)


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


async def test_what_was_missed_is_made_once_and_said_to_be_late(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    await opened(db, tmp_path, clock, boss=daily())
    clock.advance((EIGHT + 3 * DAY + timedelta(hours=5) - MONDAY).total_seconds())
    home = await opened(db, tmp_path, clock, boss=daily())
    await home.work()
    (one,) = await home.all()
    assert one.order.moment == EIGHT + 3 * DAY
    assert one.late
    assert len(home.mails) == 2
    text = home.mails[0][1].get_body(("plain",))
    assert text is not None
    assert "late" in home.mails[0][1]["Subject"]
    assert "it was due on 6 November at 08:00" in " ".join(text.get_content().split())


@pytest.mark.parametrize(
    "before", [pytest.param({}, id="new schedule"), pytest.param({"boss": daily("0 8 * * tue")}, id="long ago")]
)
async def test_what_nobody_waited_for_is_not_made_up(
    db: Database, tmp_path: Path, clock: ManualClock, before: dict[str, dict[str, object]]
) -> None:
    await opened(db, tmp_path, clock, **before)
    clock.advance((EIGHT + 2 * DAY + timedelta(hours=1) - MONDAY).total_seconds())
    home = await opened(db, tmp_path, clock, boss=daily("0 8 * * tue"))
    await home.work()
    assert await home.all() == []


@pytest.mark.parametrize(
    "after",
    [pytest.param({}, id="taken out"), pytest.param({"boss": daily("0 9 * * *")}, id="another time")],
)
async def test_the_site_of_the_next_start_decides(
    db: Database, tmp_path: Path, clock: ManualClock, after: dict[str, dict[str, object]]
) -> None:
    await opened(db, tmp_path, clock, boss=daily())
    home = await opened(db, tmp_path, clock, **after)
    await home.at(EIGHT)
    assert await home.all() == []
    await home.at(EIGHT + timedelta(hours=1))
    assert [one.order.moment for one in await home.all()] == [EIGHT + timedelta(hours=1)] * len(after)


async def test_what_never_comes_is_said_and_keeps_nothing_else(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    with structlog.testing.capture_logs() as logs:
        home = await opened(db, tmp_path, clock, never=daily("0 0 */31 2 mon#5"), boss=daily())
    assert [log["schedule"] for log in logs if log["event"] == "a scheduled report is never due"] == ["never"]
    await home.at(EIGHT)
    assert len(await home.all()) == 1


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
            await dying.work(deliver=False)  # the ledger's own tests kill deliveries
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
    assert not home.mails
    home.desk.faults.clear()
    await home.issuing.make_again(one.id)
    await home.work()
    assert (await home.issuing.get(one.id)).state is State.READY
    assert len(home.mails) == 2


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


async def test_a_mail_server_that_is_down_gets_its_mails_later(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    home = await opened(db, tmp_path, clock, boss=daily(to=BOSS))
    home.results += [mailer.Later("it does not answer")] * 3
    await home.at(EIGHT)
    for _ in range(3):
        assert home.mails == []
        clock.advance(900)
        await home.work()
    assert [receiver for receiver, _ in home.mails] == [BOSS]


async def test_a_refused_mail_is_shown_and_sent_again_alone(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock, boss=daily())
    home.results.append(mailer.Refused("no such user", 550))
    await home.at(EIGHT)
    (one,) = await home.all()
    states = {mail.receiver: (mail.state, mail.last_reply) for mail in await home.issuing.mails([one.id])}
    assert [state for state, _ in states.values()].count(DeliveryState.REFUSED) == 1
    (refused,) = [receiver for receiver, (state, _) in states.items() if state is DeliveryState.REFUSED]
    assert await home.issuing.send_again(one.id) == [refused]
    await home.work()
    assert len(home.mails) == 2
    clock.advance(1)
    assert await home.issuing.send_again(one.id) == [BOSS, CHIEF]
    await home.work()
    assert len(home.mails) == 4


async def test_nothing_is_sent_again_that_nobody_was_to_get(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock)
    id_ = await home.issuing.order(by_hand())
    await home.work()
    with pytest.raises(NotNow):
        await home.issuing.send_again(id_)
    for deed in (home.issuing.send_again, home.issuing.cancel, home.issuing.make_again):
        with pytest.raises(NoSuchReport):
            await deed("nosuch")


async def test_one_account_has_so_many_under_way(db: Database, tmp_path: Path, clock: ManualClock) -> None:
    home = await opened(db, tmp_path, clock)
    for _ in range(MOST_WAITING):
        await home.issuing.order(by_hand())
    with pytest.raises(NotNow):
        await home.issuing.order(by_hand())
    await home.issuing.order(by_hand("bob"))
    await home.work()
    await home.issuing.order(by_hand())


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
