"""Writes drafted tests as YAML for an admin to look at: each with what it covers, and a comment that asks for a look.

Owns the words and the form; that the text is read back as these very tests is held by tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from callrouter.menu_tests.drafts import Draft
from callrouter.rehearsal.call import Rehearsal
from callrouter.rehearsal.situation import Situation
from config.schema import Site

HEAD = """\
# Tests that were missing, drafted from what the menus do now. Look at each: is that what you want?
# Then take the comment away; or mend the menus, and what is expected here.
"""
LOOK = "drafted: look whether this is what you want"
_LONGEST_NAME = 110
#: Texts that need no quotes: nothing that YAML takes for something else.
_PLAIN = re.compile(r"[a-z][a-z0-9@._-]*( [a-z][a-z0-9._-]*)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


def to_yaml(site: Site, drafts: tuple[Draft, ...]) -> str:
    """Return the drafts as a file of the site."""
    lines = [HEAD.rstrip(), "", "tests:"]
    taken = {test.name for test in site.tests}
    for draft in drafts:
        name = _name(draft, taken)
        taken.add(name)
        lines += _test(site, draft, name)
    return "\n".join(lines) + "\n"


def _name(draft: Draft, taken: set[str]) -> str:
    name = str(draft.covers[0])
    if len(draft.covers) > 1:
        name = f"{name}; {draft.covers[-1]}"
    name = name if len(name) <= _LONGEST_NAME else str(draft.covers[0])[:_LONGEST_NAME]
    number = 2
    unique = name
    while unique in taken:
        unique, number = f"{name} ({number})", number + 1
    return unique


def _test(site: Site, draft: Draft, name: str) -> Iterator[str]:
    situation = draft.situation
    call: dict[str, object] = {"to": situation.to, "at": _Plain(written_time(situation.at, site.company.zone))}
    if situation.is_fax:
        call["fax"] = True
    yield f"  # {LOOK}"
    yield from (f"  # covers {spot}" for spot in draft.covers)
    yield f"  - name: {_scalar(name)}"
    yield f"    call: {_flow(call)}"
    if draft.press:
        yield f"    press: [{', '.join(_word(word) for word in draft.press.split())}]"
    yield from _people(situation)
    yield f"    expect: {_flow(expected(site, draft.came))}"


def _people(situation: Situation) -> Iterator[str]:
    if situation.logged_in is not None:
        yield f"    logged_in: {_flow(sorted(situation.logged_in))}"
    if situation.busy:
        yield f"    busy: {_flow(sorted(situation.busy))}"
    if situation.away:
        yield f"    away: {_flow(sorted(situation.away))}"
    if situation.waiting:
        yield f"    waiting: {situation.waiting}"


def expected(site: Site, came: Rehearsal) -> dict[str, object]:
    """Return what came of a call as the `expect:` of its test."""
    expect: dict[str, object] = {}
    kind, _, name = came.destination.partition(" ")
    if kind:
        expect[kind] = name or True
    if not kind or came.outcome not in ("answered", "voicemail", "fax"):
        expect["outcome"] = came.outcome
    if len(came.stops) > 1:
        through = [stop.split(" ", 1) for stop in came.stops[:-1]]
        if names := [stop[1] for stop in through if stop[0] in ("department", "person")]:
            expect["through"] = names
    if came.path:
        expect["path"] = list(came.path)
    shown = {name: value for name, value in came.facts.items() if len(value) <= 200}
    if shown:
        expect["facts"] = shown
    if came.language != site.company.language and came.language in site.company.languages:
        expect["language"] = came.language
    if came.mail:
        expect["mail"] = list(came.mail)
    if came.met_closed:
        expect["closed"] = True
    return expect


class _Plain(str):
    """A text that is written as it is."""


def written_time(at: datetime, zone: ZoneInfo) -> str:
    """Return the time as the site's clock shows it; with its offset in an hour that comes twice."""
    there = at.astimezone(zone)
    wall = there.replace(tzinfo=None)
    form = "minutes" if not wall.second else "seconds"
    return (wall if not there.fold else there).isoformat(timespec=form)


def _flow(value: object) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {_flow(inner)}" for key, inner in value.items()) + "}"
        case list() | tuple():
            return "[" + ", ".join(_flow(inner) for inner in value) + "]"
        case bool():
            return "true" if value else "false"
        case _:
            return _scalar(str(value)) if not isinstance(value, _Plain) else str(value)


def _scalar(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text not in _WORDS else json.dumps(text, ensure_ascii=False)


def _word(word: str) -> str:
    """Return keys or a wait as written by hand: digits of a moderate number plain, all else in quotes."""
    if word[0] == "w" or re.fullmatch(r"0|[1-9][0-9]{0,8}", word):
        return word
    return json.dumps(word)
