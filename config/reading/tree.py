"""The YAML of a site as a tree in which every key and value remembers its place.

Knows plain YAML 1.2 scalars, nothing of menus; `config.reading.yaml_text` builds it from text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from config.findings import Position

#: Keys whose values are secrets: no finding shows them.
SECRET_KEYS = frozenset({"pin", "password", "secret", "bearer", "client_secret", "value"})

#: One step from a node to a node in it: a key, or the index in a list.
Step = str | int

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]{0,9})\.[0-9]{1,9}")
_WORDS = {"": None, "~": None} | {
    form: value
    for word, value in (("null", None), ("true", True), ("false", False))
    for form in (word, word.capitalize(), word.upper())
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. `plain` means written without quotes, so it may be a number or true or false."""

    position: Position
    text: str
    plain: bool = False
    #: The text as written, where a reference to the environment was replaced; never show `text` then.
    reference: str | None = None
    #: A finding says already that this value is unusable, so nothing more is said about it.
    broken: bool = False

    @property
    def value(self) -> str | int | float | bool | None:
        """Read the text by YAML 1.2: `on` and dates stay texts, and so do numbers such as 0101 or 1.50."""
        if not self.plain:
            return self.text
        if self.text in _WORDS:
            return _WORDS[self.text]
        if _INTEGER.fullmatch(self.text):
            return int(self.text)
        if _FLOAT.fullmatch(self.text) and repr(float(self.text)) == self.text:
            return float(self.text)
        return self.text


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key: value`` of a mapping, with the place of the key."""

    position: Position
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys, as they were written, and their values."""

    position: Position
    entries: dict[str, Entry] = field(default_factory=dict)

    def child(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return entry.value if entry is not None else None


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    position: Position
    nodes: tuple[Node, ...] = ()


Node = Scalar | Mapping | Items


@dataclass(frozen=True, slots=True)
class Place:
    """What a path leads to: the node, the place of its key, and the part of the path that really exists."""

    node: Node
    key: Position
    path: tuple[Step, ...]

    @property
    def value(self) -> Position:
        """The place of the value; of its key where the value is left empty."""
        if isinstance(self.node, Scalar) and self.node.plain and not self.node.text:
            return self.key
        return self.node.position


def locate(root: Node, path: Sequence[Step]) -> Place:
    """Follow a path as far as it goes.

    Steps that the YAML does not have are skipped: the schema knows longer forms (``go: {voicemail: x}``,
    ``say: {texts: …}``) of what an admin may write short. A name leads to the item of a list that is called so.
    """
    place = Place(root, root.position, ())
    for step in path:
        node = place.node
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            entry = node.entries[step]
            place = Place(entry.value, entry.position, (*place.path, step))
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.nodes):
            item = node.nodes[step]
            place = Place(item, item.position, (*place.path, step))
        elif isinstance(node, Items) and (named := next((one for one in node.nodes if _is_called(one, step)), None)):
            place = Place(named, named.position, (*place.path, step))
    return place


def _is_called(node: Node, name: Step) -> bool:
    own = node.entries.get("name") if isinstance(node, Mapping) else None
    return own is not None and isinstance(own.value, Scalar) and own.value.text == name


def plain(node: Node) -> Any:  # Any: this is exactly the untyped content that the schema is for
    """Return the content as dicts, lists and scalars."""
    match node:
        case Scalar():
            return node.value
        case Mapping():
            return {key: plain(entry.value) for key, entry in node.entries.items()}
        case Items():
            return [plain(item) for item in node.nodes]


def written(node: Node) -> Any:  # Any: as in `plain`
    """Return the content like `plain`, but with references to the environment as they were written."""
    match node:
        case Scalar():
            return node.value if node.reference is None else node.reference
        case Mapping():
            return {key: written(entry.value) for key, entry in node.entries.items()}
        case Items():
            return [written(item) for item in node.nodes]
