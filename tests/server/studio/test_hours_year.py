"""A year of opening hours: each day of its kind, with its times, its name and its reason; and how one is changed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from config.schema import Hours, Site
from server.studio.hours.change import CannotChange, Change, change_of, changed
from server.studio.hours.trial import trial_of
from server.studio.hours.year import Day, days_of, year_of

OFFICE = Hours(
    open=("mon-fri 09:00-12:00,13:00-18:00", "sat 10:00-14:00"),
    holidays="LT",
    closed_on=("2026-12-28",),
    open_on={"2026-12-24": "09:00-12:00"},
)


def on(hours: Hours, day: str, **how: Any) -> Day:
    found = date.fromisoformat(day)
    [one] = days_of(hours, "Europe/Vilnius", found, found, **how)
    return one


@pytest.mark.parametrize(
    ("day", "kind", "times", "reason"),
    [
        ("2026-12-23", "open", "09:00–12:00, 13:00–18:00", "mon-fri 09:00-12:00,13:00-18:00"),
        ("2026-12-19", "short", "10:00–14:00", "sat 10:00-14:00"),
        ("2026-12-20", "closed", "", "outside opening hours"),
        ("2026-12-24", "special", "09:00–12:00", "open on 2026-12-24"),
        ("2026-12-25", "holiday", "", "public holiday: Šv. Kalėdų pirma diena"),
        ("2026-12-28", "off", "", "closed on 2026-12-28"),
    ],
)
def test_a_day_is_of_its_kind(day: str, kind: str, times: str, reason: str) -> None:
    found = on(OFFICE, day)
    assert (found.kind, found.times, found.reason) == (kind, times, reason)


def test_a_year_has_every_day_once() -> None:
    year = year_of(OFFICE, "Europe/Vilnius", 2026)
    assert [day.date for day in year] == sorted({day.date for day in year}) and len(year) == 365
    assert Counter(day.kind for day in year) == {
        "open": 250, "short": 50, "closed": 48, "holiday": 15, "off": 1, "special": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "day", "spans"),
    [
        pytest.param(("daily 00:00-24:00",), "2026-03-29", ((0, 1440),), id="always, clocks put on"),
        pytest.param(("daily 00:00-24:00",), "2026-10-25", ((0, 1440),), id="always, clocks put back"),
        pytest.param(("daily 22:00-02:00",), "2026-06-10", ((0, 120), (1320, 1440)), id="over midnight"),
        pytest.param(("sun 02:00-05:00",), "2026-10-25", ((120, 300),), id="an hour that comes twice"),
        pytest.param(("sun 03:10-03:50",), "2026-03-29", (), id="an hour that is skipped"),
        pytest.param((), "2026-06-10", (), id="never"),
    ],
)
def test_times_are_those_of_the_clock_on_the_wall(
    hours: tuple[str, ...], day: str, spans: tuple[tuple[int, int], ...]
) -> None:
    assert on(Hours(open=hours), day).spans == spans


@pytest.mark.parametrize(("day", "minutes"), [("2026-03-29", 60), ("2026-10-25", -60), ("2026-06-10", 0)])
def test_changes_of_clocks_are_marked(day: str, minutes: int) -> None:
    found = on(Hours(open=()), day)
    assert found.clocks == minutes and found.is_usual is (not minutes)


def test_a_holiday_on_which_somebody_is_there_keeps_its_name() -> None:
    always = Hours(open=("daily 00:00-24:00",))
    assert (on(always, "2026-12-25").holiday, on(always, "2026-12-25", country="XX").holiday) == ("", "")
    christmas = on(always, "2026-12-25", country="LT")
    assert (christmas.kind, christmas.holiday) == ("open", "Šv. Kalėdų pirma diena")


EVE = date(2026, 12, 24)
WRITTEN = {"open": ["mon-fri 09:00-18:00"], "holidays": "LT"}


@pytest.mark.parametrize(
    ("before", "wish", "after"),
    [
        pytest.param({}, "closed", {"closed_on": ["2026-12-24"]}, id="closed"),
        pytest.param({}, "open", {"open_on": {"2026-12-24": "09:00-12:00"}}, id="special"),
        pytest.param({}, "usual", {}, id="as it is"),
        pytest.param({"closed_on": ["2026-12-24"]}, "closed", {"closed_on": ["2026-12-24"]}, id="closed already"),
        pytest.param(
            {"closed_on": ["2026-12-24", "2026-12-31"]},
            "open",
            {"closed_on": ["2026-12-31"], "open_on": {"2026-12-24": "09:00-12:00"}},
            id="open instead of closed",
        ),
        pytest.param({"open_on": {"2026-12-24": "10:00-11:00"}}, "usual", {}, id="usual again"),
        pytest.param(
            {"open_on": {"2026-12-24": "10:00-11:00"}}, "closed", {"closed_on": ["2026-12-24"]}, id="closed instead"
        ),
    ],
)
def test_a_day_is_changed_and_nothing_else(before: dict[str, Any], wish: str, after: dict[str, Any]) -> None:
    change = change_of("office", EVE, wish, "09:00 – 12:00")
    assert changed({**WRITTEN, **before}, change) == {**WRITTEN, **after}


@pytest.mark.parametrize(
    ("wish", "times"),
    [("", ""), ("perhaps", ""), ("open", ""), ("open", "nine to five"), ("open", "25:00-26:00"), ("open", "9" * 500)],
)
def test_what_nobody_can_keep_is_refused(wish: str, times: str) -> None:
    with pytest.raises(CannotChange):
        change_of("office", EVE, wish, times)


def test_what_was_done_is_said() -> None:
    assert Change("office", EVE, "closed").words == "office: 2026-12-24 is closed in the draft."
    week = change_of("office", EVE, "open", "09:00-12:00", "2026-12-31")
    assert week.words == "office: 2026-12-24 to 2026-12-31 is open 09:00-12:00 in the draft."


@pytest.mark.parametrize(
    ("before", "wish", "after"),
    [
        pytest.param({}, "closed", {"closed_on": ["2026-12-24", "2026-12-25", "2026-12-26"]}, id="closed"),
        pytest.param(
            {"closed_on": ["2026-12-25", "2027-01-02"]},
            "closed",
            {"closed_on": ["2026-12-25", "2027-01-02", "2026-12-24", "2026-12-26"]},
            id="one of them is already, and keeps its place",
        ),
        pytest.param(
            {"closed_on": ["2026-12-25"], "open_on": {"2026-12-23": "10:00-11:00", "2026-12-26": "10:00-11:00"}},
            "open",
            {"open_on": dict.fromkeys(("2026-12-23",), "10:00-11:00")
             | dict.fromkeys(("2026-12-24", "2026-12-25", "2026-12-26"), "09:00-12:00")},
            id="open, whatever they were",
        ),
        pytest.param(
            {"closed_on": ["2026-12-24", "2026-12-27"], "open_on": {"2026-12-26": "10:00-11:00"}},
            "usual",
            {"closed_on": ["2026-12-27"]},
            id="usual again",
        ),
    ],
)  # fmt: skip
def test_several_days_in_a_row_are_changed_at_once(before: dict[str, Any], wish: str, after: dict[str, Any]) -> None:
    change = change_of("office", EVE, wish, "09:00-12:00", "2026-12-26")
    assert changed({**WRITTEN, **before}, change) == {**WRITTEN, **after}


@pytest.mark.parametrize(
    ("until", "why"),
    [("2026-12-23", "before the first"), ("2027-04-03", "100 days"), ("soon", "as a date"), ("2026-13-01", "a date")],
    ids=["back", "too long", "no date", "no such date"],
)
def test_a_last_day_that_cannot_be_is_refused(until: str, why: str) -> None:
    with pytest.raises(CannotChange, match=why):
        change_of("office", EVE, "closed", "", until)


def test_the_same_day_twice_is_one_day() -> None:
    assert change_of("office", EVE, "closed", "", EVE.isoformat()) == Change("office", EVE, "closed")


def test_a_change_is_looked_at_and_the_site_is_as_it_was() -> None:
    site = Site.model_validate(
        {
            "company": {"name": "Acme", "timezone": "Europe/Vilnius"},
            "numbers": {"+370 5 200 0000": {"go": "any"}},
            "departments": {"any": {"hours": "office"}},
            "hours": {"office": OFFICE},
        }
    )
    trial, otherwise = trial_of(site, change_of("office", date(2026, 12, 23), "closed", "", "2026-12-28"))
    assert len(trial.days) == 6
    # The 28th is closed already; the two holidays and the Sunday get a reason of their own.
    assert [(was.kind, would.kind) for was, would in trial.others] == [
        ("open", "off"), ("special", "off"), ("holiday", "off"), ("holiday", "off"), ("closed", "off"),
    ]  # fmt: skip
    assert site.hours["office"] == OFFICE
    assert "2026-12-24" not in otherwise.hours["office"].open_on
