"""What refers to a thing of the site by its name, and how it reads when the thing is called otherwise.

Owns where names stand that mean something: destinations, what the schema says refers, and the site's tests. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config.json_schema import json_schema

#: A thing is meant by these kinds of a destination.
_KINDS = {
    "menus": ("menu",),
    "departments": ("department", "voicemail", "fax"),
    "people": ("person", "voicemail", "fax"),
    "mailboxes": ("voicemail",),
    "faxboxes": ("fax",),
}
#: Menus, departments and people share their names, so one that stands alone is one of them.
SHARING = frozenset({"menus", "departments", "people"})
_OWNERS = frozenset({"departments", "people"})
#: Fields of a test, by its part, and what their names are of.
_TESTED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("Expectation", "department"): ("departments",),
    ("Expectation", "person"): ("people",),
    ("Expectation", "voicemail"): ("departments", "people", "mailboxes"),
    ("Expectation", "fax"): ("departments", "people", "faxboxes"),
    ("Expectation", "through"): ("departments", "people"),
    ("Expectation", "answered_by"): ("people",),
    ("Expectation", "path"): ("menus",),
    ("Expectation", "heard"): ("menus",),
    ("Expectation", "not_heard"): ("menus",),
    ("SiteTest", "logged_in"): ("people",),
    ("SiteTest", "busy"): ("people",),
    ("SiteTest", "away"): ("people",),
}
Value = Any  # Any: what YAML holds
Schema = Mapping[str, Any]  # Any: JSON
_REFERENCE = "#/$defs/"


@dataclass
class Renaming:
    """Renames what refers to one thing; `places` counts what it found."""

    section: str
    old: str
    new: str
    places: int = field(default=0, init=False)

    def content(self, content: dict[str, Value]) -> dict[str, Value]:
        """Return what a file says, with the new name wherever the old one was meant."""
        known = json_schema()["properties"]
        wanted = {name: self._value(known.get(name, {}), part) for name, part in content.items()}
        # The mailbox and the fax box of a department or a person are known by its name.
        for section in ("mailboxes", "faxboxes") if self.section in _OWNERS else ():
            boxes = wanted.get(section)
            if isinstance(boxes, dict) and self.old in boxes:
                wanted[section] = {self._name(name): box for name, box in boxes.items()}
        return wanted

    def _name(self, value: Value) -> Value:
        if value != self.old or not isinstance(value, str):
            return value
        self.places += 1
        return self.new

    def _names(self, value: Value) -> Value:
        return [self._name(one) for one in value] if isinstance(value, list) else self._name(value)

    def _value(self, schema: Schema, value: Value, part: str = "") -> Value:
        if "$ref" in schema:
            part = str(schema["$ref"]).removeprefix(_REFERENCE)
            return self._value(json_schema()["$defs"].get(part, {}), value, part)
        if schema.get("x-kind") == "destination":
            return self._destination(value)
        if schema.get("x-refers") in (self.section, "faxboxes" if self.section in _OWNERS else self.section):
            return self._names(value)
        for option in schema.get("anyOf", ()):
            value = self._value(option, value, part)
        if isinstance(value, dict):
            return {key: self._field(schema, key, inner, part) for key, inner in value.items()}
        if isinstance(value, list) and isinstance(schema.get("items"), dict):
            return [self._value(schema["items"], one) for one in value]
        return value

    def _field(self, schema: Schema, key: Value, value: Value, part: str) -> Value:
        if self.section in _TESTED.get((part, str(key)), ()):
            return self._names(value)
        inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
        return self._value(inner, value) if isinstance(inner, dict) else value

    def _destination(self, value: Value) -> Value:
        if isinstance(value, dict) and len(value) == 1:
            kind, name = next(iter(value.items()))
            return {kind: self._name(name)} if kind in _KINDS.get(self.section, ()) else value
        return self._name(value) if self.section in SHARING else value


def places_of(contents: Mapping[str, dict[str, Value]], section: str, name: str) -> dict[str, int]:
    """Count by file what refers to a thing; files without are left out."""
    found = {}
    for file, content in contents.items():
        renaming = Renaming(section, name, name)
        renaming.content(content)
        if renaming.places:
            found[file] = renaming.places
    return found
