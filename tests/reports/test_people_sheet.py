"""The time sheet and the own day as tables: every figure with its calls, nothing known for what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from reports import people_day, people_metrics, people_sheet
from reports.document import Cell, Column, Table, Unit
from reports.people_calls import PersonCalls, calls_together
from reports.people_metrics import Times, logged_in, times_of
from reports.people_sheet import Line
from reports.period import Period, days_between
from reports.selection import Selection
from reports.spans import Doing, Span, Sum, micros

VILNIUS = ZoneInfo("Europe/Vilnius")
DAY = days_between(date(2026, 11, 24), date(2026, 11, 24), VILNIUS)
MINUTE = 60_000_000

WORKED = Times(
    ready=50 * MINUTE, ringing=2 * MINUTE, talking=30 * MINUTE, wrap_up=8 * MINUTE,
    paused={"lunch": 9 * MINUTE, "": MINUTE}, unreachable=3 * MINUTE,
)  # fmt: skip
CALLS = PersonCalls(rang=12, missed=1, unreachable=1, conversations=10, over=9, talked=28 * MINUTE, held=2 * MINUTE)
IMPORTED = Times(undivided=90 * MINUTE, paused={"lunch": 10 * MINUTE})


def line(times: Times = WORKED, calls: PersonCalls = CALLS, person: str = "alice", *, unsure: bool = False) -> Line:
    return Line(Cell(person), DAY.start, DAY.end, times, calls, person, unsure)


def cells(table: Table, row: int = 0) -> dict[str, Cell]:
    return {column.title: cell for column, cell in zip(table.columns, table.rows[row], strict=True)}


def sheet(*lines: Line, total: Line | None = None) -> Table:
    return people_sheet.time_sheet("time_sheet", "Time sheet", Column("person", "person"), lines, total)


def test_a_line_of_the_sheet() -> None:
    found = cells(sheet(line()))
    assert {title: cell.value for title, cell in found.items()} == {
        "person": "alice", "logged in": 6000, "ready": 3000, "ringing": 120, "talking": 1800, "of it hold": 120,
        "wrap-up": 480, "paused": 600, "paused: lunch": 540, "paused: no reason": 60, "phone unreachable": 180,
        "rang": 12, "missed": 1, "not reached": 1, "conversations": 10, "handling time": 240.0,
        "occupancy": pytest.approx(38 / 90), "utilisation": pytest.approx(38 / 100),
    }  # fmt: skip
    # The phone's absence is a part of the other times; hold is one of talking.
    assert found["logged in"].value == sum(
        float(str(found[part].value)) for part in ("ready", "ringing", "talking", "wrap-up", "paused")
    )


@pytest.mark.parametrize(
    ("title", "count"),
    [("rang", "ringings"), ("missed", "missed"), ("not reached", "unreachable"), ("conversations", "talks")],
)
def test_a_number_of_calls_opens_these_calls(title: str, count: str) -> None:
    assert cells(sheet(line()))[title].behind == Selection(count, DAY.start, DAY.end, person="alice")


def test_the_total_is_a_line_without_a_person() -> None:
    both = Line(Cell("total"), DAY.start, DAY.end, WORKED, calls_together([CALLS, CALLS]))
    table = sheet(line(), total=both)
    assert [cell.value for cell in table.total][:2] == ["total", 6000]
    assert all(cell.behind is None for cell in table.total)
    assert len(table.total) == len(table.columns) == len(table.rows[0])


@pytest.mark.parametrize(
    ("times", "calls", "unknown", "unsure"),
    [
        pytest.param(WORKED, CALLS, set(), set(), id="all is known"),
        pytest.param(
            IMPORTED, PersonCalls(rang=5, conversations=4, over=4, talked=MINUTE),
            {"ready", "ringing", "talking", "of it hold", "wrap-up", "phone unreachable", "handling time",
             "occupancy", "utilisation"},
            set(), id="an imported day",
        ),
        pytest.param(
            Times(undivided=MINUTE, ready=MINUTE), PersonCalls(),
            {"ringing", "talking", "of it hold", "wrap-up", "phone unreachable"},
            {"ready", "occupancy", "utilisation"}, id="partly imported",
        ),
        pytest.param(
            WORKED, PersonCalls(conversations=4, over=4, untold=4), {"rang", "missed", "not reached"}, set(),
            id="a source without ringing",
        ),
        pytest.param(
            WORKED, PersonCalls(rang=3, missed=1, unreachable=1, conversations=4, over=4, untold=1), set(),
            {"rang", "missed", "not reached"}, id="partly a source without ringing",
        ),
    ],
)  # fmt: skip
def test_what_the_source_cannot_tell_is_not_known(
    times: Times, calls: PersonCalls, unknown: set[str], unsure: set[str]
) -> None:
    found = cells(sheet(line(times, calls)))
    assert {title for title, cell in found.items() if cell.unknown} == unknown
    assert {title for title, cell in found.items() if cell.unsure} == unsure
    assert all(cell.value is None for cell in found.values() if cell.unknown)


def test_a_line_over_a_gap_is_marked_and_nothing_to_measure_is_none() -> None:
    found = cells(sheet(line(Times(paused={"": MINUTE}), PersonCalls(), unsure=True)))
    assert found["logged in"].unsure
    assert [found[name].value for name in ("handling time", "occupancy")] == [None, None]
    assert found["utilisation"].value == 0.0


def test_many_reasons_share_a_column() -> None:
    paused = {f"reason {n}": n * MINUTE for n in range(1, 12)}
    found = cells(sheet(line(Times(paused=paused)), line(Times(paused={"reason 1": 60 * MINUTE}), person="bob")))
    reasons = [title for title in found if title.startswith("paused: ")]
    assert len(reasons) == people_sheet.MOST_REASONS + 1
    assert reasons[0] == "paused: reason 1" and reasons[-1] == "paused: other reasons"
    assert sum(float(str(found[title].value)) for title in reasons) == sum(paused.values()) / 1_000_000


def test_sums_become_times() -> None:
    sums = [
        Sum("a", Doing.READY, "", True, 5, False),
        Sum("a", Doing.READY, "", False, 2, True),
        Sum("a", Doing.PAUSED, "lunch", True, 3, False),
        Sum("b", Doing.PAUSED, "lunch", False, 4, False),
        Sum("b", Doing.NOT_KNOWN, "", True, 9, False),
    ]
    assert times_of(sums) == Times(ready=7, paused={"lunch": 7}, not_known=9, unreachable=6, open=True)
    assert logged_in(times_of(sums)) == 14


def test_every_column_with_a_term_has_its_definition() -> None:
    terms = {term.name: term for term in people_sheet.terms()}
    used = {column.term for column in sheet(line(IMPORTED), line()).columns if column.term}
    assert used <= set(terms)
    for term in terms.values():
        assert term.definition and term.formula and term.unit and term.source, term.name
    assert set(terms) == set(people_metrics.TERMS)


def at(clock: str, day: Period = DAY) -> int:
    local = datetime.fromisoformat(f"{day.first}T{clock}").replace(tzinfo=day.zone)
    return micros(local.astimezone(UTC))


def span(since: str, until: str | None, doing: Doing, **more: object) -> Span:
    return Span("alice", at(since), None if until is None else at(until), doing, **more)  # type: ignore[arg-type]  # a test's own words


SPANS = [
    span("08:10", "08:40", Doing.READY),
    span("08:40", "09:10", Doing.TALKING, department="billing"),
    span("09:10", None, Doing.PAUSED, reason="lunch"),
]
NOW = datetime(2026, 11, 24, 7, 20, tzinfo=UTC)  # 09:20 in Vilnius


def test_the_day_by_half_hours() -> None:
    chart = people_day.chart(DAY, SPANS, NOW)
    assert chart.labels == ("08:00", "08:30", "09:00")
    assert {series.name: series.values for series in chart.series} == {
        "talking": (0, 1200, 600), "ready": (1200, 600, 0), "paused": (0, 0, 600),
    }  # fmt: skip
    assert chart.unit is Unit.SECONDS


def test_a_day_without_anything() -> None:
    assert people_day.chart(DAY, [], NOW).labels == ()
    assert people_day.changes(DAY, [], NOW).rows == ()


@pytest.mark.parametrize(
    ("day", "halves", "twice"),
    [
        pytest.param(date(2026, 10, 25), 50, ["03:00", "03:30", "03:00 EET", "03:30 EET"], id="25 hours"),
        pytest.param(date(2026, 3, 29), 46, [], id="23 hours"),
        pytest.param(date(2026, 11, 24), 48, ["03:00", "03:30"], id="24 hours"),
    ],
)
def test_the_clock_changes(day: date, halves: int, twice: list[str]) -> None:
    period = days_between(day, day, VILNIUS)
    whole = Span("alice", micros(period.start) - MINUTE, micros(period.end) + MINUTE, Doing.READY)
    chart = people_day.chart(period, [whole], period.end)
    assert len(chart.labels) == halves == len(set(chart.labels))
    assert [label for label in chart.labels if label.startswith("03:")] == twice
    assert chart.series[0].values == (1800.0,) * halves
    ((since, until, length, *_),) = people_day.changes(period, [whole], period.end).rows
    assert (since.value, until.value, length.value) == (period.start, period.end, halves * 1800)


def test_changes_are_cut_at_midnight_and_what_goes_on_says_so() -> None:
    early = Span("alice", micros(DAY.start) - MINUTE, at("00:01"), Doing.PAUSED, "night", reachable=False)
    rows = people_day.changes(DAY, [early, *SPANS], NOW).rows
    assert [(row[2].value, row[3].value, row[4].value, row[2].note) for row in rows] == [
        (60, "paused", "night", ""), (1800, "ready", "", ""), (1800, "talking", "billing", ""),
        (600, "paused", "lunch", "goes on"),
    ]  # fmt: skip
    assert rows[0][0].value == DAY.start
    assert rows[0][3].note == "the phone could not be reached"
    assert rows[-1][1].value == NOW


def test_of_tomorrow_nothing_is_told_yet() -> None:
    tomorrow = days_between(date(2026, 11, 25), date(2026, 11, 25), VILNIUS)
    assert people_day.changes(tomorrow, SPANS, NOW).rows == ()
    assert people_day.chart(tomorrow, SPANS, NOW).labels == ()


def test_more_changes_than_anybody_reads_are_cut_and_it_is_said() -> None:
    many = [
        Span("alice", at("08:00") + n * MINUTE, at("08:00") + (n + 1) * MINUTE, Doing.READY)
        for n in range(people_day.MOST_CHANGES + 3)
    ]
    table = people_day.changes(DAY, many, DAY.end + timedelta(hours=1))
    assert (len(table.rows), table.note) == (people_day.MOST_CHANGES, "3 more changes are left out")


def test_beside_the_average_by_head() -> None:
    together = line(Times(ready=300 * MINUTE, talking=100 * MINUTE), PersonCalls(rang=9, missed=6, conversations=30,
                    over=30, talked=100 * MINUTE), "")  # fmt: skip
    table = people_day.beside(line(), people_day.Others(together, 4))
    assert [cell.value for cell in table.rows[1]] == [
        "average of your departments", 6000, 7.5, 1.5, 200.0, 200.0, 0.25, 0.25,
    ]  # fmt: skip
    assert table.rows[0][2].behind is not None
    assert all(cell.behind is None for cell in table.rows[1])


@pytest.mark.parametrize("people", [0, 1, 2])
def test_an_average_that_would_tell_of_one_colleague_is_not_shown(people: int) -> None:
    table = people_day.beside(line(), people_day.Others(line(person=""), people))
    assert len(table.rows) == 1
    assert table.note.startswith("no average")


def test_the_head_of_an_own_day() -> None:
    found = {figure.name: figure.cell.value for figure in people_day.head(line())}
    assert found == {
        "logged_in": 6000, "conversations": 10, "missed": 1, "average_talk": pytest.approx(28 * 60 / 9),
        "handling_time": 240.0, "occupancy": pytest.approx(38 / 90),
    }  # fmt: skip
