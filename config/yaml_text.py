"""Reads one YAML text into a tree with places, or says what is wrong with it.

Owns what of YAML we accept; works on parser events, so nothing is ever constructed from a tag or an alias.
Knows nothing of files or menus.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.scanner import Scanner

from config.findings import Finding, Position, quoted
from config.rules import found
from config.tree import SECRET_KEYS, Entry, Items, Mapping, Node, Scalar

DEEPEST = 12
MOST_NODES = 50_000

_LINE_END = re.compile(r"\r\n|\n|\r")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Parsed:
    """What one text gave: its tree, as far as it could be read, and what is wrong with it."""

    root: Mapping
    findings: list[Finding] = field(default_factory=list)
    nodes: int = 0
    #: False if parts of the text are missing from the tree.
    complete: bool = True


def parse(raw: bytes, file: str, most_nodes: int = MOST_NODES) -> Parsed:
    """Read one file's bytes; every fault becomes a finding, whatever the bytes are."""
    parsed = Parsed(Mapping(Position(file)))
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        place = _Places(file, raw[: error.start].decode("utf-8")).at(error.start, last=True)
        _stop(parsed, found("E104", place, "this is not UTF-8 text", "save the file as UTF-8"))
        return parsed
    places = _Places(file, text)
    if unprintable := _UNPRINTABLE.search(text):
        message = f"control character U+{ord(unprintable[0]):04X}"
        _stop(parsed, found("E104", places.at(unprintable.start()), message, "delete it"))
        return parsed
    builder = _Builder(places, parsed, most_nodes)
    quotes: _Quotes = deque(maxlen=_LATEST_QUOTES)
    try:
        for event in _events(text, quotes):
            builder.take(event)
    except _Stop as stop:
        _stop(parsed, stop.finding)
    except MarkedYAMLError as error:
        _stop(parsed, _syntax(error, places, text, quotes))
    except (YAMLError, ValueError, OverflowError, LookupError, AssertionError) as error:
        # The parser fails in other ways on what it did not expect, such as "\UFFFFFFFF".
        mend = "look for an escape or sign that YAML does not know"
        _stop(parsed, found("E105", builder.latest, f"this cannot be read ({type(error).__name__})", mend))
    return parsed


def _stop(parsed: Parsed, finding: Finding) -> None:
    parsed.findings.append(finding)
    parsed.complete = False


class _Stop(Exception):
    """The rest of the text is not read."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(str(finding))


class _TooDeep(MarkedYAMLError):
    """Brackets lie too deeply in each other."""


#: Where the latest texts in quotes begin and end.
_Quotes = deque[tuple[int, int]]
#: The scanner looks ahead of the parser by a few of them.
_LATEST_QUOTES = 16


class _WatchfulScanner(Scanner):
    """Refuses deep brackets where they open (the parent looks far ahead, in quadratic time); remembers quotes."""

    def __init__(self, quotes: _Quotes, loader: Any = None) -> None:  # Any: as in the parent
        super().__init__(loader)
        self._quotes = quotes

    def fetch_flow_scalar(self, style: Any) -> None:  # Any: as in the parent
        super().fetch_flow_scalar(style)
        token = self.tokens[-1]
        self._quotes.append((token.start_mark.index, token.end_mark.index))

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: Any) -> None:  # Any: as in the parent
        if self.flow_level >= DEEPEST:
            raise _TooDeep(problem_mark=self.reader.get_mark())
        super().fetch_flow_collection_start(TokenClass, to_push)


def _events(text: str, quotes: _Quotes) -> Iterator[Any]:  # Any: ruamel types its events loosely
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = partial(_WatchfulScanner, quotes)
    yield from yaml.parse(text)


class _Places:
    """Turns an index in the text into a line and column as an editor counts them.

    The parser's own lines count U+2028 and its kin as line ends, which no editor does.
    """

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
        self._length = len(text)

    def at(self, index: int, *, last: bool = False) -> Position:
        """Return the place of the index; with `last` the place just after the text."""
        index = self._length if last else min(index, self._length)
        line = bisect_right(self._starts, index)
        return Position(self._file, line, index - self._starts[line - 1] + 1)


class _Open:
    """A mapping or list that is being read."""

    __slots__ = ("is_list", "items", "key", "key_position", "mapping", "position", "skips")

    def __init__(self, position: Position, is_list: bool) -> None:
        self.position = position
        self.is_list = is_list
        self.items: list[Node] = []
        self.mapping: dict[str, Entry] = {}
        self.key: str | None = None
        self.key_position: Position | None = None
        self.skips = False

    @property
    def waits_for_secret(self) -> bool:
        """Whether the next node is a value that nobody may see: a password may begin with any sign."""
        return self.key_position is not None and self.key in SECRET_KEYS

    def node(self) -> Node:
        return Items(self.position, tuple(self.items)) if self.is_list else Mapping(self.position, self.mapping)


class _Builder:
    """Builds the tree from events, with a stack of its own so that depth costs no recursion."""

    def __init__(self, places: _Places, parsed: Parsed, most_nodes: int) -> None:
        self._places = places
        self._parsed = parsed
        self._most = most_nodes
        self._stack: list[_Open] = []
        self._documents = 0
        self.latest = places.at(0)

    def take(self, event: Any) -> None:  # Any: ruamel types its events loosely
        self.latest = place = self._places.at(event.start_mark.index)
        if isinstance(event, DocumentStartEvent):
            self._document(event, place)
        elif isinstance(event, NodeEvent):
            self._count(place)
            self._refuse_signs(event, place)
            if isinstance(event, MappingStartEvent | SequenceStartEvent):
                self._open(place, isinstance(event, SequenceStartEvent))
            elif isinstance(event, ScalarEvent):
                text = str(event.value)
                broken = event.tag is not None
                self._add(Scalar(place, text, plain=not event.style and not broken, broken=broken))
            else:
                self._add(Scalar(place, "", broken=True))
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self._add(self._stack.pop().node(), closing=True)

    def _document(self, event: Any, place: Position) -> None:  # Any: as above
        self._documents += 1
        if self._documents > 1:
            raise _Stop(found("E111", place, "a second document begins here", "make it a file of its own"))
        if event.version is not None or event.tags:
            self._report("E108", place, "a directive (%) is refused here", "delete the line")

    def _count(self, place: Position) -> None:
        self._parsed.nodes += 1
        if self._parsed.nodes > self._most:
            message = f"more than {MOST_NODES:,} keys and values in the site"
            raise _Stop(found("E107", place, message, "make the site smaller"))

    def _refuse_signs(self, event: Any, place: Position) -> None:  # Any: as above
        secret = bool(self._stack) and self._stack[-1].waits_for_secret
        if isinstance(event, AliasEvent):
            said = "alias" if secret else f"alias {quoted('*' + str(event.anchor))}"
            self._report("E108", place, f"{said} is refused", _WRITE_OUT)
            return
        if event.anchor is not None:
            said = "anchor" if secret else f"anchor {quoted('&' + str(event.anchor))}"
            self._report("E108", place, f"{said} is refused", _WRITE_OUT)
        if event.tag is not None:
            said = "tag" if secret else f"tag {quoted(event.tag)}"
            self._report("E108", place, f"{said} is refused", "delete it, or use quotes")

    def _open(self, place: Position, is_list: bool) -> None:
        if len(self._stack) >= DEEPEST:
            raise _Stop(_too_deep(place))
        if not self._stack and is_list:
            raise _Stop(found("E111", place, "a list stands where sections should be", _SECTIONS))
        self._stack.append(_Open(place, is_list))

    def _add(self, node: Node, *, closing: bool = False) -> None:
        if not self._stack:
            if isinstance(node, Mapping):
                self._parsed.root = node
            elif isinstance(node, Scalar) and (node.text or not node.plain):
                raise _Stop(found("E111", node.position, "a single text stands where sections should be", _SECTIONS))
            return
        parent = self._stack[-1]
        if parent.is_list:
            parent.items.append(node)
        elif parent.key_position is None:
            self._key(parent, node)
        else:
            if not parent.skips and parent.key is not None:
                parent.mapping[parent.key] = Entry(parent.key_position, node)
            parent.key_position = None

    def _key(self, parent: _Open, node: Node) -> None:
        parent.key_position, parent.key, parent.skips = node.position, None, True
        if not isinstance(node, Scalar):
            self._report("E111", node.position, "a key must be a plain text", "put it in quotes")
        elif node.broken:
            pass  # reported as an alias or tag
        elif node.plain and node.text == "<<":
            self._report("E108", node.position, "merge key '<<' is refused", _WRITE_OUT)
        elif (earlier := parent.mapping.get(node.text)) is not None:
            first = f"line {earlier.position.line}"
            message = f"{quoted(node.text)} is written twice, first in {first}"
            self._parsed.findings.append(found("E109", node.position, message, "delete one, or rename it"))
        else:
            parent.key, parent.skips = node.text, False

    def _report(self, rule: str, place: Position, message: str, mend: str) -> None:
        self._parsed.findings.append(found(rule, place, message, mend))
        self._parsed.complete = False


_WRITE_OUT = "write the text out, or put it in quotes if the sign belongs to it"
_SECTIONS = "begin with a section such as `menus:`"


def _too_deep(place: Position) -> Finding:
    return found("E106", place, f"nested more than {DEEPEST} deep", "the menu language needs 6 at most")


#: What the parser says, what an admin understands, and the mend.
_PLAINLY = (
    ("'\\t'", "a tab cannot be used for indentation", "use spaces"),
    ("mapping values are not allowed", "a colon is not expected here", "align the line, or put the text in quotes"),
    ("unexpected end of stream", "a quote is opened here and never closed", "close it"),
    ("expected <block end>", "this line does not fit the lines around it", "align it with them"),
    ("expected ',' or", "a bracket is not closed, or a comma is missing before this", "close it or add the comma"),
    ("found '<stream end>'", "the file ends inside a bracket", "close it"),
    ("could not find expected ':'", "a colon is missing after this", "write `key: value`"),
    ("cannot start any token", "a text cannot begin with this sign", "put it in quotes"),
)


def _syntax(error: MarkedYAMLError, places: _Places, text: str, quotes: _Quotes) -> Finding:
    problem = str(error.problem or "")
    # Where a quote or key was begun says more than where the file ended.
    begun = "unexpected end of stream" in problem or "could not find expected ':'" in problem
    mark = (error.context_mark if begun else None) or error.problem_mark
    place = places.at(mark.index if mark is not None else 0)
    if isinstance(error, _TooDeep):
        return _too_deep(place)
    if error.problem_mark is not None and (quote := _wrong_quotes(text, error.problem_mark.index, quotes)) is not None:
        opens, closes = places.at(quote[0]), places.at(quote[1] - 1)
        line = "this line" if opens.line == closes.line else f"line {closes.line}"
        message = f"the quotes that open here close at a wrong place, on {line}"
        mend = "close them where the text ends; inside it use other quotes"
        return found("E105", opens, message, mend)
    # A tab in the indentation is reported in many ways, and unseen on the screen.
    if mark is not None and text[mark.index : mark.index + 1] == "\t":
        problem = "'\\t'"
    if mark is not None and text[max(mark.index - 1, 0) : mark.index + 1] == "${":
        return found("E105", place, "a reference inside { } needs quotes", 'write "${ENV:NAME}"')
    for said, message, mend in _PLAINLY:
        if said in problem:
            return found("E105", place, message, mend)
    return found("E105", place, f"this is not YAML: {problem or 'unreadable'}", "compare it with the sample site")


def _wrong_quotes(text: str, index: int, quotes: _Quotes) -> tuple[int, int] | None:
    """Return the text in quotes right before the index, if it seems to end at a quote that was to open another."""
    latest = next((quote for quote in reversed(quotes) if quote[1] <= index), None)
    if latest is None or text[latest[1] : index].strip(" "):
        return None
    start, end = latest
    line_end = _LINE_END.search(text, end)
    rest = text[end : line_end.start() if line_end else len(text)]
    swallowed_lines = _LINE_END.search(text, start, end) is not None
    return latest if swallowed_lines or text[start] in rest else None
