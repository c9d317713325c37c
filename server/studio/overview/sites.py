"""The draft and the published version as pages show them: the site, its YAML with places, and what was found.

Owns reading each no more often than it changes. Everything that reads blocks, and so runs in a thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
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
from server.studio.room import StudioRoom

EDITOR = "/site/edit"
#: The words of addresses for the two sites there are.
DRAFT, PUBLISHED = "draft", "published"

#: What tells that files are still the same: name, time and size of each.
Stamp = tuple[tuple[str, int, int], ...]


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
        file = Path(position.file)
        name = str(file.relative_to(self.folder)) if file.is_relative_to(self.folder) else file.name
        place = {"file": name, "line": position.line, "column": position.column}
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
    """Reads the draft and what callers hear, for pages."""

    room: StudioRoom
    _known: dict[Path, tuple[Stamp, Seen]] = field(default_factory=dict)

    async def draft(self) -> Seen:
        """Return the draft as it is on disk now."""
        return await asyncio.to_thread(self._read, self.room.draft)

    async def published(self) -> Seen:
        """Return what callers hear, with its files where they are kept."""
        return await asyncio.to_thread(self._published)

    async def publication(self) -> Publication | None:
        """Return the publication in force; None for a server that never published."""
        if self.room.live is not None:
            return self.room.live.served.publication
        return await asyncio.to_thread(VersionStore(self.room.versions).current)

    def _published(self) -> Seen:
        if self.room.live is not None:
            served = self.room.live.served
            seen = self._read(served.folder)
            return seen if seen.site is not None else Seen(served.folder, served.site, None)
        site = self.room.site()
        store = VersionStore(self.room.versions)
        current = store.current()
        if current is not None:
            with suppress(ConfigError):
                kept = self._read(store.folder_of(current.version))
                if kept.site is not None:
                    return kept
        return Seen(self.room.draft, site, None, version=site.version)

    def _read(self, folder: Path) -> Seen:
        stamp = _stamp(folder)
        known = self._known.get(folder)
        if known is not None and known[0] == stamp:
            return known[1]
        seen = _load(folder, self.room.environment)
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


def _stamps(folder: Path) -> Iterator[tuple[str, int, int]]:
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
        yield str(path), found.st_mtime_ns, found.st_size
