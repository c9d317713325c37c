"""Data folders as a running server leaves them, for the tests of commands."""

from __future__ import annotations

import asyncio
from pathlib import Path

from callrouter.events import Event
from ledger.database import Database
from server.data_folder import DATABASE, SiteNote, write_note
from tests.fixtures.journal_of_calls import store

NOTE = SiteNote("Europe/Vilnius", "LT", "Acme", None, {"billing": 20.0})


def data_folder(folder: Path, *calls: list[Event], note: SiteNote | None = NOTE) -> Path:
    """Make a folder whose journal holds these calls."""

    async def fill() -> None:
        async with await Database.open(folder / DATABASE) as db:
            for call in calls:
                await store(db, call)

    asyncio.run(fill())
    if note is not None:
        write_note(folder, note)
    return folder
