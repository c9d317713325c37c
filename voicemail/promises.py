"""What is owed about a message: its mails, its text, and keeping the original until both are done.

Owns when mails and text are promised, and when the original may go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.schema import Site
from ledger.delivery_model import DeliveryState
from ledger.items_owed import Owed, Receiver
from ledger.jobs import Job, Jobs
from voicemail import store
from voicemail.model import Message, Step, TextState

#: What the ledger calls our deliveries.
KIND = "voicemail"
TRANSCRIBE = "voicemail.transcribe"
#: So long a mail waits for the words of its message; then it goes without them.
WAIT_FOR_WORDS = timedelta(seconds=40)


@dataclass(frozen=True)
class Promises(Owed[Message]):
    """What is owed about messages."""

    jobs: Jobs
    site: Callable[[], Site]

    kinds = (KIND,)
    gone = "its recording is not kept any more"

    def files_of(self, item: Message) -> list[str]:
        return [item.file]

    def receivers_of(self, box: str) -> list[Receiver]:
        return [("mail", address) for address in self.site().mailbox(box).mail]

    def may_go(self, item: Message, deliveries: Collection[DeliveryState], steps: Sequence[Step]) -> bool:
        return may_go(item, deliveries)

    async def make(self, session: AsyncSession, message: Message) -> None:
        """Promise text and mails of a message in which somebody speaks; what was promised is not promised twice."""
        now = self.clock.now()
        wait = message.text_state is TextState.WAITING
        if wait:
            await self.transcribe(session, message.id)
        receivers = self.receivers_of(message.mailbox)
        await self.to(session, message.id, receivers, not_before=now + WAIT_FOR_WORDS if wait else now)
        if not receivers:
            step = Step(now, "nobody is mailed", detail=f"mailbox {message.mailbox or 'of nobody'} has no address")
            await store.add_step(session, message.id, step)

    def is_looked_at(self, item: Message) -> bool:
        return item.empty is False

    async def catch_up(self, session: AsyncSession, item: Message) -> None:
        if self.is_looked_at(item):
            await self.make(session, item)

    async def transcribe(self, session: AsyncSession, id_: str, again: str = "") -> None:
        """Have it transcribed; `again` tells a repetition that a person wants from the first time."""
        await self.jobs.add(session, Job(TRANSCRIBE, f"{TRANSCRIBE} {id_} {again}".strip(), {"message": id_}))

    async def forget(self, session: AsyncSession, ids: Sequence[str]) -> None:
        await super().forget(session, ids)
        await self.jobs.forget(session, [f"{TRANSCRIBE} {id_}" for id_ in ids])


def may_go(message: Message, deliveries: Collection[DeliveryState]) -> bool:
    """Say whether the original of a message may go once its time is over.

    Deleted, or without a word in it, nobody wants it. Else no mail may wait or be refused, and somebody must have it:
    a server has accepted a mail, or a person has handled it.
    """
    if message.deleted_at is not None or message.empty:
        return True
    if message.empty is None or DeliveryState.WAITING in deliveries or DeliveryState.REFUSED in deliveries:
        return False
    return message.handled_at is not None or DeliveryState.ACCEPTED in deliveries
