"""What a list is called: the words of a selection, whatever time and whoever it is about; and times by their names."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from reports import counting
from reports.period import NoPeriod, days_between
from reports.selection import Selection
from reports.web.periods import NAMED, around, named
from reports.web.selection_words import COUNTS, words_of

VILNIUS = ZoneInfo("Europe/Vilnius")
NAMES = {"billing": "Billing & Co", "alice": "Alice Doe"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("selection", "words"),
    [
        pytest.param(
            Selection("line_abandoned", at("2026-11-24T10:00+02:00"), at("2026-11-24T11:00+02:00"), "billing"),
            "Abandoned in a line, Billing & Co, Tuesday 24 November 2026, 10:00 to 11:00",
            id="an hour",
        ),
        pytest.param(
            Selection("answered", at("2026-11-24T00:00+02:00"), at("2026-11-25T00:00+02:00"), person="alice"),
            "Answered, Alice Doe, Tuesday 24 November 2026",
            id="a day",
        ),
        pytest.param(
            Selection("offered", at("2026-11-24T23:00+02:00"), at("2026-11-25T00:00+02:00")),
            "Calls offered, Tuesday 24 November 2026, 23:00 to 24:00",
            id="the last hour of a day",
        ),
        pytest.param(
            Selection("offered", at("2026-10-25T03:00+03:00"), at("2026-10-25T03:00+02:00")),
            "Calls offered, Sunday 25 October 2026, 03:00 EEST to 03:00 EET",
            id="an hour that comes twice",
        ),
        pytest.param(
            Selection("offered", at("2026-11-01T00:00+02:00"), at("2026-12-01T00:00+02:00"), weekday=0, hour=9),
            "Calls offered, 1 November 2026 – 30 November 2026, on Mondays, 09:00 to 10:00",
            id="an hour of a weekday",
        ),
        pytest.param(
            Selection(
                "menu_visits",
                at("2026-11-24T00:00+02:00"),
                at("2026-11-25T00:00+02:00"),
                value="keys:1|department billing",
            ),
            "Came to a menu, pressed 1 and was led to Billing & Co, Tuesday 24 November 2026",
            id="a key and where it led",
        ),
        pytest.param(
            Selection("menu_visits", at("2026-11-24T00:00+02:00"), at("2026-11-25T00:00+02:00"), value="keys:|"),
            "Came to a menu, pressed nothing and left us there, Tuesday 24 November 2026",
            id="no key and gone",
        ),
        pytest.param(
            Selection(
                "transfers",
                at("2026-11-24T00:00+02:00"),
                at("2026-11-25T00:00+02:00"),
                value="by:alice|blind|department billing",
            ),
            "Transfers, Alice Doe to Billing & Co (blind), Tuesday 24 November 2026",
            id="who passed on to whom",
        ),
        pytest.param(
            Selection(
                "stays_overflowed",
                at("2026-11-24T00:00+02:00"),
                at("2026-11-25T00:00+02:00"),
                value="to:voicemail billing",
            ),
            "Led on from a line, to mailbox of Billing & Co, Tuesday 24 November 2026",
            id="where a line led",
        ),
        pytest.param(
            Selection("line_waited", at("2026-11-24T00:00+02:00"), at("2026-11-25T00:00+02:00"), value="600-"),
            "Waited in a line, 600 s and more, Tuesday 24 November 2026",
            id="a wait without an end",
        ),
        pytest.param(
            Selection(
                "menu_visits", at("2026-11-24T10:30+02:00"), at("2026-11-25T10:30+02:00"), menu="main", value="keys:1"
            ),
            "Came to a menu, menu main, pressed 1, 2026-11-24 10:30 to 2026-11-25 10:30",
            id="keys, over midnight",
        ),
    ],
)
def test_words(selection: Selection, words: str) -> None:
    assert words_of(selection, VILNIUS, lambda name: NAMES.get(name, name)) == words


def test_every_count_has_words_of_its_own() -> None:
    assert {"offered", "line_offered", "talks"} <= set(COUNTS)
    assert set(COUNTS) <= counting.names(), "these are counted no more"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        pytest.param("today", date(2026, 3, 29), date(2026, 3, 29), id="today"),
        pytest.param("yesterday", date(2026, 3, 28), date(2026, 3, 28), id="yesterday"),
        pytest.param("this-week", date(2026, 3, 23), date(2026, 3, 29), id="this week"),
        pytest.param("last-week", date(2026, 3, 16), date(2026, 3, 22), id="last week"),
        pytest.param("this-month", date(2026, 3, 1), date(2026, 3, 31), id="this month"),
        pytest.param("last-month", date(2026, 2, 1), date(2026, 2, 28), id="last month"),
    ],
)
def test_named_times(name: str, first: date, last: date) -> None:
    period = named(name, date(2026, 3, 29), VILNIUS)
    assert (period.first, period.last) == (first, last)
    assert name in NAMED


def test_times_around_end_where_the_calendar_ends() -> None:
    with pytest.raises(NoPeriod, match="no time that we know"):
        named("next-year", date(2026, 3, 29), VILNIUS)
    week = days_between(date(2026, 3, 23), date(2026, 3, 29), VILNIUS)
    before = around(week, -1)
    assert before is not None and (before.first, before.last) == (date(2026, 3, 16), date(2026, 3, 22))
    assert around(days_between(date(1971, 1, 1), date(1971, 1, 31), VILNIUS), -1) is None
