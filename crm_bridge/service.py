"""What an agent may ask while the phone rings, and what other parts of the house ask: who has this number.

Owns looking, and changes nothing; writing is in `files`. SQL is in the stores.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import archive
from callrouter.caller_number import number_of
from crm_bridge import matching, search, store, store_desk, store_interactions, store_merges, timeline, whose
from crm_bridge.interactions import number_in
from crm_bridge.matching import Match
from crm_bridge.model import Customer, History, Interaction
from crm_bridge.narrowing import After, Narrowed, list_by_name
from crm_bridge.numbers import country_of, is_in_full
from crm_bridge.whose import Whose
from ledger.database import Database

__all__ = ["Customers", "number_of"]

#: People of an organisation whose history is in its own.
PEOPLE = 500


class Customers:
    """The customers' files, for those who ask about a caller."""

    def __init__(self, db: Database, country: str) -> None:
        self._db = db
        self._country = country

    async def match(self, number: str, country: str | None = None, did: str = "") -> Match:
        """Say who has this number, read as dialled in `country` or, without one, in that of the number dialled."""
        async with self._db.reading() as session:
            return await matching.match(session, number, country or country_of(did, self._country))

    async def find_caller(self, ani: str, did: str = "") -> Customer | None:
        """Return the customer who has this number, as it came to `did`; None if that is nobody or not certain.

        Where nobody says which number of ours was dialled, only one in E.164 is certain.
        """
        if not did and not is_in_full(ani):
            return None
        return matching.certain(await self.match(ani, did=did))

    async def find(self, id_: str) -> Customer | None:
        """Return a customer in short by id, or None."""
        async with self._db.reading() as session:
            return await store.find_customer(session, id_)

    async def find_of_call(self, call: str, number: str, did: str = "") -> Customer | None:
        """Return whose a call is: whose somebody said it is, else whoever certainly has its number.

        The number is read as dialled in the country of `did`, the number of ours; without one, as the call's story says
        it, and where that says nothing, only in E.164.
        """
        async with self._db.reading() as session:
            said = await store_interactions.assigned_of(session, [call]) if call else {}
            if call in said:
                return None if (id_ := said[call]) is None else await store.find_customer(session, id_)
            country = country_of(did, self._country)
            if not did and not is_in_full(number):
                number = await self._number_in_story(session, call)
            return matching.certain(await matching.match(session, number, country)) if number else None

    async def _number_in_story(self, session: AsyncSession, call: str) -> str:
        story = archive.events_of(await store_desk.begun(session, call)) if call else []
        return next((number for event in story if (number := number_in(event, self._country))), "")

    async def of_contacts(self, interactions: Collection[str]) -> dict[str, Customer | None]:
        """Return whose these contacts are, as far as that is said or written down; None is nobody's by hand."""
        async with self._db.reading() as session:
            return await whose.written(session, interactions)

    async def merged_into(self, customer: str) -> tuple[str, ...]:
        """Return the ids of those who were merged into a customer, as long as that can be undone."""
        async with self._db.reading() as session:
            return tuple(await store_merges.list_gone(session, customer))

    async def whose(self, interaction: str, number: str, did: str = "") -> Whose:
        """Return whose a contact is, and what its number says; `did` is the number of ours that was dialled."""
        async with self._db.reading() as session:
            return await whose.whose(session, interaction, number, country_of(did, self._country))

    async def of(self, ids: Collection[str]) -> dict[str, Customer]:
        """Return these customers in short, by id, as far as they are there."""
        async with self._db.reading() as session:
            return await store.customers_of(session, ids)

    async def people(self, organisation: str, limit: int = 100) -> list[Customer]:
        """List those who belong to an organisation, by name."""
        async with self._db.reading() as session:
            return await store.list_people(session, organisation, limit)

    async def search(
        self, typed: str, limit: int = search.LIMIT, narrowed: Narrowed = search.EVERYBODY
    ) -> list[Customer]:
        """Return whom somebody looks for who types: by beginnings of words, any part of a number, or mail address."""
        async with self._db.reading() as session:
            return await search.search(session, typed, self._country, limit, narrowed)

    async def browse(
        self, narrowed: Narrowed, after: After | None = None, limit: int = 50
    ) -> tuple[list[Customer], After | None]:
        """List customers by name, and where the next page goes on, None at the end."""
        async with self._db.reading() as session:
            return await list_by_name(session, narrowed, after, limit)

    async def list_interactions(self, customer: str, limit: int = 100) -> list[Interaction]:
        """List a customer's newest interactions, the newest first."""
        async with self._db.reading() as session:
            return await store_interactions.list_newest(session, customer, limit=limit)

    async def timeline(
        self, customer: str, before: timeline.Before | None = None, limit: int = 50, *, with_people: bool = False
    ) -> History:
        """Return what passed between a customer and us, and what was done with the file, the newest first.

        `with_people` has that of the people who belong to an organisation in it too.
        """
        async with self._db.reading() as session:
            people = await store.list_people(session, customer, PEOPLE) if with_people else []
            return await timeline.history(session, [customer, *(one.id for one in people)], before, limit)
