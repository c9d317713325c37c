"""What is told of an entry that is new, in short: an admin reads from it what callers will meet there.

Knows single entries of the schema; what leads to them is told where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from config.diff import values
from config.schema import Choice, Hours, Menu, Site
from config.values import Prompt

#: Of single days so many are named; all stand in the text.
MOST_DAYS = 5


def detail(section: str, entry: Any, site: Site) -> str:  # Any: whatever the sections hold
    """Return what follows "is new", beginning with a blank, a colon or nothing."""
    match section:
        case "numbers":
            return f" and leads to {values.said(entry, site)}"
        case "phrases" | "pause_reasons":
            return f": {values.said(entry, site)}"
        case "hours":
            return f": {'; '.join(_hours(entry))}"
        case "people":
            return f" and answers for {values.listed(entry.departments)}" if entry.departments else ""
        case "menus":
            return f": {'; '.join(_menu(entry, site))}"
        case "departments" if isinstance(entry, BaseModel) and entry.model_fields_set:
            return f": {values.said(entry, site)}"
    return ""


def _hours(hours: Hours) -> Iterator[str]:
    yield f"open {values.listed(hours.open)}"
    if hours.holidays is not None:
        yield f"closed on the public holidays of {hours.holidays}"
    if hours.closed_on:
        yield f"closed on {_some(sorted(hours.closed_on))}"
    if hours.open_on:
        yield f"open {_some([f'{spans} on {day}' for day, spans in sorted(hours.open_on.items())])}"
    if hours.timezone is not None:
        yield f"by the clock of {hours.timezone}"


def _some(days: list[str]) -> str:
    more = len(days) - MOST_DAYS
    return values.listed([*days[:MOST_DAYS], f"{more} more days"] if more > 1 else days)


def choice(value: Choice, site: Site, *, before: bool = False) -> str:
    """Say what a key does, or did."""
    leads, chooses, means, says = (
        ("led to", "chose", "meant", "said") if before else ("leads to", "chooses", "means", "says")
    )
    does = [f"{leads} {values.place(value.go, site)}"] if value.go is not None else []
    does += [f"{chooses} {values.language(value.language, site)}"] if value.language is not None else []
    does += [f"{means} {name} {values.said(fact, site)}" for name, fact in value.facts.items()]
    does += [f"{says} {values.said(value.say, site)}"] if isinstance(value.say, Prompt) else []
    return values.listed(does)


def _menu(menu: Menu, site: Site) -> Iterator[str]:
    if menu.closed is not None:
        yield f"outside of the hours {menu.closed.hours} it leads to {values.place(menu.closed.go, site)}"
    if menu.say is not None:
        yield f"it says {values.said(menu.say, site)}"
    if menu.play is not None:
        yield f"it plays the recording {menu.play}"
    for key, one in menu.keys.items():
        yield f"key {key} {choice(one, site)}"
    if menu.direct_dial:
        yield "extensions can be dialled"
    if menu.collect is not None:
        secret = ", which is kept nowhere" if menu.collect.secret else ""
        yield f"it asks for {menu.collect.name}{secret}, and leads on to {values.place(menu.collect.go, site)}"
    if menu.go is not None:
        yield f"it leads on to {values.place(menu.go, site)}"
    else:
        yield f"silence leads to {values.place(menu.silence.go, site)}"
        yield f"wrong keys lead to {values.place(menu.mistake.go, site)}"
