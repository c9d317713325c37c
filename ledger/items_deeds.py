"""What people do with items in boxes: see to them, pass them on, delete them and bring them back.

Owns that each deed is a step of the item's own ledger, written in the same transaction, and who is told of it after
that. SQL is in `items_store`, what is owed in `items_owed`; knows no feature's words.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import ClassVar, Generic

from sqlalchemy.ext.asyncio import AsyncSession

from ledger.clock import Clock
from ledger.database import Database
from ledger.delivery_model import Delivery
from ledger.items import FORWARDED, NOTE_LENGTH, UNDO, ItemT, NoSuchItem, NotPossible, Step
from ledger.items_owed import Owed
from ledger.items_store import ItemRows
from ledger.storable import storable_text


class ItemDeeds(ABC, Generic[ItemT]):
    """The items of one kind, and all that is done with any kind. What a feature's items have besides, it adds."""

    #: What one is called, what its boxes are called, and what is raised where there is none.
    called: ClassVar[str]
    box_called: ClassVar[str]
    no_such: ClassVar[type[NoSuchItem]]

    def __init__(self, db: Database, rows: ItemRows[ItemT], owed: Owed[ItemT], clock: Clock) -> None:
        self._db = db
        self._rows = rows
        self._owed = owed
        self._clock = clock
        #: The kinds of deliveries about the items.
        self.kinds = owed.kinds
        self._watchers: list[Callable[[ItemT], None]] = []

    @abstractmethod
    def may_read(self, account: str) -> frozenset[str]:
        """Return the boxes of a person: the own ones, and those of the departments the person is in."""

    @abstractmethod
    def kept_in(self, box: str) -> timedelta:
        """Return how long a box keeps what comes into it."""

    @abstractmethod
    def boxes(self) -> Collection[str]:
        """List the boxes of the site."""

    def check_deletable(self, item: ItemT) -> None:
        """Raise NotPossible for one that cannot be deleted as it is."""

    def check_movable(self, item: ItemT) -> None:
        """Raise NotPossible for one that stays in its box."""

    # ---- people look

    async def find(self, id_: str) -> ItemT | None:
        """Return an item, or None."""
        async with self._db.reading() as session:
            return await self._rows.find(session, id_)

    async def get(self, id_: str) -> ItemT:
        """Return an item; raises NoSuchItem."""
        item = await self.find(id_)
        if item is None:
            raise self.no_such(id_)
        return item

    async def beginning(self, id_: str, limit: int) -> list[ItemT]:
        """List items whose ids begin so, deleted ones too."""
        async with self._db.reading() as session:
            return await self._rows.beginning(session, id_, limit)

    async def deliveries_of(self, id_: str) -> list[Delivery]:
        """List what leaves the house about an item."""
        return [d for kind in self.kinds for d in await self._owed.deliveries.list_about(kind, [id_])]

    # ---- people act

    async def handle(self, id_: str, by: str) -> ItemT:
        """Note that somebody has done what was wanted; twice is once."""
        async with self._db.writing() as session:
            item = await self._there(session, id_)
            if item.handled_at is None:
                now = self._clock.now()
                await self._rows.change(session, id_, handled_at=now, handled_by=by)
                await self._rows.add_step(session, id_, Step(now, "handled", by))
                await self._owed.weigh(session, id_)
        return await self._changed(id_)

    async def reopen(self, id_: str, by: str) -> ItemT:
        """Note that it is not handled after all; raises NotPossible once its files are gone."""
        async with self._db.writing() as session:
            item = await self._locked(session, id_)
            if item.handled_at is not None:
                await self._owed.hold(session, item)
                await self._rows.change(session, id_, handled_at=None, handled_by="")
                await self._rows.add_step(session, id_, Step(self._clock.now(), "reopened", by))
                await self._owed.weigh(session, id_)
        return await self._changed(id_)

    async def assign(self, id_: str, to: str, by: str) -> ItemT:
        """Give it to somebody; '' to nobody. Raises NotPossible for somebody who may not read it."""
        async with self._db.writing() as session:
            item = await self._locked(session, id_)
            if to and item.box not in self.may_read(to):
                raise NotPossible(f"{to} cannot read {self.box_called} {item.box}")
            await self._rows.change(session, id_, assigned_to=to)
            await self._rows.add_step(session, id_, Step(self._clock.now(), "assigned", by, to or "nobody"))
        return await self._changed(id_)

    async def note(self, id_: str, text: str, by: str) -> ItemT:
        """Write something down about it; raises NotPossible for nothing, or too much."""
        text = storable_text(text.strip())
        if not 0 < len(text) <= NOTE_LENGTH:
            raise NotPossible(f"a note has 1 to {NOTE_LENGTH} letters")
        return await self._noted(id_, "note", by, text)

    async def called_back(self, id_: str, by: str, how: str, *, begins: bool = False) -> ItemT:
        """Note that somebody calls back who left it, and how that ended."""
        return await self._noted(id_, "calls back" if begins else "called back", by, how)

    async def forward(self, id_: str, box: str, by: str) -> ItemT:
        """Move it to another box, whose receivers get it; it is in one place, so nobody does it twice.

        Raises NotPossible when there is no such box, and when its files are gone.
        """
        if box not in self.boxes():
            raise NotPossible(f"there is no {self.box_called} {box}")
        async with self._db.writing() as session:
            item = await self._there(session, id_)
            self.check_movable(item)
            if item.box != box:
                step = Step(self._clock.now(), FORWARDED, by, f"from {item.box} to {box}")
                await self._rows.move(session, id_, box)
                await self._rows.add_step(session, id_, step)
                until = max(item.keep_until, item.at + self.kept_in(box))
                await self._owed.keep_until(session, item, until)
                await self._owed.moved(session, item, box)
                await self._owed.weigh(session, id_)
        return await self._changed(id_)

    async def delete(self, id_: str, by: str) -> ItemT:
        """Take it out of the lists; for two weeks it can be brought back."""
        async with self._db.writing() as session:
            item = await self._locked(session, id_)
            self.check_deletable(item)
            if item.deleted_at is None:
                now = self._clock.now()
                await self._rows.change(session, id_, deleted_at=now, deleted_by=by)
                await self._rows.add_step(session, id_, Step(now, "deleted", by))
                await self._owed.keep_until(session, item, now + UNDO)
                await self._owed.take_back(session, id_)
                await self._owed.weigh(session, id_)
        return await self._changed(id_)

    async def restore(self, id_: str, by: str) -> ItemT:
        """Bring a deleted one back, and with it what was owed about it; raises NotPossible once its files are gone."""
        async with self._db.writing() as session:
            item = await self._locked(session, id_)
            if item.deleted_at is not None:
                now = self._clock.now()
                await self._rows.change(session, id_, deleted_at=None, deleted_by="")
                await self._rows.add_step(session, id_, Step(now, "brought back", by))
                await self._owed.keep_until(session, item, max(item.at + self.kept_in(item.box), now + UNDO))
                await self._owed.renew(session, item)
                await self._owed.weigh(session, id_)
        return await self._changed(id_)

    # ---- deliveries and watchers

    async def lock(self, session: AsyncSession, id_: str) -> None:
        """Keep others from an item until the transaction ends; a delivery about it is changed after that."""
        await self._rows.find(session, id_, lock=True)

    async def delivery_ended(self, session: AsyncSession, delivery: Delivery) -> None:
        """Let the files go, once their time is over, when every receiver has it."""
        await self._owed.weigh(session, delivery.about)

    async def delivery_tried(self, delivery: Delivery) -> None:
        """Tell the watchers that the deliveries of an item stand otherwise."""
        await self.tell_of(delivery.about)

    def watch(self, watcher: Callable[[ItemT], None]) -> Callable[[], None]:
        """Have this called with every item that changed; call what is returned to end that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def tell(self, item: ItemT) -> None:
        """Tell the watchers of an item."""
        for watcher in self._watchers:
            watcher(item)

    async def tell_of(self, id_: str) -> None:
        """Tell the watchers how an item is now; one that was removed in the meantime nobody shows any more."""
        if (item := await self.find(id_)) is not None:
            self.tell(item)

    # ---- for the deeds

    async def _noted(self, id_: str, what: str, by: str, detail: str) -> ItemT:
        async with self._db.writing() as session:
            await self._locked(session, id_)
            await self._rows.add_step(session, id_, Step(self._clock.now(), what, by, detail))
        return await self._changed(id_)

    async def _locked(self, session: AsyncSession, id_: str) -> ItemT:
        item = await self._rows.find(session, id_, lock=True)
        if item is None:
            raise self.no_such(id_)
        return item

    async def _there(self, session: AsyncSession, id_: str) -> ItemT:
        item = await self._locked(session, id_)
        if item.deleted_at is not None:
            raise NotPossible(f"a deleted {self.called} is brought back first")
        return item

    async def _changed(self, id_: str) -> ItemT:
        item = await self.get(id_)
        self.tell(item)
        return item
