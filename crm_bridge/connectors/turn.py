"""Whose turn it is: of several processes on one database, one sends.

On SQLite the database lies in a data folder, whose lock lets one server in; nothing else is needed. On PostgreSQL a
lease decides: who dies loses it after `LEASE` seconds, who ends gives it back. Who was only asleep may send something
that another has sent meanwhile, under the same key; what it wanted to note is refused, for the position has moved.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from crm_bridge.connectors import turn_store
from ledger.clock import Clock
from ledger.database import Database
from ledger.errors import DatabaseError
from ledger.ids import new_id

log = structlog.get_logger(__name__)

LEASE: Final = 15.0
#: So often the lease is made longer, seconds; in between it is believed in.
EVERY: Final = 4.0


class Turn:
    """One process's part in it."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._holder = new_id()
        self._asked = float("-inf")
        self._until = float("-inf")
        #: Whether this process sends; as `take` said last.
        self.ours = False

    async def take(self) -> bool:
        """Say whether this process sends now; to be asked again and again. Raises nothing."""
        now = self._clock.monotonic()
        if self._db.is_sqlite:
            self.ours = True
        elif not self.ours or now - self._asked >= EVERY:
            self._asked = now
            try:
                self.ours = await self._lease(now)
            except DatabaseError:  # nothing can be sent without it, but what is under way may end
                self.ours = self.ours and now < self._until
        return self.ours

    async def give_back(self) -> None:
        """Let another process have it at once, if the database can be told."""
        if self.ours and not self._db.is_sqlite:
            try:
                async with self._db.writing() as session:
                    await turn_store.give_back(session, self._holder)
            except DatabaseError:
                log.info("the lease of the connectors runs out by itself")
        self.ours = False

    async def _lease(self, now: float) -> bool:
        at = self._clock.now()
        async with self._db.writing() as session:
            ours = await turn_store.take(session, self._holder, at, at + timedelta(seconds=LEASE))
        if ours:
            self._until = now + LEASE
        if ours is not self.ours:
            log.info("this process runs the connectors" if ours else "another process runs the connectors")
        return ours
