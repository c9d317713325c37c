"""Recovery: what a new process does about calls that an earlier one left behind.

Owns the end of calls whose end we did not see: conversations that outlived us, and callers whom the emergency
attendant served meanwhile. Marks what is not known as estimated.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from callrouter import events as ev
from callrouter.calls import Call, CallState
from callrouter.chronicle import Chronicle
from callrouter.events import Outcome, Party
from callrouter.switchboard import Switchboard, call_id
from ivr.attendant import report as reports
from ivr.attendant.report import Report
from ledger.clock import Clock
from ledger.drop_folder import pick_up
from ledger.spool import Spool, SpoolFile

log = structlog.get_logger(__name__)

#: After a left-over channel is gone, the attendant has this long to write its report, seconds.
REPORT_GRACE = 2.0


class Recovery:
    """Takes up what was left: calls of the journal, reports and messages of the drop folder."""

    def __init__(self, chronicle: Chronicle, switchboard: Switchboard, clock: Clock, drop: Path, spool: Spool) -> None:
        self._chronicle = chronicle
        self._switchboard = switchboard
        self._clock = clock
        self._drop = drop
        self._spool = spool
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

        A report is removed only when its events are acknowledged, so a crash between repeats it at worst.
        """
        async with self._taking:  # or two would find the same report
            return await self._take_reports()

    async def _take_reports(self) -> int:
        taken = 0
        async for drop in pick_up(self._drop):
            try:
                report = reports.from_facts(drop.facts or {})
            except (ValueError, TypeError):
                self.unreadable += 1
                log.error("a message of the emergency attendant has no readable report", file=drop.identity)
                report = None
            file = await drop.adopt(self._spool)
            await self._journal(report, file)
            await drop.done()
            taken += 1
        return taken

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
        await self._chronicle.tell(ev.CallEnded(at=at, call=call, outcome=outcome.value, estimated=True))

    async def _journal(self, report: Report | None, file: SpoolFile | None) -> None:
        if report is None:
            if file is not None:
                # A sound without a story is still somebody's message.
                await self._chronicle.tell(
                    ev.MessageTaken(at=self._clock.now(), mailbox="", file=file.name, seconds=0.0)
                )
            return
        call = call_id(report.uniqueid)
        began, ended = _time(report.began, self._clock), _time(report.ended, self._clock)
        tell = self._chronicle.tell
        if call not in self._chronicle.calls:
            tell(
                ev.CallOffered(
                    at=began, call=call, did=report.did, ani=report.ani, site=report.site, uniqueid=report.uniqueid
                )
            )
        tell(ev.AttendantServed(at=began, call=call, result=report.error or report.outcome))
        for step in report.steps:
            if (event := _event(step, call, began)) is not None:
                tell(event)
        if report.answered_by:
            self._talked(report, call, ended)
        if file is not None:
            tell(ev.MessageTaken(at=ended, call=call, mailbox=report.mailbox, file=file.name, seconds=report.seconds))
        await tell(
            ev.CallEnded(
                at=ended,
                call=call,
                outcome=_outcome(report),
                hung_up_first=(Party.CALLER if report.caller_gone else Party.US).value,
                abandoned_in="menu" if report.outcome == "abandoned" else "",
            )
        )

    def _talked(self, report: Report, call: str, ended: datetime) -> None:
        answered = ended - timedelta(seconds=report.talked)
        self._chronicle.tell(ev.CallAnswered(at=answered, call=call, agent=report.answered_by))
        by = Party.CALLER if report.caller_gone else Party.AGENT
        self._chronicle.tell(
            ev.CallReleased(at=ended, call=call, agent=report.answered_by, talked=report.talked, by=by.value)
        )


def _outcome(report: Report) -> str:
    try:
        return Outcome(report.outcome).value
    except ValueError:
        return Outcome.FAILED.value


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
