"""What is told of an entry that is new, in short: an admin reads from it what callers will meet there.

Knows single entries of the schema; what leads to them is told where it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from config.diff import values
from config.schema import Choice, Menu, Site
from config.values import Prompt


def detail(section: str, entry: Any, site: Site) -> str:  # Any: whatever the sections hold
    """Return what follows "is new", beginning with a blank, a colon or nothing."""
    match section:
        case "numbers":
            return f" and leads to {values.said(entry, site)}"
        case "phrases" | "pause_reasons":
            return f": {values.said(entry, site)}"
        case "hours":
            return f": open {values.listed(entry.open)}"
        case "people":
            return f" and answers for {values.listed(entry.departments)}" if entry.departments else ""
        case "menus":
            return f": {'; '.join(_menu(entry, site))}"
        case "departments" if isinstance(entry, BaseModel) and entry.model_fields_set:
            return f": {values.said(entry, site)}"
    return ""


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
