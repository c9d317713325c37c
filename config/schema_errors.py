"""Turns what pydantic says of a site into findings at the place of the key or value, in plain words.

Knows the schema's shape only to name the keys it has; the schema itself is in `config.schema`.
"""

from __future__ import annotations

import re
import types
from collections.abc import Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from config.findings import Finding, nearest, quoted
from config.reading.tree import SECRET_KEYS, Items, Mapping, Node, Place, Scalar, Step, locate
from config.rules.book import found
from config.rules.scope import reference_words
from config.schema import Choice, Site

#: What a pattern asks for, by the last key of the path; the pattern itself would help nobody.
_FORMS = {
    "country": "two capital letters such as LT",
    "holidays": "a country such as LT, or with its region such as DE-BY",
    "closed_on": "a date such as 2026-12-24",
    "open_on": "a date such as 2026-12-24",
    "starts_with": "digits",
    "play": "the name of a recording: letters, digits, - and _",
    "server": "the name or address of a machine, such as mail.acme.example",
    "pages": "an address such as https://calls.acme.example",
    "prefixes": "a beginning such as +370",
    "station": "up to 20 letters, digits, + and spaces",
    "webhook": "an address such as https://crm.acme.example/faxes",
    "read": "the name of a language as tesseract has it, such as eng or lit",
    "as": "a name: a-z, 0-9 and _, starting with a letter",
    "name": "a name: a-z, 0-9 and _, starting with a letter",
}
_LIMITS = {
    "greater_than_equal": ("ge", "at least"),
    "greater_than": ("gt", "more than"),
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "less than"),
}
_A_MAPPING = "a mapping (`key: value`)"
#: What is wrong, a colon, and the mend, in which one of `{voicemail: billing}` parts nothing.
_MENDED = re.compile(r"(.+): (?![^{]*\})(.*)", re.DOTALL)
#: The mend is ours and short; what stands before it may be any value of the site, as long as it likes.
_LONGEST_MEND = 300
_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_parsing_size": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": _A_MAPPING,
    "mapping_type": _A_MAPPING,
    "model_type": _A_MAPPING,
    "model_attributes_type": _A_MAPPING,
    "tuple_type": "a list (`[one, two]`)",
    "list_type": "a list (`[one, two]`)",
}
#: What has a short form besides a mapping.
_SHORT_FORMS = {
    "Prompt": "a text, or a text per language (`{en: …, lt: …}`),",
    "Destination": "a destination (a name, or such as `{voicemail: billing}`)",
    "Choice": "a destination, or a mapping such as `{go: billing}`,",
    "Receiver": "a mail address, or such as `{folder: /srv/faxes}`,",
}
#: Whoever has more mistakes mends these first; it bounds the work that a hostile site can make.
MOST_ERRORS = 1000
_DESTINATIONS = ("menu", "department", "person", "voicemail", "fax")


def explain(error: ValidationError, root: Mapping, *, complete: bool) -> list[Finding]:
    """Return one finding per mistake; without missing sections if the files are not `complete`."""
    findings: dict[tuple[Step, ...], Finding] = {}
    for detail in error.errors(include_url=False)[:MOST_ERRORS]:
        finding, path = _explain_one(detail, root, complete=complete)
        # Of several complaints of the same value the first says enough.
        if finding is not None:
            findings.setdefault(path, finding)
    return list(findings.values())


def explain_nothing(root: Mapping) -> list[Finding]:
    """Return a finding for every key with nothing written after it.

    The schema takes it for a key left out; its author thinks that something is there.
    """
    findings = []
    nothings: list[Place] = []
    _nothings(root, (), nothings)
    for place in nothings:
        if isinstance(key := place.path[-1], str):
            mend = "write a value, or delete the key"
            if _swallowed_its_colon(place):
                key = key[:-1]
                mend = f"write a value after `{key}:` and a space, or delete the key"
            shown = "this key" if _is_secret(place.path[:-1]) else _shown_key(key)
            findings.append(found("E203", place.value, f"nothing is written for {shown}", mend))
    return findings


def once(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings without those of `explain_nothing` at a key that is unknown anyway."""
    unknown = {finding.position for finding in findings if finding.rule == "E201"}
    return [finding for finding in findings if finding.rule != "E203" or finding.position not in unknown]


def _is_secret(path: Sequence[Step]) -> bool:
    """Tell whether what stands at a path, or around it, is a value that nobody may see."""
    return not SECRET_KEYS.isdisjoint(path)


def _shown_key(key: str) -> str:
    """Return a key in quotes; without what is behind the colon of `{pin:4711}`, which YAML reads as one key."""
    head, colon, rest = key.partition(":")
    return quoted(f"{head}:…" if colon and rest and head in SECRET_KEYS else key)


def _nothings(node: Node, path: tuple[Step, ...], into: list[Place]) -> None:
    """Add each place where nothing is written; a large site has a hundred thousand where something is."""
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            if not isinstance(entry.value, Scalar):
                _nothings(entry.value, (*path, key), into)
            elif _is_nothing(entry.value):
                into.append(Place(entry.value, entry.position, (*path, key)))
    elif isinstance(node, Items):
        for index, item in enumerate(node.nodes):
            if not isinstance(item, Scalar):  # nothing in a list is no key left out
                _nothings(item, (*path, index), into)


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None and not node.broken


def _swallowed_its_colon(place: Place) -> bool:
    """Tell whether this is `{ring:}`, which YAML reads as a key named `ring:` with nothing behind it."""
    key = place.path[-1] if place.path else None
    return isinstance(key, str) and key.endswith(":") and _is_nothing(place.node)


def _explain_one(detail: ErrorDetails, root: Mapping, *, complete: bool) -> tuple[Finding | None, tuple[Step, ...]]:
    loc = detail["loc"]
    kind = detail["type"]
    if kind == "missing":
        place = locate(root, loc[:-1])
        path = (*place.path, loc[-1])
        if not complete and len(loc) == 1:
            return None, path
        return _missing(str(loc[-1]), place), path
    if loc and loc[-1] == "[key]":
        place = locate(root, loc[:-1])
        if _swallowed_its_colon(place):
            return None, place.path  # said by `explain_nothing`
        message, mend = _value_words(detail, place, loc[:-2], str(loc[-2]))
        return found("E204", place.key, message, mend), (*place.path, "[key]")
    place = locate(root, loc)
    if kind == "extra_forbidden":
        if _swallowed_its_colon(place):
            return None, place.path  # as above
        return _unknown_key(str(loc[-1]), place, loc), place.path
    if isinstance(place.node, Scalar) and place.node.broken:
        return None, place.path
    if isinstance(place.node, Scalar) and place.node.reference is not None:
        return found("E204", place.value, *reference_words(place.node.reference)), place.path
    if kind in _KINDS:
        if _is_nothing(place.node) and place.path and isinstance(place.path[-1], str):
            return None, place.path  # said by `explain_nothing`
        return _wrong_kind(detail, place), place.path
    message, mend = _value_words(detail, place, loc, None)
    if isinstance(place.node, Mapping) and kind == "value_error":
        # Of a destination such as `{voicemail: billing}`, which has one key.
        only = next(iter(place.node.entries.values()), None)
        if only is not None and message.endswith("is no kind of destination"):
            return found("E204", only.position, message, mend), place.path
        if only is not None and message.endswith("is no name"):
            return found("E204", only.value.position, message, mend), place.path
        return found("E205", place.key, message, mend), place.path
    return found("E204", place.value, message, mend), place.path


def _missing(key: str, place: Place) -> Finding:
    owner = f"{quoted(place.path[-1])}: " if place.path and isinstance(place.path[-1], str) else ""
    return found("E202", place.key, f"{owner}key {quoted(key)} is missing", f"add `{key}:`")


def _unknown_key(key: str, place: Place, loc: Sequence[Step]) -> Finding:
    known = known_keys(loc[:-1])
    near = nearest(key, known)
    if (head := key.partition(":")[0]) in SECRET_KEYS and head in known:
        mend = f"write a space after `{head}:`"
    elif near is not None:
        mend = f"did you mean `{near}`?"
    elif known:
        mend = f"known here: {', '.join(sorted(known))}"
    else:
        mend = "delete it"
    return found("E201", place.key, f"unknown key {_shown_key(key)}", mend)


def _wrong_kind(detail: ErrorDetails, place: Place) -> Finding:
    wanted = _KINDS[detail["type"]]
    wanted = _SHORT_FORMS.get(detail.get("ctx", {}).get("class_name", ""), wanted)
    secret = _is_secret(place.path)
    mend = ""
    if isinstance(place.node, Scalar) and place.node.plain and wanted == "text" and place.node.text:
        mend = "put it in quotes" if secret else f'put it in quotes: "{place.node.text}"'
    elif wanted.startswith("a list") and isinstance(place.node, Scalar) and place.node.text:
        mend = "put it in brackets"
    elif wanted == _A_MAPPING and (known := known_keys(detail["loc"])):
        mend = f"its keys are {', '.join(sorted(known))}"
    kind = "a text" if secret and isinstance(place.node, Scalar) else _kind_of(place.node)
    return found("E203", place.value, f"{wanted} is expected here, not {kind}", mend)


def _kind_of(node: Node) -> str:
    match node:
        case Mapping():
            return "a mapping"
        case Items():
            return "a list"
        case Scalar(plain=True, text=""):
            return "nothing"
    match node.value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
    return f"the text {quoted(node.text)}"


def _value_words(detail: ErrorDetails, place: Place, loc: Sequence[Step], key: str | None) -> tuple[str, str]:
    """Return message and mend for a value (or a key) of the right kind that cannot be used."""
    kind = detail["type"]
    context = detail.get("ctx", {})
    shown = quoted(key if key is not None else place.node.text if isinstance(place.node, Scalar) else "this")
    shown = "this" if _is_secret(place.path) else shown
    if kind == "value_error":
        said = str(context.get("error", detail["msg"]))
        parts = _MENDED.fullmatch(said, max(0, len(said) - _LONGEST_MEND))
        return (_clipped(said[: parts.end(1)]), parts[2]) if parts is not None else (_clipped(said), "")
    if kind == "literal_error":
        options = [option.strip("'") for option in str(context["expected"]).replace(" or ", ", ").split(", ")]
        near = nearest(shown.strip("'"), options)
        return f"{shown} is not known here", f"did you mean {near}?" if near else f"write {', '.join(options)}"
    if kind == "string_pattern_mismatch":
        names = [step for step in loc if isinstance(step, str)]
        form = _FORMS.get(names[-1], "another form") if names else "another form"
        return f"{shown} does not have the form needed", f"write {form}"
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return f"{shown} is outside the limits", f"write {words} {context[name]}"
    if kind in ("string_too_short", "too_short"):
        least = context["min_length"]
        if least == 1:
            return "this is empty", "write something"
        return "this is too short", f"at least {least} characters"
    if kind in ("string_too_long", "too_long"):
        unit = "characters" if kind == "string_too_long" else "entries"
        return "this is too long", f"at most {context['max_length']} {unit}"
    return _clipped(f"this cannot be used: {detail['msg']}"), ""


def _clipped(message: str) -> str:
    return message if len(message) <= 200 else f"{message[:199]}…"


def known_keys(loc: Sequence[Step]) -> frozenset[str]:
    """Return the keys that the schema knows at a path; none where any key may stand."""
    kind: Any = Site
    for step in loc:
        kind = _inside(kind, step)
    model = _model(kind)
    if model is None:
        return frozenset()
    keys = {info.alias or name for name, info in model.model_fields.items()}
    if model is Choice:
        keys |= set(_DESTINATIONS)
    return frozenset(keys) - ({"version"} if model is Site else set())


def _inside(kind: Any, step: Step) -> Any:  # Any: annotations are values without a common type
    kind = _bare(kind)
    model = _model(kind)
    if model is not None:
        for name, info in model.model_fields.items():
            if step in (name, info.alias):
                return info.annotation
        return None
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    return arguments[0] if arguments else None


def _model(kind: Any) -> type[BaseModel] | None:  # Any: as above
    bare = _bare(kind)
    return bare if isinstance(bare, type) and issubclass(bare, BaseModel) else None


def _bare(kind: Any) -> Any:  # Any: as above
    """Take `Annotated` and `| None` off."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif get_origin(kind) in (Union, types.UnionType):
            rest = [option for option in get_args(kind) if option is not type(None)]
            if len(rest) != 1:
                return kind
            kind = rest[0]
        else:
            return kind
