"""The rules of faxes: how one is kept, what people may do with it, and when it may go.

What can be done with anything in a box is in `ledger.items_deeds`, SQL in `store`, background work in `jobs`, what is
sent in `orders` and `queue`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path

from callrouter.faxes import LeftFax
from config.schema import Site
from fax import store
from fax.arrivals import Arrivals
from fax.by_mail.model import DoorState
from fax.model import (
    UNDER_WAY,
    Asked,
    Attempt,
    Count,
    Direction,
    Fax,
    NoSuchFax,
    NotPossible,
    Order,
    Page,
    Progress,
    State,
    Step,
)
from fax.orders import Orders
from fax.promises import KIND, REPORT, TOLD, Promises, is_looked_at
from fax.story import story_of
from fax.under_way import UnderWay, Watcher
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.items_deeds import ItemDeeds
from ledger.jobs import Jobs
from ledger.spool import Spool
from ledger.spool_register import SpoolRegister

#: Is told which fax changed.
Changed = Callable[[Fax], None]


class FaxService(ItemDeeds[Fax]):
    """The faxes of one server."""

    called, box_called, no_such = "fax", "fax box", NoSuchFax

    def __init__(
        self,
        db: Database,
        spool: Spool,
        jobs: Jobs,
        deliveries: Deliveries,
        site: Callable[[], Site],
        clock: Clock,
    ) -> None:
        self._register = SpoolRegister(db, spool)
        self._deliveries = deliveries
        self._site = site
        self.promises = Promises(store.rows, deliveries, self._register, clock, jobs, site)
        super().__init__(db, store.rows, self.promises, clock)
        self._arrivals = Arrivals(db, spool, self._register, jobs, site, clock)
        self.orders = Orders(db, spool, self._register, jobs, site, clock)
        self.under_way = UnderWay()
        #: Tells how orders by mail fare, None where none are taken; set by who looks into the mailbox.
        self.by_mail: Callable[[], DoorState | None] = lambda: None

    # ---- a fax comes

    async def keep(self, left: LeftFax) -> str:
        """Make a fax safe: file, then row and work in one transaction. Return its id.

        Keeping it twice is keeping it once. One without pages is kept as a failed one, without a file. Raises
        LedgerError and OSError.
        """
        fax = await self._arrivals.keep(left)
        self.tell(fax)
        return fax.id

    # ---- people look

    async def search(self, asked: Asked) -> Page:
        """Return the faxes asked for, the newest first."""
        async with self._db.reading() as session:
            return await store.search(session, asked)

    async def count(self) -> dict[str, Count]:
        """Count what is unread, open and under way, by box; a box without any is not in it."""
        async with self._db.reading() as session:
            return await store.count(session)

    async def attempts(self, id_: str) -> list[Attempt]:
        """List the calls with a fax that we sent, in order."""
        async with self._db.reading() as session:
            return await store.attempts_of(session, id_)

    async def ledger(self, id_: str) -> list[Step]:
        """Tell everything that happened to a fax, calls and deliveries too, in the order of time."""
        async with self._db.reading() as session:
            steps = await store.steps_of(session, id_)
        deliveries = await self.deliveries_of(id_)
        tries = await self._deliveries.attempts([delivery.id for delivery in deliveries])
        return story_of(steps, await self.attempts(id_), deliveries, tries)

    def may_read(self, account: str) -> frozenset[str]:
        """Return the fax boxes of a person: the own ones, and those of the departments the person is in."""
        site = self._site()
        person = site.people.get(account)
        departments = set(person.departments) if person is not None else set()
        return frozenset(
            name
            for name in site.faxboxes
            if account in (box := site.faxbox(name)).people or departments.intersection(box.departments)
        )

    def progress(self) -> list[Progress]:
        """List the faxes on the line now."""
        return self.under_way.list_all()

    def watch_progress(self, watcher: Watcher) -> Callable[[], None]:
        """Have this called with all that moves on the line; call what is returned to end that."""
        return self.under_way.watch(watcher)

    def boxes(self) -> Collection[str]:
        return self._site().faxboxes

    def kept_in(self, box: str) -> timedelta:
        return timedelta(days=self._site().faxbox(box).keep)

    def check_deletable(self, item: Fax) -> None:
        """Raise NotPossible for one that is under way: it is cancelled first."""
        if item.state in UNDER_WAY:
            raise NotPossible("it is still being sent: cancel it first")

    def check_movable(self, item: Fax) -> None:
        """Raise NotPossible for one that we sent."""
        if item.direction is Direction.OUT:
            raise NotPossible("a fax that we sent stays where it was sent from")

    # ---- people act

    async def seen(self, id_: str, by: str, how: str = "on the page") -> Fax:
        """Note that somebody looked at it; the first time counts."""
        async with self._db.writing() as session:
            fax = await self._locked(session, id_)
            if fax.seen_at is not None:
                return fax
            now = self._clock.now()
            await store.change(session, id_, seen_at=now, seen_by=by)
            await store.add_step(session, id_, Step(now, "seen", by, how))
        return await self._changed(id_)

    async def deliver_again(self, id_: str, by: str) -> Fax:
        """Bring a received fax again to the receivers of its box; raises NotPossible when it has none."""
        async with self._db.writing() as session:
            fax = await self._there(session, id_)
            if fax.direction is Direction.OUT or not fax.file:
                raise NotPossible("only a fax that came in is delivered")
            if not is_looked_at(fax):
                raise NotPossible("its pages are being made; it is delivered as soon as they are")
            if not self.promises.receivers_of(fax.box):
                raise NotPossible(f"fax box {fax.box} has no receiver")
            now = self._clock.now()
            await store.add_step(session, id_, Step(now, "delivery asked for again", by))
            await self.promises.make_again(session, fax, f"again at {now.isoformat()}")
            await self.promises.weigh(session, id_)
        return await self._changed(id_)

    async def submit(self, order: Order, document: Path) -> Fax:
        """Take a document to be sent, and return the fax that it becomes; the same key twice is one fax.

        The document is copied before this returns. Raises NotPossible, LedgerError and OSError.
        """
        fax = await self.orders.submit(order, document)
        self.tell(fax)
        return fax

    async def refuse(self, order: Order, why: str) -> Fax:
        """Keep an order that cannot be carried out as a fax that failed, so that whoever ordered it is told."""
        fax = await self.orders.refuse(order, why)
        self.tell(fax)
        return fax

    async def send_again(self, id_: str, by: str) -> Fax:
        """Send the document of a fax that we sent once more, as a new fax; return that one."""
        fax = await self.get(id_)
        if fax.direction is Direction.IN:
            raise NotPossible("only a fax that we sent is sent again")
        if fax.state in UNDER_WAY:
            raise NotPossible("it is still being sent")
        again = await self.orders.submit_again(fax, by)
        self.tell(again)
        await self._changed(id_)
        return again

    async def cancel(self, id_: str, by: str) -> Fax:
        """Send it no more; a call with it is ended. Raises NotPossible for one that is not under way."""
        async with self._db.writing() as session:
            fax = await self._locked(session, id_)
            if fax.state not in UNDER_WAY:
                raise NotPossible(f"it is not under way: {fax.state.value}")
            now = self._clock.now()
            await store.add_step(session, id_, Step(now, "cancelled", by))
            if fax.state is not State.SENDING:
                await store.change(session, id_, state=State.CANCELLED.value, why=f"cancelled by {by}")
                if by == fax.sent_by:
                    await self.promises.end_unsaid(session, id_, f"{by}, who ordered it, knows")
                else:
                    await self.promises.end(session, id_)
                await self.promises.weigh(session, id_)
        if fax.state is State.SENDING:
            await self.orders.ask_to_stop(id_)  # its call tells how far it came
        return await self._changed(id_)

    async def forget_old(self, limit: int = 100) -> int:
        """Remove files whose time is over and which nobody waits for, and faxes without any; return how many."""
        now = self._clock.now()
        files = await self._register.remove_old(now, limit)
        async with self._db.writing() as session:
            past = await store.past(session, now, limit, owed=(KIND, REPORT), told=TOLD)
            await self.promises.forget(session, past)
            await store.remove(session, past)
        return max(len(files), len(past))
