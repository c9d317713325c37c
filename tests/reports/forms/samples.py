"""Reports to make forms of: an ordinary day with everything in it, an empty one, and one written by an enemy."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from reports.document import (
    Cell,
    Chart,
    Column,
    Document,
    Edge,
    Figure,
    Flow,
    Heat,
    Node,
    Series,
    Shape,
    Table,
    Term,
    Unit,
)
from reports.period import days_between
from reports.selection import Selection

VILNIUS = ZoneInfo("Europe/Vilnius")
DAY = days_between(date(2026, 11, 24), date(2026, 11, 24), VILNIUS)
MADE = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
OFFERED_AT = datetime(2026, 11, 24, 7, 12, 40, tzinfo=UTC)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CAME = (0, 0, 0, 0, 0, 0, 1, 3, 9, 14, 22, 19, 12, 15, 21, 17, 11, 8, 3, 1, 0, 0, 0, 0)


def calls(count: str = "offered", **narrowed: object) -> Selection:
    """Return the calls of the day that are counted so."""
    return Selection(count, DAY.start, DAY.end).narrowed(**narrowed)


DEPARTMENTS = Table(
    "departments",
    "Departments",
    (
        Column("department", "Department"),
        Column("offered", "Offered", Unit.COUNT, "offered"),
        Column("answered", "Answered", Unit.COUNT),
        Column("abandoned", "Abandoned", Unit.COUNT),
        Column("voicemail", "Voicemail", Unit.COUNT),
        Column("service_level", "Service level", Unit.SHARE, "service_level"),
        Column("average_wait", "Average wait", Unit.SECONDS),
        Column("longest_wait", "Longest wait", Unit.SECONDS),
        Column("talk_time", "Talk time", Unit.SECONDS),
    ),
    (
        (
            Cell("Billing"), Cell(84, calls(department="billing")), Cell(71, calls("answered", department="billing")),
            Cell(9), Cell(4), Cell(0.8452), Cell(14.25), Cell(192.0), Cell(20_580.0),
        ),
        (
            Cell("Support"), Cell(63, calls(department="support"), unsure=True),
            Cell(50, calls("answered", department="support"), unsure=True), Cell(10), Cell(3),
            Cell(0.6984, unsure=True), Cell(31.5), Cell(845.0),
            Cell(None, unknown=True, note="a part of the talks was imported without their length"),
        ),
        (
            Cell("Orders and deliveries"), Cell(0, calls(department="orders")), Cell(0), Cell(0), Cell(0), Cell(None),
            Cell(None), Cell(None), Cell(None),
        ),
        (
            Cell("Служба поддержки – Klaipėda, Šiauliai"), Cell(10), Cell(9), Cell(1), Cell(0), Cell(0.9), Cell(6.0),
            Cell(19.0), Cell(3_840.0, note="two talks go on"),
        ),
    ),
    total=(
        Cell("All"), Cell(157, calls()), Cell(130, calls("answered")), Cell(20), Cell(7), Cell(0.7898), Cell(20.1),
        Cell(845.0), Cell(24_420.0),
    ),
    note="A caller who stood in two lines is offered to both departments.",
)  # fmt: skip

HEAT = Heat(
    "hours",
    "Calls by hour and weekday",
    WEEKDAYS,
    tuple(f"{hour:02d}" for hour in range(24)),
    tuple(
        tuple(
            Cell(None, unknown=True)
            if (day, hour) == (2, 12)
            else Cell(
                came * (7 - day) // (9 if day > 4 else 5) if came else 0,
                calls(hour=hour, weekday=day),
                unsure=(day, hour) == (3, 10),
            )
            for hour, came in enumerate(CAME)
        )
        for day in range(7)
    ),
)

INTERVALS = Chart(
    "intervals",
    "Calls by hour",
    Shape.STACKED,
    tuple(f"{hour:02d}:00" for hour in range(24)),
    (
        Series("answered", tuple(float(came * 4 // 5) for came in CAME)),
        Series("abandoned", tuple(float(came - came * 4 // 5 - came // 9) for came in CAME)),
        Series("voicemail", tuple(float(came // 9) for came in CAME)),
    ),
    behind=tuple(calls(hour=hour) for hour in range(24)),
    unsure=tuple(hour in (10, 11) for hour in range(24)),
)

WAITS = Chart(
    "waits",
    "Waiting time of the answered",
    Shape.BARS,
    ("up to 5 s", "5 to 10 s", "10 to 20 s", "20 to 30 s", "30 to 60 s", "1 to 2 min", "longer"),
    (Series("answered", (41.0, 30.0, 32.0, 12.0, 9.0, 5.0, 1.0)),),
)

TREND = Chart(
    "trend",
    "Service level, the last 14 days",
    Shape.LINE,
    tuple(f"{day} Nov" for day in range(11, 25)),
    (
        Series(
            "Billing",
            (0.82, 0.85, 0.79, None, None, 0.88, 0.91, 0.86, 0.84, 0.87, None, 0.9, 0.89, 0.8452),
        ),
        Series("Support", (0.7, 0.66, 0.61, None, None, 0.72, 0.75, 0.7, 0.64, 0.69, None, 0.71, 0.73, 0.6984)),
    ),
    Unit.SHARE,
)

PATHS = Flow(
    "paths",
    "Ways through the menus",
    (
        Node("main", "Main menu", 0, 180),
        Node("billing_menu", "Billing menu", 1, 95),
        Node("support", "Support", 1, 63, end=True),
        Node("hung_up", "hung up", 1, 14, end=True),
        Node("billing", "Billing", 2, 84, end=True),
        Node("left", "hung up in billing menu", 2, 11, end=True),
        Node("reception", "Reception", 1, 8, end=True),
    ),
    (
        Edge("main", "billing_menu", 95, "1", calls("menu", menu="billing_menu")),
        Edge("main", "support", 63, "2", calls(department="support")),
        Edge("main", "reception", 8, "0"),
        Edge("main", "hung_up", 14),
        Edge("billing_menu", "billing", 84, "1"),
        Edge("billing_menu", "left", 11),
    ),
)

CALLS = Table(
    "calls",
    "Callers who reached nobody",
    (
        Column("offered_at", "Came in", Unit.MOMENT),
        Column("ani", "Caller"),
        Column("name", "Name"),
        Column("waited", "Waited", Unit.SECONDS),
        Column("day", "Called back", Unit.DAY),
    ),
    tuple(
        (
            Cell(OFFERED_AT + timedelta(minutes=7 * at), page=f"/calls/17955216.{at}"),
            Cell(f"+3706000{at:04d}"),
            Cell("Ona Žukauskaitė" if at % 2 else "Александр Иванов"),
            Cell(12.5 * at),
            Cell(date(2026, 11, 25) if at % 3 else None),
        )
        for at in range(12)
    ),
)

TERMS = (
    Term(
        "offered", "Offered", "The calls that came in, each counted once.", "number of calls", "calls",
        exclusions="none", source="journal: CallOffered",
    ),
    Term(
        "service_level", "Service level",
        "How many of the callers who joined a line were answered within the target, in the variant that counts every "
        "abandon.",
        "answered within 20 s ÷ offered", "a share from 0 to 1",
        "starts when the caller joins the line, ends at the agent's answer",
        "callers who still wait; they are not judged yet", "journal: CallerJoined, AgentAnswered",
    ),
)  # fmt: skip

FULL = Document(
    name="day",
    title="Day report",
    company="UAB Žaliasis Krantas",
    period=DAY,
    made_at=MADE,
    scope="billing, support, orders, Служба поддержки",
    asked=(("interval", "60 min"),),
    rule="answered within 20 s ÷ offered, abandons included, short abandons (under 5 s) counted",
    notes=("Between 10:02 and 10:05 the link to Asterisk was lost: calls of this time may be missing.",),
    warnings=("Support does not add up: of 63 offered, 2 left in no way.",),
    head=(
        Figure("offered", "Offered", Cell(157, calls()), Unit.COUNT, "offered", "all calls that came in"),
        Figure("answered", "Answered", Cell(130, calls("answered"), unsure=True), Unit.COUNT, "", "by a person"),
        Figure("abandoned", "Abandoned", Cell(20, calls("abandoned")), Unit.COUNT, "", "in menus 4, in a line 16"),
        Figure(
            "service_level", "Service level", Cell(0.7898), Unit.SHARE, "service_level", "124 of 157 within 20 s"
        ),
        Figure("average_wait", "Average wait", Cell(20.125), Unit.SECONDS, "", "of the answered"),
        Figure("longest_wait", "Longest wait", Cell(845.0, note="the caller hung up"), Unit.SECONDS),
        Figure("score", "Score", Cell(None), Unit.NUMBER, "", "nobody was asked"),
        Figure("callbacks", "Called back", Cell(None, unknown=True), Unit.COUNT, "", "imported calls do not tell"),
    ),
    parts=(DEPARTMENTS, INTERVALS, HEAT, WAITS, TREND, PATHS, CALLS),
    terms=TERMS,
)  # fmt: skip

#: A site on which nobody called.
EMPTY = Document(
    name="day",
    title="Day report",
    company="Acme",
    period=DAY,
    made_at=MADE,
    head=(Figure("offered", "Offered", Cell(0)), Figure("level", "Service level", Cell(None), Unit.SHARE)),
    parts=(
        replace(DEPARTMENTS, rows=(), total=(), note=""),
        Chart("intervals", "Calls by hour", Shape.STACKED, (), (Series("answered", ()),)),
        Chart("waits", "Waits", Shape.BARS, ("a", "b"), (Series("answered", (None, None)),)),
        Chart("trend", "Trend", Shape.LINE, ("a",), (Series("answered", (None,)),)),
        Heat("hours", "Hours", (), (), ()),
        Flow("paths", "Paths", (), ()),
    ),
)
EVIL = "=cmd|'/c calc'!A1 <b>&amp;</b><script>alert(1)</script> " + "W" * 200 + "\x1b[2J\u202e]]>\"'"


def spelled(text: str) -> Document:
    """Return a report in which a stranger wrote this text wherever one can."""
    columns = (Column("name", text), Column("count", text, Unit.COUNT))
    table = Table("names", text, columns, ((Cell(text), Cell(3, note=text)), (Cell(text), Cell(None))), note=text)
    flow = Flow("paths", text, (Node("a", text, 0, 3), Node("b", text, 1, 3)), (Edge("a", "b", 3, text),))
    chart = Chart("chart", text, Shape.BARS, (text,), (Series(text, (2.0,)),))
    heat = Heat("heat", text, (text,), (text,), ((Cell(2),),))
    return Document(
        name="calls",
        title=text,
        company=text,
        period=DAY,
        made_at=MADE,
        scope=text,
        rule=text,
        notes=(text,),
        warnings=(text,),
        head=(Figure("offered", text, Cell(5), sub=text),),
        parts=(table, chart, heat, flow),
        terms=(Term("t", text, text, text),),
    )
