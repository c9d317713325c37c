"""What Asterisk kept of faxes whose end we did not see: asking for it, reading it, and having it forgotten.

Owns the reading of what `[switchroom-fax-end]` of the dialplan writes. Must not know what follows from it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog

from ivr.agi import fax, fax_file
from ivr.agi.fax import FaxSent
from ivr.conversation import FaxTaken

log = structlog.get_logger(__name__)

#: What stands in a word, in this order; at the end come the seconds that it lasted.
_FIELDS = (fax.STATUS, fax.PAGES, fax.RATE, fax.RESOLUTION, fax.MODE, fax.ECM, fax.STATION, fax.WORDS)
NEVER_BEGAN = "the call ended before the fax began"


class Memory(Protocol):
    """The side of a PBX that keeps words of faxes."""

    async def fax_word(self, name: str) -> str | None:
        """Return what was kept of a fax under this name; None if nothing was."""

    async def forget_fax_word(self, name: str) -> None:
        """Keep it no longer; twice does no harm."""


@dataclass(frozen=True)
class FaxWord:
    """The variables a fax left on its channel, and how long it took in seconds."""

    told: Mapping[str, str]
    seconds: float = 0.0

    @property
    def began(self) -> bool:
        """Tell whether there was a fax at all: the call may have ended before."""
        return bool(self.told[fax.STATUS])

    def sent(self, *, of: int = 0) -> FaxSent:
        """Say what became of a fax that we sent, of so many pages where that is known."""
        sent = fax.sent(self.told, of=of, seconds=self.seconds)
        return sent if self.began else FaxSent(False, 0, of, seconds=self.seconds, why=NEVER_BEGAN)

    async def taken(self, path: Path) -> FaxTaken:
        """Say what became of a fax that came into this file."""
        whole = await asyncio.to_thread(fax_file.complete_pages, path)
        return fax.taken(str(path), self.told, whole=whole, gone=True)


async def left_word(memory: Memory, name: str) -> FaxWord | None:
    """Return what was kept of a fax: for a sent one the id of its call, for one that came the file's name, no suffix.

    None if nothing was: we had taken the word back, or Asterisk died. Call it when the channel is gone: before that
    there is none. Raises AmiError if Asterisk cannot be asked.
    """
    text = await memory.fax_word(name)
    if text is None:
        return None
    *fields, seconds = text.split(":")
    if len(fields) != len(_FIELDS):
        log.warning("a word of a fax cannot be read", fields=len(fields))
        return None
    lasted = float(seconds) if seconds.isdigit() and float(seconds) <= fax.LONGEST else 0.0
    return FaxWord(dict(zip(_FIELDS, fields, strict=True)), lasted)


async def forget_word(memory: Memory, name: str) -> None:
    """Have a word forgotten, once what it says is safe. Raises AmiError; then it stays, which costs some 200 bytes."""
    await memory.forget_fax_word(name)
