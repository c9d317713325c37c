"""The report in a terminal: aligned, with its marks, and no letter that moves the cursor."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.document import Cell, Chart, Column, Document, Edge, Flow, Heat, Node, Part, Series, Shape, Table, Unit
from reports.forms.text import lines_of
from reports.forms.words import UNSURE_SAID
from tests.reports.forms import samples


def drawn(part: Part) -> list[str]:
    """Return the lines of one part."""
    lines = lines_of(replace(samples.EMPTY, head=(), parts=(part,)))
    return lines[lines.index("") + 2 :]


def test_a_report_begins_with_what_it_is_about() -> None:
    assert lines_of(samples.FULL)[:9] == [
        "UAB Žaliasis Krantas – Day report",
        "Period: Tuesday, 24 November 2026 (Europe/Vilnius)",
        "Whose calls: billing, support, orders, Служба поддержки",
        "Interval: 60 min",
        "Service level: answered within 20 s ÷ offered, abandons included, short abandons (under 5 s) counted",
        "Made: 25 November 2026, 08:30 (Europe/Vilnius)",
        "",
        "WARNING: Support does not add up: of 63 offered, 2 left in no way.",
        "Note: Between 10:02 and 10:05 the link to Asterisk was lost: calls of this time may be missing.",
    ]


TABLE = Table(
    "t",
    "Departments",
    (Column("name", "Name"), Column("calls", "Calls", Unit.COUNT), Column("wait", "Wait", Unit.SECONDS)),
    (
        (Cell("billing"), Cell(1200, unsure=True), Cell(8.25)),
        (Cell("support"), Cell(7), Cell(None, unknown=True, note="imported")),
        (Cell("orders"), Cell(0), Cell(None)),
    ),
    total=(Cell("all"), Cell(1207), Cell(8.25)),
)
LINE = Chart("c", "Level", Shape.LINE, ("Mon", "Tue", "Wed"), (Series("all", (0.0, None, 1.0)),), Unit.SHARE)
STACK = Chart(
    "c", "Calls", Shape.STACKED, ("09:00", "10:00"), (Series("answered", (3.0, 10.0)), Series("lost", (1.0, 10.0)))
)
BARS = Chart("c", "Calls", Shape.BARS, ("short", "long"), (Series("all", (4.0, 8.0)),))
HEAT = Heat(
    "h", "Hours", ("Monday",), ("09", "10", "11", "12"),
    ((Cell(0), Cell(5, unsure=True), Cell(None, unknown=True), Cell(10)),),
)  # fmt: skip
FLOW = Flow(
    "f", "Paths", (Node("main", "Main", 0, 10), Node("billing", "Billing", 1, 9, end=True)),
    (Edge("main", "billing", 9, "1"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        pytest.param(
            TABLE,
            [
                "Name      Calls        Wait",
                "billing  1,200*      8.2 s",
                "support      7   not known¹",
                "orders       0    no calls",
                "───────────────────────────",
                "all      1,207       8.2 s",
                "* lies over a gap in what was seen: calls may be missing from it",
                "¹ imported",
            ],
            id="table with marks and total",
        ),
        pytest.param(replace(TABLE, rows=(), total=(), empty="nobody was there"), ["  nobody was there"], id="no rows"),
        pytest.param(LINE, ["all  ▁ █  0.0 % to 100.0 %", "  Mon … Wed"], id="line with a hole"),
        pytest.param(
            STACK,
            [f"09:00   4  {'█' * 6}▓▓", f"10:00  20  {'█' * 20}{'▓' * 20}", "  █ answered  ▓ lost"],
            id="stacks as long as their sum",
        ),
        pytest.param(BARS, [f"short  4  {'█' * 20}", f"long   8  {'█' * 40}"], id="bars"),
        pytest.param(
            replace(BARS, unsure=(False, True)),
            [f"short  4  {'█' * 20}", f"long*  8  {'█' * 40}", f"  * {UNSURE_SAID}"],
            id="bars, one over a gap",
        ),
        pytest.param(
            replace(STACK, unsure=(True, False)),
            [
                f"09:00*   4  {'█' * 6}▓▓",
                f"10:00   20  {'█' * 20}{'▓' * 20}",
                "  █ answered  ▓ lost",
                f"  * {UNSURE_SAID}",
            ],
            id="stacks, one over a gap",
        ),
        pytest.param(
            replace(LINE, unsure=(False, True, True)),
            ["all  ▁ █  0.0 % to 100.0 %", "      **", "  Mon … Wed", f"  * {UNSURE_SAID}"],
            id="line, its end over a gap",
        ),
        pytest.param(
            replace(FLOW, unsure=True),
            ["Main  10", f"  1  → Billing  9  90.0 %  {'█' * 18}", f"  * all of it {UNSURE_SAID}"],
            id="flow over a gap",
        ),
        pytest.param(
            HEAT,
            ["        09  10   11  12", "Monday  ··  ▓▓*  ?   ██", "  · none  ░ to █ up to 10", f"  * {UNSURE_SAID}"],
            id="heat",
        ),
        pytest.param(FLOW, ["Main  10", f"  1  → Billing  9  90.0 %  {'█' * 18}"], id="flow"),
    ],
)
def test_parts_as_text(part: Part, expected: list[str]) -> None:
    assert drawn(part) == expected


def test_definitions_are_said_when_asked_for() -> None:
    assert "Definitions" not in lines_of(samples.FULL)
    lines = lines_of(samples.FULL, definitions=True)
    assert "  Formula: answered within 20 s ÷ offered" in lines


@given(st.text() | st.just(samples.EVIL))
def test_no_letter_of_a_stranger_moves_the_cursor(text: str) -> None:
    for line in lines_of(samples.spelled(text), definitions=True):
        assert line.isprintable()
        assert len(line) < 600


def test_an_hour_of_every_day_of_a_year_is_drawn() -> None:
    chart = Chart("c", "C", Shape.LINE, tuple(map(str, range(8760))), (Series("a", tuple(map(float, range(8760)))),))
    report: Document = replace(samples.EMPTY, parts=(chart,))
    assert max(map(len, lines_of(report))) < 9000
