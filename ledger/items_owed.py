"""What is owed about an item in a box: that its receivers get it, and that its files stay until nobody waits for them.

Owns when deliveries are promised, taken back and promised again, and that files are held or let go. What may go is a
feature's rule.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic

from sqlalchemy.ext.asyncio import AsyncSession

from ledger.clock import Clock
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery, DeliveryState
from ledger.items import FORWARDED, ItemT, NotPossible, Step
from ledger.items_store import ItemRows
from ledger.spool_register import SpoolRegister

#: A channel, and where to.
Receiver = tuple[str, str]


@dataclass(frozen=True)
class Owed(ABC, Generic[ItemT]):
    """Each method works in the caller's transaction, with the item locked. Every deed on an item ends with `weigh`."""

    rows: ItemRows[ItemT]
    deliveries: Deliveries
    files: SpoolRegister
    clock: Clock

    #: What the ledger calls the deliveries: first those of the item itself.
    kinds: ClassVar[tuple[str, ...]]
    #: What is said of files that are gone.
    gone: ClassVar[str]

    @abstractmethod
    def files_of(self, item: ItemT) -> list[str]:
        """Return the names of its files in the spool."""

    @abstractmethod
    def receivers_of(self, box: str) -> list[Receiver]:
        """List who gets what comes into a box."""

    @abstractmethod
    def may_go(self, item: ItemT, deliveries: Collection[DeliveryState], steps: Sequence[Step]) -> bool:
        """Say whether its files may go once their time is over."""

    @abstractmethod
    def is_looked_at(self, item: ItemT) -> bool:
        """Say whether it was looked at by us, whatever that takes: then it is promised to its receivers."""

    @abstractmethod
    async def catch_up(self, session: AsyncSession, item: ItemT) -> None:
        """Promise what was never promised, because the item was deleted when its time came."""

    async def to(
        self,
        session: AsyncSession,
        id_: str,
        receivers: Iterable[Receiver],
        *,
        not_before: datetime | None = None,
        again: str = "",
    ) -> None:
        """Promise it to these; `again` tells a repetition that a person wants from the first time."""
        for channel, where in receivers:
            await self.deliveries.promise(
                session, kind=self.kinds[0], about=id_, channel=channel, receiver=where, not_before=not_before,
                again=again,
            )  # fmt: skip

    async def make_again(self, session: AsyncSession, item: ItemT, again: str) -> None:
        """Deliver it once more: what was refused is tried anew, whoever accepted it gets another.

        Raises NotPossible when its files are gone.
        """
        await self.hold(session, item)
        await self.deliveries.revive(session, self.kinds[0], item.id, (DeliveryState.REFUSED,))
        about = await self.deliveries.about(session, self.kinds[0], item.id)
        under_way = {(d.channel, d.receiver) for d in about if d.state is DeliveryState.WAITING}
        receivers = [receiver for receiver in self.receivers_of(item.box) if receiver not in under_way]
        await self.to(session, item.id, receivers, again=again)

    async def moved(self, session: AsyncSession, item: ItemT, box: str) -> None:
        """Promise an item to the receivers of the box it was moved to; raises NotPossible when its files are gone."""
        if self.is_looked_at(item):  # else it goes there as soon as it is
            await self.hold(session, item)
            await self.to(session, item.id, self.receivers_of(box), again=f"to {box} at {self.clock.now()}")

    async def take_back(self, session: AsyncSession, id_: str) -> None:
        """Bring it to nobody any more; a person has taken it away."""
        for kind in self.kinds:
            await self.deliveries.cancel(session, kind, id_)

    async def renew(self, session: AsyncSession, item: ItemT) -> None:
        """Owe again what was taken back when it was deleted, and what was never promised because it was away.

        What a move to another box took back before stays with those who have nothing to do with it any more. Raises
        NotPossible when its files are gone.
        """
        await self.hold(session, item)
        if not await self._about(session, item.id):
            await self.catch_up(session, item)
        for kind in self.kinds:
            await self.deliveries.revive(session, kind, item.id, (DeliveryState.CANCELLED,), since=item.deleted_at)

    async def hold(self, session: AsyncSession, item: ItemT) -> None:
        """Keep its files: somebody waits for it again. Raises NotPossible when they are gone."""
        for name in self.files_of(item):
            if not await self.files.unsettle(session, name):
                raise NotPossible(self.gone)

    async def weigh(self, session: AsyncSession, id_: str) -> None:
        """Let the files of an item go when their time is over, or hold them: as it stands now in this transaction."""
        item = await self.rows.find(session, id_, lock=True)
        if item is None:
            return
        steps = await self.rows.steps_of(session, id_)
        moved = max((step.at for step in steps if step.what == FORWARDED), default=item.at)
        # What the receivers of another box have is no comfort to those where it is now.
        states = {d.state for d in await self._about(session, id_) if d.ended_at is None or d.ended_at >= moved}
        may_go = self.may_go(item, states, steps)
        for name in self.files_of(item):
            if may_go:
                await self.files.settle(session, name, self.clock.now())
            else:
                await self.files.unsettle(session, name)

    async def keep_until(self, session: AsyncSession, item: ItemT, until: datetime) -> None:
        """Keep item and files until then."""
        await self.rows.change(session, item.id, keep_until=until)
        for name in self.files_of(item):
            await self.files.keep(session, name, until)

    async def forget(self, session: AsyncSession, ids: Sequence[str]) -> None:
        """Forget all that was owed about items that are removed."""
        for kind in self.kinds:
            await self.deliveries.forget(session, kind, ids)

    async def _about(self, session: AsyncSession, id_: str) -> list[Delivery]:
        return [d for kind in self.kinds for d in await self.deliveries.about(session, kind, id_)]
