"""Reads one YAML text into a tree with places, or says what is wrong with it.

Owns what of YAML we accept; works on parser events, so nothing is ever constructed from a tag or an alias.
Knows nothing of files or menus.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from config.findings import Finding, Position, quoted
from config.reading.tree import SECRET_KEYS, Entry, Items, Mapping, Node, Scalar
from config.reading.yaml_mistakes import mistake
from config.reading.yaml_places import Places
from config.rules.book import found

DEEPEST = 12
MOST_NODES = 150_000
#: No mapping and no list has more entries, a section that is written in several files included.
MOST_ENTRIES = 10_000
#: Who has more mistakes than this in a file mends these first; the rest of the file is not read.
MOST_MISTAKES = 500

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Parsed:
    """What one text gave: its tree, as far as it could be read, and what is wrong with it."""

    root: Mapping
    findings: list[Finding] = field(default_factory=list)
    nodes: int = 0
    #: False if parts of the text are missing from the tree.
    complete: bool = True
    #: What was read, without a byte order mark; empty if it could not be.
    text: str = ""


def parse(raw: bytes, file: str, most_nodes: int = MOST_NODES) -> Parsed:
    """Read one file's bytes; every fault becomes a finding, whatever the bytes are."""
    parsed = Parsed(Mapping(Position(file)))
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = Places(file, raw[: error.start].decode("utf-8")).at(error.start, last=True)
        _stop(parsed, found("E104", place, "this is not UTF-8 text", "save the file as UTF-8"))
        return parsed
    parsed.text = text
    places = Places(file, text)
    if unprintable := _UNPRINTABLE.search(text):
        message = f"control character U+{ord(unprintable[0]):04X}"
        _stop(parsed, found("E104", places.at(unprintable.start()), message, "delete it"))
        return parsed
    reader = _Reader(text, places, parsed, most_nodes)
    try:
        reader.whole()
    except _Stop as stop:
        _stop(parsed, stop.finding)
    except MarkedYAMLError as error:
        _stop(parsed, mistake(error, text, places))
    except (YAMLError, ValueError, OverflowError, LookupError) as error:
        # The parser may fail in other ways on what it did not expect.
        mend = "look for an escape or sign that YAML does not know"
        _stop(parsed, found("E105", reader.latest, f"this cannot be read ({type(error).__name__})", mend))
    return parsed


def _stop(parsed: Parsed, finding: Finding) -> None:
    parsed.findings.append(finding)
    parsed.complete = False


class _Stop(Exception):
    """The rest of the text is not read."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(str(finding))


class _Reader:
    """Makes the tree of a text from the parser's events; goes down as deep as `DEEPEST`."""

    def __init__(self, text: str, places: Places, parsed: Parsed, most_nodes: int) -> None:
        loader = yaml.CSafeLoader(text)
        self._next: Callable[[], Any] = loader.get_event  # Any: which event it is decides what it has
        self._places = places
        self._parsed = parsed
        self._most = most_nodes
        self.latest = places.at(0)

    def whole(self) -> None:
        self._next()  # the stream begins
        if type(event := self._next()) is not DocumentStartEvent:
            return
        self._document(event)
        node = self._value(self._next(), 0)
        self._next()  # the document ends
        if type(event := self._next()) is DocumentStartEvent:
            place = self._places.of(event.start_mark)
            raise _Stop(found("E111", place, "a second document begins here", "make it a file of its own"))
        if isinstance(node, Mapping):
            self._parsed.root = node
        elif isinstance(node, Scalar) and (node.text or not node.plain):
            raise _Stop(found("E111", node.position, "a single text stands where sections should be", _SECTIONS))

    def _document(self, event: Any) -> None:  # Any: as above
        if event.version is not None or event.tags:
            place = self._places.of(event.start_mark)
            self._report("E108", place, "a directive (%) is refused here", "delete the line")

    def _value(self, event: Any, depth: int, *, secret: bool = False) -> Node:  # Any: as above
        """Read what begins with this event, at this depth; what is `secret` is not quoted."""
        place = self._begin(event)
        kind = type(event)
        if event.anchor is not None or (kind is not AliasEvent and event.tag is not None):
            self._refuse_signs(event, place, secret=secret)
        if kind is ScalarEvent:
            tagged = event.tag is not None
            return Scalar(place, event.value, not event.style and not tagged, None, tagged)
        if kind is AliasEvent:
            return Scalar(place, "", broken=True)
        if depth >= DEEPEST:
            raise _Stop(_too_deep(place))
        if kind is MappingStartEvent:
            return self._mapping(place, depth)
        if depth == 0:
            raise _Stop(found("E111", place, "a list stands where sections should be", _SECTIONS))
        nodes: list[Node] = []
        while type(event := self._next()) is not SequenceEndEvent:
            nodes.append(self._value(event, depth + 1))
            if len(nodes) > MOST_ENTRIES:
                raise _Stop(too_long(nodes[-1].position))
        return Items(place, tuple(nodes))

    def _mapping(self, place: Position, depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        while type(event := self._next()) is not MappingEndEvent:
            if type(event) is ScalarEvent and event.tag is None and event.anchor is None:
                at = self._begin(event)
                key = self._key(event, at, entries)
            else:
                at, key = self._no_key(event, depth), None
            value = self._value(self._next(), depth + 1, secret=key in SECRET_KEYS)
            if key is not None:
                entries[key] = Entry(at, value)
                if len(entries) > MOST_ENTRIES:
                    raise _Stop(too_long(at))
        return Mapping(place, entries)

    def _key(self, event: Any, place: Position, entries: dict[str, Entry]) -> str | None:  # Any: as above
        """Return a key; None for one that is refused, and whose value is left out."""
        key: str = event.value
        if key == "<<" and not event.style:
            self._report("E108", place, "merge key '<<' is refused", _WRITE_OUT)
            return None
        if (earlier := entries.get(key)) is not None:
            message = f"{quoted(key)} is written twice, first in line {earlier.position.line}"
            self._find(found("E109", place, message, "delete one, or rename it"))
            return None
        return key

    def _no_key(self, event: Any, depth: int) -> Position:  # Any: as above
        """Refuse a key that is no plain text: an alias or tag is told as such."""
        place = self._value(event, depth + 1).position
        if type(event) in (MappingStartEvent, SequenceStartEvent):
            self._report("E111", place, "a key must be a plain text", "put it in quotes")
        return place

    def _begin(self, event: Any) -> Position:  # Any: as above
        self.latest = place = self._places.of(event.start_mark)
        self._parsed.nodes += 1
        if self._parsed.nodes > self._most:
            raise _Stop(_too_many(place))
        return place

    def _refuse_signs(self, event: Any, place: Position, *, secret: bool) -> None:  # Any: as above
        if type(event) is AliasEvent:
            said = "alias" if secret else f"alias {quoted('*' + str(event.anchor))}"
            self._report("E108", place, f"{said} is refused", _WRITE_OUT)
            return
        if event.anchor is not None:
            said = "anchor" if secret else f"anchor {quoted('&' + str(event.anchor))}"
            self._report("E108", place, f"{said} is refused", _WRITE_OUT)
        if event.tag is not None:
            said = "tag" if secret else f"tag {quoted(event.tag)}"
            self._report("E108", place, f"{said} is refused", "delete it, or use quotes")

    def _report(self, rule: str, place: Position, message: str, mend: str) -> None:
        self._parsed.complete = False
        self._find(found(rule, place, message, mend))

    def _find(self, finding: Finding) -> None:
        if len(self._parsed.findings) >= MOST_MISTAKES:
            raise _Stop(finding)
        self._parsed.findings.append(finding)


_WRITE_OUT = "write the text out, or put it in quotes if the sign belongs to it"
_SECTIONS = "begin with a section such as `menus:`"


def _too_many(place: Position) -> Finding:
    return found("E107", place, f"more than {MOST_NODES:,} keys and values in the site", "make the site smaller")


def too_long(place: Position) -> Finding:
    """Say that a list or mapping has more entries than one may have."""
    return found("E107", place, f"more than {MOST_ENTRIES:,} entries in one list or mapping", "leave some out")


def _too_deep(place: Position) -> Finding:
    return found("E106", place, f"nested more than {DEEPEST} deep", "the menu language needs 6 at most")
