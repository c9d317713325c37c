"""Rules about where ways lead as a whole: loops and circles. What nothing leads to is in `config.rules.entrances`.

Works on the map of `config.ways` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from config.calendar import open_state
from config.errors import HoursUnreadable
from config.findings import Finding, quoted
from config.rules.scope import Scope
from config.schema import Site
from config.ways import AT_ONCE, UNANSWERED, Stop, Way, Why, end

#: Steps of the search for loops; real sites need some hundreds.
_MOST_STEPS = 20_000
#: On these ways a caller is led on who does nothing: somebody listened, and heard no key.
_SILENT: frozenset[Why] = frozenset({"silence"})
#: So many names of a loop are shown.
_MOST_NAMES = 8
#: Whether hours are ever closed together is looked at in this year, so that a check never depends on the day.
_SAMPLE = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))

_Map = Mapping[Stop, Sequence[tuple[Way, Stop]]]


def back_at_the_beginning(scope: Scope) -> Iterator[Finding]:
    """W405: what a number leads to does not go back, nor repeat the menu before it."""
    site = scope.site
    entries = {end(site, way): way.start.name for way in scope.ways if way.why == "entry"}
    for way in scope.ways:
        if way.start not in entries:
            continue
        if way.destination.kind == "back" or (way.destination.kind == "repeat" and way.start.kind != "menu"):
            message = f"number {quoted(entries[way.start])} leads straight here, so nothing was before"
            mend = "use `repeat`, or name the menu" if way.start.kind == "menu" else "name a menu"
            yield from scope.finding("W405", way.path, message, mend)


def closed_into_itself(scope: Scope) -> Iterator[Finding]:
    """E309: a closed branch leads elsewhere."""
    for way in scope.ways:
        if way.why == "closed" and end(scope.site, way) == way.start:
            message = f"when {way.start} is closed, it leads to itself"
            yield from scope.finding("E309", way.path, message, "lead to another place")


def endless_loops(scope: Scope) -> Iterator[Finding]:
    """E308: nobody is handed round and round without being listened to."""
    for loop in _loops(_map(scope, AT_ONCE)):
        if len(loop) == 1 and loop[0].why == "closed":
            continue  # E309 says it better
        if _can_happen(scope.site, loop):
            message = f"callers go round for ever: {_round(loop)}"
            yield from scope.finding("E308", loop[0].path, message, "lead one of them elsewhere")


def circles(scope: Scope) -> Iterator[Finding]:
    """W406: callers who were not answered do not come back to where they waited, nor if they press nothing then."""
    told: set[Way] = set()
    for loop in _loops(_map(scope, AT_ONCE | UNANSWERED | _SILENT)):
        waiting = [way for way in loop if way.why in UNANSWERED]
        quiet = any(way.why in _SILENT for way in loop)
        if waiting and waiting[0] not in told and (not quiet or _goes_round_in_silence(scope.site, loop)):
            told.add(waiting[0])
            who = "are not answered, and then press nothing," if quiet else "are not answered"
            message = f"callers who {who} circle: {_round(loop)}"
            mend = "end at a mailbox, or let them wait where they are"
            yield from scope.finding("W406", waiting[0].path, message, mend)


def silent_circles(scope: Scope) -> Iterator[Finding]:
    """W455: who presses nothing is not led from menu to menu for ever."""
    told: set[Way] = set()
    for loop in _loops(_map(scope, AT_ONCE | _SILENT)):
        silent = [way for way in loop if way.why in _SILENT]
        if silent and silent[0] not in told and _goes_round_in_silence(scope.site, loop) and _leads_out(scope, loop):
            told.add(silent[0])
            message = f"callers who press nothing go round for ever: {_round(loop)}"
            mend = "lead silence to somebody, to a mailbox or to `hangup`"
            yield from scope.finding("W455", silent[0].path, message, mend)


def _leads_out(scope: Scope, loop: Sequence[Way]) -> bool:
    """Tell whether somebody who presses keys gets out; where nobody does E340 tells it."""
    stops = {way.start for way in loop}
    return any(way.start in stops and end(scope.site, way) not in stops for way in scope.ways)


def _goes_round_in_silence(site: Site, loop: Sequence[Way]) -> bool:
    # `repeat` says in a word that a menu is to be heard again: whoever wrote it meant it.
    return all(way.destination.kind != "repeat" for way in loop) and _can_happen(site, loop)


def _round(loop: Sequence[Way]) -> str:
    names = [way.start.name for way in loop]
    if len(names) > _MOST_NAMES:
        names[_MOST_NAMES:] = ["…"]
    return " → ".join([*names, names[0]])


def _map(scope: Scope, reasons: frozenset[Why]) -> _Map:
    # `back` leads to a menu that listened, so it closes no loop of these.
    found: dict[Stop, list[tuple[Way, Stop]]] = {}
    again: list[Way] = []
    for way in scope.ways:
        if way.why not in reasons:
            continue
        stop = end(scope.site, way)
        if stop is not None:
            found.setdefault(way.start, []).append((way, stop))
        elif way.destination.kind == "repeat":
            again.append(way)
    if again:
        before = _menus_before(found)
        for way in again:
            found.setdefault(way.start, []).extend((way, menu) for menu in before.get(way.start, ()))
    return found


def _menus_before(onward: _Map) -> dict[Stop, list[Stop]]:
    """Return for departments and people the menus that may be heard last on the way there; stops at `_MOST_STEPS`."""
    found: dict[Stop, list[Stop]] = {}
    steps = 0
    for menu in onward:
        todo, seen = [menu] if menu.kind == "menu" else [], {menu}
        while todo:
            for _, stop in onward.get(todo.pop(), ()):
                steps += 1
                if steps > _MOST_STEPS:
                    return found
                if stop.kind != "menu" and stop not in seen:
                    seen.add(stop)
                    todo.append(stop)
                    found.setdefault(stop, []).append(menu)
    return found


def _loops(onward: _Map) -> Iterator[tuple[Way, ...]]:
    """Yield each loop once, begun at the stop that is written first; gives up after `_MOST_STEPS`."""
    onward = _without_ends(onward)
    order = {stop: index for index, stop in enumerate(onward)}
    steps = 0
    for first in onward:
        trail: list[Way] = []
        passed: set[Stop] = set()
        branches = [iter(onward[first])]
        while branches:
            steps += 1
            if steps > _MOST_STEPS:
                return
            step = next(branches[-1], None)
            if step is None:
                branches.pop()
                if trail:
                    passed.discard(trail.pop().start)
                continue
            way, stop = step
            if stop == first:
                yield (*trail, way)
            elif order[stop] > order[first] and stop not in passed and stop != way.start:
                trail.append(way)
                passed.add(way.start)
                branches.append(iter(onward[stop]))


def _without_ends(onward: _Map) -> _Map:
    """Leave out every stop from which no way leads on for ever: no loop is there, and chains may be long."""
    before: dict[Stop, list[Stop]] = {}
    left = {stop: len(found) for stop, found in onward.items()}
    for stop, found in onward.items():
        for _, to in found:
            before.setdefault(to, []).append(stop)
            left.setdefault(to, 0)
    ends = [stop for stop, count in left.items() if not count]
    for stop in ends:  # grows while it is gone through
        for earlier in before.get(stop, ()):
            left[earlier] -= 1
            if not left[earlier]:
                ends.append(earlier)
    gone = set(ends)
    return {stop: [step for step in found if step[1] not in gone] for stop, found in onward.items() if stop not in gone}


def _can_happen(site: Site, loop: Sequence[Way]) -> bool:
    """Tell whether there is a moment at which every way of the loop is taken."""
    closed = {way.hours for way in loop if way.hours is not None}
    opened = set()
    for way in loop:
        if way.why == "closed":
            continue
        menu = site.menus.get(way.start.name) if way.start.kind == "menu" else None
        if menu is not None and menu.closed is not None:
            opened.add(menu.closed.hours)
        department = site.departments.get(way.start.name) if way.start.kind == "department" else None
        if department is not None and department.closed is not None and department.hours is not None:
            opened.add(department.hours)
    if any(way.why == "closed" and way.hours is None for way in loop) or closed & opened:
        return False
    if not (closed or opened):
        return True
    if not (closed | opened) <= set(site.hours):
        return False  # unknown hours are reported as such
    at, until = _SAMPLE
    while at < until:
        try:
            states = {name: open_state(site.hours[name], site.company.timezone, at) for name in closed | opened}
        except HoursUnreadable:
            return False  # reported as such
        if all(states[name].open == (name in opened) for name in states):
            return True
        at = min((state.until for state in states.values() if state.until is not None), default=until)
    return False
