"""Which branch of the site an event of a call took: reads back, from the words of its story, the place in the YAML.

Owns this one translation, so that journals of any age can be held against a site. Judges nothing.
"""

from __future__ import annotations

from callrouter.events import BranchTaken
from config.reading.tree import Step
from config.schema import Site

#: Where in the YAML a branch is written, such as ("menus", "main", "keys", "1").
Branch = tuple[Step, ...]

_CLOSED = "closed: "
_OF_A_LINE = (
    (" callers wait already", "full"),
    ("nobody is logged in", "nobody"),
    ("waited ", "overflow"),
)


def is_closed_branch(event: BranchTaken) -> bool:
    """Tell whether the caller was led on because of the hour."""
    return event.why.startswith((_CLOSED, f"{event.origin} is {_CLOSED}"))


def branch_of(site: Site, event: BranchTaken) -> Branch | None:
    """Return where the branch that was taken is written; None for what is written nowhere."""
    kind, _, name = event.origin.partition(" ")
    if not name:
        return _of_dialogue(site, event)
    if kind == "department" and name in site.departments:
        return _of_line(name, event.why)
    if kind == "person" and name in site.people:
        return ("people", name, "no_answer")
    return None


def _of_dialogue(site: Site, event: BranchTaken) -> Branch | None:
    origin, why = event.origin, event.why
    if why.startswith(f"{origin} is {_CLOSED}"):
        return ("departments", origin, "closed")
    menu = site.menus.get(origin)
    if menu is None:
        return None
    first, _, rest = why.partition(" ")
    found: tuple[Step, ...] | None = None
    if why.startswith(_CLOSED):
        found = ("closed",)
    elif first == "key" and rest in menu.keys:
        found = ("keys", rest)
    elif first == "extension":
        found = ("direct_dial",)
    elif why.startswith("silence, "):
        found = ("silence",)
    elif why.startswith("no such choice, "):
        found = ("mistake",)
    elif menu.collect is not None and why == f"{menu.collect.name} entered":
        found = ("collect",)
    elif why == "nothing to choose":
        found = ("go",)
    return None if found is None else ("menus", origin, *found)


def _of_line(department: str, why: str) -> Branch | None:
    if why.startswith("key ") and why.endswith(" while waiting"):
        return ("departments", department, "leave", why.split(" ")[1])
    part = next((part for words, part in _OF_A_LINE if words in why), None)
    return None if part is None else ("departments", department, part)
