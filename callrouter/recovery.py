"""Recovery: what a new process does about calls that an earlier one left behind.

Owns the end of calls whose end we did not see: conversations that outlived us, and callers whom the emergency
attendant served meanwhile. Marks what is not known as estimated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

from callrouter import archive, left_behind
from callrouter import events as ev
from callrouter.ami.errors import AmiError
from callrouter.attendant_story import story_of, what_was_left
from callrouter.attendants_keepings import AttendantsKeepings
from callrouter.calls import Call, CallState
from callrouter.chronicle import Chronicle
from callrouter.events import Outcome
from callrouter.faxes import LeftFax
from callrouter.left_faxes import FaxLedger, LeftFaxes, Word, no_word
from callrouter.left_messages import LeftMessages
from callrouter.messages import LeftMessage, Messages
from callrouter.switchboard import Switchboard, call_id
from ivr.agi import fax_file
from ivr.agi.fax import LINE_LOST
from ivr.attendant import report as reports
from ivr.attendant.report import Report
from ivr.conversation import FaxTaken
from ledger.clock import Clock
from ledger.drop_folder import Drop, pick_up
from ledger.errors import LedgerError
from ledger.journal_reads import JournalReads

log = structlog.get_logger(__name__)

#: After a left-over channel is gone, the attendant has this long to write its report, seconds.
REPORT_GRACE = 2.0


class Recovery:
    """Takes up what was left: calls of the journal, and what lies in the drop folder."""

    def __init__(
        self,
        chronicle: Chronicle,
        reads: JournalReads,
        switchboard: Switchboard,
        clock: Clock,
        drop: Path,
        messages: Messages,
        process: str,
        *,
        faxes: FaxLedger,
        word: Word = no_word,
    ) -> None:
        """`process` is how files of our own, which are still being written, are told from others.

        `messages` and `faxes` raise where they cannot keep one. `word` asks what Asterisk knows of a fax that it
        received to its end without us.
        """
        self._chronicle = chronicle
        self._reads = reads
        self._switchboard = switchboard
        self._clock = clock
        self._drop = drop
        self._messages = LeftMessages(chronicle, reads, switchboard, clock, messages)
        self._faxes = LeftFaxes(chronicle, reads, switchboard, clock, faxes, drop, word)
        self._keepings = AttendantsKeepings(clock, messages, faxes)
        self._process = process
        self._taking = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.unreadable = 0

    def take_up(self, calls: list[Call]) -> None:
        """Watch the unfinished calls whose channel still lives; end the others as far as can be known.

        Call it once Asterisk's channels are known.
        """
        for call in calls:
            self._chronicle.restore(call)
            if call.uniqueid in self._switchboard.channels:
                self._switchboard.when_hung_up(call.uniqueid, partial(self._ends_soon, call.id))
            else:
                self._ends_soon(call.id)

    def watch(self, call: str, uniqueid: str) -> None:
        """See to the end of a call that we have just failed: the attendant has it now, or nobody."""
        self._switchboard.when_hung_up(uniqueid, partial(self._ends_soon, call))

    async def take_reports(self) -> int:
        """Journal what the emergency attendant did and bring its messages into the spool; return how many.

        A report is removed only when its events are acknowledged. After a crash between it is read again, and what
        the journal has of it is not told twice. One that cannot be taken now stays for the next time.
        """
        async with self._taking:  # or two would find the same report
            return await self._take_reports()

    async def _take_reports(self) -> int:
        taken = 0
        # These first: whether the caller left anything is part of how the call ended, which the reports tell.
        for broken in await asyncio.to_thread(left_behind.broken_off, self._drop, self._process):
            try:
                taken += await (self._faxes if broken.is_fax else self._messages).take_broken(broken)
            except Exception as error:  # noqa: BLE001 - said and tried again: one must not keep the others waiting
                log.error("what broke off stays in the drop folder for now", file=broken.path.name, **_fields(error))
        async for drop in pick_up(self._drop, besides=left_behind.TAKING):
            try:
                await self._take(drop)
                await drop.done()
                if drop.media is not None:
                    await asyncio.to_thread(reports.begun(drop.media).unlink, missing_ok=True)
            except Exception as error:  # noqa: BLE001 - said and tried again: one must not keep the others waiting
                log.error("what was left in the drop folder stays there for now", file=drop.identity, **_fields(error))
                continue
            taken += 1
        return taken

    async def _take(self, drop: Drop) -> None:
        """Take in one thing: what the ledger could not take then, or an attendant's report and what came with it."""
        facts = drop.facts or {}
        if drop.facts is None and drop.media is not None:  # the attendant died while it took the message
            facts = await asyncio.to_thread(reports.read_begun, drop.media)
        try:
            fax = left_behind.read_fax_note(facts, self._drop.absolute())
            if fax is not None:
                await self._faxes.keep(fax)
                return
            message = left_behind.read_note(facts, drop.media) if drop.media is not None else None
            if message is not None:
                await self._messages.keep(message)
                return
            report = reports.from_facts(facts)
        except (ValueError, TypeError, KeyError):
            self.unreadable += 1
            log.error("something was left without a readable report", file=drop.identity)
            report = None
        await self._journal(drop, report)

    async def close(self) -> None:
        """End what waits; those calls are found again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ends_soon(self, call: str) -> None:
        task = asyncio.create_task(self._end(call, self._clock.now()), name=f"end of {call}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, call: str, at: datetime) -> None:
        """End a left-over call: by the attendant's report if there is one, else by what we knew of it."""
        await asyncio.sleep(REPORT_GRACE)
        try:
            await self.take_reports()
        except Exception as error:  # noqa: BLE001 - said: the call has ended, whatever its report would tell
            log.error("how a call ended is told without reports", call_id=call, **_fields(error))
        known = self._chronicle.calls.get(call)
        if known is None:
            return
        if known.state is CallState.TALKING and known.talks:
            talk = known.talks[-1]
            self._chronicle.tell(
                ev.CallReleased(
                    at=at,
                    call=call,
                    agent=talk.agent,
                    department=talk.department,
                    talked=max(0.0, (at - talk.since).total_seconds()),
                )
            )
        left = await self._what_was_left(call)
        outcome = Outcome.ANSWERED if known.answered_by else Outcome.FAILED
        if left is Outcome.FAX or (left is not None and outcome is Outcome.FAILED):
            outcome = left
        await self._chronicle.tell(ev.CallEnded(at=at, call=call, outcome=outcome.value, estimated=True))

    async def _what_was_left(self, call: str) -> Outcome | None:
        try:
            story = await archive.call_story(self._reads, call)
            await self._faxes.take_failed(story)
            return what_was_left(story)
        except Exception as error:  # noqa: BLE001 - said: the call has ended, whatever it left
            log.warning("how a call ended is told without what it left", call_id=call, **_fields(error))
            return None

    async def _journal(self, drop: Drop, report: Report | None) -> None:
        if report is None:
            await self._keep_stray(drop)
            return
        call = call_id(report.uniqueid)
        stored = await self._reads.of_call(call)
        before = archive.events_of(stored)
        known = call in self._chronicle.calls or any(isinstance(event, ev.CallOffered) for event in before)
        ids = {entry.id for entry in stored}
        kept = await self._keepings.keep(report, drop, before or [event for _, event in story_of(report, self._clock)])
        left = what_was_left([*before, *(event for _, event in kept)])
        told: Awaitable[object] | None = None
        for id, event in story_of(report, self._clock, kept, left=left):
            if id not in ids and not (known and isinstance(event, ev.CallOffered)):
                told = self._chronicle.tell(event, id=id)
        if told is not None:
            await told

    async def _keep_stray(self, drop: Drop) -> None:
        """Keep what has no story: a sound is still somebody's message, and pages are somebody's fax."""
        if drop.media is None:
            return
        if drop.media.suffix != left_behind.FAX:
            await self._messages.keep(LeftMessage("", drop.media, self._clock.now(), 0.0))
        elif pages := await asyncio.to_thread(fax_file.complete_pages, drop.media):
            fax = FaxTaken(str(drop.media), pages, why=LINE_LOST, gone=True)
            await self._faxes.keep(LeftFax("", fax, self._clock.now()))


def _fields(error: Exception) -> dict[str, object]:
    """Return what the log tells of an error: of a fault of ours where it comes from, else the words of who is away."""
    if isinstance(error, OSError | LedgerError | AmiError):
        return {"error": str(error)}
    return {"error": type(error).__name__, "exc_info": error}
