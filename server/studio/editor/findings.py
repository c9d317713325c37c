"""What `check` finds in a draft, laid beside the fields of a form or the lines of a text.

Owns which finding belongs to which field; the rules are in `config`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import PurePath
from typing import Any

from config.findings import Finding
from config.reading.tree import Items, Node, Step, locate
from config.reading.tree import Mapping as Keys
from config.reading.yaml_text import parse
from server.studio.editor.show import Control

#: So many are shown; whoever has more mends these first.
MOST = 200


@dataclass(frozen=True)
class Said:
    """One finding as a page shows it."""

    file: str
    line: int
    column: int
    rule: str
    severity: str
    message: str
    mend: str

    @classmethod
    def of(cls, finding: Finding) -> Said:
        """Take what a page needs; the folder is nobody's business."""
        at = finding.position
        name = PurePath(at.file).name
        return cls(name, at.line, at.column, finding.rule, str(finding.severity), finding.message, finding.mend)

    def as_json(self) -> dict[str, Any]:  # Any: JSON
        """Return it for a script."""
        return asdict(self)


@dataclass(frozen=True)
class Placed:
    """Findings by the names of the fields they are about, those of the thing itself, and those of other places."""

    fields: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)
    thing: tuple[Said, ...] = ()
    elsewhere: tuple[Said, ...] = ()

    def at(self, name: str) -> tuple[Said, ...]:
        """Return those beside a field."""
        return self.fields.get(name, ())


def said(findings: Iterable[Finding]) -> tuple[Said, ...]:
    """Return the findings as pages show them, errors first, and no more than anybody reads."""
    ordered = sorted(findings, key=lambda one: (one.severity != "error", one))
    return tuple(Said.of(one) for one in ordered[:MOST])


def placed(findings: Sequence[Said], file: str, raw: bytes, at: tuple[Step, ...], controls: Control) -> Placed:
    """Lay findings beside the controls of the thing that stands at a path of a file."""
    ways = _ways(parse(raw, file).root)
    starts = [place for place, _ in ways]
    by_path = _by_path(controls)
    fields: dict[str, list[Said]] = {}
    thing, elsewhere = [], []
    for one in findings:
        index = bisect_right(starts, (one.line, one.column)) - 1
        way = ways[index][1] if one.file == file and index >= 0 else ()
        if way[: len(at)] != at:
            elsewhere.append(one)
            continue
        if (control := control_at(by_path, way[len(at) :])) is not None:
            fields.setdefault(control.name, []).append(one)
        else:
            thing.append(one)
    return Placed({name: tuple(some) for name, some in fields.items()}, tuple(thing), tuple(elsewhere))


def _by_path(controls: Control) -> dict[tuple[Step, ...], Control]:
    return {control.path: control for control in reversed(list(controls.all()))}


def control_at(by_path: Mapping[tuple[Step, ...], Control], way: tuple[Step, ...]) -> Control | None:
    """Return the control for a way within the thing, or for the longest part of it that has one; None for the thing."""
    while way and way not in by_path:
        way = way[:-1]
    return by_path[way] if way else None


def anchor_of(controls: Control, way: tuple[Step, ...]) -> str:
    """Return the id of the field in which a way within the thing ends; empty for the thing itself."""
    control = control_at(_by_path(controls), way)
    if control is None:
        return ""
    if control.kind == "row" and control.key is not None:
        return control.key.name
    return control.inner[0].name if control.kind in ("prompt", "row") and control.inner else control.name


def place_of(raw: bytes, path: Sequence[Step]) -> int:
    """Return the line of the thing at a path; 0 if it is not there."""
    place = locate(parse(raw, "").root, path)
    return place.key.line if place.path == tuple(path) else 0


def way_at(raw: bytes, line: int, column: int) -> tuple[Step, ...]:
    """Return the way to what stands at a place of a file: its section, the entry in it, and on within that."""
    ways = _ways(parse(raw, "").root)
    index = bisect_right([place for place, _ in ways], (line, column)) - 1
    return ways[index][1] if index >= 0 else ()


def _ways(root: Node) -> list[tuple[tuple[int, int], tuple[Step, ...]]]:
    """List where every key and value begins, and the way to it, in the order of the text."""
    found: list[tuple[tuple[int, int], tuple[Step, ...]]] = []

    def walk(node: Node, way: tuple[Step, ...]) -> None:
        found.append(((node.position.line, node.position.column), way))
        if isinstance(node, Keys):
            for key, entry in node.entries.items():
                found.append(((entry.position.line, entry.position.column), (*way, key)))
                walk(entry.value, (*way, key))
        elif isinstance(node, Items):
            for index, item in enumerate(node.nodes):
                walk(item, (*way, index))

    walk(root, ())
    # The value of a key may begin where its own first key does: the longer way is the one meant.
    return sorted(found, key=lambda pair: (pair[0], len(pair[1])))
