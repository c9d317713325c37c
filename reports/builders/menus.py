"""Menus: which keys callers press, where each menu leads, and where callers leave; also drawn as a flow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from reports import menu_metrics
from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.counting import SEVERAL_KEYS as SEVERAL
from reports.destinations import place
from reports.document import Cell, Document, Edge, Flow, Node, Part, Table, Unit
from reports.document import Column as C
from reports.rows import second_of
from reports.terms import term_of

NAME = ("menus", "Menu paths")
#: More ways than a site's menus have.
MOST = 2_000
LEFT = "left us here"
TERMS = (
    term_of("visits", "Visits", menu_metrics.count_visits),
    term_of("left_there", "Callers who left us there", menu_metrics.count_left_there),
    term_of("no_key", "Without a key", menu_metrics.count_without_key),
)


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: visits of each menu, and each way out of it by key."""
    seen = await lights(ask, facts)
    s = t.steps.c
    time = (s.second >= second_of(ask.period.start), s.second < second_of(ask.period.end))
    number = sa.func.count().label("visits")
    pressed = sa.case((sa.func.length(s["keys"]) > 1, SEVERAL), else_=s["keys"])
    # Each has its own count: what is added up of rows is cut where the rows are.
    menus = await facts.rows(
        sa.select(
            s.menu, number,
            sa.func.sum(sa.case((s.to == "", 1), else_=0)).label("left"),
            sa.func.sum(sa.case((s["keys"] == "", 1), else_=0)).label("silent"),
            sa.func.min(s.n).label("first"),
        )
        .where(*time)
        .group_by(s.menu)
        .order_by(sa.desc("visits"), s.menu)
    )  # fmt: skip
    edges = await facts.rows(
        sa.select(s.menu, s.to, number).where(*time).group_by(s.menu, s.to).order_by(sa.desc("visits"), s.menu, s.to)
    )
    told = sa.select(s.menu, pressed.label("pressed"), s.to).where(*time).subquery().c
    ways = await facts.rows(
        sa.select(told.menu, told.pressed, told.to, number)
        .group_by(told.menu, told.pressed, told.to)
        .order_by(sa.desc("visits"), told.menu, told.pressed, told.to)
        .limit(MOST + 1)
    )
    table = _menus(ask, menus)
    parts: list[Part] = [_flow(ask, menus, edges, ways), table, _keys(ask, ways)] if ways else [table]
    calls = (await facts.calls(ask))[()]
    return document(NAME, ask, parts=parts, terms=TERMS, seen=seen, calls=calls, whole=True)


def _menus(ask: Ask, menus: Sequence[Mapping[str, Any]]) -> Table:
    rows = tuple(
        (
            Cell(menu["menu"]),
            Cell(menu["visits"], ask.behind("menu_visits", menu=menu["menu"])),
            Cell(menu["left"], ask.behind("menu_left", menu=menu["menu"])),
            Cell(menu["left"] / menu["visits"], bar=menu["left"] / menu["visits"]),
            Cell(menu["silent"], ask.behind("menu_visits", menu=menu["menu"], value="keys:")),
        )
        for menu in menus
    )
    columns = (
        C("menu", "Menu"), C("visits", "Visits", Unit.COUNT, "visits"),
        C("left", "Callers who left us there", Unit.COUNT, "left_there"),
        C("share_left", "Share", Unit.SHARE), C("no_key", "Without a key", Unit.COUNT, "no_key"),
    )  # fmt: skip
    return Table("menus", "Menus", columns, rows)


def _keys(ask: Ask, ways: Sequence[Mapping[str, Any]]) -> Table:
    rows = tuple(
        (
            Cell(way["menu"]),
            Cell(way["pressed"] or "no key"),
            Cell(place(way["to"], ask.called) or LEFT),
            Cell(
                way["visits"],
                ask.behind("menu_visits", menu=way["menu"], value=f"keys:{way['pressed']}|{way['to']}"),
            ),
        )
        for way in ways[:MOST]
    )
    columns = (C("menu", "Menu"), C("keys", "Pressed"), C("to", "Led to"), C("visits", "Visits", Unit.COUNT))
    note = f"the {MOST:,} most used ways; there are more" if len(ways) > MOST else ""
    return Table("ways", "What callers pressed, and where it led", columns, rows, note=note)


def _flow(
    ask: Ask,
    menus: Sequence[Mapping[str, Any]],
    edges: Sequence[Mapping[str, Any]],
    ways: Sequence[Mapping[str, Any]],
) -> Flow:
    """Draw each menu as deep as the shortest way to it, and each destination behind the menus."""
    depths: dict[str, int] = {menu["menu"]: 0 for menu in menus if menu["first"] == 0}
    for _ in range(12):
        for edge in edges:
            to = _menu_in(edge["to"])
            if to and edge["menu"] in depths and to not in depths:
                depths[to] = depths[edge["menu"]] + 1
    counts: dict[str, int] = defaultdict(int, {f"menu {menu['menu']}": menu["visits"] for menu in menus})
    for edge in edges:
        if not _menu_in(edge["to"]):
            counts[edge["to"] or LEFT] += edge["visits"]
        else:
            counts[edge["to"]] += 0  # a menu that is led to, and that nobody has come to yet
    keys: dict[tuple[str, str], list[str]] = defaultdict(list)
    for way in ways:
        keys[way["menu"], way["to"]].append({"": "–", SEVERAL: "…"}.get(way["pressed"], way["pressed"]))
    deepest = max(depths.values(), default=0)
    nodes = [
        Node(name, name.removeprefix("menu "), depths.get(name.removeprefix("menu "), deepest), count)
        if name.startswith("menu ")
        else Node(name, place(name, ask.called), deepest + 1, count, end=True)
        for name, count in sorted(counts.items())
    ]
    drawn = [
        Edge(
            f"menu {edge['menu']}", edge["to"] or LEFT, edge["visits"],
            " ".join(sorted(keys[edge["menu"], edge["to"]])[:4]),
            ask.behind("menu_visits", menu=edge["menu"], value=edge["to"]) if edge["to"]
            else ask.behind("menu_left", menu=edge["menu"]),
        )
        for edge in sorted(edges, key=lambda edge: (edge["menu"], edge["to"] or LEFT))
    ]  # fmt: skip
    return Flow("flow", "How callers went through the menus", tuple(nodes), tuple(drawn))


def _menu_in(to: str) -> str:
    kind, _, name = to.partition(" ")
    return name if kind == "menu" else ""


_SUMMARY = "Which keys callers press, where menus lead, and where callers leave."
REPORT = Report(*NAME, _SUMMARY, build, whole_site=True)
