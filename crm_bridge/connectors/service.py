"""The connectors: every change leaves for a company's own systems, and these are asked who calls.

Owns which receivers work, by the site as it is now, and what people see of them and may do about what is kept.
One process of an installation runs them: two would send everything twice, though under the same keys.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Collection
from typing import Final

import structlog
from aiohttp.abc import AbstractResolver

from config.values import e164
from crm_bridge.connectors import store
from crm_bridge.connectors.lookups import DEADLINE, Lookups
from crm_bridge.connectors.model import (
    BreakerState,
    ConnectedSite,
    CustomerOf,
    Found,
    ReceiverState,
    Waiting,
    WaitingState,
)
from crm_bridge.connectors.occasions import Owners
from crm_bridge.connectors.receiver import House, Receiver, Settings
from crm_bridge.connectors.shelf import Shelf, reader_of
from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.journal_reads import JournalReads

log = structlog.get_logger(__name__)

#: How often is looked whether the site says something else, seconds.
LOOK_AT_SITE: Final = 1.0


class Connectors:
    """All receivers of an installation."""

    def __init__(
        self,
        site: Callable[[], ConnectedSite],
        db: Database,
        journal: JournalReads,
        customer_of: CustomerOf,
        *,
        clock: Clock | None = None,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """`tls` says whom to trust instead of whom the system trusts, `resolver` who knows the names of machines."""
        self._site = site
        self._db = db
        self._journal = journal
        self._clock = clock or SystemClock()
        self._house = House(db, journal, self._clock, Owners(customer_of, self._clock), tls, resolver)
        self._lookups = Lookups(self._clock)
        self._receivers: dict[str, Receiver] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Work until cancelled, always for the receivers that the site names now."""
        try:
            while True:
                await self._as_the_site_says()
                await asyncio.sleep(LOOK_AT_SITE)
        finally:
            await self._lookups.close()
            await asyncio.gather(*(self._end(name) for name in list(self._receivers)))

    async def look_up(self, number: str, deadline: float = DEADLINE) -> list[Found]:
        """Return who has a number, however it is written, by what other systems said within `deadline` seconds.

        Raises nothing; what is said later is known the next time. Several may have one number.
        """
        full = e164(number, self._site().company.country)
        if full is None:
            return []
        sources = {name: source for name, one in self._receivers.items() if (source := one.source) is not None}
        return await self._lookups.look_up(full, sources, deadline)

    async def state(self) -> list[ReceiverState]:
        """Return how each receiver is doing, those too that the site names no more. Raises DatabaseError."""
        connectors = self._site().connectors
        # In this order: who is not behind has everything that it says below.
        newest = await self._journal.newest_seq()
        positions = {name: await self._journal.position(reader_of(name)) for name in connectors}
        async with self._db.reading() as session:
            counted = await store.count(session)
            told = await store.list_told(session)
            names = sorted({*connectors, *counted, *told})
            oldest = {name: await store.oldest(session, name) for name in names if counted.get(name)}
        states = []
        for name in names:
            connector = connectors.get(name)
            receiver = self._receivers.get(name)
            kept, how = counted.get(name, {}), told.get(name, store.Told())
            states.append(
                ReceiverState(
                    name=name,
                    kind="" if connector is None else connector.kind,
                    breaker=BreakerState.CLOSED if receiver is None else receiver.breaker.state,
                    next_probe=None if receiver is None else self._until_probe(receiver),
                    behind=max(0, newest - positions[name]) if name in positions and name in told else 0,
                    waiting=kept.get(WaitingState.WAITING, 0),
                    failed=kept.get(WaitingState.FAILED, 0),
                    oldest=oldest.get(name),
                    last_success=how.success,
                    last_error=how.error,
                    last_error_at=how.error_at,
                    known=name in told,
                )
            )
        return states

    async def failed(self, receiver: str, *, after: int = 0, limit: int = 100) -> list[Waiting]:
        """List what has failed, in the journal's order, after number `after`. Raises DatabaseError."""
        return await self._kept(receiver, WaitingState.FAILED, after, limit)

    async def waiting(self, receiver: str, *, after: int = 0, limit: int = 100) -> list[Waiting]:
        """List what waits, in the journal's order, after number `after`. Raises DatabaseError."""
        return await self._kept(receiver, WaitingState.WAITING, after, limit)

    async def send_again(self, receiver: str, entry: str | None = None) -> int:
        """Let one thing go now, by its event's id, or all that has failed; return how many. Raises DatabaseError."""
        count = await self._shelf(receiver).send_again(entry)
        if (one := self._receivers.get(receiver)) is not None:
            one.hurry()
        return count

    async def drop(self, receiver: str, entry: str | None = None) -> int:
        """Forget one thing, by its event's id, or all that has failed; return how many. Raises DatabaseError."""
        count = await self._shelf(receiver).drop(entry)
        log.info("events were dropped by hand", receiver=receiver, events=count)
        if (one := self._receivers.get(receiver)) is not None:
            one.hurry()
        return count

    async def erase(self, customer: str, calls: Collection[str], numbers: Collection[str] = ()) -> int:
        """Forget all that is kept of a customer, of these calls and of who has these numbers (in E.164).

        Returns how many events are told to nobody any more. Raises DatabaseError.
        """
        self._house.owners.forget(customer)
        for number in numbers:
            self._lookups.forget(number)
        async with self._db.writing() as session:
            return await store.erase(session, customer, calls, self._clock.now())

    async def _kept(self, receiver: str, state: WaitingState, after: int, limit: int) -> list[Waiting]:
        async with self._db.reading() as session:
            return await store.list_kept(session, receiver, state, after, limit)

    def _shelf(self, receiver: str) -> Shelf:
        """Return the shelf of a receiver, that too of one which the site names no more."""
        one = self._receivers.get(receiver)
        return one.shelf if one is not None else Shelf(receiver, self._db, self._journal, self._clock)

    def _until_probe(self, receiver: Receiver) -> float | None:
        if receiver.breaker.state is not BreakerState.OPEN:
            return None
        return max(0.0, receiver.breaker.until - self._clock.monotonic())

    async def _as_the_site_says(self) -> None:
        site = self._site()
        wanted = {
            name: Settings(connector, site.people, site.company.country) for name, connector in site.connectors.items()
        }
        for name, receiver in list(self._receivers.items()):
            if wanted.get(name) != receiver.settings:
                await self._end(name)
        for name, settings in wanted.items():
            if name not in self._receivers:
                receiver = self._receivers[name] = Receiver(name, settings, self._house)
                self._tasks[name] = asyncio.create_task(receiver.run(), name=f"connector {name}")

    async def _end(self, name: str) -> None:
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self._receivers.pop(name).close()
