"""The queue: pages go out in their turn, and whoever waits is told how it ended.

Owns when a fax is called out, how often, and when it is given up. Never two copies to a receiver, and never none: a
call is written down before it is placed, and again before its first page; after a crash the line tells what became of
it, and where nobody knows a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.allowed import CannotCall, number_to_call
from config.faxes import Again, FaxSettings
from config.schema import Site
from fax import store
from fax.ending import Ending
from fax.line import CallOver, Line
from fax.model import Attempt, Direction, Fax, Progress, Result, State, Step
from fax.outcome import pages_through
from fax.preparing import SEND
from fax.service import FaxService
from ledger.clock import Clock
from ledger.database import Database
from ledger.job_runner import Handler
from ledger.jobs import Decision, Done, JobRecord, Retry
from ledger.log import Log
from ledger.spool import Spool

#: Where it is our own trouble, such as a trunk that is away, the fax is tried again after so long, for so long.
OUR_TROUBLE, OUR_TROUBLE_FOR = 60.0, timedelta(hours=24)
#: A person answered who is no machine: they are called no more than this.
MOST_VOICES = 2

_log = Log(__name__)


@dataclass(frozen=True)
class FaxQueue:
    """The handler of calls with faxes, one a fax; how many run at once is the runner's matter."""

    service: FaxService
    db: Database
    spool: Spool
    site: Callable[[], Site]
    clock: Clock
    ending: Ending
    line: Line

    def handlers(self) -> dict[str, Handler]:
        """Return them by kind."""
        return {SEND: self.send}

    async def stop(self, id_: str) -> None:
        """End the call with a fax, for a person who cancelled it."""
        for attempt in await self.service.attempts(id_):
            if attempt.ended_at is None:
                await self.line.hang_up(attempt.call)

    async def send(self, job: JobRecord) -> Decision:
        """Call once; first find out what became of a call in which an earlier process of ours ended."""
        id_ = str(job.payload["fax"])
        fax = await self.service.find(id_)
        if fax is None or fax.state not in (State.WAITING, State.SENDING):
            return Done()
        open_ = [attempt for attempt in await self.service.attempts(id_) if attempt.ended_at is None]
        if open_:
            return await self._take_up(fax, open_[-1])
        begun = await self._begin(fax)
        return Done() if begun is None else await self._call(fax, begun)

    async def _call(self, fax: Fax, attempt: Attempt) -> Decision:
        box = self.site().faxbox(fax.box)
        progress = Progress(fax.id, Direction.OUT, fax.box, fax.number, attempt.began_at, of=fax.of, doing="calling")
        began_at: list[datetime] = []

        async def began() -> None:
            now = self.clock.now()
            async with self.db.writing() as session:
                if await _is_cancelled(session, fax.id):
                    raise Cancelled
                await store.put_attempt(session, replace(attempt, began_sending_at=now))
            began_at.append(now)
            self.service.under_way.say(fax.id, "sending")

        self.service.under_way.begin(progress, lambda: self.line.pages(attempt.call))
        try:
            over = await self.line.send(
                fax.id,
                attempt.call,
                fax.number,
                self.spool.path_of(fax.file),
                station=box.station or fax.did,
                header=self.site().company.name,
                shown_as=fax.did,
                began=began,
            )
        finally:
            self.service.under_way.end(fax.id)
        attempt = replace(attempt, began_sending_at=began_at[0] if began_at else None)
        decision = await self._settle(fax, _ended(attempt, over, self.clock.now()), over)
        await self.line.forget(attempt.call)
        return decision

    async def _take_up(self, fax: Fax, attempt: Attempt) -> Decision:
        """Settle a call that an earlier process began: nobody is sent a page twice because of us."""
        now = self.clock.now()
        if attempt.began_sending_at is None:  # whoever answers now is told that nobody wanted the call
            over = None
            await self.line.hang_up(attempt.call)
            ended = replace(attempt, ended_at=now, result=Result.NOT_CALLED, said="the server was restarted meanwhile")
        else:
            over = await self.line.recover(attempt.call, fax.id, fax.of)
            lost = "the server was restarted meanwhile, and Asterisk kept no word of it"
            unknown = replace(attempt, ended_at=self.clock.now(), result=Result.UNKNOWN, said=lost)
            ended = unknown if over is None else _ended(attempt, over, self.clock.now())
        decision = await self._settle(fax, ended, over)
        await self.line.forget(attempt.call)
        return decision

    async def _begin(self, fax: Fax) -> Attempt | None:
        """Write down that we call; None if it is not to be called any more."""
        now = self.clock.now()
        attempt = Attempt(fax.id, fax.tries + 1, self.line.new_call(), now)
        try:
            number_to_call(self.site(), fax.number)
        except CannotCall as refused:  # the site was another when it was ordered
            await self._give_up(fax, str(refused))
            return None
        async with self.db.writing() as session:
            waiting = (State.WAITING, State.SENDING)
            if not await store.move(session, fax.id, waiting, State.SENDING, tries=attempt.number, call=attempt.call):
                return None
            await store.put_attempt(session, attempt)
        await self.service.tell_of(fax.id)
        return attempt

    async def _give_up(self, fax: Fax, why: str) -> None:
        async with self.db.writing() as session:
            if await store.move(session, fax.id, (State.WAITING, State.SENDING), State.FAILED, why=why):
                await store.add_step(session, fax.id, Step(self.clock.now(), "not called any more", detail=why))
                await self.ending.end(session, fax.id)
        await self.service.tell_of(fax.id)

    async def _settle(self, fax: Fax, attempt: Attempt, over: CallOver | None) -> Decision:
        """Write down how a call ended, and decide whether there is another."""
        assert attempt.result is not None
        calls = [*(a for a in await self.service.attempts(fax.id) if a.number != attempt.number), attempt]
        wait = next_try(self.site().fax, calls, self.clock.now())
        through = pages_through(fax, calls)
        values: dict[str, object] = {"pages": through, "seconds": attempt.seconds, "why": attempt.said}
        if over is not None and attempt.began_sending_at is not None:
            values |= {
                "station": over.station, "rate": over.rate, "dots": list(over.dots), "ecm": over.ecm, "t38": over.t38,
            }  # fmt: skip
        async with self.db.writing() as session:
            await store.find(session, fax.id, lock=True)  # who cancels it comes before, or after and finds it waiting
            result = attempt.result
            if result not in (Result.SENT, Result.UNKNOWN) and await _is_cancelled(session, fax.id):
                result, wait = Result.CANCELLED, None
            state = State.WAITING if wait is not None else _STATES.get(result, State.FAILED)
            await store.put_attempt(session, replace(attempt, result=result))
            if await store.move(session, fax.id, (State.SENDING, State.WAITING), state, **values) and wait is None:
                await self.ending.end(session, fax.id)
        await self.service.tell_of(fax.id)
        if wait is not None:
            _log.info("a fax is tried again", fax=fax.id, result=result.value, after=wait)
            return Retry(wait, f"{result.value}: {attempt.said}"[:200])
        if state is not State.SENT:
            _log.warning("a fax was not sent", fax=fax.id, result=result.value, tries=len(calls))
        return Done()


class Cancelled(Exception):
    """A person took it back before the first page."""


async def _is_cancelled(session: AsyncSession, id_: str) -> bool:
    """Tell whether a person took it back while it was on the line."""
    return any(step.what == "cancelled" for step in await store.steps_of(session, id_))


_STATES = {Result.SENT: State.SENT, Result.UNKNOWN: State.UNKNOWN, Result.CANCELLED: State.CANCELLED}


def next_try(rules: FaxSettings, calls: Sequence[Attempt], now: datetime) -> float | None:
    """Say after how many seconds a fax is called out again, by the site's rules; None for no more.

    `calls` are those so far, of which the last decides.
    """
    last = calls[-1].result

    def again(rule: Again, *alike: Result) -> float | None:
        return rule.after if sum(call.result in alike for call in calls) < rule.tries else None

    match last:
        case Result.BUSY:
            return again(rules.busy, Result.BUSY)
        case Result.NO_ANSWER | Result.UNREACHABLE:
            return again(rules.no_answer, Result.NO_ANSWER, Result.UNREACHABLE)
        case Result.FAILED | Result.PARTIAL:
            return again(rules.failed, Result.FAILED, Result.PARTIAL)
        case Result.VOICE:
            return again(Again(tries=min(MOST_VOICES, rules.failed.tries), after=rules.failed.after), Result.VOICE)
        case Result.NOT_CALLED:
            *_, since = [call.ended_at or call.began_at for call in takewhile(_was_ours, reversed(calls))]
            return OUR_TROUBLE if now < since + OUR_TROUBLE_FOR else None
        case _:
            return None


def _was_ours(call: Attempt) -> bool:
    return call.result is Result.NOT_CALLED


def _ended(attempt: Attempt, over: CallOver, now: datetime) -> Attempt:
    return replace(
        attempt,
        ended_at=now,
        result=Result(over.result),
        pages=over.pages,
        seconds=over.seconds,
        station=over.station,
        rate=over.rate,
        said=over.why,
    )
