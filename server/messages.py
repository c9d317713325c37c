"""Messages being taken: where Asterisk records them, and how they get into the spool.

Owns the step from "recorded" to "safe on disk under our own name".
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

from ivr.agi.leg import Messages
from ivr.conversation import Recording
from ledger.spool import Spool


class MessageKeeper:
    """Brings recordings from the folder Asterisk writes to into the spool."""

    def __init__(self, spool: Spool, drop: Path) -> None:
        self._spool = spool
        self._drop = drop

    @property
    def place(self) -> Messages:
        """Where the next message is recorded."""
        return Messages(self._drop.absolute(), lambda: uuid4().hex)

    async def keep(self, recording: Recording, *, call: str, mailbox: str) -> str:
        """Make the recording safe and return its name in the spool. The original goes only then."""
        path = Path(recording.path)
        name = Spool.name_for(f"message of {call} in {path.stem}", ".wav")
        file = await self._spool.adopt(path, name=name)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return file.name
