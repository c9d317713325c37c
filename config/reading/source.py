"""Reads the files of a site and merges them into one tree.

Owns what may be read from disk, how much of it, and how secrets come from the environment, which the caller
passes; knows nothing of the schema.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Iterator
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.few_alike import MOST_ALIKE, Kind
from config.findings import Finding, Position, nearest, quoted
from config.reading.tree import Entry, Items, Mapping, Node, Scalar
from config.reading.yaml_text import MOST_ENTRIES, MOST_NODES, parse, too_long
from config.rules.book import found

LARGEST_FILE = 1 << 20
LARGEST_SITE = 4 << 20
MOST_FILES = 100
ENDINGS = (".yaml", ".yml")

_REFERENCE = re.compile(r"\$\{(?:ENV|env):([^}]*)\}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


@dataclass(slots=True)
class Source:
    """The merged tree of a site's files, and what is wrong with them."""

    root: Mapping
    #: Where the files lie; None for a single file.
    folder: Path | None = None
    findings: list[Finding] = field(default_factory=list)
    #: False if some of the files is not, or not wholly, in the tree.
    complete: bool = True
    #: Values taken from the environment, by the name of their variable: never to be shown.
    secrets: dict[str, str] = field(default_factory=dict)
    #: How many findings there were of the rules that one file can break without end, told or not.
    counted: Counter[Kind] = field(default_factory=Counter)
    #: The files as they were read: a finding may lie within a long text.
    texts: dict[str, str] = field(default_factory=dict, repr=False)
    #: What each file held to the byte, as SHA-256 by its name: so it is known later whether it still does.
    digests: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def untold(self) -> dict[Kind, int]:
        """How many of these are not among the findings, since there are too many."""
        return {kind: count - MOST_ALIKE for kind, count in self.counted.items() if count > MOST_ALIKE}


def read_source(path: Path, env: MappingType[str, str]) -> Source:
    """Read a folder of YAML files, or a single file; every fault becomes a finding."""
    source = Source(Mapping(Position(str(path))))
    nodes = 0
    for file, raw in _read_files(path, source):
        parsed = parse(raw, str(file), MOST_NODES - nodes)
        nodes += parsed.nodes
        source.texts[str(file)] = parsed.text
        source.digests[file.name] = hashlib.sha256(raw).hexdigest()
        source.findings += parsed.findings
        source.complete &= parsed.complete
        root = _with_env(parsed.root, env, source) if "${" in parsed.text else parsed.root
        assert isinstance(root, Mapping)
        source.root = _merge(source.root, root, source) if source.root.entries else root
    return source


def _read_files(path: Path, source: Source) -> Iterator[tuple[Path, bytes]]:
    total = 0
    for file in _list_files(path, source):
        raw = _read_file(file, path, source)
        if raw is None:
            continue
        total += len(raw)
        if total > LARGEST_SITE:
            message = f"all files together are larger than {LARGEST_SITE >> 20} MiB"
            _miss(source, found("E103", Position(str(file)), message, "make the site smaller"))
            return
        yield file, raw


def _list_files(path: Path, source: Source) -> list[Path]:
    place = Position(str(path))
    try:
        if not path.is_dir():
            return [path]
        # Hidden files are what editors leave behind while they save.
        files = sorted(file for file in path.iterdir() if _is_ours(file.name))
        source.folder = path
    except (OSError, ValueError) as error:
        _miss(source, found("E101", place, f"the folder cannot be read: {_why(error)}", _MEND_READ))
        return []
    if not files:
        _miss(source, found("E112", place, "there is no .yaml file in this folder", "name the site's folder"))
    if len(files) > MOST_FILES:
        message = f"there are {len(files)} files, more than {MOST_FILES}"
        _miss(source, found("E103", Position(str(files[MOST_FILES])), message, "join some of them"))
    return files[:MOST_FILES]


def _is_ours(name: str) -> bool:
    return name.endswith(ENDINGS) and not name.startswith(".")


def _read_file(file: Path, folder: Path, source: Source) -> bytes | None:
    place = Position(str(file))
    try:
        if file != folder and not file.resolve().is_relative_to(folder.resolve()):
            _miss(source, found("E102", place, "this link leads out of the folder", "copy the file here"))
            return None
        # Without waiting: opening a pipe would wait for somebody to write into it.
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                _miss(source, found("E101", place, "this is not a regular file", "remove or rename it"))
                return None
            raw = stream.read(LARGEST_FILE + 1)
    except (OSError, ValueError, RuntimeError) as error:
        _miss(source, found("E101", place, f"the file cannot be read: {_why(error)}", _MEND_READ))
        return None
    if len(raw) > LARGEST_FILE:
        message = f"the file is larger than {LARGEST_FILE >> 20} MiB"
        _miss(source, found("E103", place, message, "split it, or look what fills it"))
        return None
    return raw


_MEND_READ = "look at its path and permissions"


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "its name or links cannot be followed"


def _miss(source: Source, finding: Finding) -> None:
    source.findings.append(finding)
    source.complete = False


def _merge(left: Mapping, right: Mapping, source: Source) -> Mapping:
    """Join two files: by section, then by the entries of a section; lists add up."""
    merged = dict(left.entries)
    for section, entry in right.entries.items():
        earlier = merged.get(section)
        if earlier is None:
            merged[section] = entry
        elif isinstance(earlier.value, Mapping) and isinstance(entry.value, Mapping):
            inner = dict(earlier.value.entries)
            for key, second in entry.value.entries.items():
                if key in inner:
                    _report_twice(key, inner[key], second, source)
                elif len(inner) < MOST_ENTRIES:
                    inner[key] = second
                else:
                    _miss(source, too_long(second.position))
                    break
            merged[section] = Entry(earlier.position, Mapping(earlier.value.position, inner))
        elif isinstance(earlier.value, Items) and isinstance(entry.value, Items):
            nodes = (*earlier.value.nodes, *entry.value.nodes)
            if len(nodes) > MOST_ENTRIES:
                _miss(source, too_long(nodes[MOST_ENTRIES].position))
                nodes = nodes[:MOST_ENTRIES]
            merged[section] = Entry(earlier.position, Items(earlier.value.position, nodes))
        else:
            _report_twice(section, earlier, entry, source)
    return Mapping(left.position, merged)


def _report_twice(key: str, first: Entry, second: Entry, source: Source) -> None:
    if _is_enough(source, "E109", second.position):
        return
    message = f"{quoted(key)} is written twice, first in {first.position}"
    source.findings.append(found("E109", second.position, message, "delete one, or rename it"))


def _is_enough(source: Source, rule: str, place: Position) -> bool:
    """Count one more finding of a rule in a file, and tell whether there are too many of them to be told."""
    kind = place.file, rule
    source.counted[kind] += 1
    return source.counted[kind] > MOST_ALIKE


def _with_env(node: Node, env: MappingType[str, str], source: Source) -> Node:
    match node:
        case Mapping():
            entries = {
                key: Entry(entry.position, _with_env(entry.value, env, source)) for key, entry in node.entries.items()
            }
            return Mapping(node.position, entries)
        case Items():
            return Items(node.position, tuple(_with_env(item, env, source) for item in node.nodes))
        case Scalar() if "${" in node.text:
            return _resolve(node, env, source)
    return node


def _resolve(scalar: Scalar, env: MappingType[str, str], source: Source) -> Scalar:
    broken = False

    def value_of(match: re.Match[str]) -> str:
        nonlocal broken
        name = match[1]
        value = env.get(name) if _VARIABLE.fullmatch(name) else None
        if value is None:
            broken = True
            if _is_enough(source, "E110", scalar.position):
                return ""
            near = nearest(name, env)
            mend = f"set it where the server is started{f', or write {near}' if near else ''}"
            message = f"the variable {quoted(name)} is not set"
            source.findings.append(found("E110", scalar.position, message, mend))
            return ""
        source.secrets[name] = value
        return value

    text = _REFERENCE.sub(value_of, scalar.text)
    if text == scalar.text and not broken:
        return scalar
    return replace(scalar, text=text, plain=False, reference=scalar.text, broken=broken)
