"""Owns picking up what another program left for us: a media file, then a sidecar of the same stem that says what it is.

The sidecar (`.json`) is written last, so a media file without one is still being written, or its writer has died.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger.files import sync_folder
from ledger.log import Log
from ledger.spool import READ_LIMIT, Spool, SpoolFile, open_plain

SIDECAR_LIMIT = 64 * 1024
AT_ONCE = 1_000
GIVEN_UP_SECONDS = 3600.0
"""A media file this old without a sidecar gets none any more: its writer died."""

_log = Log(__name__)


@dataclass(frozen=True)
class Drop:
    """One thing left for us. Adopt it, commit the rows about it under its `identity`, then say `done`.

    When we die in between it is found again, with the same identity and, once adopted, the same name in the spool.
    `facts` is None when no readable sidecar says anything; `media` is None when there is only a sidecar.
    """

    identity: str
    facts: Mapping[str, Any] | None
    media: Path | None
    sidecar: Path | None

    async def adopt(self, spool: Spool, limit: int = READ_LIMIT) -> SpoolFile | None:
        """Copy the media file into the spool, at most once however often; raises FileTooLarge, SpoolFull, OSError."""
        if self.media is None:
            return None
        name = Spool.name_for(self.identity, self.media.suffix.lower())
        return await spool.adopt(self.media, name=name, limit=limit)

    async def done(self) -> None:
        """Remove it from the folder; raises OSError."""
        await asyncio.to_thread(self._remove)

    def _remove(self) -> None:
        for path in (self.media, self.sidecar):  # the sidecar last: alone it is still found again
            if path is not None:
                path.unlink(missing_ok=True)
                sync_folder(path.parent)


async def pick_up(folder: Path, *, besides: str | None = None) -> AsyncIterator[Drop]:
    """Yield up to 1,000 complete things of `folder`, by name; raises OSError.

    Somebody else sees to media files without a sidecar whose names begin with `besides`, however old they are.
    """
    for drop in await asyncio.to_thread(_complete_in, folder, besides):
        yield drop


def _complete_in(folder: Path, besides: str | None) -> list[Drop]:
    by_stem: dict[str, list[Path]] = {}
    for path in folder.iterdir():
        if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
            by_stem.setdefault(path.stem, []).append(path)
    drops: list[Drop] = []
    for stem, paths in sorted(by_stem.items()):
        sidecar = next((path for path in paths if path.suffix == ".json"), None)
        media = [path for path in paths if path != sidecar]
        if sidecar is None and besides is not None and stem.startswith(besides):
            continue
        if sidecar is None and any(_is_fresh(path) for path in media):
            continue
        facts = None if sidecar is None else _facts(sidecar)
        # Two media files of one stem: each is somebody's message, so each comes by itself with the same facts.
        drops.extend(_drop(facts, path, sidecar if path == media[-1] else None) for path in media)
        if not media:
            drops.append(_drop(facts, None, sidecar))
        if len(drops) >= AT_ONCE:
            break
    return drops[:AT_ONCE]


def _drop(facts: Mapping[str, Any] | None, media: Path | None, sidecar: Path | None) -> Drop:
    named = media or sidecar
    assert named is not None
    about = named.stat()
    return Drop(f"{named.name} {about.st_size} {about.st_mtime_ns}", facts, media, sidecar)


def _is_fresh(path: Path) -> bool:
    return path.stat().st_mtime > time.time() - GIVEN_UP_SECONDS


def _facts(sidecar: Path) -> Mapping[str, Any] | None:
    with open_plain(sidecar) as file:
        text = file.read(SIDECAR_LIMIT + 1)
    try:
        facts = json.loads(text) if len(text) <= SIDECAR_LIMIT else None
    except (ValueError, RecursionError):
        facts = None
    if isinstance(facts, dict):
        return facts
    _log.warning("a sidecar cannot be read; its media file comes without facts", sidecar=sidecar.name)
    return None
