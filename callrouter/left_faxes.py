"""Faxes that an earlier process left behind: Asterisk received them to their end without us, or they wait with a note.

Owns when such a fax is complete, what there is of it, and that it is kept and told of once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from callrouter import archive, left_behind
from callrouter import events as ev
from callrouter.calls import Call, fold
from callrouter.chronicle import Chronicle
from callrouter.events import Event
from callrouter.faxes import LeftFax, told_once
from callrouter.left_behind import BrokenOff
from callrouter.receiving import received
from callrouter.switchboard import Switchboard
from ivr.agi import fax_file
from ivr.agi.fax import LINE_LOST, LONGEST
from ivr.conversation import FaxTaken
from ivr.fax_came import Came, came
from ledger.clock import Clock
from ledger.journal_reads import JournalReads

#: Nothing is written for so long while a page comes in, seconds, at the slowest rate and of the darkest paper.
PAGE_TAKES = 300.0
#: Asks Asterisk what became of the fax in the file of this name, without suffix, once its channel is gone; None where
#: it does not know. Raises AmiError.
Word = Callable[[str], Awaitable[FaxTaken | None]]


class FaxLedger(Protocol):
    """Where faxes are safe."""

    async def keep(self, fax: LeftFax, /) -> str:
        """Make the fax safe and return its id. Raises if it is not: a note instead would be removed with the fax."""


async def no_word(_: str) -> None:
    """Know of no fax how it ended."""


@dataclass(frozen=True)
class LeftFaxes:
    """Takes in what came. All of it raises LedgerError, OSError or AmiError where that cannot be done now."""

    chronicle: Chronicle
    reads: JournalReads
    switchboard: Switchboard
    clock: Clock
    faxes: FaxLedger
    drop: Path
    word: Word

    async def take_broken(self, broken: BrokenOff) -> bool:
        """Take in a fax whose process died or lost the line, once nobody writes to it any more.

        Asterisk writes a page when it is complete, so that a file may be quiet for minutes: the channel tells.
        """
        if broken.quiet_for < (left_behind.QUIET if broken.ours else 0.0):
            return False
        now, file = self.clock.now(), broken.path
        begun = await archive.beginning_of(self.reads, ev.FaxBegun, file.name, now, broken.quiet_for)
        if broken.ours and (begun is None or begun.call in self.chronicle.calls):
            return False
        call = fold(await archive.call_story(self.reads, begun.call)) if begun is not None else None
        channels = self.switchboard.channels
        goes_on = call.uniqueid in channels if call is not None else bool(channels)
        if goes_on and broken.quiet_for < LONGEST:
            return False
        fax = await self.word(file.stem)
        # Of our own calls no list of channels tells which are gone.
        if fax is None and broken.quiet_for < (PAGE_TAKES if broken.ours else left_behind.QUIET_WHEN_GONE):
            return False
        whole = await asyncio.to_thread(fax_file.complete_pages, file)
        fax = _of_file(fax or FaxTaken("", whole, why=LINE_LOST, gone=True), file, whole)
        left = self._left(begun, call, fax)
        of_machine = came(fax) is not Came.VOICE
        if of_machine:
            await self.keep(left)
        await asyncio.to_thread(file.unlink, missing_ok=True)
        return of_machine

    async def take_failed(self, story: list[Event]) -> None:
        """Keep the faxes of a call that ended without us and of which no page, and so no file, is left.

        Only Asterisk's word tells that there was a machine.
        """
        if any(isinstance(event, ev.FaxReceived) for event in story):
            return
        for begun in [event for event in story if isinstance(event, ev.FaxBegun)]:
            file = self.drop.absolute() / begun.file
            if await asyncio.to_thread(_is_there, file):
                continue
            fax = await self.word(file.stem)
            if fax is not None and came(fax) is not Came.VOICE:
                await self.keep(self._left(begun, fold(story), _of_file(fax, file, 0)))

    async def keep(self, left: LeftFax) -> str:
        """Keep a fax, tell of it, once, and return its id."""
        id_ = await self.faxes.keep(left)
        await self.chronicle.tell(received(left, id_), id=told_once(id_))
        return id_

    def _left(self, begun: ev.FaxBegun | None, call: Call | None, fax: FaxTaken) -> LeftFax:
        at, box = (begun.at, begun.box) if begun is not None else (self.clock.now(), "")
        return LeftFax(box, fax, at) if call is None else LeftFax.of(call, box=box, fax=fax, at=at)


def _of_file(fax: FaxTaken, file: Path, whole: int) -> FaxTaken:
    """Return what is known of a fax, with no more pages than its file has."""
    return replace(fax, path=str(file), pages=min(fax.pages, whole), ok=fax.ok and fax.pages <= whole)


def _is_there(file: Path) -> bool:
    return file.exists() or file.with_suffix(".json").exists()
