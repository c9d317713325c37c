"""The rules of faxes: how one is kept, what people may do with it, and when it may go.

Everything that happens to a fax is a step of its own ledger, written in the same transaction. SQL is in `store`,
background work in `jobs`, what is sent in `orders` and `queue`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.faxes import LeftFax
from config.schema import Site
from fax import store
from fax.arrivals import Arrivals
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
from fax.promises import FORWARDED, KIND, REPORT, TOLD, Promises, is_looked_at
from fax.story import story_of
from fax.under_way import UnderWay, Watcher
from fax.work import keys_of
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery
from ledger.jobs import Jobs
from ledger.spool import Spool
from ledger.spool_register import SpoolRegister
from ledger.storable import storable_text

#: A deleted fax can be brought back for so long.
UNDO = timedelta(days=14)
#: The longest note, letters.
NOTE_LENGTH = 2_000

#: Is told which fax changed.
Changed = Callable[[Fax], None]


class FaxService:
    """The faxes of one server."""

    def __init__(
        self,
        db: Database,
        spool: Spool,
        jobs: Jobs,
        deliveries: Deliveries,
        site: Callable[[], Site],
        clock: Clock,
    ) -> None:
        self._db = db
        self._register = SpoolRegister(db, spool)
        self._jobs = jobs
        self._deliveries = deliveries
        self._site = site
        self._clock = clock
        self._watchers: list[Changed] = []
        self.promises = Promises(deliveries, self._register, jobs, site, clock)
        self._arrivals = Arrivals(db, spool, self._register, jobs, site, clock)
        self.orders = Orders(db, spool, self._register, jobs, site, clock)
        self.under_way = UnderWay()

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

    async def get(self, id_: str) -> Fax:
        """Return a fax; raises NoSuchFax."""
        async with self._db.reading() as session:
            fax = await store.find(session, id_)
        if fax is None:
            raise NoSuchFax(id_)
        return fax

    async def beginning(self, id_: str, limit: int) -> list[Fax]:
        """List faxes whose ids begin so, deleted ones too."""
        async with self._db.reading() as session:
            return await store.beginning(session, id_, limit)

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

    async def deliveries_of(self, id_: str) -> list[Delivery]:
        """List what leaves the house about a fax: itself to the receivers of its box, or word of what became of it."""
        about = [await self._deliveries.list_about(kind, [id_]) for kind in (KIND, REPORT)]
        return [*about[0], *about[1]]

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

    async def handle(self, id_: str, by: str) -> Fax:
        """Note that somebody has done what the sender wanted; twice is once."""
        async with self._db.writing() as session:
            fax = await self._there(session, id_)
            if fax.handled_at is None:
                now = self._clock.now()
                await store.change(session, id_, handled_at=now, handled_by=by)
                await store.add_step(session, id_, Step(now, "handled", by))
                await self.promises.weigh(session, id_)
        return await self._changed(id_)

    async def reopen(self, id_: str, by: str) -> Fax:
        """Note that it is not handled after all."""
        async with self._db.writing() as session:
            fax = await self._locked(session, id_)
            if fax.handled_at is not None:
                await store.change(session, id_, handled_at=None, handled_by="")
                await store.add_step(session, id_, Step(self._clock.now(), "reopened", by))
                await self.promises.weigh(session, id_)
        return await self._changed(id_)

    async def assign(self, id_: str, to: str, by: str) -> Fax:
        """Give it to somebody; '' to nobody. Raises NotPossible for somebody who may not read it."""
        async with self._db.writing() as session:
            fax = await self._locked(session, id_)
            if to and fax.box not in self.may_read(to):
                raise NotPossible(f"{to} cannot read fax box {fax.box}")
            await store.change(session, id_, assigned_to=to)
            await store.add_step(session, id_, Step(self._clock.now(), "assigned", by, to or "nobody"))
        return await self._changed(id_)

    async def note(self, id_: str, text: str, by: str) -> Fax:
        """Write something down about it; raises NotPossible for nothing, or too much."""
        text = storable_text(text.strip())
        if not 0 < len(text) <= NOTE_LENGTH:
            raise NotPossible(f"a note has 1 to {NOTE_LENGTH} letters")
        async with self._db.writing() as session:
            await self._locked(session, id_)
            await store.add_step(session, id_, Step(self._clock.now(), "note", by, text))
        return await self._changed(id_)

    async def forward(self, id_: str, box: str, by: str) -> Fax:
        """Move it to another box, whose receivers get it; a fax is in one place, so nobody does it twice."""
        site = self._site()
        if box not in site.faxboxes:
            raise NotPossible(f"there is no fax box {box}")
        async with self._db.writing() as session:
            fax = await self._there(session, id_)
            if fax.direction is Direction.OUT:
                raise NotPossible("a fax that we sent stays where it was sent from")
            if fax.box != box:
                now = self._clock.now()
                # For the people there it is new, whatever was done with it here.
                anew = {"box": box, "assigned_to": "", "seen_at": None, "seen_by": ""}
                await store.change(session, id_, **anew, handled_at=None, handled_by="")
                await store.add_step(session, id_, Step(now, FORWARDED, by, f"from {fax.box} to {box}"))
                until = fax.at + timedelta(days=site.faxbox(box).keep)
                await self.promises.keep_until(session, fax, max(fax.keep_until, until))
                await self.promises.take_back(session, id_)
                if is_looked_at(fax):  # else it goes there as soon as it is
                    await self.promises.to(session, id_, site.faxbox(box).deliver, again=f"to {box} at {now}")
                await self.promises.weigh(session, id_)
        return await self._changed(id_)

    async def delete(self, id_: str, by: str) -> Fax:
        """Take it out of the lists; for two weeks it can be brought back. One under way is cancelled first."""
        async with self._db.writing() as session:
            fax = await self._locked(session, id_)
            if fax.state in UNDER_WAY:
                raise NotPossible("it is still being sent: cancel it first")
            if fax.deleted_at is None:
                now = self._clock.now()
                await store.change(session, id_, deleted_at=now, deleted_by=by)
                await store.add_step(session, id_, Step(now, "deleted", by))
                await self.promises.keep_until(session, fax, now + UNDO)
                await self.promises.take_back(session, id_)
                await self.promises.weigh(session, id_)
        return await self._changed(id_)

    async def restore(self, id_: str, by: str) -> Fax:
        """Bring a deleted fax back, and with it what was owed about it."""
        async with self._db.writing() as session:
            fax = await self._locked(session, id_)
            if fax.deleted_at is not None:
                until = max(fax.at + timedelta(days=self._site().faxbox(fax.box).keep), self._clock.now() + UNDO)
                await store.change(session, id_, deleted_at=None, deleted_by="")
                await store.add_step(session, id_, Step(self._clock.now(), "brought back", by))
                await self.promises.keep_until(session, fax, until)
                await self.promises.renew(session, fax)
                await self.promises.weigh(session, id_)
        return await self._changed(id_)

    async def called_back(self, id_: str, by: str, how: str, *, begins: bool = False) -> Fax:
        """Note that somebody calls the sender back, and how that ended."""
        what = "calls back" if begins else "called back"
        async with self._db.writing() as session:
            await self._locked(session, id_)
            await store.add_step(session, id_, Step(self._clock.now(), what, by, how))
        return await self._changed(id_)

    async def deliver_again(self, id_: str, by: str) -> Fax:
        """Bring a received fax again to the receivers of its box; raises NotPossible when it has none."""
        async with self._db.writing() as session:
            fax = await self._there(session, id_)
            if fax.direction is Direction.OUT or not fax.file:
                raise NotPossible("only a fax that came in is delivered")
            if not is_looked_at(fax):
                raise NotPossible("its pages are being made; it is delivered as soon as they are")
            if not self._site().faxbox(fax.box).deliver:
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

    # ---- background work, see `jobs` and `queue`

    async def delivery_ended(self, session: AsyncSession, delivery: Delivery) -> None:
        """Let the files go, once their time is over, when every receiver has it."""
        await self.promises.weigh(session, delivery.about)

    async def lock(self, session: AsyncSession, id_: str) -> None:
        """Lock a fax in the caller's transaction, before a delivery about it is changed."""
        await store.find(session, id_, lock=True)

    async def delivery_tried(self, delivery: Delivery) -> None:
        """Tell the watchers that the deliveries of a fax stand otherwise."""
        async with self._db.reading() as session:
            fax = await store.find(session, delivery.about)
        if fax is not None:
            self.tell(fax)

    async def forget_old(self, limit: int = 100) -> int:
        """Remove files whose time is over and which nobody waits for, and faxes without any; return how many."""
        now = self._clock.now()
        files = await self._register.remove_old(now, limit)
        async with self._db.writing() as session:
            past = await store.past(session, now, limit, owed=(KIND, REPORT), told=TOLD)
            for kind in (KIND, REPORT):
                await self._deliveries.forget(session, kind, past)
            await self._jobs.forget(session, keys_of(past))
            await store.remove(session, past)
        return max(len(files), len(past))

    def watch(self, watcher: Changed) -> Callable[[], None]:
        """Have this called with every fax that changed; call what is returned to end that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def tell(self, fax: Fax) -> None:
        """Tell the watchers of a fax."""
        for watcher in self._watchers:
            watcher(fax)

    async def _locked(self, session: AsyncSession, id_: str) -> Fax:
        fax = await store.find(session, id_, lock=True)
        if fax is None:
            raise NoSuchFax(id_)
        return fax

    async def _there(self, session: AsyncSession, id_: str) -> Fax:
        fax = await self._locked(session, id_)
        if fax.deleted_at is not None:
            raise NotPossible("a deleted fax is brought back first")
        return fax

    async def _changed(self, id_: str) -> Fax:
        fax = await self.get(id_)
        self.tell(fax)
        return fax
