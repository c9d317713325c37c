"""The messages as one person may see them; the rights are those of any item, see `ledger.web.items`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from config.schema import Site
from ledger.web.items import Box, ItemRoom
from ledger.web.visit import Who
from voicemail.model import Asked, Count, Message, Page
from voicemail.service import Voicemail


@dataclass(frozen=True)
class Inbox(ItemRoom[Message]):
    """The parts, behind the rights."""

    rules: Voicemail
    site: Callable[[], Site]

    left_by = "caller"

    def title_of(self, box: str) -> str:
        return title_of(box, self.site())

    async def boxes(self, who: Who) -> list[Box[Count]]:
        """List the mailboxes somebody sees."""
        return self.boxes_with(await self.rules.count(), Count(), who)

    async def search(self, asked: Asked, who: Who) -> Page:
        """Return what was asked for, as far as somebody may see it."""
        return await self.rules.search(replace(asked, mailboxes=self.readable_of(asked.mailboxes, who)))

    async def is_heard_by(self, message: Message, who: Who) -> bool:
        """Tell whether it is noted that this person listened, since the message is where it is."""
        if message.heard_at is None:
            return False
        steps = await self.rules.ledger(message.id)
        return any(step.what == "heard" and step.by == who.name for step in steps)


def title_of(mailbox: str, site: Site) -> str:
    """Return what people call a mailbox."""
    return (site.mailbox(mailbox).name or mailbox) if mailbox else "Nobody's mailbox"
