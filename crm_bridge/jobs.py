"""Turns every call of the journal into one interaction of one customer, as it happens and again at any time.

Owns which rows follow from which entries; SQL is in the stores, what an interaction says is in `interactions`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import events as ev
from callrouter import projection
from callrouter.archive import events_of
from callrouter.projection import Changed
from crm_bridge import holding, store, store_interactions
from crm_bridge.interactions import interaction_of, number_in
from crm_bridge.model import Customer, Interaction
from ledger.database import Database
from ledger.entry import StoredEntry
from ledger.journal_reads import JournalReads

#: What names the number of somebody outside.
_NAMES_A_NUMBER = frozenset({ev.CallOffered.KIND, ev.OutboundBegun.KIND, ev.FaxCallBegun.KIND})


class Projection(projection.Projection):
    """Customers and interactions, derived from the journal. Run it as a task: `await Projection(...).run()`."""

    reader: ClassVar[str] = "crm"

    def __init__(self, journal: JournalReads, db: Database, country: str) -> None:
        """`country` is the site's: numbers without a country are read as dialled there."""
        super().__init__(journal, db)
        self._country = country
        #: Contacts of the last batch that were written down as nobody's whose number it would be to say.
        self._unowned: list[Interaction] = []

    async def write(self, session: AsyncSession, changed: Changed) -> None:
        """Add the customers whom this batch names for the first time, and write each contact's interaction.

        Whose a contact is stays, whoever has its number by now. A number of several customers leaves its interactions
        at nobody: whose they are is for people to say.
        """
        await self._welcome(session, changed.entries)
        found = [i async for story in changed.each_story() if (i := interaction_of(story, self._country)) is not None]
        holders = await store.holders(session, {i.number for i in found if i.number})
        ids = {i.id for i in found}
        said = await store_interactions.assigned_of(session, ids)
        owners = await store_interactions.owners_of(session, ids)
        only = {number: theirs[0] for number, theirs in holders.items() if len(theirs) == 1}
        theirs = {i.id: said[i.id] if i.id in said else owners.get(i.id) or only.get(i.number) for i in found}
        await store_interactions.put(session, [replace(i, customer=theirs[i.id]) for i in found])
        await store_interactions.forget_owners(session, ids)
        self._unowned = [i for i in found if i.number and i.id not in said and i.id not in owners]

    async def look_again(self) -> None:
        """Give contacts to whoever was written while we wrote, of whom neither transaction saw the other.

        One at a time writes into a file of SQLite, so there it cannot be.
        """
        unowned, self._unowned = self._unowned, []
        if unowned and not self._db.is_sqlite:
            async with self._db.writing() as session:
                await holding.find_their_customer(session, unowned)

    async def clear(self, session: AsyncSession) -> None:
        """Remove the interactions. Customers stay, and whose contacts were: what people did is in no journal."""
        await store_interactions.remove_all(session)

    async def _welcome(self, session: AsyncSession, entries: Iterable[StoredEntry]) -> None:
        """Make a customer of every number not seen before, in the journal's order.

        The customer gets the id of the very entry, so that a journal read again names the same customers.
        """
        new: dict[str, Customer] = {}
        for entry in entries:
            if entry.kind not in _NAMES_A_NUMBER:
                continue
            await asyncio.sleep(0)  # callers get their turn: to read a number takes its time
            for event in events_of([entry]):
                number = number_in(event, self._country)
                if number is not None and number not in new:
                    new[number] = Customer(entry.id, since=event.at, numbers=(number,), made_by_us=True)
        taken = await store.holders(session, new)
        await store.add_customers(session, [customer for number, customer in new.items() if number not in taken])
