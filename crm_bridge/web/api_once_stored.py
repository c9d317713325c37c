"""Where the answers under Idempotency-Keys outlive the process: the database, for a day and within bounds.

Owns that a database which is away stops nobody: then a key is good for as long as this process lives.
"""

from __future__ import annotations

import uuid
from datetime import timedelta

import structlog

from crm_bridge import once_store as store
from crm_bridge.once_store import Row
from ledger.clock import Clock
from ledger.database import Database
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)
#: How long an answer is kept, so many at most, and of so many letters together.
KEPT = timedelta(hours=24)
MOST, MOST_LETTERS = 10_000, 32 * 1024 * 1024
#: After so many answers it is looked whether there are too many.
_LOOK_AFTER = 200


class StoredOnce:
    """The keys of all programs, as this process sees them."""

    def __init__(self, db: Database, clock: Clock, *, most: int = MOST, most_letters: int = MOST_LETTERS) -> None:
        self._db = db
        self._clock = clock
        self._bounds = (most, most_letters)
        self._holder = uuid.uuid4().hex
        self._until_look = 0
        #: Keys under which nothing was made, and which could not be given free.
        self._unfreed: dict[tuple[str, str], None] = {}

    async def begin(self, program: str, key: str, asked: str) -> Row | None:
        """Take a key; return what is known under it, None where it is this process's to do."""
        now = self._clock.now()
        try:
            async with self._db.writing() as session:
                row = await store.reserve(session, program, key, asked, self._holder, now, now - KEPT)
        except LedgerError as error:
            _warn("not taken", error)
            return None
        if row is not None and row.status is None and (program, key) in self._unfreed:
            del self._unfreed[program, key]
            return None
        return row

    async def keep(self, program: str, key: str, asked: str, status: int, body: str, location: str) -> None:
        """Write the answer down."""
        try:
            async with self._db.writing() as session:
                await store.keep(session, program, key, Row(asked, self._holder, status, body, location))
                self._until_look -= 1
                if self._until_look < 0:
                    self._until_look = _LOOK_AFTER
                    await store.prune(session, self._clock.now() - KEPT, *self._bounds)
        except LedgerError as error:
            _warn("not kept", error)

    async def release(self, program: str, key: str) -> None:
        """Give a key free: nothing was made under it."""
        try:
            async with self._db.writing() as session:
                await store.release(session, program, key, self._holder)
        except LedgerError as error:
            _warn("not given free", error)
            self._unfreed[program, key] = None
            if len(self._unfreed) > self._bounds[0]:
                del self._unfreed[next(iter(self._unfreed))]


def _warn(what: str, error: LedgerError) -> None:
    log.warning(f"an idempotency key was {what}", error=type(error).__name__)
