"""What is owed about a fax: to its receivers, to who sent it, and keeping the originals until that is done.

Owns when deliveries and reports are promised, and when the files may go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from config.schema import Site
from fax import store, work
from fax.model import UNDER_WAY, Direction, Fax, Step, TextState
from ledger.delivery_model import DeliveryState
from ledger.items_owed import Owed, Receiver
from ledger.jobs import Job, Jobs

#: What the ledger calls our deliveries: of what was received, and of what became of a fax we sent.
KIND, REPORT = "fax", "fax report"
#: Steps that say how far that is: one that was sent has its report, or none; nobody is to be told.
REPORTED = ("report made", "report not made")
NOBODY_TOLD = "nobody is told"
TOLD = (*REPORTED, NOBODY_TOLD)


@dataclass(frozen=True)
class Promises(Owed[Fax]):
    """What is owed about faxes."""

    jobs: Jobs
    site: Callable[[], Site]

    kinds = (KIND, REPORT)
    gone = "its pages are not kept any more"

    def files_of(self, item: Fax) -> list[str]:
        return files_of(item)

    def receivers_of(self, box: str) -> list[Receiver]:
        return [(receiver.channel, receiver.where) for receiver in self.site().faxbox(box).deliver]

    def may_go(self, item: Fax, deliveries: Collection[DeliveryState], steps: Sequence[Step]) -> bool:
        told = is_looked_at(item) if item.direction is Direction.IN else _is_told(steps, TOLD)
        return may_go(item, deliveries, promised=told)

    async def make(self, session: AsyncSession, fax: Fax) -> None:
        """Promise a received fax to every receiver of its box; what was promised is not promised twice."""
        receivers = self.receivers_of(fax.box)
        await self.to(session, fax.id, receivers)
        if not receivers:
            step = Step(self.clock.now(), NOBODY_TOLD, detail=f"fax box {fax.box or 'of nobody'} has no receiver")
            await store.add_step(session, fax.id, step)

    def is_looked_at(self, item: Fax) -> bool:
        return is_looked_at(item)

    async def moved(self, session: AsyncSession, item: Fax, box: str) -> None:
        await self.take_back(session, item.id)
        await super().moved(session, item, box)

    async def catch_up(self, session: AsyncSession, item: Fax) -> None:
        if item.direction is Direction.IN:
            if is_looked_at(item):
                await self.make(session, item)
        elif _is_told(await store.steps_of(session, item.id), REPORTED):
            await self.confirm(session, item)

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

    async def forget(self, session: AsyncSession, ids: Sequence[str]) -> None:
        await super().forget(session, ids)
        await self.jobs.forget(session, work.keys_of(ids))


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


def _is_told(steps: Sequence[Step], words: Collection[str]) -> bool:
    return any(step.what in words for step in steps)
