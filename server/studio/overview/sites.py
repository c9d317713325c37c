"""The draft and the published version as pages show them: the site, its YAML with places, and what was found.

Owns reading each no more often than it changes. Everything that reads blocks, and so runs in a thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from urllib.parse import urlencode

from config.errors import ConfigError
from config.findings import Finding, Position
from config.load import load_site
from config.reading.source import read_source
from config.reading.tree import Mapping as YamlMapping
from config.recordings import FOLDER
from config.schema import Site
from config.versions.files import version_id, yaml_files
from config.versions.store import Publication, VersionStore
from server.live_site import LiveSite

EDITOR = "/site/edit"
#: The words of addresses for the two sites there are.
DRAFT, PUBLISHED = "draft", "published"

#: What tells that files are still the same: name, time, size and inode of each.
Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Seen:
    """A site as it was read. `site` is None while an error stands in it; `version` is what publishing would call it."""

    folder: Path
    site: Site | None
    root: YamlMapping | None
    findings: tuple[Finding, ...] = ()
    version: str = ""

    def edit(self, position: Position | None) -> str:
        """Return the address at which a place of these files can be edited."""
        if position is None:
            return EDITOR
        place = {"file": Path(position.file).name, "line": position.line, "column": position.column}
        return f"{EDITOR}?{urlencode(place)}"

    @property
    def errors(self) -> int:
        """Count what keeps this from being published."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def warnings(self) -> int:
        """Count what should be thought about."""
        return len(self.findings) - self.errors


@dataclass
class Sites:
    """Reads the draft and what callers hear, for all pages of a room."""

    draft_at: Path
    versions: Path
    site: Callable[[], Site]
    environment: Mapping[str, str] = field(repr=False)
    live: LiveSite | None = None
    _known: dict[Path, tuple[Stamp, Seen]] = field(default_factory=dict)
    #: Pages that are asked for together wait for one reading, instead of reading the same each.
    _reading: Lock = field(default_factory=Lock)

    async def draft(self) -> Seen:
        """Return the draft as it is on disk now."""
        return await asyncio.to_thread(self._read, self.draft_at)

    async def published(self) -> Seen:
        """Return what callers hear, with its files where they are kept."""
        return await asyncio.to_thread(self._published)

    async def publication(self) -> Publication | None:
        """Return the publication in force; None for a server that never published."""
        if self.live is not None:
            return self.live.served.publication
        return await asyncio.to_thread(VersionStore(self.versions).current)

    def _published(self) -> Seen:
        if self.live is not None:
            served = self.live.served
            seen = self._read(served.folder)
            return seen if seen.site is not None else Seen(served.folder, served.site, None)
        site = self.site()
        store = VersionStore(self.versions)
        current = store.current()
        if current is not None:
            with suppress(ConfigError):
                kept = self._read(store.folder_of(current.version))
                if kept.site is not None:
                    return kept
        return Seen(self.draft_at, site, None, version=site.version)

    def _read(self, folder: Path) -> Seen:
        with self._reading:
            stamp = _stamp(folder)
            known = self._known.get(folder)
            if known is not None and known[0] == stamp:
                return known[1]
            seen = _load(folder, self.environment)
            if len(self._known) > 1:  # the draft and one version
                self._known.clear()
            self._known[folder] = (stamp, seen)
            return seen


def _load(folder: Path, environment: Mapping[str, str]) -> Seen:
    loaded = load_site(folder, environment)
    root = read_source(folder, environment).root
    version = ""
    if loaded.site is not None:
        try:
            version = version_id(folder, loaded.site)
        except (OSError, ConfigError):
            version = loaded.site.version
    return Seen(folder, loaded.site, root, loaded.findings, version)


def _stamp(folder: Path) -> Stamp:
    return tuple(sorted(_stamps(folder)))


def _stamps(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    try:
        paths = list(yaml_files(folder).values())
        recordings = folder / FOLDER
        if recordings.is_dir():
            paths += [recordings, *(Path(entry.path) for entry in os.scandir(recordings) if entry.is_dir())]
    except OSError:
        return
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            continue
        yield str(path), found.st_mtime_ns, found.st_size, found.st_ino
