"""Transfers and overflow: who passed callers on to whom, and where lines sent those they did not serve."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from reports import metrics
from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.destinations import place
from reports.document import Cell, Document, Table, Unit
from reports.document import Column as C
from reports.model import Left
from reports.rows import second_of
from reports.terms import term_of

NAME = ("transfers", "Transfers and overflow")
MOST = 1_000


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report."""
    seen = await lights(ask, facts)
    x, s = t.transfers.c, t.stays.c
    start, end = second_of(ask.period.start), second_of(ask.period.end)
    number = sa.func.count().label("number")
    moved = sa.select(x.agent, x.to, x.how, number).where(x.second >= start, x.second < end)
    led = sa.select(s.department, s.to, number).where(s.second >= start, s.second < end, s.left == Left.MOVED_ON)
    if ask.within is not None:
        mine = sa.exists().where(s.call == x.call, s.department.in_(sorted(ask.within)))
        moved, led = moved.where(mine), led.where(s.department.in_(sorted(ask.within)))
    transfers = await facts.rows(
        moved.group_by(x.agent, x.to, x.how).order_by(sa.desc("number"), x.agent, x.to).limit(MOST)
    )
    overflow = await facts.rows(led.group_by(s.department, s.to).order_by(sa.desc("number"), s.department).limit(MOST))
    first = Table(
        "transfers",
        "Who passed callers on to whom",
        (C("person", "By"), C("to", "To"), C("how", "How"), C("calls", "Times", Unit.COUNT, "transfers")),
        tuple(
            (
                _called(ask, row["agent"]),
                _place(ask, row["to"]),
                Cell(row["how"]),
                Cell(row["number"], ask.behind("transfers", value=f"by:{row['agent']}|{row['how']}|{row['to']}")),
            )
            for row in transfers
        ),
        empty="nobody was passed on",
    )
    second = Table(
        "overflow",
        "Where lines led callers whom they did not serve",
        (C("department", "Department"), C("to", "To"), C("calls", "Callers", Unit.COUNT, "overflowed")),
        tuple(
            (
                _called(ask, row["department"]),
                _place(ask, row["to"]),
                Cell(
                    row["number"],
                    ask.behind("line_overflowed", department=row["department"], value=f"to:{row['to']}"),
                ),
            )
            for row in overflow
        ),
        empty="nobody was led on",
    )
    of_people = sa.select(x.agent, number).where(x.second >= start, x.second < end, x.agent != "")
    people = await facts.rows(of_people.group_by(x.agent).order_by(x.agent))
    everybody = replace(ask, department="")
    by_person = Table(
        "people",
        "Transfers of each person",
        (C("person", "Person"), C("calls", "Times", Unit.COUNT, "transfers")),
        tuple(
            (_called(ask, row["agent"]), Cell(row["number"], everybody.behind("transfers", person=row["agent"])))
            for row in people
        ),
        empty="nobody was passed on",
    )
    terms = [
        term_of("transfers", "Transfers", metrics.count_transfers),
        term_of("overflowed", "Overflowed", metrics.count_overflowed),
    ]
    parts = [first, second] if ask.within is not None else [first, by_person, second]
    return document(NAME, ask, parts=parts, terms=terms, seen=seen, whole=True)


def _called(ask: Ask, name: str) -> Cell:
    return Cell(ask.called(name) or "not told")


def _place(ask: Ask, to: str) -> Cell:
    return Cell(place(to, ask.called) or "not told")


REPORT = Report(*NAME, "Who passed callers on, and where lines overflowed to.", build, frozenset({"department"}))
