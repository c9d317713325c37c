"""What is owed about a fax: to its receivers, to who sent it, and keeping the originals until that is done.

Owns when deliveries are promised, taken back and promised again, and when the files may go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.faxes import Receiver
from config.schema import Site
from fax import store
from fax.model import Direction, Fax, Step
from ledger.clock import Clock
from ledger.deliveries import Deliveries
from ledger.delivery_model import DeliveryState
from ledger.spool_register import SpoolRegister

#: What the ledger calls our deliveries: of what was received, and of what became of a fax we sent.
KIND, REPORT = "fax", "fax report"

_OPEN = (DeliveryState.WAITING, DeliveryState.REFUSED)


@dataclass(frozen=True)
class Promises:
    """Each method works in the caller's transaction."""

    deliveries: Deliveries
    register: SpoolRegister
    site: Callable[[], Site]
    clock: Clock

    async def make(self, session: AsyncSession, fax: Fax) -> None:
        """Promise a received fax to every receiver of its box; what was promised is not promised twice."""
        receivers = self.site().faxbox(fax.box).deliver
        await self.to(session, fax.id, receivers)
        if not receivers:
            step = Step(self.clock.now(), "nobody is told", detail=f"fax box {fax.box or 'of nobody'} has no receiver")
            await store.add_step(session, fax.id, step)

    async def to(self, session: AsyncSession, id_: str, receivers: Iterable[Receiver], *, again: str = "") -> None:
        """Promise it to these; `again` tells a repetition that a person wants from the first time."""
        for receiver in receivers:
            await self.deliveries.promise(
                session, kind=KIND, about=id_, channel=receiver.channel, receiver=receiver.where, again=again
            )

    async def confirm(self, session: AsyncSession, fax: Fax) -> None:
        """Promise word of what became of a sent fax to whoever is to be told of it, and of all of its box."""
        wanted = dict.fromkeys([*fax.confirm, *self.site().faxbox(fax.box).confirm])
        for address in wanted:
            await self.deliveries.promise(session, kind=REPORT, about=fax.id, channel="mail", receiver=address)
        if not wanted:
            await self.settle(session, fax)

    async def take_back(self, session: AsyncSession, id_: str) -> None:
        """Bring it to nobody any more; a person has taken it away."""
        for kind in (KIND, REPORT):
            await self.deliveries.cancel(session, kind, id_)

    async def renew(self, session: AsyncSession, fax: Fax) -> None:
        """Owe again what was taken back: the fax is there again."""
        for kind in (KIND, REPORT):
            await self.deliveries.revive(session, kind, fax.id, (DeliveryState.CANCELLED,))
        for name in files_of(fax):
            await self.register.unsettle(session, name)
        await self.settle_if_done(session, fax)

    async def make_again(self, session: AsyncSession, fax: Fax, again: str) -> None:
        """Deliver it once more: what was refused is tried anew, whoever accepted it gets another."""
        await self.deliveries.revive(session, KIND, fax.id, (DeliveryState.REFUSED,))
        about = await self.deliveries.about(session, KIND, fax.id)
        under_way = {(d.channel, d.receiver) for d in about if d.state is DeliveryState.WAITING}
        receivers = [r for r in self.site().faxbox(fax.box).deliver if (r.channel, r.where) not in under_way]
        await self.to(session, fax.id, receivers, again=again)
        for name in files_of(fax):
            await self.register.unsettle(session, name)

    async def settle(self, session: AsyncSession, fax: Fax) -> None:
        """Let the files go when their time is over: nobody waits for them any more."""
        for name in files_of(fax):
            await self.register.settle(session, name, self.clock.now())

    async def settle_if_done(self, session: AsyncSession, fax: Fax, *, by_person: bool = False) -> None:
        """Settle the files when nobody waits for them: every receiver has it, or none and a person has seen to it."""
        if fax.direction is Direction.OUT and fax.ended_at is None:
            return
        about = [d for kind in (KIND, REPORT) for d in await self.deliveries.about(session, kind, fax.id)]
        accepted = any(d.state is DeliveryState.ACCEPTED for d in about)
        if not any(d.state in _OPEN for d in about) and (accepted or by_person):
            await self.settle(session, fax)

    async def keep_until(self, session: AsyncSession, fax: Fax, until: datetime) -> None:
        """Keep fax and files until then."""
        await store.change(session, fax.id, keep_until=until)
        for name in files_of(fax):
            await self.register.keep(session, name, until)


def files_of(fax: Fax) -> list[str]:
    """Return the names of its files in the spool."""
    return [name for name in (fax.file, fax.pdf, fax.original, fax.report) if name]
