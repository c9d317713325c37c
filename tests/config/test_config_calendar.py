"""Opening hours: a table of moments, summer time, and a minute-by-minute comparison with a plain reading."""

from datetime import UTC, date, datetime, timedelta
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from config.calendar import open_state
from config.errors import HoursUnreadable
from config.hours_text import DAY, parse_open, parse_times
from config.public_holidays import holidays_of
from config.schema import Hours

VILNIUS = "Europe/Vilnius"
OFFICE = Hours(open=("mon-fri 09:00-18:00",), holidays="LT")
OUTSIDE = "outside opening hours"


def _at(text: str, zone: str = VILNIUS, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


@pytest.mark.parametrize(
    ("hours", "at", "is_open", "reason", "until"),
    [
        pytest.param(OFFICE, "2026-11-24T10:00", True, "mon-fri 09:00-18:00", "2026-11-24T18:00", id="working-day"),
        pytest.param(OFFICE, "2026-11-24T08:59:59", False, OUTSIDE, "2026-11-24T09:00", id="second-before"),
        pytest.param(OFFICE, "2026-11-24T09:00", True, "mon-fri 09:00-18:00", "2026-11-24T18:00", id="first-second"),
        pytest.param(OFFICE, "2026-11-24T18:00", False, OUTSIDE, "2026-11-25T09:00", id="last-second-is-out"),
        pytest.param(OFFICE, "2026-11-27T18:00", False, OUTSIDE, "2026-11-30T09:00", id="weekend"),
        pytest.param(
            OFFICE, "2026-12-24T17:59", False, "public holiday: Kūčių diena", "2026-12-28T09:00", id="christmas-eve"
        ),
        pytest.param(
            Hours(open=("mon-fri 09:00-18:00",), holidays="DE-BY"),
            "2026-01-06T12:00", False, "public holiday: Heilige Drei Könige", "2026-01-07T09:00", id="region",
        ),
        pytest.param(
            Hours(open=("mon-fri 09:00-18:00",), closed_on=("2026-11-24",)),
            "2026-11-24T10:00", False, "closed on 2026-11-24", "2026-11-25T09:00", id="closed-on",
        ),
        pytest.param(
            Hours(open=("mon-fri 09:00-18:00",), holidays="LT", open_on={"2026-12-24": "10:00-14:00"}),
            "2026-12-24T13:00", True, "open on 2026-12-24", "2026-12-24T14:00", id="open-on-a-holiday",
        ),
        pytest.param(
            Hours(open=("mon-fri 09:00-18:00",), closed_on=("2026-11-24",), open_on={"2026-11-24": "10:00-14:00"}),
            "2026-11-24T15:00", False, OUTSIDE, "2026-11-25T09:00", id="open-on-beats-closed-on",
        ),
        pytest.param(
            Hours(open=("fri 22:00-02:00",)), "2026-11-28T01:00", True, "fri 22:00-02:00", "2026-11-28T02:00",
            id="past-midnight",
        ),
        pytest.param(
            Hours(open=("fri 22:00-02:00",), closed_on=("2026-11-28",)),
            "2026-11-28T01:00", True, "fri 22:00-02:00", "2026-11-28T02:00", id="evening-runs-out-into-a-closed-day",
        ),
        pytest.param(
            Hours(open=("fri 22:00-02:00",), closed_on=("2026-11-27",)),
            "2026-11-28T01:00", False, OUTSIDE, "2026-12-04T22:00", id="closed-evening-takes-its-night-along",
        ),
        pytest.param(
            Hours(open=("mon-fri 09:00-12:00,13:00-18:00",)),
            "2026-11-24T12:30", False, OUTSIDE, "2026-11-24T13:00", id="lunch",
        ),
        pytest.param(
            Hours(open=("mon 09:00-12:00", "mon 11:00-15:00")),
            "2026-11-23T10:00", True, "mon 09:00-12:00", "2026-11-23T15:00", id="overlapping",
        ),
        pytest.param(
            Hours(open=("fri-mon 10:00-11:00",)), "2026-11-29T10:30", True, "fri-mon 10:00-11:00", "2026-11-29T11:00",
            id="days-over-the-weekend",
        ),
        pytest.param(
            Hours(open=("daily 00:00-24:00",)), "2026-11-29T10:30", True, "daily 00:00-24:00", None, id="always"
        ),
        pytest.param(Hours(open=()), "2026-11-29T10:30", False, OUTSIDE, None, id="never"),
        pytest.param(
            Hours(open=(), open_on={"2027-11-20": "10:00-11:00"}),
            "2026-11-29T10:30", False, OUTSIDE, "2027-11-20T10:00", id="only-next-year",
        ),
        pytest.param(
            Hours(open=(), open_on={"2027-12-20": "10:00-11:00"}), "2026-11-29T10:30", False, OUTSIDE, None,
            id="beyond-a-year",
        ),
        pytest.param(
            Hours(open=("daily 20:00-04:00",)), "2026-12-31T23:30", True, "daily 20:00-04:00", "2027-01-01T04:00",
            id="new-year",
        ),
        # On 29 March 2026 the clock goes from 03:00 to 04:00, on 25 October from 04:00 back to 03:00.
        pytest.param(
            Hours(open=("sun 03:15-03:45",)), "2026-03-29T01:00", False, OUTSIDE, "2026-04-05T03:15",
            id="skipped-hour",
        ),
        pytest.param(
            Hours(open=("sun 03:30-05:00",)), "2026-03-29T02:59", False, OUTSIDE, "2026-03-29T04:00",
            id="opens-in-the-skipped-hour",
        ),
        pytest.param(
            Hours(open=("daily 00:00-24:00",), closed_on=("2026-03-29",)),
            "2026-03-29T12:00", False, "closed on 2026-03-29", "2026-03-30T00:00", id="day-of-23-hours",
        ),
    ],
)  # fmt: skip
def test_a_moment(hours: Hours, at: str, is_open: bool, reason: str, until: str | None) -> None:
    state = open_state(hours, VILNIUS, _at(at))
    assert (state.open, state.reason) == (is_open, reason)
    assert state.until == (None if until is None else _at(until))


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    hours = Hours(open=("sun 03:15-03:45",))
    changes = []
    at = _at("2026-10-25T00:00")
    for _ in range(4):
        state = open_state(hours, VILNIUS, at)
        assert state.until is not None
        at = state.until
        changes.append(at.strftime("%H:%M"))
    assert changes == ["00:15", "00:45", "01:15", "01:45"]


def test_hours_may_have_their_own_time_zone() -> None:
    hours = Hours(open=("mon-fri 09:00-18:00",), timezone="America/New_York")
    state = open_state(hours, VILNIUS, _at("2026-11-24T15:59"))
    assert not state.open
    assert state.until is not None and state.until.isoformat() == "2026-11-24T14:00:00+00:00"


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        open_state(OFFICE, VILNIUS, datetime(2026, 11, 24, 10))  # noqa: DTZ001  # that is what is refused


@pytest.mark.parametrize("year", [1, 9998, 9999])
def test_a_moment_outside_the_calendar_is_refused(year: int) -> None:
    with pytest.raises(ValueError, match="calendar"):
        open_state(OFFICE, VILNIUS, datetime(year, 6, 1, tzinfo=UTC))


def test_it_is_quick_enough_for_every_call() -> None:
    at = _at("2026-12-23T17:59")
    open_state(OFFICE, VILNIUS, at)
    took = []
    for _ in range(20):
        start = process_time()
        for _ in range(50):
            open_state(OFFICE, VILNIUS, at)
        took.append((process_time() - start) / 50)
    assert min(took) < 100e-6


@pytest.mark.parametrize(
    "text",
    [
        "", "mon-fri", "09:00-18:00", "mon - fri 09:00-18:00", "mon-fri 09:00 18:00", "mon-fri 9-18",
        "mon-fri 09:00-24:01", "mon-fri 24:00-09:00", "mon-fri 09:60-10:00", "mon-fri 09:00-09:00",
        "monday 09:00-10:00",
        "mon-daily 09:00-10:00", "mon,,fri 09:00-10:00", "mon-fri 09:00-10:00,", "mon-fri-sun 09:00-10:00",
        "mon ٠٩:٠٠-١٠:٠٠", "mon-fri 09:00-18:00 10:00-11:00",
    ],
)  # fmt: skip
def test_unreadable_hours_say_how_to_write_them(text: str) -> None:
    with pytest.raises(HoursUnreadable) as caught:
        parse_open(text)
    assert caught.value.mend


def test_times_past_midnight_end_on_the_next_day() -> None:
    assert parse_times("22:00-02:00,00:00-24:00") == ((22 * 3600, DAY + 2 * 3600), (0, DAY))


def test_unknown_holidays_are_refused() -> None:
    with pytest.raises(HoursUnreadable, match="'DE-XX'"):
        holidays_of("DE-XX", 2026)


# The comparison: what a plain reading of the same words says of one minute on the wall.

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
ZONES = [
    VILNIUS, "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu",
    "Pacific/Apia", "America/Havana", "UTC",
]  # fmt: skip


def _in_times(times: str, minute: int, *, yesterday: bool) -> bool:
    for part in times.split(","):
        begin, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in part.split("-"))
        if begin < end:
            if not yesterday and begin <= minute < end:
                return True
        elif minute < end if yesterday else minute >= begin:
            return True
    return False


def _times_of(hours: Hours, day: date) -> list[str]:
    if day.isoformat() in hours.open_on:
        return [hours.open_on[day.isoformat()]]
    if day.isoformat() in hours.closed_on or (hours.holidays and day in holidays_of(hours.holidays, day.year)):
        return []
    return [text.split()[1] for text in hours.open if WEEKDAYS[day.weekday()] in text.split()[0].split(",")]


def _plainly_open(hours: Hours, zone: str, at: datetime) -> bool:
    wall = at.astimezone(ZoneInfo(zone))
    minute = wall.hour * 60 + wall.minute
    today, yesterday = wall.date(), wall.date() - timedelta(days=1)
    return any(_in_times(times, minute, yesterday=False) for times in _times_of(hours, today)) or any(
        _in_times(times, minute, yesterday=True) for times in _times_of(hours, yesterday)
    )


_clock = st.tuples(st.integers(0, 23), st.sampled_from([0, 1, 15, 30, 45, 59])).map(lambda c: f"{c[0]:02}:{c[1]:02}")
_times = st.one_of(
    st.just("00:00-24:00"),
    st.tuples(_clock, _clock).filter(lambda c: c[0] != c[1]).map("-".join),
    st.tuples(_clock, _clock, _clock)
    .filter(lambda c: c[0] != c[1] != c[2])
    .map(lambda c: f"{c[0]}-{c[1]},{c[1]}-{c[2]}"),
)
_days = st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(",".join)
_open = st.lists(st.tuples(_days, _times).map(" ".join), max_size=3).map(tuple)
# Around the changes of summer time, of the year, and of the date line (Apia had no 30 December 2011).
_near = st.sampled_from(
    [date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 11, 1), date(2026, 4, 5), date(2026, 10, 4),
     date(2026, 2, 15), date(2026, 3, 22), date(2026, 12, 31), date(2024, 2, 29), date(2011, 12, 30),
     date(2026, 12, 24)]
)  # fmt: skip


@st.composite
def _questions(draw: st.DrawFn) -> tuple[Hours, str, datetime]:
    near = draw(_near)
    days = st.integers(-2, 2).map(lambda n: (near + timedelta(days=n)).isoformat())
    hours = Hours(
        open=draw(_open),
        holidays=draw(st.sampled_from([None, None, "LT", "US"])),
        closed_on=tuple(draw(st.sets(days, max_size=2))),
        open_on=draw(st.dictionaries(days, _times, max_size=2)),
    )
    at = datetime(near.year, near.month, near.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(-1440, 1440)))
    return hours, draw(st.sampled_from(ZONES)), at


@given(question=_questions())
@example(question=(Hours(open=("sun 00:00-00:30",)), "America/Havana", datetime(2026, 3, 7, 12, tzinfo=UTC)))
@settings(max_examples=80, deadline=None)
def test_every_minute_is_as_a_plain_reading_says(question: tuple[Hours, str, datetime]) -> None:
    hours, zone, at = question
    state = open_state(hours, zone, at)
    assert state.open == _plainly_open(hours, zone, at)
    if state.until is not None:
        assert state.until > at
        assert state.open != _plainly_open(hours, zone, state.until)
        assert state.open == _plainly_open(hours, zone, state.until - timedelta(seconds=1))
    minute = at
    last = min(state.until or at + timedelta(days=9), at + timedelta(days=3))
    while minute < last:
        assert _plainly_open(hours, zone, minute) == state.open, minute
        minute += timedelta(minutes=1)
