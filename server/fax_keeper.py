"""Faxes coming in: where Asterisk writes them, and how they become safe.

Owns the step from "received" to "safe on disk under our own name", what is done where the ledger cannot take one now,
and the word to who shows how far a fax is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import structlog

from callrouter import left_behind
from callrouter.fax_word import Memory, left_word
from callrouter.faxes import LeftFax
from fax import arrivals
from fax.model import Direction, Progress
from fax.service import FaxService
from ivr.agi import fax_file
from ivr.conversation import FaxTaken
from ledger.clock import Clock
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)


class FaxKeeper:
    """Brings faxes from the folder Asterisk writes to into the ledger."""

    def __init__(self, service: FaxService, drop: Path, process: str, clock: Clock) -> None:
        """`process` tells our faxes from those that a dead process left."""
        self._service = service
        self._drop = drop
        self._process = process
        self._clock = clock

    def place(self) -> Path:
        return self._drop.absolute() / f"{left_behind.name_recording(self._process)}.tif"

    def began(self, call: str, box: str, number: str, did: str, path: Path) -> None:
        async def pages() -> int | None:
            return await asyncio.to_thread(fax_file.complete_pages, path)

        progress = Progress(call, Direction.IN, box, number, self._clock.now(), did=did, doing="receiving")
        self._service.under_way.begin(progress, partial(pages))

    def ended(self, call: str) -> None:
        self._service.under_way.end(call)

    async def keep(self, fax: LeftFax) -> str:
        """Make the fax safe: in the ledger, or with a note in the drop folder while that is away.

        Returns the id that it has, or will have. Raises OSError when nothing can be written.
        """
        try:
            return await self._service.keep(fax)
        except (LedgerError, OSError) as error:
            log.error("a fax could not be stored and waits in the drop folder", error=str(error))
            await asyncio.to_thread(left_behind.write_fax_note, fax)
            return arrivals.id_of(fax)

    async def done(self, fax: LeftFax) -> None:
        """Remove the file, unless it waits in the drop folder."""
        if not await asyncio.to_thread(fax.path.with_suffix(".json").exists):
            await asyncio.to_thread(fax.path.unlink, missing_ok=True)

    def word(self, memory: Memory) -> Callable[[str], Awaitable[FaxTaken | None]]:
        """Return what tells by a file's name, without suffix, how a fax ended whose end we did not see.

        None from it if nobody knows; it raises AmiError while that cannot be asked.
        """

        async def tell(name: str) -> FaxTaken | None:
            left = await left_word(memory, name)
            return None if left is None else await left.taken(self._drop.absolute() / f"{name}.tif")

        return tell
