"""Owns what must reach somebody outside: promised in a transaction, tried until accepted, never dropped in silence.

Each delivery goes to one receiver, so that one who accepts is never troubled again because another did not. How
things travel is a carrier's matter, what they are a feature's.
"""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from ledger import delivery_store as store
from ledger import job_store
from ledger.backoff import Backoff
from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.delivery_model import Accepted, Attempt, Carrier, Delivery, DeliveryState, Later, Refused, Result
from ledger.errors import NoSuchDelivery
from ledger.jobs import TOPIC, Decision, Done, GiveUp, Job, JobRecord, Jobs, Retry
from ledger.log import Log
from ledger.storable import storable_text

KIND = "deliver"
#: How long one attempt may take, whatever the carrier promises; seconds.
ATTEMPT_SECONDS = 330.0
_REPLY_LENGTH = 500
_log = Log(__name__)

#: Is called in the transaction in which a delivery came to its end.
Ended = Callable[[AsyncSession, Delivery], Awaitable[None]]
#: Locks what a delivery is about, by its `about`, before the delivery itself is changed: who works on the thing locks
#: it first and its deliveries after it, and two who locked the other way round would wait for each other.
Lock = Callable[[AsyncSession, str], Awaitable[object]]
#: Is awaited after each attempt, once it is written down.
Tried = Callable[[Delivery], Awaitable[None]]


class Deliveries:
    """The deliveries of one database. `run` is the handler of jobs of kind "deliver"."""

    def __init__(
        self,
        db: Database,
        clock: Clock | None = None,
        *,
        backoff: Backoff | None = None,
        alarm_after: float = 900.0,
    ) -> None:
        """After `alarm_after` seconds under way people are told."""
        self._db = db
        self._carriers: dict[str, Carrier] = {}
        self._clock = clock or SystemClock()
        self._jobs = Jobs(db, self._clock)
        self._ended: dict[str, Ended] = {}
        self._tried: dict[str, Tried] = {}
        self._locks: dict[str, Lock] = {}
        self._backoff = backoff or Backoff(first=5.0, longest=900.0, attempts=1_000_000)
        self._alarm_after = timedelta(seconds=alarm_after)

    def serve(
        self,
        carriers: Mapping[str, Carrier],
        ended: Mapping[str, Ended],
        tried: Mapping[str, Tried] | None = None,
        locks: Mapping[str, Lock] | None = None,
    ) -> None:
        """Take carriers by channel, and by kind who is told of ends and of attempts. Before the first run.

        Whoever locks rows of its own in `ended` gives its lock as well.
        """
        self._carriers.update(carriers)
        self._ended.update(ended)
        self._tried.update(tried or {})
        self._locks.update(locks or {})

    async def promise(
        self,
        session: AsyncSession,
        *,
        kind: str,
        about: str,
        channel: str,
        receiver: str,
        not_before: datetime | None = None,
        again: str = "",
    ) -> str:
        """Promise a delivery in the caller's transaction; promising the same twice is once. Return its id.

        `again` tells a repetition that a person wants from the first one.
        """
        now = self._clock.now()
        id_ = uuid.uuid5(uuid.NAMESPACE_OID, "\n".join((kind, about, channel, receiver, again))).hex
        delivery = Delivery(
            id_, kind, about, channel, storable_text(receiver), DeliveryState.WAITING, now, 0, "", None, None,
            job=f"deliver {id_}",
        )  # fmt: skip
        if await store.add(session, delivery) and not await self._add_job(session, id_, delivery.job, not_before):
            # A job is left of an earlier delivery that was forgotten: this one is tried by its own.
            job = _another_job(id_, now)
            await store.change(session, id_, (DeliveryState.WAITING,), job=job)
            await self._add_job(session, id_, job, not_before)
        return id_

    async def _add_job(self, session: AsyncSession, id_: str, key: str, not_before: datetime | None = None) -> bool:
        return await self._jobs.add(session, Job(KIND, key, {"delivery": id_}, not_before))

    async def hurry(self, session: AsyncSession, kind: str, about: str) -> None:
        """Let what waits for its time go at once."""
        waiting = [d for d in await store.list_about(session, kind, [about]) if d.state is DeliveryState.WAITING]
        if await job_store.hurry(session, [d.job for d in waiting], self._clock.now()):
            await self._db.wakeups.wake_after_commit(session, TOPIC)

    async def cancel(self, session: AsyncSession, kind: str, about: str) -> None:
        """Forget the promises about something that a person took back; what was accepted stays accepted."""
        open_ = (DeliveryState.WAITING, DeliveryState.REFUSED)
        for delivery in await store.list_about(session, kind, [about]):
            await store.change(
                session, delivery.id, open_, state=DeliveryState.CANCELLED.value, ended_at=self._clock.now()
            )

    async def revive(
        self,
        session: AsyncSession,
        kind: str,
        about: str,
        states: tuple[DeliveryState, ...],
        *,
        since: datetime | None = None,
    ) -> list[str]:
        """Take up anew what came to these ends, `since` a time or ever, and return the receivers."""
        ended = [
            delivery
            for delivery in await store.list_about(session, kind, [about])
            if delivery.state in states
            and (since is None or (delivery.ended_at is not None and delivery.ended_at >= since))
        ]
        for delivery in ended:
            await self._begin_anew(session, delivery, states)
        return [delivery.receiver for delivery in ended]

    async def try_again(self, id_: str) -> None:
        """Take up a refused delivery anew, for a person who has mended the reason; raises NoSuchDelivery."""
        refused = (DeliveryState.REFUSED,)
        async with self._db.writing() as session:
            delivery = await store.find(session, id_)
            if delivery is None or not await self._begin_anew(session, delivery, refused):
                raise NoSuchDelivery(id_)

    async def _begin_anew(self, session: AsyncSession, delivery: Delivery, from_: tuple[DeliveryState, ...]) -> bool:
        now = self._clock.now()
        job = _another_job(delivery.id, now)
        anew = {"state": DeliveryState.WAITING.value, "created_at": now, "job": job}
        changed = await store.change(session, delivery.id, from_, **anew, ended_at=None, alarmed_at=None)
        if changed:
            await self._add_job(session, delivery.id, job)
        return changed

    async def forget(self, session: AsyncSession, kind: str, about: Sequence[str]) -> None:
        """Forget all that was owed about things that the caller removes in this transaction: they may come again.

        The thing was locked before, or nobody else can reach it any more. What was still open is said in the log.
        """
        gone = await store.list_about(session, kind, about)
        if open_ := [d.id for d in gone if d.state in (DeliveryState.WAITING, DeliveryState.REFUSED)]:
            _log.warning("something was removed that was still to be delivered", kind=kind, deliveries=open_)
        ids = [delivery.id for delivery in gone]
        await store.remove(session, ids)
        await job_store.forget_beginning(session, KIND, [f"deliver {id_}" for id_ in ids])

    async def about(self, session: AsyncSession, kind: str, about: str) -> list[Delivery]:
        """List the deliveries of one thing as this transaction sees them."""
        return await store.list_about(session, kind, [about])

    async def list_about(self, kind: str, about: list[str]) -> list[Delivery]:
        """List the deliveries of these things, the oldest first."""
        async with self._db.reading() as session:
            return await store.list_about(session, kind, about)

    async def list_in(
        self, state: DeliveryState, limit: int = 200, *, kinds: Collection[str] | None = None
    ) -> list[Delivery]:
        """List the deliveries in a state, of these kinds or of all, the oldest first."""
        async with self._db.reading() as session:
            return await store.list_in(session, state, limit, kinds)

    async def attempts(self, ids: list[str]) -> list[Attempt]:
        """List the attempts of these deliveries in order."""
        async with self._db.reading() as session:
            return await store.attempts_of(session, ids)

    async def count_open(self) -> dict[str, int]:
        """Count what is `waiting`, `overdue` (waiting too long) and `refused`."""
        async with self._db.reading() as session:
            return await store.count_open(session, self._clock.now() - self._alarm_after)

    def is_late(self, delivery: Delivery) -> bool:
        """Tell whether a delivery is under way for so long that people are told."""
        return delivery.state is DeliveryState.WAITING and delivery.created_at < self._clock.now() - self._alarm_after

    async def alarm(self) -> list[Delivery]:
        """Log, once each, what was refused or is under way for too long, and return it."""
        now = self._clock.now()
        async with self._db.writing() as session:
            late = await store.to_alarm(session, now - self._alarm_after, 100)
            for delivery in late:
                gone: dict[str, object] = {}
                job = await job_store.find(session, delivery.job)
                if delivery.state is DeliveryState.WAITING and (job is None or job["state"] == "failed"):
                    # Nobody tries it any more: its process died again and again. A person decides.
                    gone = {"state": DeliveryState.REFUSED.value, "ended_at": now}
                await store.change(session, delivery.id, (delivery.state,), alarmed_at=now, **gone)
        for delivery in late:  # without the reply: a receiver may repeat in it what it was told of a customer
            _log.error(
                "something promised was not delivered", kind=delivery.kind, about=delivery.about,
                delivery=delivery.id, channel=delivery.channel, state=delivery.state.value, attempts=delivery.attempts,
            )  # fmt: skip
        return late

    async def run(self, job: JobRecord) -> Decision:
        """Try one delivery once; of two jobs for it, the later one does."""
        began = self._clock.now()
        async with self._db.writing() as session:
            delivery = await store.find(session, str(job.payload["delivery"]), lock=True)
            if delivery is None or delivery.state is not DeliveryState.WAITING or delivery.job != job.key:
                return Done()
            number = delivery.attempts + 1
            await store.begin_attempt(session, delivery.id, number, began)
            await store.change(session, delivery.id, (DeliveryState.WAITING,), attempts=number)
        result = await self._carry(replace(delivery, attempts=number))
        return await self._settle(delivery, Attempt(delivery.id, number, began, None, "", ""), result)

    async def _carry(self, delivery: Delivery) -> Result:
        carrier = self._carriers.get(delivery.channel)
        if carrier is None:
            return Later(f"nobody here brings things by {delivery.channel}", admin=True)
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                return await carrier.carry(delivery)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the promise: said, and tried again
            _log.warning("a carrier failed", channel=delivery.channel, delivery=delivery.id, exc_info=error)
            return Later(f"a fault here: {type(error).__name__}", admin=True)

    async def _settle(self, delivery: Delivery, attempt: Attempt, result: Result) -> Decision:
        now = self._clock.now()
        said, state, words = _outcome(result)
        reply = storable_text(words)[:_REPLY_LENGTH]
        async with self._db.writing() as session:
            if state is not DeliveryState.WAITING and (lock := self._locks.get(delivery.kind)):
                await lock(session, delivery.about)
            await store.end_attempt(session, replace(attempt, ended_at=now, result=said, reply=reply))
            ended_at = None if state is DeliveryState.WAITING else now
            await store.change(
                session, delivery.id, (DeliveryState.WAITING,),
                state=state.value, last_reply=reply, ended_at=ended_at,
            )  # fmt: skip
            if state is not DeliveryState.WAITING and (ended := self._ended.get(delivery.kind)):
                await ended(session, replace(delivery, state=state, last_reply=reply, ended_at=now))
        if (tried := self._tried.get(delivery.kind)) is not None:
            await tried(replace(delivery, state=state, last_reply=reply, ended_at=ended_at))
        if state is DeliveryState.WAITING:
            delay = self._backoff.delay(attempt.number, random.random())  # noqa: S311 - spreads load only
            return Retry(delay or self._backoff.longest, reply)
        return Done() if state is DeliveryState.ACCEPTED else GiveUp(reply)


def _another_job(delivery: str, now: datetime) -> str:
    """Return the key of a job for a delivery that had one before."""
    return f"deliver {delivery} at {now.isoformat()}"


def _outcome(result: Result) -> tuple[str, DeliveryState, str]:
    match result:
        case Accepted(reply):
            return "accepted", DeliveryState.ACCEPTED, reply
        case Refused(why):
            return "refused", DeliveryState.REFUSED, why
        case Later(why):
            return "later", DeliveryState.WAITING, why
