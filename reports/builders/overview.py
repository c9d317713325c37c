"""The report of a day, or of any time: how all calls ended, each counted once, and how each line did."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from callrouter.events import Outcome, Party
from reports import metrics, rules
from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders import departments
from reports.builders.base import Lights, Report, day_labels, document, figure, lights
from reports.document import Cell, Chart, Document, Figure, Part, Series, Shape, Table, Unit
from reports.document import Column as C
from reports.rows import second_of
from reports.rules import LineSums
from reports.sums import By, CallSums
from reports.terms import term_of

NAME = ("day", "Day by day")

#: How calls end: the count, what it is called, what it means.
OUTCOMES = (
    ("answered", "Answered", "by a person"),
    ("abandoned", "Abandoned", "gave up before a person, a mailbox or a fax answered"),
    ("voicemail", "Voicemail", "left a message"),
    ("fax", "Fax", "sent a fax"),
    ("closed", "Closed", "heard that nobody is there at this hour"),
    ("unserved", "Unserved", "came to the end of the menus"),
    ("unknown_number", "Unknown number", "dialled a number that is not in use"),
    ("failed", "Failed", "through our own fault"),
    ("in_progress", "In progress", "have not ended yet"),
    ("untold", "Not known", "ended in a way that an imported file does not tell"),
)
WHERE = (
    ("abandoned_menu", "in a menu"),
    ("abandoned_queue", "in a line"),
    ("abandoned_elsewhere", "elsewhere"),
)


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report; for who may see some departments only, of their lines alone."""
    seen = await lights(ask, facts)
    by_department = await facts.lines(ask, By.DEPARTMENT)
    table = departments.table(ask, by_department, unsure=seen.unsure)
    named = [(ask.called(key[0]), sums) for key, sums in sorted(by_department.items())]
    terms = [*departments.TERMS]
    if ask.within is not None:
        return document(NAME, ask, parts=[table], terms=terms, seen=seen, lines=named, rule=True)
    calls = (await facts.calls(ask))[()]
    line = (await facts.all_lines(ask))[()]
    hours = await facts.calls(ask, By.HOUR if ask.period.first == ask.period.last else By.DAY)
    parts: list[Part] = [
        _outcomes(ask, calls, seen.unsure),
        _course(ask, hours, seen),
        table,
        seen.marked(await _hung_up(ask, facts)),
        seen.marked(_rules(ask, line)),
    ]
    return document(
        NAME,
        ask,
        parts=parts,
        head=_head(ask, calls, line, max((one.longest_ms for _, one in named), default=0), seen.unsure),
        terms=[term_of("offered", "Offered", metrics.count_offered), *terms],
        seen=seen,
        calls=calls,
        lines=named,
        rule=True,
    )


def _head(ask: Ask, calls: CallSums, line: LineSums, longest_stay: int, unsure: bool) -> list[Figure]:
    rule = ask.definition.rule
    served = f"{rule.served(line)} of {rule.counted(line)} who joined a line"
    lost = f"{calls.abandoned_menu} in a menu, {calls.abandoned_queue} in a line, {calls.abandoned_elsewhere} elsewhere"

    def cell(value: float | None, count: str = "") -> Cell:
        return Cell(value, ask.behind(count) if count else None, unsure=unsure)

    def counted(name: str, title: str, sub: str) -> Figure:
        return figure(name, title, cell(getattr(calls, name) if calls.offered else None, name), sub=sub)

    def long(name: str, title: str, value: Cell, sub: str) -> Figure:
        return figure(name, title, value, Unit.SECONDS, sub=sub)

    level = departments.level(ask, line, ask.behind("line_served"), unsure=unsure)
    wait = departments.average_wait(calls, ask.behind("waits"), unsure=unsure)
    # Who was answered and passed on waited once more, in a line: that wait is of the stay alone.
    longest = departments.longest_wait(line, max(calls.longest_ms, longest_stay), unsure=unsure)
    talk = cell(calls.talk_ms / 1000 if calls.talks else None, "talks")
    return [
        counted("offered", "Offered", "each call once"),
        counted("answered", "Answered", "by a person"),
        counted("abandoned", "Abandoned", lost),
        figure("service_level", "Service level", level, Unit.SHARE, sub=served),
        long("average_wait", "Average wait", wait, "of the answered, up to the first answer"),
        long("longest_wait", "Longest wait", longest, "of all who waited"),
        long("talk_time", "Talk time", talk, "hold included"),
    ]


def _outcomes(ask: Ask, calls: CallSums, unsure: bool) -> Table:
    columns = (
        C("outcome", "Outcome"), C("calls", "Calls", Unit.COUNT), C("share", "Share", Unit.SHARE), C("meaning", ""),
    )  # fmt: skip
    if not calls.offered:
        return Table("outcomes", "How calls ended", columns, ())

    def row(name: str, title: str, meaning: str) -> tuple[Cell, ...]:
        value = getattr(calls, name)
        share = value / calls.offered
        counted, part = Cell(value, ask.behind(name), unsure=unsure), Cell(share, unsure=unsure, bar=share)
        return Cell(title), counted, part, Cell(meaning)

    rows = []
    for name, title, meaning in OUTCOMES:
        if name == "untold" and not calls.untold:
            continue
        rows.append(row(name, title, meaning))
        if name == "abandoned":
            rows += [row(inner, f"– {where}", "") for inner, where in WHERE]
    return Table("outcomes", "How calls ended", columns, tuple(rows), row("offered", "Offered", ""))


def _course(ask: Ask, sums: dict[tuple[object, ...], CallSums], seen: Lights) -> Chart:
    """Draw the day hour by hour, or a longer time day by day."""
    if ask.period.first == ask.period.last:
        keys: list[object] = list(range(24))
        labels = [f"{hour:02d}" for hour in range(24)]
        behind = [ask.behind("offered", hour=hour) for hour in range(24)]
        dark = {hour for _, hour in seen.hours}
        unsure = [hour in dark for hour in range(24)]
    else:
        days = list(ask.period.days())
        keys, labels = [day.first for day in days], [*day_labels(days)]
        behind = [ask.behind("offered", start=day.start, end=day.end) for day in days]
        unsure = [seen.over(day.start, day.end) for day in days]
    found = [sums.get((key,), CallSums()) for key in keys]
    answered = Series("Answered", tuple(one.answered for one in found))
    abandoned = Series("Abandoned", tuple(one.abandoned for one in found))
    others = Series("Other", tuple(one.offered - one.answered - one.abandoned for one in found))
    title = "Calls by hour" if ask.period.first == ask.period.last else "Calls by day"
    series = (answered, abandoned, others)
    return Chart("course", title, Shape.STACKED, tuple(labels), series, behind=tuple(behind), unsure=tuple(unsure))


async def _hung_up(ask: Ask, facts: Facts) -> Table:
    """Who ended the conversation: a caller who hangs up may be content, an agent who does may be in a hurry."""
    c = t.calls.c
    time = (c.second >= second_of(ask.period.start), c.second < second_of(ask.period.end))
    query = sa.select(c.hung_up_first, sa.func.count().label("n")).where(*time, c.outcome == Outcome.ANSWERED)
    found = {row["hung_up_first"]: row["n"] for row in await facts.rows(query.group_by(c.hung_up_first))}
    titles = ((Party.CALLER, "The caller"), (Party.AGENT, "The agent"), (Party.US, "Switchroom"))
    rows = [
        (Cell(title), Cell(found.pop(party, 0), ask.behind("hung_up_first", value=party))) for party, title in titles
    ]
    if found:
        rows.append((Cell("Not known"), Cell(sum(found.values()), ask.behind("hung_up_unknown"))))
    columns = (C("who", "Hung up first"), C("calls", "Answered calls", Unit.COUNT))
    there_are = any(row[1].value for row in rows)
    return Table("hung_up_first", "Who hung up first", columns, tuple(rows) if there_are else ())


def _rules(ask: Ask, line: LineSums) -> Table:
    """The service level of the same calls as other systems would print it."""
    columns = (
        C("rule", "Rule of"), C("level", "Service level", Unit.SHARE), C("served", "Counted as served", Unit.COUNT),
        C("counted", "Of", Unit.COUNT), C("formula", "Formula"),
    )  # fmt: skip
    rows = [
        (
            Cell(rule.title),
            departments.level(replace(ask, definition=replace(ask.definition, rule=rule)), line),
            Cell(rule.served(line), ask.behind(f"{rule.name}_served")),
            Cell(rule.counted(line), ask.behind(f"{rule.name}_counted")),
            Cell(rule.source),
        )
        for rule in rules.RULES
    ]
    title = "The same calls by the rules of other systems"
    return Table("rules", title, columns, tuple(rows) if line.offered else ())


REPORT = Report(*NAME, "How all calls ended, hour by hour and in every line.", build, frozenset({"department"}))
