"""The report of a day: where it begins and ends, what it warns of, and how it looks."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callrouter import events as ev
from callrouter.events import Event
from reports.day import DayReport, bounds, day_report
from reports.gaps import Gap, Why, find_gaps, sentence
from reports.machine import as_csv, as_json
from reports.text import as_text, printable, table
from tests.reports.test_reports_metrics import DAY, TARGETS

VILNIUS = ZoneInfo("Europe/Vilnius")
TODAY = date(2026, 11, 24)
LATER = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def report(**changes: object) -> DayReport:
    given: dict[str, object] = {"zone": VILNIUS, "targets": TARGETS, "now": LATER, "calls": DAY, **changes}
    return day_report(TODAY, given.pop("calls"), **given)  # type: ignore[arg-type]  # a table of changes


@pytest.mark.parametrize(
    ("day", "zone", "start", "end"),
    [
        pytest.param("2026-11-24", "Europe/Vilnius", "2026-11-23T22:00", "2026-11-24T22:00", id="24 hours"),
        pytest.param("2026-03-29", "Europe/Vilnius", "2026-03-28T22:00", "2026-03-29T21:00", id="23 hours"),
        pytest.param("2026-10-25", "Europe/Vilnius", "2026-10-24T21:00", "2026-10-25T22:00", id="25 hours"),
        pytest.param("2026-09-06", "America/Santiago", "2026-09-06T04:00", "2026-09-07T03:00", id="no midnight"),
        pytest.param("2026-04-05", "America/Santiago", "2026-04-05T04:00", "2026-04-06T04:00", id="after 23:00 twice"),
        pytest.param("2026-04-04", "America/Santiago", "2026-04-04T03:00", "2026-04-05T04:00", id="23:00 twice"),
        pytest.param("2026-11-24", "Asia/Kathmandu", "2026-11-23T18:15", "2026-11-24T18:15", id="quarters"),
    ],
)
def test_bounds(day: str, zone: str, start: str, end: str) -> None:
    assert bounds(date.fromisoformat(day), ZoneInfo(zone)) == (at(start), at(end))


def test_days_follow_each_other_without_a_gap() -> None:
    for zone in (VILNIUS, ZoneInfo("America/Santiago"), ZoneInfo("America/Havana"), ZoneInfo("Africa/Cairo")):
        for n in range(366):
            day = date(2026, 1, 1) + timedelta(days=n)
            assert bounds(day, zone)[1] == bounds(day + timedelta(days=1), zone)[0]


def test_departments_without_calls_are_listed_and_strangers_too() -> None:
    assert [d.name for d in report(targets={"night": 10.0}).departments] == ["billing", "night", "sales"]


def started(when: str) -> Event:
    return ev.ServerStarted(at=at(when), site="v1")


def stopped(when: str) -> Event:
    return ev.ServerStopped(at=at(when))


def lost(since: str, until: str) -> Event:
    return ev.LinkLost(at=at(until), since=at(since).isoformat(), until=at(until).isoformat())


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], [], id="none"),
        pytest.param([started("2026-11-01T08:00")], [], id="it runs"),
        pytest.param(
            [lost("2026-11-24T10:00", "2026-11-24T10:05")],
            [Gap(Why.LINK_LOST, at("2026-11-24T10:00"), at("2026-11-24T10:05"))],
            id="link lost",
        ),
        pytest.param([lost("2026-11-23T10:00", "2026-11-23T10:05")], [], id="link lost on another day"),
        pytest.param(
            [lost("2026-11-24T21:00", "2026-11-26T10:05")],
            [Gap(Why.LINK_LOST, at("2026-11-24T21:00"), at("2026-11-26T10:05"))],
            id="link lost, and found a day later",
        ),
        pytest.param(
            [stopped("2026-11-24T10:00"), started("2026-11-24T10:05")],
            [Gap(Why.STOPPED, at("2026-11-24T10:00"), at("2026-11-24T10:05"))],
            id="stopped",
        ),
        pytest.param(
            [stopped("2026-11-20T10:00")], [Gap(Why.STOPPED, at("2026-11-20T10:00"), None)], id="not started again"
        ),
        pytest.param(
            [started("2026-11-01T08:00"), started("2026-11-24T10:05")],
            [Gap(Why.DIED, None, at("2026-11-24T10:05"))],
            id="died",
        ),
        pytest.param(
            [ev.LinkLost(at=at("2026-11-24T10:00"), since="?", until="2026-11-24T10:05")],
            [Gap(Why.LINK_LOST, at("2026-11-24T10:00"), at("2026-11-24T10:00"))],
            id="unreadable times",
        ),
    ],
)
def test_gaps(events: list[Event], expected: list[Gap]) -> None:
    assert list(find_gaps(events, *bounds(TODAY, VILNIUS))) == expected


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (
            Gap(Why.LINK_LOST, at("2026-11-24T10:00"), at("2026-11-24T10:05")),
            "the link to Asterisk was lost from 2026-11-24 12:00:00 until 2026-11-24 12:05:00",
        ),
        (Gap(Why.STOPPED, at("2026-11-24T10:00"), None), "the server was stopped from 2026-11-24 12:00:00"),
        (
            Gap(Why.DIED, None, at("2026-11-24T10:05")),
            "the server ended without being stopped; it started again at 2026-11-24 12:05:00",
        ),
    ],
    ids=["lost", "stopped", "died"],
)
def test_a_gap_is_said_by_the_clock_of_the_site(gap: Gap, expected: str) -> None:
    assert sentence(gap, VILNIUS) == expected + ": figures of that time are not sure"


def test_notes() -> None:
    gap = Gap(Why.STOPPED, at("2026-11-24T10:00"), None)
    guessed = [replace(DAY[0], estimated=True), *DAY[1:]]
    assert report(calls=guessed, gaps=[gap], now=at("2026-11-24T12:00")).notes == (
        "the day is not over: calls up to 14:00:00",
        "the server was stopped from 2026-11-24 12:00:00: figures of that time are not sure",
        "the end of 1 call was not seen and is estimated",
    )
    assert report(now=at("2026-12-24T12:00")).notes == ("1 call never ended, as far as the journal knows",)


def test_totals_that_do_not_add_up_are_said() -> None:
    found = report(calls=[replace(DAY[0], outcome=None), *DAY[1:]])
    assert found.warnings == ("the totals do not add up: of 10 calls, 1 in no outcome",)
    assert "WARNING: the totals do not add up: of 10 calls, 1 in no outcome" in as_text(found)
    assert report().warnings == ()


def test_how_it_looks() -> None:
    lines = as_text(report(targets={"billing": 20.0, "night": 10.0}))
    assert lines[0] == "Tuesday, 24 November 2026 (Europe/Vilnius)"
    assert "offered                 10  all calls that came in, each counted once" in lines
    assert "abandoned                2  in menus 1, in a line 1, elsewhere 0" in lines
    assert "service level       33.3 %  2 of 6 who joined a line, answered within its target" in lines
    (night,) = (line for line in lines if line.startswith("night"))
    assert night.split() == ["night", "no", "calls"]
    columns = {line.index("talk time") + len("talk time") for line in lines if line.startswith("Department")}
    (billing,) = (line for line in lines if line.startswith("billing"))
    assert columns == {len(billing)}
    assert billing.endswith("3 min 00 s")


def test_a_day_without_calls_says_so() -> None:
    lines = as_text(report(calls=[]))
    assert "All calls: no calls" in lines
    assert not any("%" in line for line in lines)


def test_json_holds_all_figures() -> None:
    found = json.loads(json.dumps(as_json(report())))
    assert (found["report"], found["day"], found["timezone"]) == ("day", "2026-11-24", "Europe/Vilnius")
    assert found["site"]["service_level"] == 0.333
    assert found["departments"][0]["average_wait_s"] == 25.0
    assert found["people"][0] == {
        "name": "alice", "rang": 3, "missed": 1, "answered": 2, "talk_time_s": 90.0, "average_talk_s": 45.0
    }  # fmt: skip
    assert as_json(report(calls=[]))["site"]["service_level"] is None


def test_csv_can_be_read_back_and_starts_no_formula() -> None:
    evil = [replace(DAY[0], talks=(replace(DAY[0].talks[0], agent='=HYPERLINK("x")'),)), *DAY[1:]]
    rows = list(csv.DictReader(io.StringIO(as_csv([report(calls=evil), report(calls=[])]))))
    assert [row["of"] for row in rows[:3]] == ["site", "department", "department"]
    assert (rows[0]["day"], rows[0]["offered"], rows[0]["target_s"]) == ("2026-11-24", "10", "")
    assert {row["name"] for row in rows if row["of"] == "person"} == {"alice", "bob", '\'=HYPERLINK("x")'}
    empty = [row for row in rows if row["of"] == "site"][1]
    assert (empty["offered"], empty["service_level"], empty["average_wait_s"]) == ("0", "", "")


def test_a_table_cannot_be_steered_by_what_strangers_write() -> None:
    lines = table(("From", "To"), [("\x1b[2J+370", "1\n2")])
    assert lines == ["From      To", "\ufffd[2J+370  1\ufffd2"]
    assert printable("Žemyna–1") == "Žemyna–1"
