"""The shape of a form: which fields a thing of the site has, and of what kind each is. Read off the JSON Schema.

Owns no widget and no value; `show` makes controls of shapes and values, `read` values of what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from zoneinfo import available_timezones

from config.json_schema import json_schema
from config.reading.tree import SECRET_KEYS

Kind = Literal[
    "text", "long", "digits", "int", "number", "duration", "days", "bool", "choice", "name", "names", "lines",
    "destination", "prompt", "yaml",
]  # fmt: skip

#: Sections whose entries have a form each; the other sections are one form.
ENTRIES = (
    "menus",
    "departments",
    "people",
    "hours",
    "numbers",
    "mailboxes",
    "faxboxes",
    "connectors",
    "phrases",
    "voices",
    "tests",
)
#: Of these, sections that are lists: an entry says itself what it is called.
LISTED = frozenset({"tests"})
#: What a field is called where its key says little.
_LABELS = {
    "say": "Says", "play": "Plays the recording", "go": "Leads to", "as": "Facts", "keys": "Keys",
    "silence": "After silence", "mistake": "After a wrong key", "closed": "When closed", "wait": "Waits for keys",
    "collect": "Asks for a number", "barge_in": "Keys interrupt the text", "direct_dial": "Extensions can be dialled",
    "open": "Open", "holidays": "Public holidays of", "open_on": "Open on single days", "whole": "The whole entry",
    "fax": "Fax box", "nobody": "When nobody is there", "full": "When the line is full",
    "leave": "Keys to leave the line",
    "deliver": "Faxes go to", "no_answer": "When nobody answers", "pin": "PIN", "most": "At most", "least": "At least",
}  # fmt: skip
#: The same for a key that means something else elsewhere, with the part of the site in which it stands.
_OWN_LABELS = {
    "TestedCall.to": "Number called", "TestedCall.from": "Caller's number", "TestedCall.at": "When",
    "TestedCall.fax": "From a fax machine", "SiteTest.press": "Keys and pauses", "SiteTest.hang_up": "Hangs up after",
    "Expectation.hangup": "Ends by hanging up", "Expectation.closed": "Met a closed door",
    "Expectation.voicemail": "Voicemail of",
}  # fmt: skip
#: Whose names these are, where the schema takes any.
_OWN_REFERS = {
    "Expectation.department": "departments", "Expectation.person": "people",
    "SiteTest.logged_in": "people", "SiteTest.busy": "people", "SiteTest.away": "people",
}  # fmt: skip
#: What may be written instead of the whole: a field of it that stands alone.
_SHORT = {"Choice": "go", "Receiver": "mail", "Stage": "name"}
#: How a value is written, where the code says nothing of it.
_HELP = {
    "open": "such as mon-fri 09:00-18:00",
    "closed_on": "days such as 2026-12-24",
    "open_on": "a day such as 2026-12-24, and when it is open: 09:00-12:00",
    "holidays": "a country such as LT, or a region such as DE-BY",
    "timezone": "such as Europe/Vilnius",
    "keys": "digits, * or #, and where each leads",
    "TestedCall.at": "such as 2026-12-24T17:59, by the clock of the site",
    "SiteTest.press": "such as [1, w5, 2]: keys, and w5 for a pause of 5 seconds",
    "skills": "the name of a skill, and how much of it: 0 to 100",
}
_SECTIONS = {
    "fax": "Fax",
    "faxboxes": "Fax boxes",
    "pbx": "Asterisk",
    "web": "Web pages",
    "by_phone": "Closing by phone",
}
#: Deeper than this a form helps less than the text does.
DEEPEST = 4
Schema = Mapping[str, Any]  # Any: JSON


@dataclass(frozen=True)
class Leaf:
    """A single value, or a list of single values."""

    kind: Kind
    #: What can be chosen; of a text what is offered, and anything else may be written.
    options: tuple[str, ...] = ()
    #: The section in which the names stand that can be chosen.
    refers: str = ""
    #: What is so where nothing is written.
    default: str = ""
    secret: bool = False


@dataclass(frozen=True)
class Field:
    """One key of a group."""

    key: str
    label: str
    help: str
    required: bool
    shape: Shape


@dataclass(frozen=True)
class Group:
    """A mapping with known keys; `short` is the key whose value may stand for the whole."""

    fields: tuple[Field, ...]
    short: str = ""


@dataclass(frozen=True)
class Rows:
    """A list, or a mapping whose keys are the admin's."""

    keyed: bool
    value: Shape


Shape = Leaf | Group | Rows


@cache
def sections() -> tuple[str, ...]:
    """List the sections of a site, those with entries first."""
    known = tuple(json_schema()["properties"])
    return (*ENTRIES, *(name for name in known if name not in ENTRIES))


@cache
def shape_of(section: str) -> Shape:
    """Return the shape of a section, or of one entry of a section with entries. Raises KeyError for no section."""
    return _shape(_schema_of(section), "", 0)


@cache
def means(section: str) -> str:
    """Return what a section is about, or what an entry of it is."""
    inner = _schema_of(section)
    return _first_paragraph(_resolved(inner)[0].get("description", "") if isinstance(inner, dict) else "")


def _schema_of(section: str) -> Any:  # Any: JSON
    schema = json_schema()["properties"][section]
    if section in ENTRIES:
        return schema["items" if section in LISTED else "additionalProperties"]
    return schema


def section_label(section: str) -> str:
    """Return what people call a section."""
    return _SECTIONS.get(section) or section[:1].upper() + section[1:].replace("_", " ")


def label_of(key: str) -> str:
    """Return what people read for a key."""
    words = key.replace("_", " ")
    return _LABELS.get(key) or words[:1].upper() + words[1:]


@cache
def _zones() -> tuple[str, ...]:
    """List the time zones that people live in; the names of old are not offered."""
    return tuple(
        sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
    )


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def _resolved(schema: Schema) -> tuple[Schema, str]:
    """Follow a reference to its definition; return that and its name."""
    if "$ref" not in schema:
        return schema, ""
    name = str(schema["$ref"]).rpartition("/")[2]
    return {**json_schema()["$defs"][name], **{key: value for key, value in schema.items() if key != "$ref"}}, name


def _shape(schema: Schema, key: str, depth: int) -> Shape:
    schema, name = _resolved(schema)
    kind = schema.get("x-kind")
    default = schema.get("default", "")
    shown = {True: "yes", False: "no"}.get(default, "") if isinstance(default, bool) else _default(default, kind)
    if kind in ("duration", "days", "destination", "prompt"):
        return Leaf(kind, default=shown)
    if "anyOf" in schema:
        options = [option for option in schema["anyOf"] if option.get("$ref") != "#/$defs/Environment"]
        around = {key: value for key, value in schema.items() if key != "anyOf"}
        if name in _SHORT:
            whole = next(option for option in options if "properties" in option)
            return _group(whole, depth, _SHORT[name], name)
        if len(options) == 1:
            return _shape({**options[0], **around}, key, depth)
        if {option.get("type") for option in options} == {"string", "integer"}:
            return Leaf("digits", default=shown, secret=key in SECRET_KEYS)
        return Leaf("yaml")
    if "enum" in schema:
        return Leaf("choice", tuple(str(option) for option in schema["enum"]), default=shown)
    match schema.get("type"):
        case "object" if depth >= DEEPEST:
            return Leaf("yaml")
        case "object" if "properties" in schema:
            return _group(schema, depth, "", name)
        case "object" if isinstance(inner := schema.get("additionalProperties"), dict) and inner:
            return Rows(True, _shape(inner, key, depth + 1))
        case "array":
            return _list(schema, key, depth)
        case "boolean":
            return Leaf("bool", default=shown)
        case "integer":
            return Leaf("int", default=shown)
        case "number":
            return Leaf("number", default=shown)
        case "string":
            if refers := schema.get("x-refers", ""):
                return Leaf("name", refers=refers, default=shown)
            return Leaf(
                "long" if schema.get("maxLength", 0) > 500 and key != "url" else "text",
                _zones() if key == "timezone" else (),
                default=shown,
                secret=key in SECRET_KEYS,
            )
    return Leaf("yaml")


def _group(schema: Schema, depth: int, short: str, owner: str) -> Group:
    required = schema.get("required", ())
    fields = []
    for key, inner in schema["properties"].items():
        own = f"{owner}.{key}"
        if own in _OWN_REFERS:
            inner = {**inner, "x-refers": _OWN_REFERS[own]}
        shape = _shape(inner, key, depth + 1)
        # What a group is for stands in its own description; what a destination is, everybody knows by then.
        about = inner.get("description", "") or (_about(inner) if isinstance(shape, Group) and depth < 1 else "")
        # What a silence leads to is a group; the silence that ends a message is a duration.
        label = "Silence that ends it" if key == "silence" and isinstance(shape, Leaf) else label_of(key)
        means = _first_paragraph(about) or _HELP.get(own) or _HELP.get(key, "")
        fields.append(Field(key, _OWN_LABELS.get(own, label), means, key in required, shape))
    return Group(tuple(fields), short)


def _about(schema: Schema) -> str:
    return str(_resolved(schema)[0].get("description", ""))


def _list(schema: Schema, key: str, depth: int) -> Shape:
    if refers := schema.get("x-refers", ""):
        return Leaf("names", refers=refers)
    inner = _shape(schema.get("items", {}), key, depth + 1)
    if isinstance(inner, Leaf):
        return Leaf("lines") if inner.kind in ("text", "digits", "choice", "int", "number") else Leaf("yaml")
    return Rows(False, inner)


def _default(default: object, kind: object) -> str:
    if isinstance(default, float):
        return f"{default:g}s" if kind == "duration" else f"{default:g}"
    return f"{default}d" if kind == "days" and default else str(default)
