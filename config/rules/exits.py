"""Rules about ways out: nobody is kept among menus for ever, hung up on without a word, or led to a closed door.

Works on the map of `config.ways`; loops on which nobody listens are in `config.rules.ways`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from config.calendar import open_state
from config.errors import HoursUnreadable
from config.findings import Finding, quoted
from config.rules.scope import Scope
from config.schema import Site
from config.ways import Stop, Way, end

#: Whether two hours are ever open or closed together is looked at in this year: no check depends on the day.
_SAMPLE = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
_MOST_NAMES = 8
#: So many pairs of hours are looked at for a whole year; real sites have some.
_MOST_PAIRS = 100


def menus_without_exit(scope: Scope) -> Iterator[Finding]:
    """E340: from every menu a caller can get to somebody, to a mailbox or to the end; told once for each group."""
    site = scope.site
    onward: dict[str, set[str]] = {name: set() for name in site.menus}
    before: dict[str, set[str]] = {name: set() for name in site.menus}
    out = [name for name, menu in site.menus.items() if menu.direct_dial and site.people]
    backward: list[str] = []
    for way in scope.ways:
        if way.start.kind != "menu":
            continue
        stop = end(site, way)
        if way.destination.kind == "back":
            backward.append(way.start.name)
        elif stop is None or stop.kind != "menu":
            out.append(way.start.name)
        else:
            onward[way.start.name].add(stop.name)
            before[stop.name].add(way.start.name)
    for name in backward:  # where callers came from, whichever that was
        for earlier in tuple(before[name]):
            onward[name].add(earlier)
            before[earlier].add(name)
    led_out = _reached(out, before)
    order = {name: place for place, name in enumerate(site.menus)}
    told: set[str] = set()
    for name in site.menus:
        if name in led_out or name in told:
            continue
        group = sorted(_reached([name], onward), key=order.__getitem__)
        told.update(group)
        if any(site.menus[one].go is None for one in group):  # else it is an endless loop, which E308 tells
            shown = ", ".join(group[:_MOST_NAMES]) + (", …" if group[_MOST_NAMES:] else "")
            message = f"callers who come to {quoted(name)} never get out: all its ways lead to {shown}"
            mend = "lead a key, silence or mistakes to somebody, to a mailbox or to `hangup`"
            yield from scope.finding_at_key("E340", ("menus", name), message, mend)


def _reached(start: list[str], onward: dict[str, set[str]]) -> set[str]:
    found, todo = set(start), list(start)
    while todo:
        for name in onward[todo.pop()]:
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def wordless_ends(scope: Scope) -> Iterator[Finding]:
    """W446: who is hung up on after silence or mistakes hears why."""
    for name, menu in scope.site.menus.items():
        if menu.go is not None:
            continue
        for fault, part in (("silence", menu.silence), ("mistake", menu.mistake)):
            if part.go.kind == "hangup" and "go" in part.model_fields_set and part.say is None:
                message = f"after {fault} callers are hung up on without a word"
                mend = f"add `say:` to `{fault}:`, or lead callers to somebody"
                yield from scope.finding_at_key("W446", ("menus", name, fault, "go"), message, mend)


def closed_doors(scope: Scope) -> Iterator[Finding]:
    """W452: outside their hours callers are not led to a department that is closed all that time, too."""
    site = scope.site
    looked_at: dict[tuple[str, str], bool] = {}
    for way in scope.ways:
        stop = end(site, way)
        if way.why != "closed" or way.hours is None or stop is None or stop == way.start:
            continue
        there = site.departments.get(stop.name) if stop.kind == "department" else None
        if there is None or there.hours is None or there.closed is None or _loops_back(site, way, there.closed.name):
            continue
        pair = there.hours, way.hours
        if pair not in looked_at:
            if len(looked_at) == _MOST_PAIRS:
                return
            looked_at[pair] = _never_open(site, there.hours, while_closed=way.hours)
        if looked_at[pair]:
            message = f"when {way.start} is closed, {stop} is closed, too"
            mend = f"lead to what is open then, or at once to where {stop.name} leads when it is closed"
            yield from scope.finding("W452", way.path, message, mend)


def waiting_at_night(scope: Scope) -> Iterator[Finding]:
    """W454: outside their hours callers are not led to wait in a line of which no hours say that it is served then."""
    site = scope.site
    for way in scope.ways:
        if way.why != "closed" or way.hours is None:
            continue
        stop = _at_once(site, end(site, way))
        there = site.departments.get(stop.name) if stop is not None and stop.kind == "department" else None
        if stop is None or there is None or stop == way.start:
            continue
        # With one of `hours:` and `closed:` alone W414 tells it; with `nobody:` callers wait only while somebody is in.
        if there.hours is None and there.closed is None and there.nobody is None:
            message = f"when {way.start} is closed, callers wait in {stop}, which has no hours"
            mend = (
                f"lead to `{{voicemail: {stop.name}}}`; if somebody is there then, write when:"
                f" `hours:` and `closed:` of {stop.name}, or its `nobody:`"
            )
            yield from scope.finding("W454", way.path, message, mend)


def _at_once(site: Site, stop: Stop | None) -> Stop | None:
    """Follow menus that only say something and lead on; None where they go round, which E308 tells."""
    passed: set[Stop] = set()
    while stop is not None and stop.kind == "menu" and (go := site.menus[stop.name].go) is not None:
        if stop in passed:
            return None
        passed.add(stop)
        stop = end(site, Way(stop, "go", ("menus", stop.name, "go"), go))
    return stop


def _loops_back(site: Site, way: Way, name: str) -> bool:
    """Tell whether the closed department leads straight back, which is an endless loop (E308)."""
    return way.start in (Stop("menu", name), Stop("department", name))


def _never_open(site: Site, hours: str, *, while_closed: str) -> bool:
    there, here = site.hours.get(hours), site.hours.get(while_closed)
    if there is None or here is None:
        return False  # reported as unknown
    if there == here:
        return True
    at, until = _SAMPLE
    try:
        while at < until:
            states = [open_state(one, site.company.timezone, at) for one in (there, here)]
            if states[0].open and not states[1].open:
                return False
            at = min((state.until for state in states if state.until is not None), default=until)
    except HoursUnreadable:
        return False  # reported as such
    return True
