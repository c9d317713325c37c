"""What is owed about a fax: to its receivers, to who sent it, and keeping the originals until that is done.

Owns when deliveries are promised, taken back and promised again, and when the files may go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.faxes import Receiver
from config.schema import Site
from fax import store, work
from fax.model import UNDER_WAY, Direction, Fax, Step, TextState
from ledger.clock import Clock
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery, DeliveryState
from ledger.jobs import Job, Jobs
from ledger.spool_register import SpoolRegister

#: What the ledger calls our deliveries: of what was received, and of what became of a fax we sent.
KIND, REPORT = "fax", "fax report"
#: Steps that say how far that is: one that was sent has its report, or none; nobody is to be told; it is elsewhere now.
REPORTED = ("report made", "report not made")
NOBODY_TOLD = "nobody is told"
TOLD = (*REPORTED, NOBODY_TOLD)
FORWARDED = "forwarded"


@dataclass(frozen=True)
class Promises:
    """Each method works in the caller's transaction. Every deed on a fax ends with `weigh`."""

    deliveries: Deliveries
    register: SpoolRegister
    jobs: Jobs
    site: Callable[[], Site]
    clock: Clock

    async def make(self, session: AsyncSession, fax: Fax) -> None:
        """Promise a received fax to every receiver of its box; what was promised is not promised twice."""
        receivers = self.site().faxbox(fax.box).deliver
        await self.to(session, fax.id, receivers)
        if not receivers:
            step = Step(self.clock.now(), NOBODY_TOLD, detail=f"fax box {fax.box or 'of nobody'} has no receiver")
            await store.add_step(session, fax.id, step)

    async def to(self, session: AsyncSession, id_: str, receivers: Iterable[Receiver], *, again: str = "") -> None:
        """Promise it to these; `again` tells a repetition that a person wants from the first time."""
        for receiver in receivers:
            await self.deliveries.promise(
                session, kind=KIND, about=id_, channel=receiver.channel, receiver=receiver.where, again=again
            )

    async def end(self, session: AsyncSession, id_: str) -> None:
        """Note that nobody tries to send it any more; its report, and word to whoever waits, follow."""
        await store.change(session, id_, ended_at=self.clock.now())
        await self.jobs.add(session, Job(work.REPORT, f"{work.REPORT} {id_}", {"fax": id_}))

    async def end_unsaid(self, session: AsyncSession, id_: str, why: str) -> None:
        """Note that nobody tries to send it any more, and that nobody has to be told so."""
        now = self.clock.now()
        await store.change(session, id_, ended_at=now)
        await store.add_step(session, id_, Step(now, NOBODY_TOLD, detail=why))

    async def confirm(self, session: AsyncSession, fax: Fax) -> None:
        """Promise word of what became of a sent fax to whoever is to be told of it, and of all of its box."""
        for address in dict.fromkeys([*fax.confirm, *self.site().faxbox(fax.box).confirm]):
            await self.deliveries.promise(session, kind=REPORT, about=fax.id, channel="mail", receiver=address)

    async def take_back(self, session: AsyncSession, id_: str) -> None:
        """Bring it to nobody any more; a person has taken it away."""
        for kind in (KIND, REPORT):
            await self.deliveries.cancel(session, kind, id_)

    async def renew(self, session: AsyncSession, fax: Fax) -> None:
        """Owe again what was taken back when it was deleted, and what was never promised because it was away."""
        about = await self._about(session, fax.id)
        cancelled = [d for d in about if d.state is DeliveryState.CANCELLED]
        # What a move to another box took back before stays with those who have nothing to do with it any more.
        back = [d for d in cancelled if fax.deleted_at is None or (d.ended_at or fax.deleted_at) >= fax.deleted_at]
        if len(back) == len(cancelled):
            for kind in (KIND, REPORT):
                await self.deliveries.revive(session, kind, fax.id, (DeliveryState.CANCELLED,))
        else:
            again = f"back at {self.clock.now().isoformat()}"
            for d in back:
                await self.deliveries.promise(
                    session, kind=d.kind, about=fax.id, channel=d.channel, receiver=d.receiver, again=again
                )
        if about:
            return
        if fax.direction is Direction.IN:
            if is_looked_at(fax):
                await self.make(session, fax)
        elif any(step.what in REPORTED for step in await store.steps_of(session, fax.id)):
            await self.confirm(session, fax)

    async def make_again(self, session: AsyncSession, fax: Fax, again: str) -> None:
        """Deliver it once more: what was refused is tried anew, whoever accepted it gets another."""
        await self.deliveries.revive(session, KIND, fax.id, (DeliveryState.REFUSED,))
        about = await self.deliveries.about(session, KIND, fax.id)
        under_way = {(d.channel, d.receiver) for d in about if d.state is DeliveryState.WAITING}
        receivers = [r for r in self.site().faxbox(fax.box).deliver if (r.channel, r.where) not in under_way]
        await self.to(session, fax.id, receivers, again=again)

    async def weigh(self, session: AsyncSession, id_: str) -> None:
        """Let the files of a fax go when their time is over, or hold them: as it stands now in this transaction."""
        fax = await store.find(session, id_, lock=True)
        if fax is None:
            return
        steps = await store.steps_of(session, id_)
        moved = max((step.at for step in steps if step.what == FORWARDED), default=fax.at)
        # What the receivers of another box have is no comfort to those where it is now.
        states = {d.state for d in await self._about(session, id_) if d.ended_at is None or d.ended_at >= moved}
        told = is_looked_at(fax) if fax.direction is Direction.IN else any(step.what in TOLD for step in steps)
        for name in files_of(fax):
            if may_go(fax, states, promised=told):
                await self.register.settle(session, name, self.clock.now())
            else:
                await self.register.unsettle(session, name)

    async def keep_until(self, session: AsyncSession, fax: Fax, until: datetime) -> None:
        """Keep fax and files until then."""
        await store.change(session, fax.id, keep_until=until)
        for name in files_of(fax):
            await self.register.keep(session, name, until)

    async def _about(self, session: AsyncSession, id_: str) -> list[Delivery]:
        return [d for kind in (KIND, REPORT) for d in await self.deliveries.about(session, kind, id_)]


def may_go(fax: Fax, deliveries: Collection[DeliveryState], *, promised: bool) -> bool:
    """Say whether the files of a fax may go once their time is over.

    Deleted, nobody wants them. Else all that is owed has to be `promised` and no delivery may wait any more. Then a
    person who has handled it has the last word, also over a receiver that refused it; without one it must have been
    accepted by a receiver, a fax of ours by nobody where nobody wants to be told, and refused by none.
    """
    if fax.state in UNDER_WAY:
        return False
    if fax.deleted_at is not None:
        return True
    if not promised or DeliveryState.WAITING in deliveries:
        return False
    if fax.handled_at is not None:
        return True
    if DeliveryState.REFUSED in deliveries:
        return False
    return fax.direction is Direction.OUT or DeliveryState.ACCEPTED in deliveries


def is_looked_at(fax: Fax) -> bool:
    """Say whether the pages of a received fax are made, or cannot be: then it is promised to its receivers."""
    return bool(fax.pdf) or fax.text_state is TextState.FAILED


def files_of(fax: Fax) -> list[str]:
    """Return the names of its files in the spool."""
    return [name for name in (fax.file, fax.pdf, fax.original, fax.report) if name]
