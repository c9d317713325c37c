"""Owns getting entries onto a disk: into the database, or into the emergency files while it fails.

Once one group went to the files, all entries do until the files are back in the database: so the order of each
writer stays. Whatever is stored twice on the way is stored once, by its id.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import sqlalchemy as sa

from ledger import journal_store
from ledger.database import Database
from ledger.emergency import EmergencyFiles
from ledger.entry import Entry, StoredEntry
from ledger.log import Log

TOPIC: Final = "journal"
GROUP_LIMIT: Final = 1_000
TURN_SECONDS = 2.0
"""How long we stand in line behind other writers before we take the emergency files."""
COMMIT_SECONDS = 8.0

FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_ITS_OWN_FAULT = (sa.exc.DataError, sa.exc.IntegrityError, UnicodeError)
_log = Log(__name__)


class Safekeeping:
    """Stores groups of entries, one group at a time; tells `published` what reached the database."""

    def __init__(
        self,
        db: Database,
        emergency: EmergencyFiles,
        published: Callable[[Sequence[StoredEntry]], None],
        *,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._db = db
        self._emergency = emergency
        self._published = published
        self._first_pause = first_pause
        self._on_files = not emergency.is_empty
        self._turn = asyncio.Lock()
        self._fell_back = asyncio.Event()
        if self._on_files:
            self._fell_back.set()
        self.committed = 0
        self.into_files = 0

    @property
    def on_files(self) -> bool:
        """Say whether entries go to the emergency files now."""
        return self._on_files

    async def store(self, entries: Sequence[Entry]) -> dict[str, Exception]:
        """Return when `entries` are on disk; try until they are.

        What the database can never take is kept in a file aside and returned as id and reason.
        """
        pause = self._first_pause
        while True:
            async with self._turn:
                if not self._on_files:
                    try:
                        return await self._insert(entries)
                    except Exception as error:  # noqa: BLE001 - whatever it is, the files can take them
                        _log.error("journal entries go to emergency files now", error=str(error))
                        self._on_files = True
                        self._fell_back.set()
                try:
                    await asyncio.to_thread(self._emergency.append, entries)
                except OSError as error:
                    _log.error("neither database nor emergency file takes journal entries", error=str(error))
                else:
                    self.into_files += len(entries)
                    return {}
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def recover_for_ever(self) -> None:
        """Bring the emergency files back into the database whenever there are any."""
        while True:
            await self._fell_back.wait()
            self._fell_back.clear()
            pause = self._first_pause
            while self._on_files:
                try:
                    await self._recover()
                except Exception as error:  # noqa: BLE001 - whatever it is, the files still have them
                    _log.warning("journal entries stay in emergency files", error=str(error))
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, _LONGEST_PAUSE)

    async def _recover(self) -> None:
        await self._insert([])  # is the database back?
        while True:
            entries, length = await asyncio.to_thread(self._emergency.peek, GROUP_LIMIT)
            if entries:
                await self._insert(entries)
            if length:
                await asyncio.to_thread(self._emergency.drop, length)
                continue
            async with self._turn:  # nobody writes to the files now
                if self._emergency.is_empty:
                    self._on_files = False
                    _log.info("the journal is back in the database")
                    return

    async def _insert(self, entries: Sequence[Entry]) -> dict[str, Exception]:
        """Insert all but those the database will never take, and return these; raises what may pass."""
        try:
            await self._insert_all(entries)
        except _ITS_OWN_FAULT as error:
            if len(entries) > 1:
                refused: dict[str, Exception] = {}
                for entry in entries:
                    refused |= await self._insert([entry])
                return refused
            _log.error("the database refuses a journal entry; kept aside", kind=entries[0].kind, error=str(error))
            await asyncio.to_thread(self._emergency.refuse, entries[0])
            return {entries[0].id: error}
        return {}

    async def _insert_all(self, entries: Sequence[Entry]) -> None:
        async with asyncio.timeout(COMMIT_SECONDS):
            stored = await self._insert_whole(entries)
        self.committed += len(stored)
        self._published(stored)

    async def _insert_whole(self, entries: Sequence[Entry]) -> list[StoredEntry]:
        if not self._db.is_sqlite:
            async with self._db.writing(wait=TURN_SECONDS) as session:
                stored = await journal_store.insert_entries(session, entries)
                if stored:
                    await self._db.wakeups.wake_after_commit(session, TOPIC)
                return stored
        stored = await self._db.write_at_once(partial(journal_store.insert_at_once, entries=entries), wait=TURN_SECONDS)
        if stored:
            self._db.wakeups.wake(TOPIC)
        return stored
