"""What is owed about a message: its mails, its text, and keeping the original until both are done.

Owns when mails are promised, taken back and promised again, and when the original may go.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.schema import Site
from ledger.clock import Clock
from ledger.deliveries import Deliveries
from ledger.delivery_model import DeliveryState
from ledger.jobs import Job, Jobs
from ledger.spool_register import SpoolRegister
from voicemail import store
from voicemail.model import Message, NotPossible, Step, TextState

#: What the ledger calls our deliveries.
KIND = "voicemail"
TRANSCRIBE = "voicemail.transcribe"
#: So long a mail waits for the words of its message; then it goes without them.
WAIT_FOR_WORDS = timedelta(seconds=40)

_OPEN = (DeliveryState.WAITING, DeliveryState.REFUSED)


@dataclass(frozen=True)
class Promises:
    """Each method works in the caller's transaction."""

    jobs: Jobs
    deliveries: Deliveries
    register: SpoolRegister
    site: Callable[[], Site]
    clock: Clock

    async def make(self, session: AsyncSession, message: Message) -> None:
        """Promise text and mails of a message in which somebody speaks; what was promised is not promised twice."""
        now = self.clock.now()
        wait = message.text_state is TextState.WAITING
        if wait:
            await self.transcribe(session, message.id)
        await self.mail(session, message.id, message.mailbox, now + WAIT_FOR_WORDS if wait else now)
        if not self.site().mailbox(message.mailbox).mail:
            step = Step(now, "nobody is mailed", detail=f"mailbox {message.mailbox or 'of nobody'} has no address")
            await store.add_step(session, message.id, step)

    async def transcribe(self, session: AsyncSession, id_: str, again: str = "") -> None:
        """Have it transcribed; `again` tells a repetition that a person wants from the first time."""
        await self.jobs.add(session, Job(TRANSCRIBE, f"{TRANSCRIBE} {id_} {again}".strip(), {"message": id_}))

    async def mail(
        self,
        session: AsyncSession,
        id_: str,
        mailbox: str,
        not_before: datetime,
        *,
        again: str = "",
        but: frozenset[str] = frozenset(),
    ) -> None:
        """Promise a mail to each address of the mailbox, but those."""
        for address in self.site().mailbox(mailbox).mail:
            if address not in but:
                await self.deliveries.promise(
                    session, kind=KIND, about=id_, channel="mail", receiver=address, not_before=not_before, again=again
                )

    async def take_back(self, session: AsyncSession, id_: str) -> None:
        """Mail nobody about it any more; a person has taken it away."""
        await self.deliveries.cancel(session, KIND, id_)

    async def renew(self, session: AsyncSession, message: Message) -> None:
        """Owe again what was taken back: the message is there again."""
        await self.deliveries.revive(session, KIND, message.id, (DeliveryState.CANCELLED,))
        if message.empty is False and not await self.deliveries.about(session, KIND, message.id):
            await self.make(session, message)
        await self.unsettle(session, message)
        await self.settle_if_done(session, message)

    async def mail_again(self, session: AsyncSession, message: Message, again: str) -> None:
        """Mail it once more: what was refused is tried anew, whoever accepted it gets another."""
        await self.unsettle(session, message)
        revived = await self.deliveries.revive(session, KIND, message.id, (DeliveryState.REFUSED,))
        under_way = {
            d.receiver
            for d in await self.deliveries.about(session, KIND, message.id)
            if d.state is DeliveryState.WAITING
        }
        await self.mail(
            session, message.id, message.mailbox, self.clock.now(), again=again, but=frozenset(revived) | under_way
        )

    async def settle(self, session: AsyncSession, message: Message) -> None:
        """Let the original go when its time is over: nobody has to be told of it any more."""
        await self.register.settle(session, message.file, self.clock.now())

    async def unsettle(self, session: AsyncSession, message: Message) -> None:
        """Keep the original: somebody waits for it again. Raises NotPossible when it has gone."""
        if not await self.register.unsettle(session, message.file):
            raise NotPossible("its recording is not kept any more")

    async def forget(self, session: AsyncSession, ids: Sequence[str]) -> None:
        """Forget all that was owed about messages that are removed."""
        await self.deliveries.forget(session, KIND, ids)
        await self.jobs.forget(session, [f"{TRANSCRIBE} {id_}" for id_ in ids])

    async def settle_if_done(self, session: AsyncSession, message: Message, *, by_person: bool = False) -> None:
        """Settle the original when nobody waits for it: every mail accepted, or none and a person has seen to it."""
        states = [d.state for d in await self.deliveries.about(session, KIND, message.id)]
        accepted = any(state is DeliveryState.ACCEPTED for state in states)
        if not any(state in _OPEN for state in states) and (accepted or by_person):
            await self.settle(session, message)

    async def keep_until(self, session: AsyncSession, message: Message, until: datetime) -> None:
        """Keep message and original until then, if nothing keeps them longer."""
        await store.change(session, message.id, keep_until=until)
        await self.register.keep(session, message.file, until)
