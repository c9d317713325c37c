"""The connectors: every change leaves for a company's own systems, and these are asked who calls.

Owns which receivers work, by the site as it is now, and what people see of them and may do about what is kept.
One process of an installation runs them, see `turn`: two would send everything twice, though under the same keys.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Collection
from typing import Final

import structlog
from aiohttp.abc import AbstractResolver

from callrouter.caller_number import number_of
from crm_bridge.connectors import deeds_store, store
from crm_bridge.connectors.health import AtWork, states
from crm_bridge.connectors.lookups import DEADLINE, Lookups
from crm_bridge.connectors.model import (
    BreakerState,
    ConnectedSite,
    CustomerOf,
    Deed,
    DeedKind,
    Found,
    NoSuchReceiver,
    NotAtWork,
    ReceiverState,
    Tested,
    Waiting,
    WaitingState,
)
from crm_bridge.connectors.occasions import Owners
from crm_bridge.connectors.receiver import House, Receiver, Settings
from crm_bridge.connectors.shelf import Shelf
from crm_bridge.connectors.showing import in_lines
from crm_bridge.connectors.turn import Turn
from crm_bridge.connectors.webhook import as_told
from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.delivery_model import Accepted
from ledger.forgetting import Tally
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
        self._broken: dict[str, Settings] = {}
        self._turn = Turn(db, self._clock)

    async def run(self) -> None:
        """Work until cancelled, always for the receivers that the site names now, while it is this process's turn."""
        try:
            while True:
                try:
                    await self._as_the_site_says(await self._turn.take())
                except Exception:  # a fault of ours: who is sent to stays so, and it is looked again
                    log.exception("the connectors cannot be as the site says")
                await asyncio.sleep(LOOK_AT_SITE)
        finally:
            await self._lookups.close()
            await asyncio.gather(*(self._end(name) for name in list(self._receivers)))
            await self._turn.give_back()

    async def look_up(self, number: str, deadline: float = DEADLINE) -> list[Found]:
        """Return who has a number, however it is written, by what other systems said within `deadline` seconds.

        Raises nothing; what is said later is known the next time. Several may have one number.
        """
        full = number_of(number, self._site().company.country)
        if full is None:
            return []
        sources = {name: source for name, one in self._receivers.items() if (source := one.source) is not None}
        return await self._lookups.look_up(full, sources, deadline)

    async def state(self) -> list[ReceiverState]:
        """Return how each receiver is doing, those too that the site names no more. Raises DatabaseError."""
        return await states(self._db, self._journal, self._site().connectors, self._at_work)

    async def failed(self, receiver: str, *, after: int = 0, limit: int = 100) -> list[Waiting]:
        """List what has failed, in the journal's order, after number `after`. Raises DatabaseError."""
        return await self._kept(receiver, WaitingState.FAILED, after, limit)

    async def waiting(self, receiver: str, *, after: int = 0, limit: int = 100) -> list[Waiting]:
        """List what waits, in the journal's order, after number `after`. Raises DatabaseError."""
        return await self._kept(receiver, WaitingState.WAITING, after, limit)

    async def find_kept(self, receiver: str, entry: str) -> Waiting | None:
        """Return what is kept of one event, None when nothing is. Raises DatabaseError."""
        async with self._db.reading() as session:
            return await store.find_kept(session, receiver, entry)

    def preview(self, waiting: Waiting) -> str:
        """Return what its receiver is told of an event, in lines for people, without secrets."""
        one = self._receivers.get(waiting.receiver)
        return in_lines(as_told(waiting.occasion)) if one is None else one.preview(waiting.occasion)

    async def test(self, receiver: str, *, by: str = "") -> Tested:
        """Try whether a receiver takes what we tell it. Raises NoSuchReceiver, NotAtWork, DatabaseError."""
        one = self._receivers.get(receiver)
        if one is None:
            known = receiver in self._site().connectors
            raise (
                NotAtWork("another server sends to it: test it there") if known else NoSuchReceiver("no such connector")
            )
        log.info("a connector is tested by hand", receiver=receiver, by=by)
        tested = await one.test()
        await one.shelf.tested(by, isinstance(tested.result, Accepted))
        return tested

    async def send_again(self, receiver: str, entry: str | None = None, *, by: str = "") -> int:
        """Let one thing go now, by its event's id, or all that has failed and what waits with it.

        Returns how many that had failed go, or 1. Raises DatabaseError.
        """
        count = await self._shelf(receiver).send_again(entry, by)
        log.info("events are sent again by hand", receiver=receiver, events=count, by=by)
        self._hurry(receiver)
        return count

    async def drop(self, receiver: str, entry: str, *, by: str = "") -> int:
        """Forget one thing, by its event's id; return 0 when it is not there. Raises DatabaseError."""
        count = await self._shelf(receiver).drop(entry, by)
        log.warning("an event was dropped by hand", receiver=receiver, entry=entry, events=count, by=by)
        self._hurry(receiver)
        return count

    async def drop_all(self, receiver: str, state: WaitingState, until: int, *, by: str = "") -> int:
        """Forget all that is in one state, as far as somebody has seen it: up to number `until` of the journal.

        Returns how many. Raises DatabaseError.
        """
        count = await self._shelf(receiver).drop_all(state, until, by)
        log.warning("events were dropped by hand", receiver=receiver, state=state.value, events=count, by=by)
        self._hurry(receiver)
        return count

    async def deeds(self, receiver: str, limit: int = 20) -> list[Deed]:
        """List what people did with a receiver, the newest first. Raises DatabaseError."""
        async with self._db.reading() as session:
            return await deeds_store.list_newest(session, receiver, limit)

    async def newest(self, receiver: str, state: WaitingState) -> int:
        """Return the journal's number of the last thing in one state, 0 when there is none. Raises DatabaseError."""
        async with self._db.reading() as session:
            return await store.newest(session, receiver, state)

    async def forget(self, receiver: str, *, by: str = "") -> None:
        """Forget a receiver that the site names no more, and all that is kept for it.

        Raises NotAtWork when the site does name it, NoSuchReceiver when nothing is known of it, DatabaseError.
        """
        if receiver in self._site().connectors:
            raise NotAtWork("the site names it: delete it there first")
        async with self._db.writing() as session:
            if not await store.forget(session, receiver):
                raise NoSuchReceiver("there is no such connector")
            await deeds_store.add(session, receiver, Deed(self._clock.now(), by, DeedKind.FORGOTTEN))
        log.warning("a receiver was forgotten by hand", receiver=receiver, by=by)

    async def erase(
        self, customer: str, calls: Collection[str], numbers: Collection[str] = (), tally: Tally | None = None
    ) -> int:
        """Forget all that is kept of a customer, of these calls and of who has these numbers (in E.164).

        Returns how many events are told to nobody any more, which are counted in `tally`. Raises DatabaseError.
        """
        self._house.owners.forget(customer)
        for number in numbers:
            self._lookups.forget(number)
        async with self._db.writing() as session:
            gone = await store.erase(session, customer, calls, self._clock.now())
            if tally is not None:
                await tally.add(session, "events that waited for other systems", gone)
        return gone

    async def _kept(self, receiver: str, state: WaitingState, after: int, limit: int) -> list[Waiting]:
        async with self._db.reading() as session:
            return await store.list_kept(session, receiver, state, after, limit)

    def _hurry(self, receiver: str) -> None:
        if (one := self._receivers.get(receiver)) is not None:
            one.hurry()

    def _shelf(self, receiver: str) -> Shelf:
        """Return the shelf of a receiver, that too of one which the site names no more."""
        one = self._receivers.get(receiver)
        return one.shelf if one is not None else Shelf(receiver, self._db, self._journal, self._clock)

    def _at_work(self, receiver: str) -> AtWork | None:
        """Return how a receiver is that this process sends to."""
        one = self._receivers.get(receiver)
        if one is None:
            return None
        is_open = one.breaker.state is BreakerState.OPEN
        return AtWork(one.breaker.state, max(0.0, one.breaker.until - self._clock.monotonic()) if is_open else None)

    async def _as_the_site_says(self, ours: bool) -> None:
        site = self._site()
        wanted = {
            name: Settings(connector, site.people, site.company.country)
            for name, connector in (site.connectors.items() if ours else ())
        }
        for name, receiver in list(self._receivers.items()):
            if wanted.get(name) != receiver.settings:
                await self._end(name)
        for name, settings in wanted.items():
            if name not in self._receivers and self._broken.get(name) != settings:
                self._begin(name, settings)

    def _begin(self, name: str, settings: Settings) -> None:
        try:
            receiver = Receiver(name, settings, self._house)
        except Exception:  # a fault of ours: the other receivers work, and this one when the site says something else
            log.exception("a receiver cannot begin", receiver=name)
            self._broken[name] = settings
            return
        self._receivers[name] = receiver
        self._tasks[name] = asyncio.create_task(receiver.run(), name=f"connector {name}")

    async def _end(self, name: str) -> None:
        task = self._tasks.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self._receivers.pop(name).close()
