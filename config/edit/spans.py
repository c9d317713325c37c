"""Where every key and value of a YAML text begins and ends.

Owns nothing but places, for texts that `config.reading.yaml_text` has read without a fault; what is to be changed,
and how that is written, is decided in `config.edit.rewrite`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml
from yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from config.findings import Position
from config.reading.tree import Scalar

_NOWHERE = Position("")


@dataclass(slots=True)
class Leaf:
    """A single value from `start` to `end`; `style` is its quote, > or |, and nothing for a plain one."""

    start: int
    end: int
    text: str
    style: str

    @property
    def value(self) -> str | int | float | bool | None:
        """Read it as the loader does."""
        return Scalar(_NOWHERE, self.text, plain=not self.style).value


@dataclass(slots=True)
class Item:
    """An entry of a mapping, or an item of a list, which has no key."""

    key: Leaf | None
    value: Span
    #: Where the colon is; of a key without one, as in `{here}`, the last sign of the key.
    colon: int = 0

    @property
    def start(self) -> int:
        return self.value.start if self.key is None else self.key.start

    @property
    def end(self) -> int:
        return max(self.value.end, self.after_key)

    @property
    def after_key(self) -> int:
        """Where a value can be written: behind the colon."""
        return self.value.start if self.key is None else self.colon + 1


@dataclass(slots=True)
class Branch:
    """A mapping or a list; `flow` is the form in brackets."""

    start: int
    end: int
    flow: bool
    is_list: bool
    items: list[Item] = field(default_factory=list)

    @property
    def value(self) -> Any:  # Any: the untyped content
        if self.is_list:
            return [item.value.value for item in self.items]
        return {item.key.text: item.value.value for item in self.items if item.key is not None}


Span = Leaf | Branch


@lru_cache(maxsize=2)  # a form is checked again and again while somebody types
def spans_of(text: str) -> Branch | None:
    """Return the root mapping with its places; None for a text without content, or with something else.

    The same one may be returned again: do not change it.
    """
    events = _events(text)
    root = _node(next(events), events, text)
    return root if isinstance(root, Branch) and not root.is_list else None


def _events(text: str) -> Iterator[Any]:  # Any: which event it is decides what it has
    wanted = (ScalarEvent, MappingStartEvent, SequenceStartEvent, MappingEndEvent, SequenceEndEvent)
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, wanted):
            yield event
    yield None


def _node(event: Any, events: Iterator[Any], text: str) -> Span | None:  # Any: as above
    if event is None or isinstance(event, MappingEndEvent | SequenceEndEvent):
        return None
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, ScalarEvent):
        style = event.style or ""
        if style in (">", "|"):  # the parser's end is where the next thing begins
            end = start + len(text[start:end].rstrip())
        return Leaf(start, end, str(event.value), style)
    branch = Branch(start, end, bool(event.flow_style), isinstance(event, SequenceStartEvent))
    while True:
        following = next(events)
        ends_at = following.end_mark.index
        if isinstance(following, MappingEndEvent | SequenceEndEvent):
            if branch.flow:
                branch.end = ends_at
            elif branch.items:
                branch.end = branch.items[-1].end
            return branch
        branch.items.append(_item(branch, following, events, text))


def _item(branch: Branch, event: Any, events: Iterator[Any], text: str) -> Item:  # Any: as above
    if branch.is_list:
        value = _node(event, events, text)
        assert value is not None
        return Item(None, value)
    key = _node(event, events, text)
    assert isinstance(key, Leaf), "the loader refuses other keys"
    value = _node(next(events), events, text)
    assert value is not None
    colon = key.end
    while colon < len(text) and text[colon] in " \t":
        colon += 1
    if text[colon : colon + 1] != ":":
        colon = key.end - 1
    if isinstance(value, Leaf) and not value.text and not value.style:
        value.start = value.end = colon + 1  # the parser sees nothing anywhere before the next thing
    return Item(key, value, colon)
