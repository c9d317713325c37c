"""kill -9 at every moment: what was committed arrives, in order, at least once, under the same key."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from crm_bridge.connectors import store
from crm_bridge.connectors.model import WaitingState
from crm_bridge.connectors.shelf import reader_of
from ledger.database import Database
from ledger.journal_reads import JournalReads
from tests.crm_bridge.connectors.house import Got, Server, happened, put, server, until

CHILD = Path(__file__).with_name("kill_child.py")
ROOT = Path(__file__).parents[3]
CALLS, EACH = 6, 20
DEATHS = 2


class Victim:
    """A process that sends, begun anew each time it was killed."""

    def __init__(self, database: str, here: Server) -> None:
        self._database = database
        self._here = here
        self.deaths = 0
        self._process: asyncio.subprocess.Process | None = None

    async def begin(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(CHILD), self._database, self._here.url, cwd=ROOT, env={"PYTHONPATH": str(ROOT)},
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def is_dead(self) -> bool:
        return self._process is not None and self._process.returncode is not None

    def kill(self) -> None:
        if not self.is_dead and self._process is not None:
            self._process.kill()
            self.deaths += 1

    async def dead(self) -> None:
        if self._process is not None:
            async with asyncio.timeout(20):
                await self._process.wait()


def dies_before_the_answer(number: int, _status: int) -> bool:
    return number % 17 == 0


def dies_at_once_after_it(number: int, status: int) -> bool:
    return number % 13 == 0 and status == 200


@pytest.mark.parametrize("moment", [dies_before_the_answer, dies_at_once_after_it], ids=lambda f: f.__name__)
@pytest.mark.parametrize("failing", [False, True], ids=["all is taken", "much is refused for now"])
async def test_what_was_committed_arrives_in_order(
    tmp_path: Path, moment: Callable[[int, int], bool], failing: bool
) -> None:
    database = str(tmp_path / "kill.db")
    taken: list[str] = []
    count = 0

    async def answer(got: Got) -> web.StreamResponse:
        nonlocal count
        count += 1
        status = 503 if failing and count < 150 and count % 3 == 0 else 200
        if victim.deaths < DEATHS and moment(count, 200):
            victim.kill()
            await victim.dead()  # it is dead before it can hear anything, or note it
            if moment is dies_before_the_answer:
                raise web.HTTPInternalServerError
        if status == 200:
            taken.append(got.key)
        return web.Response(status=status)

    async def all_taken() -> bool:
        if victim.is_dead:
            await victim.begin()
        return set(taken) == expected

    expected = {f"c{call}-{n:03d}" for call in range(CALLS) for n in range(EACH)}
    async with await Database.open(database) as db, server(answer) as here:
        victim = Victim(database, here)
        await victim.begin()
        await until(lambda: _follows(db), 20)
        for n in range(EACH):
            await put(db, [happened(f"c{call}", n) for call in range(CALLS)])
        await until(all_taken, 80)
        await until(lambda: _nothing_left(db), 20)
        deaths = victim.deaths
        victim.kill()
        await victim.dead()
    assert deaths >= DEATHS
    for call in range(CALLS):
        first = [key for key in dict.fromkeys(taken) if key.startswith(f"c{call}-")]
        assert all(one < two for one, two in pairwise(first))


async def _follows(db: Database) -> bool:
    async with db.reading() as session:
        return "shop" in await store.list_told(session)


async def _nothing_left(db: Database) -> bool:
    journal = JournalReads(db)
    if await journal.position(reader_of("shop")) < await journal.newest_seq():
        return False
    async with db.reading() as session:
        return not (await store.count(session)).get("shop", {}).get(WaitingState.WAITING)
