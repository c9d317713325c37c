"""Rules about ways in: something leads callers to every menu, and to every department.

Works on the map of `config.ways`; ways out are in `config.rules.exits`, mailboxes and fax boxes in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from config.findings import Finding, nearest, quoted
from config.rules.scope import Scope
from config.schema import Site
from config.ways import Stop, Way, end

_SECTIONS = {"menu": "menus", "department": "departments", "person": "people"}
#: Destinations that may be one of these.
_NAMING = frozenset(("name", *_SECTIONS))
#: So many misspelt destinations are looked at; whoever has more is told of those first.
_MOST_MISSPELT = 30

_Map = Mapping[Stop, Sequence[Stop]]


def unreachable_menus(scope: Scope) -> Iterator[Finding]:
    """W401: every menu can be reached from a number."""
    site = scope.site
    reached = _reached(_onward(scope), _numbers(site))
    for name in site.menus:
        if Stop("menu", name) not in reached:
            message = f"nothing leads to menu {quoted(name)}"
            yield from scope.finding_at_key("W401", ("menus", name), message, "lead a key to it, or delete it")


def unreachable_departments(scope: Scope) -> Iterator[Finding]:
    """W456: callers are led to every department, or it reads a mailbox or fax box; told once for those behind it."""
    site = scope.site
    if not site.numbers:
        return  # a part of a site that is still being written: W401 tells what there is of menus
    onward = _onward(scope)
    # What lies behind a menu that W401 tells, or behind a person, is looked at when that is mended.
    first = [
        *_numbers(site),
        *(Stop("menu", name) for name in site.menus),
        *(Stop("person", name) for name in site.people),
    ]
    reached = _reached(onward, first)
    readers = _readers(scope)
    left = [Stop("department", name) for name in site.departments if name not in readers]
    left = [stop for stop in left if stop not in reached]
    behind = {to for stop in left for to in onward.get(stop, ()) if to != stop}
    for stop in sorted(left, key=behind.__contains__):  # those to which others lead come last
        if stop not in reached:
            reached |= _reached(onward, [stop])
            message = f"nothing leads to department {quoted(stop.name)}"
            mend = "lead a number, a key or another department's overflow to it, or delete it"
            yield from scope.finding_at_key("W456", ("departments", stop.name), message, mend)


def _readers(scope: Scope) -> set[str]:
    """Return the departments that are there to read a mailbox or fax box, whether or not callers reach their line."""
    site = scope.site
    found = {way.destination.name for way in scope.ways if way.destination.kind in ("voicemail", "fax")}
    found |= {entry.fax for entry in site.numbers.values() if entry.fax is not None}
    for boxes in (site.mailboxes, site.faxboxes):
        found.update(boxes)
        found.update(*(box.departments for box in boxes.values()))
    return found


def _numbers(site: Site) -> list[Stop]:
    return [Stop("number", number) for number in site.numbers]


def _onward(scope: Scope) -> _Map:
    """Return where callers can go next from each stop; behind a menu with direct dial is everybody."""
    site = scope.site
    onward: dict[Stop, list[Stop]] = {}
    unknown: list[Way] = []
    for way in scope.ways:
        stop = end(site, way)
        if stop is not None:
            onward.setdefault(way.start, []).append(stop)
        elif way.destination.kind in _NAMING:
            unknown.append(way)
    for way, stop in _meant(scope, unknown[:_MOST_MISSPELT]):
        onward.setdefault(way.start, []).append(stop)
    people = [Stop("person", name) for name in site.people]
    for name, menu in site.menus.items():
        if menu.direct_dial:
            onward.setdefault(Stop("menu", name), []).extend(people)
    return onward


def _meant(scope: Scope, unknown: Sequence[Way]) -> Iterator[tuple[Way, Stop]]:
    """Yield what misspelt names most likely mean: E301 tells them, so nothing else tells that no way leads there."""
    if not unknown:
        return
    kinds = {name: kind for kind, section in _SECTIONS.items() for name in scope.names(section)}
    for way in unknown:
        near = nearest(way.destination.name, kinds)
        if near is not None:
            yield way, Stop(kinds[near], near)


def _reached(onward: _Map, start: Iterable[Stop]) -> set[Stop]:
    todo = list(start)
    reached = set(todo)
    while todo:
        for stop in onward.get(todo.pop(), ()):
            if stop not in reached:
                reached.add(stop)
                todo.append(stop)
    return reached
