"""What was closed by hand, as a calendar shows it: how events become stays, and stays become days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callrouter import events as ev
from callrouter.closures import WHOLE_LINE, Closure, Extent, Scope
from callrouter.events import Event
from config.schema import Site
from server.studio.hours.places import ALWAYS, calendars, departments_of, places_on, users_of
from server.studio.hours.shut import Stay, meant_for, on_days, stays_of

ZONE = ZoneInfo("Europe/Vilnius")
#: Ten o'clock in the morning there.
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BILLING = Scope(Extent.DEPARTMENT, "billing")
SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "country": "LT", "timezone": "Europe/Vilnius"},
        "numbers": {"+370 5 200 0000": {"menu": "main"}},
        "menus": {"main": {"say": "Main.", "keys": {1: "billing"}, "closed": {"hours": "office", "go": "hangup"}}},
        "departments": {"billing": {"name": "Billing", "hours": "office"}, "any": {"name": "Any time"}},
        "hours": {"office": {"open": ["mon-fri 09:00-18:00"]}, "unused": {"open": []}},
    }
)


def closed(hours: float, until: float, scope: str = "line", who: str = "sue") -> Event:
    """Tell of a closure so many hours from now on."""
    end = NOW + timedelta(hours=until)
    return ev.LineClosed(at=NOW + timedelta(hours=hours), scope=scope, until=end.isoformat(), who=who)


def opened(hours: float, scope: str = "line", who: str = "") -> Event:
    return ev.LineReopened(at=NOW + timedelta(hours=hours), scope=scope, who=who)


def stay(begin: float, end: float, scope: Scope = WHOLE_LINE, who: str = "sue", **more: object) -> Stay:
    hour = timedelta(hours=1)
    return Stay(scope, NOW + begin * hour, NOW + end * hour, who, **more)  # type: ignore[arg-type]  # a test's


@pytest.mark.parametrize(
    ("told", "stays"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([closed(-5, -3), opened(-3)], [stay(-5, -3)], id="ended by itself"),
        pytest.param([closed(-5, -3), opened(-1)], [stay(-5, -3)], id="its end was told late"),
        pytest.param([closed(-5, -1), opened(-2, who="ann")], [stay(-5, -2, opened_by="ann")], id="opened early"),
        pytest.param([closed(-5, -3)], [stay(-5, -3)], id="its end was never told"),
        pytest.param([closed(-1, 2)], [stay(-1, 2, under_way=True)], id="under way"),
        pytest.param(
            [closed(-5, -1), closed(-4, 3, who="ann")],
            [stay(-5, -4), stay(-4, 3, who="ann", under_way=True)],
            id="closed again: the later one counts",
        ),
        pytest.param(
            [closed(-5, -1, "department:billing"), closed(-4, -2), opened(-3)],
            [stay(-5, -1, BILLING), stay(-4, -3)],
            id="one door is not the other",
        ),
        pytest.param([opened(-3), closed(-2, -1, "the moon")], [], id="what nobody can read"),
    ],
)
def test_events_become_stays(told: list[Event], stays: list[Stay]) -> None:
    assert list(stays_of(told, NOW)) == stays


def test_what_is_closed_now_is_known_better_than_the_journal_tells() -> None:
    fresh = Closure(BILLING, NOW, NOW + timedelta(hours=1), "ann")
    found = stays_of([closed(-1, 2)], NOW, [fresh])
    assert list(found) == [stay(-1, 0), stay(0, 1, BILLING, "ann", under_way=True)]


@pytest.mark.parametrize(
    ("one", "days"),
    [
        pytest.param(stay(0, 2.5), {20: "10:00–12:30"}, id="within a day"),
        pytest.param(stay(0, 48), {20: "10:00–24:00", 21: "all day", 22: "00:00–10:00"}, id="over nights"),
        pytest.param(stay(0, 14), {20: "10:00–24:00"}, id="until midnight"),
        pytest.param(stay(-24 * 40, -24 * 18.5), {1: "00:00–22:00"}, id="begun before what is shown"),
    ],
)
def test_a_stay_is_on_its_days(one: Stay, days: dict[int, str]) -> None:
    found = on_days([one], SITE, ZONE, date(2026, 11, 1), date(2026, 11, 30))
    assert {day.day: shut.times for day, [shut] in found.items()} == days


def test_an_hour_that_comes_twice_is_closed_once() -> None:
    begin = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 03:50, the first time
    one = Stay(WHOLE_LINE, begin, begin + timedelta(minutes=20), "sue")
    [[shut]] = on_days([one], SITE, ZONE, date(2026, 10, 25), date(2026, 10, 25)).values()
    assert shut.span[0] <= shut.span[1]


def test_a_calendar_shows_what_keeps_callers_from_its_departments() -> None:
    stays = [stay(0, 1), stay(0, 1, BILLING), stay(0, 1, Scope(Extent.NUMBER, "+37052000000"))]
    assert [str(one.scope) for one in meant_for(stays, departments_of(SITE, "office"))] == [
        "line", "department:billing", "number:+37052000000",
    ]  # fmt: skip
    assert [str(one.scope) for one in meant_for(stays, departments_of(SITE, ALWAYS))] == ["line", "number:+37052000000"]
    found = on_days(stays, SITE, ZONE, date(2026, 11, 20), date(2026, 11, 20))
    assert [shut.title for shut in found[date(2026, 11, 20)]] == ["the whole line", "Billing", "+370 5 200 0000"]


def test_departments_without_hours_are_always_open() -> None:
    assert calendars(SITE) == ("office", "unused", ALWAYS)
    assert [users_of(SITE, name) for name in calendars(SITE)] == [("Billing", "menu main"), (), ("Any time",)]
    found = {place.title: place.day.times for place in places_on(SITE, date(2026, 11, 22))}
    assert found == {"Billing": "", "Any time": "00:00–24:00", "main": ""}
    none = SITE.model_copy(update={"departments": {"billing": SITE.departments["billing"]}})
    assert ALWAYS not in calendars(none)
