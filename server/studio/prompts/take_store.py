"""Takes that somebody spoke or sent, until they are kept or thrown away: each a WAV and what was measured of it.

Owns their files, their number and their age. How a take is read is in `ivr.speech`, where it is kept in
`draft_recordings`.
"""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ivr.speech import takes
from ivr.speech.take_model import Measured
from ivr.speech.takes import BadTake
from server.studio.room import StudioRoom

__all__ = ["BadTake", "NoSuchTake", "Take", "TakeStore"]

#: So many takes lie there at once, the oldest goes first; and none longer than a day, seconds.
MOST_TAKES, LONGEST_KEPT = 20, 86_400.0
_ID = re.compile(r"[0-9a-f]{16}")


class NoSuchTake(Exception):
    """There is no such take any more."""


@dataclass(frozen=True)
class Take:
    """One take: for which recording it was made, where its sound lies, and what was measured."""

    id: str
    name: str
    language: str
    path: Path
    measured: Measured


@dataclass
class TakeStore:
    """The takes of one server. One is read at a time: who sends another meanwhile waits for its turn."""

    folder: Path
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def new_file(self) -> Path:
        """Name a file for what is to come; nothing lies there yet."""
        await asyncio.to_thread(self._tidy)
        return self.folder / f"{secrets.token_hex(8)}.sent"

    async def add(self, sent: Path, name: str, language: str) -> Take:
        """Read what was sent, and remove it. Raises BadTake."""
        id_ = sent.stem
        wav = self.folder / f"{id_}.wav"
        try:
            async with self._turn:
                measured = await takes.convert(sent, wav)
            note = {"name": name, "language": language, "measured": asdict(measured)}
            await asyncio.to_thread(self._note(id_).write_text, json.dumps(note))
        except BaseException:
            await asyncio.to_thread(wav.unlink, missing_ok=True)
            raise
        finally:
            await asyncio.to_thread(sent.unlink, missing_ok=True)
        return Take(id_, name, language, wav, measured)

    async def get(self, id_: str) -> Take:
        """Return a take. Raises NoSuchTake."""
        return await asyncio.to_thread(self._get, id_)

    async def finish(self, take: Take, *, trim: bool, level: bool) -> Path:
        """Return the take as a recording, trimmed and levelled where that is wanted. Raises BadTake."""
        into = self.folder / f"{take.id}.done"
        async with self._turn:
            await takes.finish(take.path, into, trim=trim, level=level)
        return into

    async def drop(self, take: Take) -> None:
        """Throw a take away; doing it twice is harmless."""
        await asyncio.to_thread(self._drop, take.id)

    def _get(self, id_: str) -> Take:
        if not _ID.fullmatch(id_):
            raise NoSuchTake
        try:
            note = json.loads(self._note(id_).read_bytes())
            measured = Measured(**{**note["measured"], "peaks": tuple(note["measured"]["peaks"])})
            return Take(id_, note["name"], note["language"], self.folder / f"{id_}.wav", measured)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoSuchTake from error

    def _note(self, id_: str) -> Path:
        return self.folder / f"{id_}.json"

    def _drop(self, id_: str) -> None:
        for suffix in ("json", "wav", "done", "sent"):
            (self.folder / f"{id_}.{suffix}").unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Remove what is too old, and the oldest of too many."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        ages: dict[str, float] = {}
        for file in self.folder.iterdir():
            with suppress(OSError):
                ages[file.stem] = max(ages.get(file.stem, 0.0), file.stat().st_mtime)
        oldest = sorted(ages, key=lambda id_: ages[id_])
        surplus = set(oldest[: max(0, len(oldest) - MOST_TAKES + 1)])
        now = time.time()
        for id_ in oldest:
            if id_ in surplus or now - ages[id_] > LONGEST_KEPT:
                self._drop(id_)


def store_of(room: StudioRoom) -> TakeStore:
    """Return the takes of a room; whoever asks again finds the same ones."""
    return TakeStore(room.data / "studio" / "takes")
