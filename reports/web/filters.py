"""Lists of calls that somebody gave a name, to come back to: the rules of keeping them. SQL is in `filters_store`."""

from __future__ import annotations

from dataclasses import dataclass

from ledger.clock import Clock
from ledger.database import Database
from reports.web import filters_store as store

#: So many each, with names of so many letters.
MOST, LONGEST_NAME = 50, 60


class NoFilter(ValueError):
    """This cannot be kept; the text says why."""


@dataclass(frozen=True)
class Filter:
    """A list with a name; `query` is what follows its address."""

    name: str
    query: str


class Filters:
    """The lists that accounts keep, each account its own."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def of(self, account: str) -> list[Filter]:
        """Return the lists of an account, by name."""
        async with self._db.reading() as session:
            found = [Filter(name, query) for name, query in await store.list_filters(session, account, MOST)]
        return sorted(found, key=lambda one: one.name.casefold())

    async def keep(self, account: str, name: str, query: str) -> Filter:
        """Keep a list under a name, over one of the same name. Raises NoFilter."""
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise NoFilter(f"a list's name has 1 to {LONGEST_NAME} letters")
        async with self._db.writing() as session:
            known = await store.list_filters(session, account, MOST + 1)
            if len(known) >= MOST and name not in dict(known):
                raise NoFilter(f"you keep {MOST} lists already: remove one first")
            await store.put_filter(session, account, name, query, self._clock.now())
        return Filter(name, query)

    async def remove(self, account: str, name: str) -> bool:
        """Remove a list; False if there was none."""
        async with self._db.writing() as session:
            return await store.remove_filter(session, account, name)
