"""A selection of calls in words: what is counted, whose, and when. Pure; owns the wording."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reports.destinations import place
from reports.period import Period, bounds
from reports.rules import RULES
from reports.selection import Selection

_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
#: What each count is called; one that is not here is said by its name.
COUNTS = {
    "offered": "Calls offered",
    "answered": "Answered",
    "abandoned": "Abandoned",
    "abandoned_menu": "Abandoned in a menu",
    "abandoned_queue": "Abandoned in a line",
    "abandoned_elsewhere": "Abandoned neither in a menu nor in a line",
    "voicemail": "Messages left",
    "fax": "Faxes",
    "closed": "Heard that nobody is there at this hour",
    "unserved": "Came to the end of the menus",
    "unknown_number": "Dialled a number that is not in use",
    "failed": "Failed through our own fault",
    "in_progress": "Not ended yet",
    "untold": "Ended in a way that is not known",
    "estimated": "Calls whose end is estimated",
    "filled": "Calls whose end was filled in from Asterisk's own file",
    "no_lines": "Calls whose source tells nothing of lines",
    "no_menus": "Calls whose source tells nothing of menus",
    "waits": "Answered, with a wait that is known",
    "line_offered": "Joined a line",
    "line_answered": "Answered from a line",
    "line_abandoned": "Abandoned in a line",
    "line_short": "Abandoned in a line after a moment",
    "line_voicemail": "Led from a line to a mailbox",
    "line_overflowed": "Led on from a line",
    "line_failed": "Lost in a line through our own fault",
    "line_waiting": "Still waiting in a line",
    "line_within": "Answered from a line within the target",
    "line_abandoned_within": "Abandoned in a line within the target",
    "line_waits": "Answered from a line, with a wait that is known",
    "line_unknown": "Stays in a line whose wait is not known",
    "line_short_within": "Abandoned in a line after a moment, within the target",
    "line_abandoned_waits": "Abandoned in a line, with a wait that is known",
    "line_served": "Served in time, as the service level counts",
    "line_counted": "What the service level is a share of",
    "line_waited": "Waited in a line",
    "line_waited_answered": "Waited in a line and answered",
    "line_waited_abandoned": "Waited in a line and gave up",
    "line_waited_other": "Waited in a line, neither answered nor given up",
    "ringings": "Phones that rang",
    "missed": "Rang and was not taken",
    "unreachable": "Phones that could not be reached",
    "talks": "Conversations",
    "menu_visits": "Came to a menu",
    "menu_left": "Hung up in a menu",
    "transfers": "Transfers",
    "repeat_day": "Called again within 24 hours",
    "repeat_week": "Called again within 7 days",
    "resolved": "Answered, and did not call again within 7 days",
    "unresolved": "Answered, and called again within 7 days",
    "reached_nobody": "Reached nobody",
    "hung_up_first": "Answered, by who hung up first",
    "hung_up_unknown": "Answered, and not known who hung up first",
}


def titled(count: str) -> str:
    """Say what a count counts.

    >>> titled("abandoned_queue"), titled("some_other")
    ('Abandoned in a line', 'Some other')
    """
    for rule in RULES:
        if count in (f"{rule.name}_served", f"{rule.name}_counted"):
            return f"{'Served in time' if count.endswith('_served') else 'Counted'} by the rule of {rule.title}"
    in_line = count.replace("stays_", "line_", 1) if count.startswith("stays_") else count
    return COUNTS.get(in_line) or count.replace("_", " ").capitalize()


def words_of(selection: Selection, zone: ZoneInfo, called: Callable[[str], str]) -> str:
    """Say a selection; `called` tells what departments and people are called.

    >>> at = datetime.fromisoformat("2026-11-24T10:00:00+02:00")
    >>> words_of(Selection("abandoned_queue", at, at + timedelta(hours=1), "billing"), ZoneInfo("Europe/Vilnius"), str)
    'Abandoned in a line, billing, Tuesday 24 November 2026, 10:00 to 11:00'
    """
    return ", ".join((titled(selection.count), *_whose(selection, called), *_when(selection, zone)))


def _whose(selection: Selection, called: Callable[[str], str]) -> Iterator[str]:
    if selection.department:
        yield called(selection.department)
    if selection.person:
        yield called(selection.person)
    if selection.did:
        yield f"dialled {selection.did}"
    if selection.ani:
        yield f"from {selection.ani}"
    if selection.menu:
        yield f"menu {selection.menu}"
    if selection.value:
        yield _value(selection, called)


def _value(selection: Selection, called: Callable[[str], str]) -> str:
    low, dash, high = selection.value.partition("-")
    if selection.count.startswith("line_waited") and dash:
        return f"{low} to {high} s" if high else f"{low} s and more"
    if selection.value.startswith("keys:"):
        pressed, both, to = selection.value.removeprefix("keys:").partition("|")
        led = f" and was led to {place(to, called)}" if to else " and left us there" if both else ""
        return f"pressed {pressed or 'nothing'}{led}"
    if selection.value.startswith("by:"):
        agent, how, to = (*selection.value.removeprefix("by:").split("|", 2), "", "")[:3]
        return f"{called(agent) or 'not told'} to {place(to, called)} ({how})"
    if selection.value.startswith("to:"):
        return f"to {place(selection.value.removeprefix('to:'), called)}"
    return place(selection.value, called) if selection.count == "menu_visits" else selection.value


def _when(selection: Selection, zone: ZoneInfo) -> Iterator[str]:
    period = Period(selection.start, selection.end, zone)
    if period.first == period.last:
        yield _day(selection.start.astimezone(zone))
        if bounds(period.first, zone) != (selection.start, selection.end):
            yield f"{_clock(selection.start, zone)} to {_clock(selection.end, zone)}"
    else:
        whole = selection.start == bounds(period.first, zone)[0] and selection.end == bounds(period.last, zone)[1]
        yield period.title() if whole else f"{_moment(selection.start, zone)} to {_moment(selection.end, zone)}"
    if selection.weekday is not None:
        yield f"on {_WEEKDAYS[selection.weekday]}"
    if selection.hour is not None:
        yield f"{selection.hour:02d}:00 to {selection.hour + 1:02d}:00"


def _day(at: datetime) -> str:
    return f"{at:%A} {at.day} {at:%B %Y}"


def _clock(at: datetime, zone: ZoneInfo) -> str:
    there = at.astimezone(zone)
    twice = there.replace(fold=0).utcoffset() != there.replace(fold=1).utcoffset()
    midnight = there == bounds((there - timedelta(seconds=1)).date(), zone)[1]
    return f"{there:%H:%M} {there.tzname()}" if twice else "24:00" if midnight else f"{there:%H:%M}"


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"
