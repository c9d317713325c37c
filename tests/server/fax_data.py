"""Faxes in a data folder, and a server on it with a fax room, for the tests of the commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config.schema import Site
from fax import store
from fax.model import Attempt, Direction, Fax, Result, State, Step
from ivr.attendant import snapshot
from ivr.prompt_book import PromptBook
from ledger.database import Database
from server.data_folder import DATABASE, write_note
from server.settings import Settings
from server.web.app import serving_parts
from tests.fax.house import SITE, FakeLine, House, Road, house
from tests.server.data_folders import NOTE
from tests.server.web.office import open_office

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CAME = Fax(
    "aa11" + "0" * 28, Direction.IN, "billing", State.RECEIVED, AT, AT + timedelta(days=30), "+37060000001", "Ona",
    "SENDER 1", "+37052000009", "c-1", pages=2, of=2, seconds=41.4, rate=14_400, dots=(204, 196), ecm=True,
    facts={"intent": "invoice"},
)  # fmt: skip
BROKE_OFF = replace(
    CAME, id="aa22" + "0" * 28, box="support", state=State.PARTIAL, at=AT + timedelta(hours=1), number="",
    name="\x1b[2Jx", pages=1, why="the line broke", handled_at=AT, handled_by="bob",
)  # fmt: skip
NOTHING = replace(CAME, id="bb33" + "0" * 28, state=State.FAILED, pages=0, why="no page", at=AT - timedelta(hours=1))
GOES = Fax(
    "cc44" + "0" * 28, Direction.OUT, "billing", State.WAITING, AT + timedelta(hours=2), AT + timedelta(days=30),
    "+37060000007", "Jonas", of=5, tries=1, sent_by="alice", subject="Offer", why="the number is busy",
)  # fmt: skip
WENT = replace(
    GOES, id="cc55" + "0" * 28, state=State.SENT, at=AT - timedelta(hours=2), pages=5, seconds=95.0,
    ended_at=AT - timedelta(hours=1),
)  # fmt: skip
NOT_SENT = replace(GOES, id="dd66" + "0" * 28, box="support", state=State.FAILED, at=AT - timedelta(hours=3))
BUSY = Attempt(
    GOES.id, 1, "fax-1", AT + timedelta(hours=2), None, AT + timedelta(hours=2, seconds=9), Result.BUSY,
    said="the number is busy",
)  # fmt: skip


def fill(folder: Path) -> Path:
    """Leave these faxes in a folder, as a server does that has ended."""

    async def write() -> None:
        async with await Database.open(folder / DATABASE) as database, database.writing() as session:
            for fax in (CAME, BROKE_OFF, NOTHING, GOES, WENT, NOT_SENT):
                await store.add(session, fax)
            await store.add_step(session, CAME.id, Step(AT, "received"))
            await store.add_step(session, CAME.id, Step(AT + timedelta(days=1), "note", "bob", "call \x1b[2Jtoday"))
            await store.add_step(session, GOES.id, Step(GOES.at, "ordered", "alice"))
            await store.put_attempt(session, BUSY)

    asyncio.run(write())
    write_note(folder, NOTE)
    return folder


def publish(folder: Path, site: Site) -> None:
    """Leave word of the site, as a server does at its start."""
    book = PromptBook({}, {}, folder)
    snapshot.write(Settings(folder, folder).snapshot, snapshot.Snapshot(site, book, folder))
    write_note(folder, NOTE)


@asynccontextmanager
async def fax_server(folder: Path, *, line: FakeLine | None = None, works: bool = True) -> AsyncIterator[House]:
    """Run a server with a fax room on a folder."""
    await asyncio.to_thread(publish, folder, SITE)
    async with (
        open_office(folder, site=SITE) as office,
        house(office.parts.database, folder, line=line, road=Road(), works=works) as room,
    ):
        parts = replace(
            office.parts, faxes=room.service, deliveries=room.deliveries, spool=room.spool, clock=room.clock
        )
        async with serving_parts(parts, office.accounts, "127.0.0.1", 0):
            yield room
