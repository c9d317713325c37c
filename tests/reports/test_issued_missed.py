"""When schedules issue, whenever the server starts: what was missed, what nobody waits for, nights of clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.clock import ManualClock
from ledger.database import Database
from reports.issued import State
from tests.reports.issued_house import BOSS, DAY, EIGHT, MONDAY, clock, daily, db, opened

__all__ = ["clock", "db"]  # fixtures: pytest finds them here by name


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
    "before", [pytest.param({}, id="new schedule"), pytest.param({"boss": daily("0 8 3 11 *")}, id="long ago")]
)
async def test_what_nobody_waited_for_is_not_made_up(
    db: Database, tmp_path: Path, clock: ManualClock, before: dict[str, dict[str, object]]
) -> None:
    await opened(db, tmp_path, clock, **before)
    clock.advance((EIGHT + 31 * DAY + timedelta(hours=1) - MONDAY).total_seconds())
    home = await opened(db, tmp_path, clock, boss=daily("0 8 3 11 *"))
    await home.work()
    assert await home.all() == []


async def test_a_week_s_report_is_made_days_later_and_of_its_own_week(
    db: Database, tmp_path: Path, clock: ManualClock
) -> None:
    weekly = daily("0 8 * * tue", period="last week", to=BOSS)
    await opened(db, tmp_path, clock, boss=weekly)
    clock.advance((EIGHT + 5 * DAY - MONDAY).total_seconds())
    home = await opened(db, tmp_path, clock, boss=weekly)
    await home.work()
    (one,) = await home.all()
    assert (one.order.moment, one.late, len(home.mails)) == (EIGHT, True, 1)
    assert one.order.period.first.isoformat() == "2026-10-26"


@pytest.mark.parametrize(
    ("begin", "about"),
    [
        pytest.param(datetime(2027, 3, 27, 22, tzinfo=UTC), "2027-03-27", id="the hour that never comes"),
        pytest.param(datetime(2027, 10, 30, 21, tzinfo=UTC), "2027-10-30", id="the hour that comes twice"),
    ],
)
async def test_started_anew_all_night_long_it_is_issued_once(
    db: Database, tmp_path: Path, clock: ManualClock, begin: datetime, about: str
) -> None:
    """The clock goes on, and back, at 01:00 UTC of the day after `about`."""
    schedules = {"night": daily("30 3 * * *", to=BOSS)}
    clock.advance((begin - MONDAY).total_seconds())
    mails = 0
    for _ in range(12):
        home = await opened(db, tmp_path, clock, **schedules)
        clock.advance(1800)
        await home.work()
        mails += len(home.mails)
    (one,) = await home.all()
    assert (one.state, one.order.period.first.isoformat(), mails) == (State.READY, about, 1)


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
