"""Messages being taken: where Asterisk records them, and how they become safe.

Owns the step from "recorded" to "safe on disk under our own name", and what is done where the ledger cannot take one
now: a note beside the recording, from which it is taken in later.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import structlog

from callrouter import left_behind
from callrouter.messages import LeftMessage
from ivr.agi.leg import Messages
from ledger.errors import LedgerError
from voicemail.service import Voicemail, file_of

log = structlog.get_logger(__name__)


class MessageKeeper:
    """Brings recordings from the folder Asterisk writes to into the ledger."""

    def __init__(self, voicemail: Voicemail, drop: Path) -> None:
        self._voicemail = voicemail
        self._drop = drop
        #: Tells our recordings from those that a dead process left.
        self.process = uuid4().hex[:8]

    @property
    def place(self) -> Messages:
        """Where the next message is recorded."""
        return Messages(self._drop.absolute(), lambda: left_behind.name_recording(self.process))

    async def keep(self, message: LeftMessage) -> str:
        """Make the message safe: in the ledger, or with a note in the drop folder while that is away.

        Returns the name that its file has, or will have, in the spool. Raises OSError when nothing can be written.
        """
        try:
            return await self._voicemail.keep(message)
        except (LedgerError, OSError) as error:
            log.error("a message could not be stored and waits in the drop folder", error=str(error))
            await asyncio.to_thread(left_behind.write_note, message)
            return file_of(message)

    async def done(self, message: LeftMessage) -> None:
        """Remove the recording, unless it waits in the drop folder."""
        if not await asyncio.to_thread(message.path.with_suffix(".json").exists):
            await self._voicemail.done(message)
