"""What an agent may ask while the phone rings, and what other parts of the house ask: who has this number.

Owns looking, and changes nothing; writing is in `files`. SQL is in the stores.
"""

from __future__ import annotations

from crm_bridge import matching, search, store_interactions, timeline
from crm_bridge.matching import Match
from crm_bridge.model import Customer, History, Interaction
from crm_bridge.numbers import country_of, number_of
from ledger.database import Database

__all__ = ["Customers", "number_of"]


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

    async def search(self, typed: str, limit: int = search.LIMIT) -> list[Customer]:
        """Return whom somebody looks for who types: by beginnings of words, any part of a number, or mail address."""
        async with self._db.reading() as session:
            return await search.search(session, typed, self._country, limit)

    async def list_interactions(self, customer: str, limit: int = 100) -> list[Interaction]:
        """List a customer's newest interactions, the newest first."""
        async with self._db.reading() as session:
            return await store_interactions.list_newest(session, customer, limit=limit)

    async def timeline(self, customer: str, before: timeline.Before | None = None, limit: int = 50) -> History:
        """Return what passed between a customer and us, and what was done with the file, the newest first."""
        async with self._db.reading() as session:
            return await timeline.history(session, customer, before, limit)
