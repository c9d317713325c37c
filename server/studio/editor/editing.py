"""Editing a draft: what is in it, one thing of it, saving, and who saved what last.

Owns the order of reading, changing and writing, beside the event loop. Knows no form and no page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from config.edit.files import ChangedMeanwhile, DraftFile, DraftFiles, NoSuchFile, Wanted
from config.edit.rewrite import EditRefused, content_of, rewrite
from config.errors import ConfigError
from config.load import load_site
from config.reading.tree import Step
from server.studio.editor.entries import NameTaken, entry_in, may_hold, names_in, step_of, with_entry
from server.studio.editor.findings import Said, said
from server.studio.editor.last import LastSaved, Saved
from server.studio.editor.names import Names, names_of
from server.studio.editor.rename import SHARING, Renaming
from server.studio.editor.shapes import ENTRIES
from server.studio.editor.show import ABSENT, Value
from server.studio.room import StudioRoom

#: Checks that may wait for one another; a browser asks again when somebody goes on typing.
MOST_WAITING = 8


class EditorBusy(ConfigError):
    """Too many checks wait already."""


@dataclass(frozen=True)
class Look:
    """The draft at one moment."""

    files: tuple[DraftFile, ...]
    #: What each file says; a file with mistakes is not here, but in `unreadable`.
    contents: Mapping[str, dict[str, Any]]
    unreadable: Mapping[str, str]
    names: Names

    def file(self, name: str) -> DraftFile:
        """Return a file. Raises NoSuchFile."""
        found = next((file for file in self.files if file.name == name), None)
        if found is None:
            raise NoSuchFile(f"there is no file {name[:80]!r} in the draft")
        return found

    def entries(self, section: str) -> dict[str, str]:
        """Return the names of a section's entries, each with its file."""
        found: dict[str, str] = {}
        for file, content in self.contents.items():
            for name in names_in(section, content.get(section)):
                found.setdefault(name, file)
        return found

    def home_of(self, section: str, name: str = "") -> str:
        """Return the file in which a thing stands, or would be written. Raises NoSuchFile when none can be."""
        if name and (file := self.entries(section).get(name)) is not None:
            return file
        for file, content in self.contents.items():
            if section in content and (section not in ENTRIES or may_hold(section, content[section])):
                return file
        if not self.contents:
            raise NoSuchFile("no file of the draft can be read: mend one as text first")
        return next(iter(self.contents))

    def value(self, section: str, name: str = "") -> Value:
        """Return what is written of a thing; ABSENT for nothing."""
        content = self.contents.get(self.home_of(section, name), {})
        part = content.get(section, ABSENT)
        return part if section not in ENTRIES else entry_in(section, part, name)

    def path_of(self, section: str, name: str = "") -> tuple[Step, ...]:
        """Return the way to a thing in its file; of one that is not written yet, where it would be."""
        if not name:
            return (section,)
        content = self.contents.get(self.home_of(section, name), {})
        return section, step_of(section, content.get(section), name)


@dataclass
class DraftEditor:
    """Reads, checks and saves."""

    room: StudioRoom
    now: Callable[[], datetime]
    _contents: dict[str, dict[str, Any] | str] = field(default_factory=dict)
    _checking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: int = 0

    @property
    def files(self) -> DraftFiles:
        return DraftFiles(self.room.draft)

    async def look(self) -> Look:
        """Read the whole draft."""
        return await asyncio.to_thread(self._look)

    def _look(self) -> Look:
        files = self.files.read_all()
        known = self._contents
        read = {file.name: known.get(file.digest) or _content(file) for file in files}
        self._contents = {file.digest: read[file.name] for file in files}  # and no others: they may be large
        contents = {name: content for name, content in read.items() if isinstance(content, dict)}
        unreadable = {name: content for name, content in read.items() if isinstance(content, str)}
        return Look(files, contents, unreadable, names_of(contents.values()))

    async def findings(self, name: str, raw: bytes) -> tuple[Said, ...]:
        """Check the draft as it would be with this file. Raises EditorBusy."""
        if self._waiting >= MOST_WAITING:
            raise EditorBusy("too much is being checked at this moment: try again")
        self._waiting += 1
        try:
            async with self._checking:
                return await asyncio.to_thread(self._findings, name, raw)
        finally:
            self._waiting -= 1

    def _findings(self, name: str, raw: bytes) -> tuple[Said, ...]:
        with self.files.copy_with(name, raw) as folder:
            return said(load_site(folder, self.room.environment).findings)

    async def changed(self, file: DraftFile, section: str, name: str, value: Value, *, old: str = "") -> bytes:
        """Return the file with a thing of it changed, renamed from `old`, or taken out. Raises EditRefused."""
        return await asyncio.to_thread(_changed, file.raw, section, name, value, old)

    async def save(self, name: str, raw: bytes, expected: str, who: str) -> DraftFile:
        """Write a file. Raises what `DraftFiles.write` raises."""
        return (await self.save_all([Wanted(name, raw, expected)], who))[0]

    async def save_all(self, wanted: Sequence[Wanted], who: str) -> tuple[DraftFile, ...]:
        """Write files that belong together, all or none. Raises what `DraftFiles.write_all` raises."""
        async with self.room.writing:
            return await asyncio.to_thread(self._save_all, wanted, who)

    def _save_all(self, wanted: Sequence[Wanted], who: str) -> tuple[DraftFile, ...]:
        written = self.files.write_all(wanted)
        for file, one in zip(written, wanted, strict=True):
            if file.digest != one.expected:
                LastSaved(self.room.data).remember(file.name, Saved(who, self.now(), file.digest))
        return written

    async def following(self, look: Look, section: str, old: str, name: str, own: DraftFile) -> dict[str, bytes]:
        """Return the files in which something refers to a thing, as they read when it is called otherwise.

        `own` is the file of the thing as it will be written, and is always among them. Raises EditRefused, NameTaken.
        """
        return await asyncio.to_thread(_following, look, section, old, name, own)

    async def last_saved(self, meanwhile: ChangedMeanwhile) -> Saved:
        """Return who changed a file, and when; without a name if it was not here."""
        known = await asyncio.to_thread(LastSaved(self.room.data).of, meanwhile.now.name)
        if known is not None and known.digest == meanwhile.now.digest:
            return known
        return Saved("", meanwhile.now.at, meanwhile.now.digest)


def _content(file: DraftFile) -> dict[str, Any] | str:
    """Return what a file says, or why it cannot be read."""
    try:
        return content_of(file.raw)
    except EditRefused as refused:
        return str(refused)


def _following(look: Look, section: str, old: str, name: str, own: DraftFile) -> dict[str, bytes]:
    if section in SHARING and any(name in look.names.of(one) for one in SHARING if one != section):
        raise NameTaken(f"there is something called {name} already")
    wanted = {own.name: own.raw}
    for file in (own, *(look.file(file) for file in look.contents if file != own.name)):
        renaming = Renaming(section, old, name)
        content = renaming.content(content_of(file.raw))
        if renaming.places:
            wanted[file.name] = rewrite(file.raw, content)
    return wanted


def _changed(raw: bytes, section: str, name: str, value: Value, old: str) -> bytes:
    content = content_of(raw)
    wanted = dict(content)
    if section not in ENTRIES:
        if value is ABSENT:
            wanted.pop(section, None)
        else:
            wanted[section] = value
        return rewrite(raw, wanted)
    return rewrite(raw, wanted | {section: with_entry(section, content.get(section), name, value, old)})
