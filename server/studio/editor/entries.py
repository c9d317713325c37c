"""The entries of a section by their names: of a mapping its keys, of a list what its items say under `name`.

Owns finding one and putting another in its place. Pure; files and forms are not known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from config.errors import ConfigError
from config.reading.tree import Step
from server.studio.editor.shapes import LISTED
from server.studio.editor.show import ABSENT, Value


class NameTaken(ConfigError):
    """There is something of this name already."""


def names_in(section: str, part: Value) -> Iterator[str]:
    """Yield the names of a section's entries, as they stand in one file."""
    if section in LISTED:
        yield from (name for item in _items(part) if (name := _name(item)))
    elif isinstance(part, dict):
        yield from map(str, part)


def may_hold(section: str, part: Value) -> bool:
    """Tell whether an entry could be written into what a file has of a section."""
    return isinstance(part, (list if section in LISTED else dict) | None)


def step_of(section: str, part: Value, name: str) -> Step:
    """Return the step that leads from a section to an entry; of a list that has none of this name, behind the last."""
    if section not in LISTED:
        return name
    items = _items(part)
    return next((at for at, item in enumerate(items) if _name(item) == name), len(items))


def entry_in(section: str, part: Value, name: str) -> Value:
    """Return an entry; ABSENT if there is none."""
    if section in LISTED:
        return next((item for item in _items(part) if _name(item) == name), ABSENT)
    return part.get(name, ABSENT) if isinstance(part, dict) else ABSENT


def with_entry(section: str, part: Value, name: str, value: Value, old: str = "") -> Value:
    """Return a section with an entry changed, renamed from `old`, or taken out where the value is ABSENT.

    Raises NameTaken.
    """
    if section in LISTED:
        return _listed(_items(part), name, value)
    entries: dict[str, Any] = dict(part) if isinstance(part, dict) else {}  # Any: whatever was read from YAML
    if old:
        if name in entries:
            raise NameTaken(f"there is something called {name} already")
        entries = {name if key == old else key: inner for key, inner in entries.items()}
    if value is ABSENT:
        entries.pop(name, None)
    else:
        entries[name] = value
    return entries


def _listed(items: list[Value], name: str, value: Value) -> list[Value]:
    at = next((at for at, item in enumerate(items) if _name(item) == name), len(items))
    others = [*items[:at], *items[at + 1 :]]
    if value is ABSENT:
        return others
    if _name(value) != name and any(_name(item) == _name(value) for item in others):
        raise NameTaken(f"there is something called {_name(value)} already")
    return [*items[:at], value, *items[at + 1 :]]


def _items(part: Value) -> list[Value]:
    return part if isinstance(part, list) else []


def _name(item: Value) -> str:
    return str(item.get("name", "")) if isinstance(item, dict) else ""
