"""Turns every call of the journal into one interaction of one customer, as it happens and again at any time.

Owns which rows follow from which entries; SQL is in `store`, the rules are in `service`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import events as ev
from callrouter import projection
from callrouter.archive import events_of
from callrouter.calls import fold
from callrouter.projection import Changed
from crm_bridge import store
from crm_bridge.model import Customer
from crm_bridge.service import interaction_of, number_of
from ledger.database import Database
from ledger.entry import StoredEntry
from ledger.journal_reads import JournalReads


class Projection(projection.Projection):
    """Customers and interactions, derived from the journal. Run it as a task: `await Projection(...).run()`."""

    reader: ClassVar[str] = "crm"

    def __init__(self, journal: JournalReads, db: Database, country: str) -> None:
        """`country` is the site's: numbers without a country are read as dialled there."""
        super().__init__(journal, db)
        self._country = country

    async def write(self, session: AsyncSession, changed: Changed) -> None:
        """Add the customers whom this batch names for the first time, and write each call's interaction."""
        await self._welcome(session, changed.entries)
        calls = [call async for story in changed.each_story() if (call := fold(story)) is not None]
        known = {call.id: number_of(call.ani, self._country) for call in calls}
        owners = await store.owners(session, [number for number in known.values() if number is not None])
        rows = [interaction_of(call, owners.get(known[call.id] or "")) for call in calls]
        await store.put_interactions(session, rows)

    async def clear(self, session: AsyncSession) -> None:
        """Remove the interactions. Customers stay: what people wrote into their files is in no journal."""
        await store.remove_interactions(session)

    async def _welcome(self, session: AsyncSession, entries: Iterable[StoredEntry]) -> None:
        """Make a customer of every number not seen before, in the journal's order.

        The customer gets the id of the very entry, so that a journal read again names the same customers.
        """
        new: dict[str, Customer] = {}
        for entry in entries:
            if entry.kind != ev.CallOffered.KIND:
                continue
            await asyncio.sleep(0)  # callers get their turn: to read a number takes its time
            for event in events_of([entry]):
                number = number_of(event.ani, self._country) if isinstance(event, ev.CallOffered) else None
                if number is not None and number not in new:
                    new[number] = Customer(entry.id, since=event.at, numbers=(number,))
        taken = await store.owners(session, new)
        await store.add_customers(session, [customer for number, customer in new.items() if number not in taken])
