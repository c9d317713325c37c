"""What an agent may ask while the phone rings, and what other parts of the house ask: who has this number.

Owns looking, and changes nothing; writing is in `files`. SQL is in the stores.
"""

from __future__ import annotations

from collections.abc import Collection

from crm_bridge import matching, search, store, store_interactions, timeline, whose
from crm_bridge.matching import Match
from crm_bridge.model import Customer, History, Interaction
from crm_bridge.narrowing import After, Narrowed, list_by_name
from crm_bridge.numbers import country_of, number_of
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

    async def find_caller(self, ani: str) -> Customer | None:
        """Return the customer who has this number, however it is written; None if that is nobody or not certain."""
        return matching.certain(await self.match(ani))

    async def find(self, id_: str) -> Customer | None:
        """Return a customer in short by id, or None."""
        async with self._db.reading() as session:
            return await store.find_customer(session, id_)

    async def find_of_call(self, call: str, number: str) -> Customer | None:
        """Return whose a call is: whose somebody said it is, else whoever certainly has its number."""
        async with self._db.reading() as session:
            assigned = (await store_interactions.assigned_of(session, [call])).get(call) if call else None
            if assigned is not None:
                return await store.find_customer(session, assigned)
            return matching.certain(await matching.match(session, number, self._country)) if number else None

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
