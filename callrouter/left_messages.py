"""Messages that an earlier process left behind: recordings that broke off, and those with a note.

Owns when such a recording is complete, and that it is kept and told of once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from callrouter import archive, left_behind
from callrouter import events as ev
from callrouter.calls import fold
from callrouter.chronicle import Chronicle
from callrouter.left_behind import BrokenOff
from callrouter.messages import LeftMessage, Messages, told_once
from callrouter.switchboard import Switchboard
from ledger.clock import Clock
from ledger.journal_reads import JournalReads


@dataclass(frozen=True)
class LeftMessages:
    """Takes in what was spoken. All of it raises LedgerError or OSError where that cannot be done now."""

    chronicle: Chronicle
    reads: JournalReads
    switchboard: Switchboard
    clock: Clock
    messages: Messages

    async def take_broken(self, broken: BrokenOff) -> bool:
        """Take in a recording whose process died or lost the line, once nobody writes to it any more."""
        if broken.quiet_for < (left_behind.QUIET if broken.ours else left_behind.QUIET_WHEN_GONE):
            return False
        now, file = self.clock.now(), broken.path.name
        begun = await archive.beginning_of(self.reads, ev.MessageBegun, file, now, broken.quiet_for)
        if broken.ours and (begun is None or begun.call in self.chronicle.calls):
            return False
        call = fold(await archive.call_story(self.reads, begun.call)) if begun is not None else None
        goes_on = call is not None and call.uniqueid in self.switchboard.channels
        if goes_on and broken.quiet_for < left_behind.QUIET:
            return False
        at = begun.at if begun is not None else now
        mailbox = begun.mailbox if begun is not None else ""
        if broken.seconds <= 0.0:
            await asyncio.to_thread(broken.path.unlink, missing_ok=True)  # the tone was the last that happened
            return False
        if call is None:
            message = LeftMessage(mailbox, broken.path, at, broken.seconds, partial=True)
        else:
            message = LeftMessage.of(
                call, mailbox=mailbox, path=broken.path, at=at, seconds=broken.seconds, partial=True
            )
        await self.keep(message)
        await self.messages.done(message)
        return True

    async def keep(self, message: LeftMessage) -> str:
        """Keep a message, tell of it, once, and return the name of its file in the spool."""
        file = await self.messages.keep(message)
        taken = ev.MessageTaken(
            at=message.at, call=message.call, mailbox=message.mailbox, file=file, seconds=message.seconds
        )
        await self.chronicle.tell(taken, id=told_once(file))
        return file
