"""What is stored follows from what our journal and the files say, never from the order in which they came."""

from __future__ import annotations

import random
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from callrouter import events as ev
from callrouter.events import Event, Outcome
from callrouter.switchboard import call_id
from ledger.database import Database
from ledger.journal_reads import JournalReads
from reports import tables
from reports.imports.formats import Options
from reports.imports.importing import Importer
from reports.imports.undoing import forget
from reports.model import CallRecord
from reports.records import Projection
from reports.rules import Definition
from tests.fixtures.journal_of_calls import Caller
from tests.fixtures.journal_of_calls import store as journal
from tests.reports.imports.files import CDR, FROM_TRUNK, QUEUE_LOG, ZONE, T, call, cdr_row, records, write

BY = Definition({"support": 20.0})
CALLS = 8
Snapshot = tuple[dict[str, CallRecord], list[Any], list[Any]]


@dataclass(frozen=True)
class Told:
    """What our journal and two files say of some calls, much of it only in part."""

    own: tuple[Event, ...]
    log: tuple[str, ...]
    rows: tuple[str, ...]


def own_story(n: int, chance: random.Random) -> Sequence[Event]:
    """What our journal has of a call: all of it, up to the link's loss, up to our death, or nothing."""
    began = T + 60 * n
    caller = Caller(call_id(f"{began}.{n}"), at=datetime.fromtimestamp(began, UTC), ani=f"+3706000{n:04}")
    waiting = caller.joins("support", wait=8)
    match chance.choice(["seen", "talking", "died", "waiting", "unknown"]):
        case "seen":
            talking = waiting.rings("alice", department="support").answered("alice", waited=10.0, department="support")
            return talking.released("alice", 60.0, "support").ends(Outcome.ANSWERED)
        case "talking":
            return waiting.answered("alice", waited=8.0, department="support").events
        case "died":
            return waiting.tell(ev.CallEnded, outcome="failed", estimated=True).events
        case "waiting":
            return waiting.events
        case _:
            return ()


def drawn(chance: random.Random) -> Told:
    own = [event for n in range(CALLS) for event in own_story(n, chance)]
    log = [line for n in range(CALLS) for line in call(n, end=chance.choice(["ABANDON", "COMPLETEAGENT", "TRANSFER"]))]
    rows = [cdr_row(n) if chance.random() < 0.5 else cdr_row(n, to="", app="VoiceMail") for n in range(CALLS)]
    cut = [line for line in log if chance.random() < 0.8]
    return Told(tuple(own), tuple(cut), tuple(row for row in rows if chance.random() < 0.7))


class Place:
    """A database into which the journal and the files are read, one by one."""

    def __init__(self, db: Database, folder: Path, told: Told) -> None:
        self.db = db
        self._told = told
        self._log = write(folder / "queue_log", told.log)
        self._rows = write(folder / "Master.csv", told.rows)
        self.reader = Projection(JournalReads(db), db, lambda: BY)
        self._importer = Importer(db, BY)

    async def own(self) -> None:
        await journal(self.db, list(self._told.own))
        await self.reader.catch_up()

    async def log(self) -> None:
        await self._importer.take(self._log, QUEUE_LOG, Options(ZONE), self._log.with_suffix(".list"))

    async def rows(self) -> None:
        await self._importer.take(self._rows, CDR, FROM_TRUNK, self._rows.with_suffix(".list"))

    async def stored(self) -> Snapshot:
        """Return the records, and the sums that reports are made of."""
        async with self.db.reading() as session:
            sums = [
                sorted(map(tuple, await session.execute(sa.select(table))), key=repr)
                for table in (tables.quarter_calls, tables.quarter_lines)
            ]
        return await records(self.db), sums[0], sums[1]


@settings(
    max_examples=2, deadline=None, phases=(Phase.generate,), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6))
async def test_any_order_gives_the_same_and_so_does_making_it_anew(migrated: Path, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    told = drawn(chance)
    found: list[Snapshot] = []
    for number, order in enumerate(permutations(["own", "log", "rows"])):
        if number and chance.random() < 0.4:
            continue  # in the first order always, in some others
        path = tmp_path / f"{number}.db"
        shutil.copy(migrated, path)
        async with await Database.open(path, migrate=False) as db:
            place = Place(db, tmp_path, told)
            steps: list[Callable[[], Awaitable[None]]] = [getattr(place, name) for name in order]
            for step in steps:
                await step()
            found.append(await place.stored())
            assert found[-1] == found[0], order
            await place.reader.rebuild(*_all_of_it())
            assert await place.stored() == found[0], f"made anew after {order}"
            await place.reader.start_over()
            await place.reader.catch_up()
            assert await place.stored() == found[0], f"from nothing after {order}"


async def test_what_is_taken_back_leaves_what_the_others_say(migrated: Path, tmp_path: Path) -> None:
    told = drawn(random.Random(6))
    shutil.copy(migrated, tmp_path / "a.db")
    async with await Database.open(tmp_path / "a.db", migrate=False) as db:
        place = Place(db, tmp_path, told)
        await place.own()
        alone = await place.stored()
        await place.rows()
        with_rows = await place.stored()
        await place.log()
        assert await place.stored() != with_rows
        await forget(db, QUEUE_LOG.name, BY)
        assert await place.stored() == with_rows
        await forget(db, CDR.name, BY)
        assert await place.stored() == alone


def _all_of_it() -> tuple[datetime, datetime]:
    return datetime.fromtimestamp(T - 3600, UTC), datetime.fromtimestamp(T + 3600, UTC)
