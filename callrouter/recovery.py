"""Recovery: what a new process does about calls that an earlier one left behind.

Owns the end of calls whose end we did not see: conversations that outlived us, and callers whom the emergency
attendant served meanwhile. Marks what is not known as estimated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

import structlog

from callrouter import archive, left_behind
from callrouter import events as ev
from callrouter.calls import Call, CallState, fold
from callrouter.chronicle import Chronicle
from callrouter.events import Outcome, Party
from callrouter.left_behind import BrokenOff
from callrouter.messages import LeftMessage, Messages, told_once
from callrouter.switchboard import Switchboard, call_id
from ivr.attendant import report as reports
from ivr.attendant.report import Report
from ledger.clock import Clock
from ledger.drop_folder import Drop, pick_up
from ledger.errors import LedgerError
from ledger.journal_reads import JournalReads

log = structlog.get_logger(__name__)

#: After a left-over channel is gone, the attendant has this long to write its report, seconds.
REPORT_GRACE = 2.0


class Recovery:
    """Takes up what was left: calls of the journal, reports and messages of the drop folder."""

    def __init__(
        self,
        chronicle: Chronicle,
        reads: JournalReads,
        switchboard: Switchboard,
        clock: Clock,
        drop: Path,
        messages: Messages,
        process: str,
    ) -> None:
        """`process` is how recordings of our own, which are still being taken, are told from others."""
        self._chronicle = chronicle
        self._reads = reads
        self._switchboard = switchboard
        self._clock = clock
        self._drop = drop
        self._messages = messages
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
        # These first: whether the caller left a message is part of how the call ended, which the reports tell.
        for broken in await asyncio.to_thread(left_behind.broken_off, self._drop, self._process):
            try:
                taken += await self._take_broken(broken)
            except (OSError, LedgerError) as error:
                log.error("a broken recording stays in the drop folder for now", error=str(error))
        async for drop in pick_up(self._drop, besides=left_behind.TAKING):
            try:
                await self._take(drop)
                await drop.done()
                if drop.media is not None:
                    await asyncio.to_thread(reports.begun(drop.media).unlink, missing_ok=True)
            except (OSError, LedgerError) as error:
                log.error("what was left in the drop folder stays there for now", error=str(error))
                continue
            taken += 1
        return taken

    async def _take(self, drop: Drop) -> None:
        """Take in one thing: a message that the ledger could not take then, or an attendant's report and message."""
        facts = drop.facts or {}
        if drop.facts is None and drop.media is not None:  # the attendant died while it took the message
            facts = await asyncio.to_thread(reports.read_begun, drop.media)
        try:
            message = left_behind.read_note(facts, drop.media) if drop.media is not None else None
            if message is not None:
                await self._keep(message)
                return
            report = reports.from_facts(facts)
        except (ValueError, TypeError, KeyError):
            self.unreadable += 1
            log.error("a message was left without a readable report", file=drop.identity)
            report = None
        await self._journal(drop, report)

    async def _take_broken(self, broken: BrokenOff) -> bool:
        """Take in a recording whose process died or lost the line, once nobody writes to it any more."""
        if broken.quiet_for < (left_behind.QUIET if broken.ours else left_behind.QUIET_WHEN_GONE):
            return False
        begun = await self._begun(broken)
        if broken.ours and (begun is None or begun.call in self._chronicle.calls):
            return False
        call = fold(await archive.call_story(self._reads, begun.call)) if begun is not None else None
        goes_on = call is not None and call.uniqueid in self._switchboard.channels
        if goes_on and broken.quiet_for < left_behind.QUIET:
            return False
        at = begun.at if begun is not None else self._clock.now()
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
        await self._keep(message)
        await self._messages.done(message)
        return True

    async def _begun(self, broken: BrokenOff) -> ev.MessageBegun | None:
        """Return the beginning of a recording, as the journal tells it; we may have been away for days since."""
        now, file = self._clock.now(), broken.path.name
        since = now - archive.LONGEST_CALL - timedelta(seconds=max(0.0, broken.quiet_for))
        entries = self._reads.between(since, now + timedelta(minutes=1), [ev.MessageBegun.KIND])
        for event in archive.events_of([entry async for entry in entries if entry.data.get("file") == file]):
            if isinstance(event, ev.MessageBegun):
                return event
        return None

    async def _keep(self, message: LeftMessage) -> None:
        """Keep a message and tell of it, once."""
        file = await self._messages.keep(message)
        taken = ev.MessageTaken(
            at=message.at, call=message.call, mailbox=message.mailbox, file=file, seconds=message.seconds
        )
        await self._chronicle.tell(taken, id=told_once(file))

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
        await self.take_reports()
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
        outcome = Outcome.ANSWERED if known.answered_by else Outcome.FAILED
        if outcome is Outcome.FAILED and await self._has_left_a_message(call):
            outcome = Outcome.VOICEMAIL
        await self._chronicle.tell(ev.CallEnded(at=at, call=call, outcome=outcome.value, estimated=True))

    async def _has_left_a_message(self, call: str) -> bool:
        try:
            return _left_a_message(await archive.call_story(self._reads, call))
        except LedgerError as error:
            log.warning("how a call ended is told without what it left", call_id=call, error=str(error))
            return False

    async def _journal(self, drop: Drop, report: Report | None) -> None:
        if report is None:
            if drop.media is not None:
                # A sound without a story is still somebody's message.
                await self._keep(LeftMessage("", drop.media, self._clock.now(), 0.0))
            return
        call = call_id(report.uniqueid)
        stored = await self._reads.of_call(call)
        known = call in self._chronicle.calls or any(entry.kind == ev.CallOffered.KIND for entry in stored)
        ids = {entry.id for entry in stored}
        left = _left_a_message(archive.events_of(stored))  # before we died and the attendant took over
        events = [event for _, event in _story(report, None, self._clock)]
        file = await self._attendants(report, call, drop.media, events) if drop.media is not None else None
        told: Awaitable[object] | None = None
        for id, event in _story(report, file, self._clock, left=left):
            if id not in ids and not (known and isinstance(event, ev.CallOffered)):
                told = self._chronicle.tell(event, id=id)
        if told is not None:
            await told

    async def _attendants(self, report: Report, call: str, media: Path, events: list[ev.Event]) -> str:
        """Keep a message that the attendant took, with what was known of its caller."""
        about = fold(await archive.call_story(self._reads, call)) or fold(events)
        at = _time(report.ended, self._clock)
        if about is None:
            return await self._messages.keep(LeftMessage(report.mailbox, media, at, report.seconds))
        left = LeftMessage.of(about, mailbox=report.mailbox, path=media, at=at, seconds=report.seconds)
        return await self._messages.keep(left)


def _story(report: Report, file: str | None, clock: Clock, *, left: bool = False) -> list[tuple[str, ev.Event]]:
    """Return a report as events, each with an id that it has however often the report is read.

    `left` says that the caller had left a message before.
    """
    call, key = call_id(report.uniqueid), reports.key(report)
    began, ended = _time(report.began, clock), _time(report.ended, clock)
    story: list[tuple[str, ev.Event]] = []

    def tell(what: str, event: ev.Event) -> None:
        story.append((_id(key, what), event))

    tell(
        "offered",
        ev.CallOffered(at=began, call=call, did=report.did, ani=report.ani, site=report.site, uniqueid=report.uniqueid),
    )
    tell("served", ev.AttendantServed(at=began, call=call, result=report.error or report.outcome))
    for number, step in enumerate(report.steps):
        if (event := _event(step, call, began)) is not None:
            tell(f"step {number}", event)
    if report.answered_by:
        answered = ended - timedelta(seconds=report.talked)
        by = (Party.CALLER if report.caller_gone else Party.AGENT).value
        agent = report.answered_by
        tell("answered", ev.CallAnswered(at=answered, call=call, agent=agent))
        tell("released", ev.CallReleased(at=ended, call=call, agent=agent, talked=report.talked, by=by))
    if file is not None:
        message = ev.MessageTaken(at=ended, call=call, mailbox=report.mailbox, file=file, seconds=report.seconds)
        # By its file, for there may be two beside one report.
        story.append((told_once(file), message))
    outcome = _outcome(report, left=left)
    tell(
        "ended",
        ev.CallEnded(
            at=ended,
            call=call,
            outcome=outcome.value,
            hung_up_first=(Party.CALLER if report.caller_gone else Party.US).value,
            abandoned_in="menu" if outcome is Outcome.ABANDONED else "",
        ),
    )
    return story


def _left_a_message(story: list[ev.Event]) -> bool:
    return any(isinstance(event, ev.MessageTaken) and not event.empty for event in story)


def _id(of: str, what: str) -> str:
    """Return the id of an event that may be told twice."""
    return uuid5(NAMESPACE_OID, f"{of} {what}").hex


def _outcome(report: Report, *, left: bool) -> Outcome:
    try:
        outcome = Outcome(report.outcome)
    except ValueError:
        outcome = Outcome.FAILED
    return Outcome.VOICEMAIL if left and outcome is not Outcome.ANSWERED else outcome


def _time(text: str, clock: Clock) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return clock.now()
    return at if at.tzinfo is not None else clock.now()


_STEPS: dict[str, type[ev.Event]] = {
    "MenuEntered": ev.MenuEntered,
    "PromptPlayed": ev.PromptHeard,
    "KeysPressed": ev.KeysPressed,
    "FactNamed": ev.FactNamed,
    "LanguageChosen": ev.LanguageChosen,
    "BranchTaken": ev.BranchTaken,
}


def _event(step: dict[str, object], call: str, began: datetime) -> ev.Event | None:
    """Return a step of a report as an event; None for what is none."""
    kind = _STEPS.get(str(step.get("kind")))
    if kind is None:
        return None
    fields = {name: value for name, value in step.items() if name not in ("kind", "at")}
    try:
        at = datetime.fromisoformat(str(step.get("at")))
        return ev.from_data(kind.KIND, at, call, "", "", fields)
    except (ValueError, TypeError):
        return None
