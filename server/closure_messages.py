"""Messages for callers of a closed door that somebody spoke by phone: kept as long as a door is closed with them.

Owns their files. Who speaks, and what is closed, is not known here. Everything here blocks; callers use a thread.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from callrouter.closures import SPOKEN
from config.recordings import listen
from ivr.conversation import Taken
from ledger.files import write_whole

#: Shorter is no message, seconds; and larger than this no minute of sound, bytes.
SHORTEST, MOST_BYTES = 1.0, 2 << 20
#: So many are kept; the newest of those that close nothing may still be played to somebody.
MOST_KEPT = 20
#: In the form that recordings have, which was seen to when it was kept.
_HEAD, _BYTES_A_SECOND = 44, 16_000


@dataclass(frozen=True)
class SpokenMessages:
    """The folder of them."""

    folder: Path

    def keep(self, file: Path, used: Collection[str]) -> str | None:
        """Keep a copy and return its name; None where nobody would hear anything in it. Raises OSError.

        Forgets the oldest when there are too many, but none of those that are used.
        """
        heard = listen(file)
        if heard.fault or heard.silent or heard.seconds < SHORTEST or file.stat().st_size > MOST_BYTES:
            return None
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name in self._oldest_first()[: -(MOST_KEPT - 1)]:
            if name not in used:
                self.drop(name)
        name = f"{SPOKEN}{secrets.token_hex(8)}"
        write_whole(self._file(name), file.read_bytes())
        return name

    def find(self, name: str) -> Taken | None:
        """Return what is played for a name; None where there is no such message. Quick: looks at a size."""
        if not self._is_ours(name):
            return None
        file = self._file(name)
        with suppress(OSError):
            return Taken(str(file), (file.stat().st_size - _HEAD) / _BYTES_A_SECOND)
        return None

    def drop(self, name: str) -> None:
        """Forget a message, if there is one of this name."""
        if self._is_ours(name):
            with suppress(OSError):
                self._file(name).unlink(missing_ok=True)

    def drop_all_but(self, used: Collection[str]) -> None:
        """Forget what an earlier process of ours left and nothing is closed with any more."""
        for name in self._oldest_first():
            if name not in used:
                self.drop(name)

    def _oldest_first(self) -> list[str]:
        found = []
        for file in self.folder.glob("*.wav"):
            with suppress(OSError):
                found.append((file.stat().st_mtime_ns, f"{SPOKEN}{file.stem}"))
        return [name for _, name in sorted(found)]

    def _file(self, name: str) -> Path:
        return self.folder / f"{name.removeprefix(SPOKEN)}.wav"

    def _is_ours(self, name: str) -> bool:
        rest = name.removeprefix(SPOKEN)
        return rest != name and len(rest) == 16 and all(sign in "0123456789abcdef" for sign in rest)
