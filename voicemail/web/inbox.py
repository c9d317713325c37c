"""The messages as one person may see them: every look-up of the pages and the API passes the rights here.

Somebody else's message is no different from one that never was. Knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from config.schema import Site
from ledger.clock import Clock
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery, DeliveryState
from ledger.spool import Spool
from ledger.web.finding import find_only
from ledger.web.undelivered import Undelivered, undelivered
from ledger.web.visit import Who
from voicemail.model import Asked, Count, Message, NoSuchMessage, Page
from voicemail.promises import KIND
from voicemail.service import Voicemail

#: Tells the customers' names by number, as far as they are known.
Names = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]


class CallBack(Protocol):
    """Connects somebody of ours with the caller of a message."""

    async def call_back(self, person: str, number: str, message: Message) -> None:
        """Ring the person's phone, then the caller's; return once that has begun. Raises NotPossible."""


@dataclass(frozen=True)
class Box:
    """A mailbox as somebody sees it: what it is called, and what waits in it."""

    name: str
    title: str
    count: Count


@dataclass(frozen=True)
class Inbox:
    """The parts, behind the rights. Without `call_back` nobody can be called."""

    voicemail: Voicemail
    deliveries: Deliveries
    spool: Spool
    site: Callable[[], Site]
    clock: Clock
    names: Names
    call_back: CallBack | None = None

    def readable(self, who: Who) -> frozenset[str] | None:
        """Return the mailboxes somebody may read; None for every one."""
        return None if who.sees_all else self.voicemail.may_read(who.reader)

    async def boxes(self, who: Who) -> list[Box]:
        """List the mailboxes somebody sees: all those with messages, and empty ones unless they are some person's."""
        site, counts, mine = self.site(), await self.voicemail.count(), self.readable(who)
        if mine is None:
            usual = [name for name in site.mailbox_names if name not in site.people or name in counts]
            names = list(dict.fromkeys([*usual, *sorted(counts)]))
        else:
            names = [name for name in site.mailbox_names if name in mine]
        return [Box(name, title_of(name, site), counts.get(name, Count())) for name in names]

    async def find(self, id_: str, who: Who) -> Message:
        """Return a message by its id, or by a beginning that only one has; raises NoSuchMessage."""
        found = await find_only(id_, self.voicemail.beginning, lambda message: self.may_see(message, who))
        if found is None:
            raise NoSuchMessage(id_[:64])
        return found

    def may_see(self, message: Message, who: Who) -> bool:
        """Tell whether somebody may read a message."""
        readable = self.readable(who)
        return readable is None or message.mailbox in readable

    async def search(self, asked: Asked, who: Who) -> Page:
        """Return what was asked for, as far as somebody may see it."""
        readable = self.readable(who)
        if readable is not None:
            wanted = readable if asked.mailboxes is None else asked.mailboxes & readable
            asked = replace(asked, mailboxes=wanted)
        return await self.voicemail.search(asked)

    def readers(self, mailbox: str) -> list[str]:
        """List the people of the site who read a mailbox."""
        return [person for person in self.site().people if mailbox in self.voicemail.may_read(person)]

    async def mails(self, ids: list[str]) -> dict[str, list[Delivery]]:
        """Return the mails about these messages."""
        found: dict[str, list[Delivery]] = {id_: [] for id_ in ids}
        for delivery in await self.deliveries.list_about(KIND, ids) if ids else []:
            found[delivery.about].append(delivery)
        return found

    def is_late(self, delivery: Delivery) -> bool:
        """Tell whether a mail is under way for longer than the site allows."""
        return delivery.state is DeliveryState.WAITING and delivery.created_at < self._late_before()

    async def undelivered(self) -> Undelivered:
        """Return the mails that did not get through, the oldest first."""
        return await undelivered(self.deliveries, (KIND,), self.is_late)

    async def is_heard_by(self, message: Message, who: Who) -> bool:
        """Tell whether it is noted that this person listened, since the message is where it is."""
        if message.heard_at is None:
            return False
        steps = await self.voicemail.ledger(message.id)
        return any(step.what == "heard" and step.by == who.name for step in steps)

    def _late_before(self) -> datetime:
        mail = self.site().mail
        return self.clock.now() - timedelta(seconds=mail.alarm_after if mail else 900.0)


def title_of(mailbox: str, site: Site) -> str:
    """Return what people call a mailbox."""
    return (site.mailbox(mailbox).name or mailbox) if mailbox else "Nobody's mailbox"
