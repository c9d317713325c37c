"""Menus: which keys callers press, where each menu leads, and where callers leave; also drawn as a flow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from reports import tables as t
from reports.asking import Ask, Facts
from reports.builders.base import Report, document, lights
from reports.document import Cell, Document, Edge, Flow, Node, Part, Table, Unit
from reports.document import Column as C
from reports.rows import second_of

NAME = ("menus", "Menu paths")
#: More ways than a site's menus have, unless somebody dials at random.
MOST = 2_000
#: Ways that a drawing shows; the table has all.
DRAWN = 60
LEFT = "left us here"


async def build(ask: Ask, facts: Facts) -> Document:
    """Make the report: visits of each menu, and each way out of it by key."""
    seen = await lights(ask, facts)
    s = t.steps.c
    time = (s.second >= second_of(ask.period.start), s.second < second_of(ask.period.end))
    number = sa.func.count().label("visits")
    ways = await facts.rows(
        sa.select(s.menu, s["keys"].label("pressed"), s.to, number)
        .where(*time)
        .group_by(s.menu, s["keys"], s.to)
        .order_by(sa.desc("visits"), s.menu, s["keys"], s.to)
        .limit(MOST)
    )
    firsts = await facts.rows(sa.select(s.menu, number).where(*time, s.n == 0).group_by(s.menu))
    menus = _menus(ask, ways)
    parts: list[Part] = [_flow(ask, ways, firsts), menus, _keys(ask, ways)] if ways else [menus]
    calls = (await facts.calls(ask))[()]
    return document(NAME, ask, parts=parts, seen=seen, calls=calls)


def _menus(ask: Ask, ways: Sequence[Mapping[str, Any]]) -> Table:
    visits: dict[str, int] = defaultdict(int)
    left: dict[str, int] = defaultdict(int)
    silent: dict[str, int] = defaultdict(int)
    for way in ways:
        visits[way["menu"]] += way["visits"]
        if not way["to"]:
            left[way["menu"]] += way["visits"]
        if not way["pressed"]:
            silent[way["menu"]] += way["visits"]
    rows = tuple(
        (
            Cell(menu),
            Cell(number, ask.behind("menu_visits", menu=menu)),
            Cell(left[menu], ask.behind("menu_left", menu=menu)),
            Cell(left[menu] / number, bar=left[menu] / number),
            Cell(silent[menu]),
        )
        for menu, number in sorted(visits.items(), key=lambda item: (-item[1], item[0]))
    )
    columns = (
        C("menu", "Menu"), C("visits", "Visits", Unit.COUNT), C("left", "Callers who left us there", Unit.COUNT),
        C("share_left", "Share", Unit.SHARE), C("no_key", "Without a key", Unit.COUNT),
    )  # fmt: skip
    return Table("menus", "Menus", columns, rows)


def _keys(ask: Ask, ways: Sequence[Mapping[str, Any]]) -> Table:
    rows = tuple(
        (
            Cell(way["menu"]),
            Cell(way["pressed"] or "no key"),
            Cell(way["to"] or LEFT),
            Cell(way["visits"]),
        )
        for way in ways
    )
    columns = (C("menu", "Menu"), C("keys", "Pressed"), C("to", "Led to"), C("visits", "Visits", Unit.COUNT))
    return Table("ways", "What callers pressed, and where it led", columns, rows)


def _flow(ask: Ask, ways: Sequence[Mapping[str, Any]], firsts: Sequence[Mapping[str, Any]]) -> Flow:
    """Draw each menu as deep as the shortest way to it, and each destination behind the menus."""
    depths: dict[str, int] = {row["menu"]: 0 for row in firsts}
    for _ in range(12):
        for way in ways:
            to = _menu_in(way["to"])
            if to and way["menu"] in depths and to not in depths:
                depths[to] = depths[way["menu"]] + 1
    counts: dict[str, int] = defaultdict(int)
    edges: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for way in ways[:DRAWN]:
        menu = way["menu"]
        to = f"menu {_menu_in(way['to'])}" if _menu_in(way["to"]) else way["to"] or LEFT
        counts[f"menu {menu}"] += way["visits"]
        if not _menu_in(way["to"]):
            counts[to] += way["visits"]
        number, keys = edges.get((f"menu {menu}", to), (0, set()))
        edges[f"menu {menu}", to] = (number + way["visits"], keys | {way["pressed"] or "–"})
    deepest = max(depths.values(), default=0)
    nodes = [
        Node(name, name.removeprefix("menu "), depths.get(name.removeprefix("menu "), deepest), count)
        if name.startswith("menu ")
        else Node(name, name, deepest + 1, count, end=True)
        for name, count in sorted(counts.items())
    ]
    drawn = [
        Edge(
            origin, to, number, " ".join(sorted(keys)[:4]),
            ask.behind("menu_visits", menu=origin.removeprefix("menu "), value=to) if to != LEFT
            else ask.behind("menu_left", menu=origin.removeprefix("menu ")),
        )
        for (origin, to), (number, keys) in sorted(edges.items())
    ]  # fmt: skip
    return Flow("flow", "How callers went through the menus", tuple(nodes), tuple(drawn))


def _menu_in(to: str) -> str:
    kind, _, name = to.partition(" ")
    return name if kind == "menu" else ""


_SUMMARY = "Which keys callers press, where menus lead, and where callers leave."
REPORT = Report(*NAME, _SUMMARY, build, whole_site=True)
