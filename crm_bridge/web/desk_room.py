"""Everything behind the desk's pages, and what is looked up of a call on a desk.

Owns what is read of a customer for a pop, and that a database which is away leaves the operator with the call itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from config.schema import Site
from crm_bridge import store_interactions, store_matters
from crm_bridge.after_call import AfterCall
from crm_bridge.connectors.model import Found
from crm_bridge.files import Files
from crm_bridge.matters import Matters
from crm_bridge.model import Activity, Customer, Interaction, Matter, Note
from crm_bridge.numbers import country_of
from crm_bridge.pop import Subject
from crm_bridge.pop_room import PopRoom
from crm_bridge.privacy import Privacy
from crm_bridge.service import Customers
from crm_bridge.web.contact_page import CallsSeen, all_seen, closed_among
from crm_bridge.web.desk_once import DoneOnce
from crm_bridge.whose import Whose
from crm_bridge.whose import whose as whose_of
from ledger.clock import Clock
from ledger.database import Database
from ledger.errors import LedgerError
from ledger.web.visit import Who

log = structlog.get_logger(__name__)

CONTACTS = 3
#: Open matters and activities on a pop.
OPEN = 5
_NOTES = 30


class LookUp(Protocol):
    """Asks other systems, such as `Connectors.look_up`."""

    def __call__(self, number: str) -> Awaitable[list[Found]]:
        """Return who has a number, within a deadline; raises nothing."""


@dataclass(frozen=True)
class Known:
    """What we know of who is on a call; `whose` is None where the database could not be asked.

    `file` is whose history is shown: the customer's, or that of a number of which nobody has written anything.
    """

    whose: Whose | None
    file: Customer | None = None
    contacts: tuple[Interaction, ...] = ()
    notes: tuple[Note, ...] = ()
    matters: tuple[Matter, ...] = ()
    activities: tuple[Activity, ...] = ()
    #: Calls among the contacts whose stories are not for who looks.
    closed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DeskRoom:
    """What the pages work with."""

    site: Callable[[], Site]
    clock: Clock
    database: Database
    pops: PopRoom
    after: AfterCall
    customers: Customers
    files: Files
    matters: Matters
    privacy: Privacy
    look_up: LookUp
    once: DoneOnce = field(default_factory=DoneOnce)
    calls_seen: CallsSeen = all_seen

    def country(self, subject: Subject) -> str:
        """Return in which country's way the other side's number is read."""
        return country_of(subject.did, self.site().company.country)

    async def whose(self, subject: Subject) -> Whose:
        """Say whose a call is. Raises LedgerError."""
        return await self.customers.whose(subject.id, subject.number, subject.did)

    async def known(self, subject: Subject, who: Who) -> Known:
        """Return what a pop says of who is calling; nobody looks without its being written down."""
        try:
            # One reading for all of it: somebody's phone rings meanwhile.
            async with self.database.reading() as session:
                whose = await whose_of(session, subject.id, subject.number, self.country(subject))
                file = whose.customer or whose.match.nameless
                if file is None:
                    return Known(whose)
                # Both come to their end, whatever becomes of the other: the session is one's until then.
                known, looked = await asyncio.gather(
                    self._of_file(session, subject, whose, file),
                    self.privacy.looked(file.id, who.name),
                    return_exceptions=True,
                )
                if isinstance(looked, BaseException):
                    raise looked
                if isinstance(known, BaseException):
                    raise known
            return replace(known, closed=await closed_among(known.contacts, who, self.calls_seen))
        except LedgerError as error:
            log.warning("a pop says nothing of the customer", call_id=subject.id, error=type(error).__name__)
            return Known(None)

    async def _of_file(self, session: AsyncSession, subject: Subject, whose: Whose, file: Customer) -> Known:
        contacts = await store_interactions.list_newest(session, file.id, limit=CONTACTS + 1)
        matters = await store_matters.list_matters(session, file.id, OPEN)
        activities = await store_matters.list_activities(session, file.id, OPEN)
        return Known(
            whose,
            file,
            tuple(contact for contact in contacts if contact.id != subject.id)[:CONTACTS],
            tuple(await store_matters.list_notes(session, file.id, _NOTES)),
            tuple(matter for matter in matters if matter.closed is None),
            tuple(activity for activity in activities if activity.done_at is None),
        )

    async def certain(self, subject: Subject) -> Customer | None:
        """Return whose file is the call's for certain, that of a number nobody has written of included."""
        whose = await self.whose(subject)
        return whose.customer or whose.match.nameless
