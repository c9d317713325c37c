"""What changes between two folders, as text: the unified comparison of their YAML files. Bounded, and blocking.

Secrets that are written out in the files are hidden in what is shown, like those in the words.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from pathlib import Path

from config.reading.source import read_source
from config.reading.tree import SECRET_KEYS, Items, Mapping, Node, Scalar

#: Of a site's files so much is compared: what is beyond is said to be left out.
MOST_FILES, LARGEST_FILE, MOST_LINES = 500, 2_000_000, 4_000
_SUFFIXES = (".yaml", ".yml")
HIDDEN = "•••"
#: Addresses of other systems may hold tokens.
_SECRET = SECRET_KEYS | {"url", "webhook", "database"}
#: What is shorter is found everywhere; `secret: true` says that something is one, and is none itself.
_SHORTEST = 4
_WORDS = frozenset({"true", "false"})


@dataclass(frozen=True, slots=True)
class TextDiff:
    """The lines of a unified comparison; `cut` says that there are more."""

    lines: tuple[str, ...]
    cut: bool = False


def text_diff(old: Path, new: Path) -> TextDiff:
    """Compare the YAML files of two folders (or two single files). Raises OSError."""
    lines = list(islice(_all(_files(old), _files(new)), MOST_LINES + 1))
    secrets = sorted(_secrets(old) | _secrets(new), key=len, reverse=True) if lines else []
    shown = (reduce(lambda line, secret: line.replace(secret, HIDDEN), secrets, line) for line in lines[:MOST_LINES])
    return TextDiff(tuple(shown), cut=len(lines) > MOST_LINES)


def _secrets(where: Path) -> set[str]:
    """Return what these files give as the value of a key that is secret; references to the environment may stay."""
    return {text for text in _below(read_source(where, {}).root) if _is_one(text)}


def _is_one(text: str) -> bool:
    return len(text) >= _SHORTEST and "${" not in text and text.casefold() not in _WORDS


def _below(node: Node, *, secret: bool = False) -> Iterator[str]:
    match node:
        case Scalar() if secret:
            yield from node.text.splitlines()
        case Mapping():
            for key, entry in node.entries.items():
                yield from _below(entry.value, secret=key in _SECRET and isinstance(entry.value, Scalar))
        case Items():
            for item in node.nodes:
                yield from _below(item)


def _files(where: Path) -> dict[str, Path]:
    if not where.is_dir():
        return {where.name: where}
    found = sorted(path for path in where.iterdir() if path.suffix in _SUFFIXES and path.is_file())
    return {path.name: path for path in found[:MOST_FILES]}


def _all(old: dict[str, Path], new: dict[str, Path]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        before, after = _text(old.get(name)), _text(new.get(name))
        if before is None or after is None:
            yield f"--- {name} is too large, or no text, and was not compared"
        elif before != after:
            sides = (f"a/{name}" if name in old else "(no file)", f"b/{name}" if name in new else "(no file)")
            yield from difflib.unified_diff(before.splitlines(), after.splitlines(), *sides, lineterm="")


def _text(path: Path | None) -> str | None:
    """Return a file's text, '' for none; None where it cannot be compared."""
    if path is None:
        return ""
    with path.open("rb") as file:
        read = file.read(LARGEST_FILE + 1)
    try:
        return read.decode() if len(read) <= LARGEST_FILE else None
    except UnicodeDecodeError:
        return None
