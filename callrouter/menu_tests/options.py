"""What a caller can do at a menu, as the keys he presses: each choice, an extension, an entry, and mistakes.

Pure: knows menus and their keys, no call and no clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle, islice

from config.schema import Collect, Menu, Site
from ivr import digits
from ivr.digits import Verdict

#: Tried one after the other where a key is needed that does nothing.
_KEYS = "9876543210*#"
_DIGITS = "1234567890"


def entries(site: Site, menu: Menu) -> Iterator[tuple[str, ...]]:
    """Yield the keys of everything that can be done here; each text of keys is one entry."""
    for key in menu.keys:
        yield (key,)
    if menu.direct_dial:
        people = sorted(site.people.values(), key=lambda person: person.no_answer is None)
        yield from ((person.phone,) for person in people if person.no_answer is not None)
        if people and people[0].no_answer is None:
            yield (people[0].phone,)
    if menu.collect is not None and (entry := an_entry(menu.collect)) is not None:
        yield (entry,)
    if menu.go is None and (wrong := a_mistake(site, menu)) is not None:
        yield (wrong,) * menu.mistake.tries


def a_mistake(site: Site, menu: Menu) -> str | None:
    """Return a key that is no choice here and cannot become one; None if every key is."""
    if menu.collect is not None:
        judge = digits.number(menu.collect)
    else:
        phones = [person.phone for person in site.people.values()] if menu.direct_dial else []
        judge = digits.among([*menu.keys, *phones])
    return next((key for key in _KEYS if judge(key) is Verdict.WRONG), None)


def an_entry(collect: Collect) -> str | None:
    """Return digits that the menu takes for an entry; None if none were found."""
    judge = digits.number(collect)
    for beginning in collect.starts_with or ("",):
        for length in range(max(collect.shortest, len(beginning)), collect.longest + 1):
            stem = beginning + "".join(islice(cycle(_DIGITS), length - len(beginning)))
            for last in _DIGITS if length > len(beginning) else stem[-1:]:
                entry = stem[:-1] + last
                if judge(entry) in (Verdict.COMPLETE, Verdict.ENOUGH):
                    return entry
    return None
