"""When scheduled reports are due, over the nights in which clocks change, and which time each is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest

from config.reporting import Schedule
from reports.rules import Definition
from reports.schedules import due_after, is_due, latest_due, next_due, order_of, period_of

VILNIUS, NEW_YORK = ZoneInfo("Europe/Vilnius"), ZoneInfo("America/New_York")
#: Clocks go from 03:00 to 04:00 on the one night, from 04:00 to 03:00 on the other.
SPRING, AUTUMN = datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 21, tzinfo=UTC)


def schedule(at: str, **more: object) -> Schedule:
    return Schedule.model_validate({"report": "day", "at": at, "to": "boss@acme.example", **more})


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cron", "after", "expected"),
    [
        pytest.param("30 3 * * *", SPRING, ["2026-03-29T01:00", "2026-03-30T00:30"], id="left out: when it goes on"),
        pytest.param("0 8 * * *", SPRING, ["2026-03-29T05:00", "2026-03-30T05:00"], id="spring, after the change"),
        pytest.param("30 3 * * *", AUTUMN, ["2026-10-25T00:30", "2026-10-26T01:30"], id="twice on the clock: once"),
        pytest.param(
            "30 3 * * *", utc("2026-10-25T00:45"), ["2026-10-26T01:30"], id="asked between the two: not again"
        ),
        pytest.param(
            "30 3 * * *", utc("2026-10-25T01:15"), ["2026-10-26T01:30"], id="asked in the second hour: not again"
        ),
        pytest.param(
            "*/30 3 * * *",
            AUTUMN,
            ["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-26T01:00"],
            id="so often in an hour",
        ),
        pytest.param("0 8 * * *", AUTUMN, ["2026-10-25T06:00", "2026-10-26T06:00"], id="autumn, after the change"),
        pytest.param(
            "0 3 * * *", utc("2026-10-25T00:00"), ["2026-10-26T01:00"], id="asked at the very moment: the next"
        ),
    ],
)
def test_an_hour_that_is_named_comes_once_a_day(cron: str, after: datetime, expected: list[str]) -> None:
    found = list(islice(due_after(cron, VILNIUS, after), len(expected)))
    assert [at.isoformat(timespec="minutes").removesuffix("+00:00") for at in found] == expected


@pytest.mark.parametrize(
    ("night", "hours"), [pytest.param(SPRING, 23, id="spring"), pytest.param(AUTUMN, 25, id="autumn")]
)
def test_every_hour_is_every_hour_there_is(night: datetime, hours: int) -> None:
    over = night + timedelta(hours=hours)
    found = list(takewhile(lambda at: at <= over, due_after("0 * * * *", VILNIUS, night)))
    assert found == [night + timedelta(hours=n) for n in range(1, hours + 1)]


#: Zones that change their clocks by an hour, by half of one, by two, at midnight; and a day on which each does.
NIGHTS = [
    pytest.param("Europe/Vilnius", date(2026, 3, 29), id="forward"),
    pytest.param("Europe/Vilnius", date(2026, 10, 25), id="back"),
    pytest.param("America/New_York", date(2026, 11, 1), id="back, in the west"),
    pytest.param("Australia/Lord_Howe", date(2026, 4, 5), id="back by half an hour"),
    pytest.param("Antarctica/Troll", date(2026, 3, 29), id="forward by two hours"),
    pytest.param("Asia/Beirut", date(2026, 10, 24), id="back at midnight"),
    pytest.param("America/Havana", date(2026, 3, 8), id="forward at midnight"),
]


@pytest.mark.parametrize(("zone", "night"), NIGHTS)
@pytest.mark.parametrize("cron", ["30 0 * * *", "15 1 * * *", "30 2 * * *", "0 3 * * *"])
def test_whenever_the_server_starts_a_report_a_day_is_due_once_a_day(zone: str, night: date, cron: str) -> None:
    """Every start asks anew what comes next: whatever it answers must be one and the same list of moments."""
    own = ZoneInfo(zone)
    begin = datetime(night.year, night.month, night.day, tzinfo=own).astimezone(UTC) - timedelta(days=2)
    due = list(takewhile(lambda at: at < begin + timedelta(days=5), due_after(cron, own, begin)))
    days = [at.astimezone(own).date() for at in due]
    assert len(set(days)) == len(days) >= 4
    one = schedule(cron, timezone=zone)
    for quarters in range(16, 16 + 4 * 60):
        start = begin + timedelta(minutes=15 * quarters)
        assert next_due(one, VILNIUS, start) == next(at for at in due if at > start)
    for at in due[1:]:
        assert is_due(one, VILNIUS, at)
        assert latest_due(one, VILNIUS, at + timedelta(minutes=10)) == at


def test_a_schedule_goes_by_its_own_clock() -> None:
    at = next_due(schedule("0 8 * * *", timezone="America/New_York"), VILNIUS, utc("2026-11-02T00:00"))
    assert at == utc("2026-11-02T13:00")


def test_what_never_fits_is_never_due() -> None:
    never = schedule("0 0 * * *").model_copy(update={"at": "0 0 */31 2 mon#5"})  # no site has it: it is refused there
    assert next_due(never, VILNIUS, utc("2026-11-02T00:00")) is None
    assert latest_due(never, VILNIUS, utc("2026-11-02T00:00")) is None
    assert not is_due(never, VILNIUS, utc("2026-11-02T00:00"))


@pytest.mark.parametrize(
    ("cron", "now", "expected"),
    [
        pytest.param("0 8 * * *", "2026-11-04T06:00", "2026-11-04T06:00", id="this very moment"),
        pytest.param("0 8 * * *", "2026-11-04T05:59", "2026-11-03T06:00", id="yesterday's"),
        pytest.param("0 8 * * mon", "2026-11-03T06:00", "2026-11-02T06:00", id="just a day ago"),
        pytest.param("0 8 * * mon", "2026-11-08T06:00", "2026-11-02T06:00", id="a week's, almost a week ago"),
        pytest.param("0 8 1 * *", "2026-11-30T06:00", "2026-11-01T06:00", id="a month's, almost a month ago"),
        pytest.param("0 8 1 6 *", "2026-07-02T05:01", None, id="more than 31 days ago"),
        pytest.param("*/15 * * * *", "2026-11-03T06:01", "2026-11-03T06:00", id="the last of many"),
    ],
)
def test_of_what_was_missed_the_last_is_made(cron: str, now: str, expected: str | None) -> None:
    assert latest_due(schedule(cron), VILNIUS, utc(now)) == (utc(expected) if expected else None)


def test_what_the_site_says_now_decides() -> None:
    moment = utc("2026-11-04T06:00")
    assert is_due(schedule("0 8 * * *"), VILNIUS, moment)
    assert not is_due(schedule("0 9 * * *"), VILNIUS, moment)


@pytest.mark.parametrize(
    ("period", "zone", "first", "last"),
    [
        pytest.param("today", None, "2026-11-04", "2026-11-04", id="today"),
        pytest.param("yesterday", None, "2026-11-03", "2026-11-03", id="yesterday"),
        pytest.param("this week", None, "2026-11-02", "2026-11-08", id="this week"),
        pytest.param("last week", None, "2026-10-26", "2026-11-01", id="last week"),
        pytest.param("this month", None, "2026-11-01", "2026-11-30", id="this month"),
        pytest.param("last month", None, "2026-10-01", "2026-10-31", id="last month"),
        pytest.param("today", "America/New_York", "2026-11-03", "2026-11-03", id="the day of its own clock"),
    ],
)
def test_the_day_of_sending_names_the_time(period: str, zone: str | None, first: str, last: str) -> None:
    one = schedule("0 1 * * *", period=period, timezone=zone)
    found = period_of(one, VILNIUS, utc("2026-11-03T23:00"))
    assert (found.first, found.last) == (date.fromisoformat(first), date.fromisoformat(last))
    assert found.zone == VILNIUS


def test_a_day_of_25_hours_is_ordered_whole() -> None:
    order = order_of("d", schedule("0 8 * * *", to=["a@acme.example", "a@acme.example"], department="billing"),
                     VILNIUS, utc("2026-10-26T06:00"), Definition())  # fmt: skip
    assert order.period.end - order.period.start == timedelta(hours=25)
    assert order.to == ("a@acme.example",)
    assert order.within == frozenset({"billing"})
