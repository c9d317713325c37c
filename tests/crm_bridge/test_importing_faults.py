"""What may go wrong in the middle of an import: killed, a full disk, cancelled, a file of everything that is wrong."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from crm_bridge.exchange import aside
from crm_bridge.exchange.plan import Wishes
from crm_bridge.importing import KIND, Imports
from crm_bridge.importing_model import LIMITS, Counts, Rule, State
from crm_bridge.importing_taking import Taking
from ledger.database import Database
from ledger.jobs import Done, Retry
from tests.crm_bridge.crm_house import House
from tests.crm_bridge.importing_house import NO_WISHES, ImportHouse

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """One kind of database is enough for what files and processes do."""
    async with await Database.open(tmp_path / "imports.db") as db:
        yield House(db)


async def test_killed_in_the_middle_it_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    importing = ImportHouse(house, tmp_path)
    text = "Name,Phone,Company\n" + "".join(f"Nr {n},+3706{n:07d},Firm {n % 7}\n" for n in range(1_000)) + ",x,\n"
    draft = await importing.draft(text)
    await importing.imports.begin(draft.id, NO_WISHES, Rule.SKIP)
    arguments = (str(tmp_path / "imports.db"), str(tmp_path / "imports"), draft.id)
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.crm_bridge.importing_child", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )
    assert child.stdout is not None and child.stdin is not None
    async with asyncio.timeout(60):
        for _ in range(3):
            assert await child.stdout.readline()
            child.stdin.write(b"\n")
        os.kill(child.pid, signal.SIGKILL)
        await child.wait()
    left = await importing.imports.get(draft.id)
    assert left.state is State.RUNNING and 200 <= left.counts.added < 1_000
    assert left.counts.added == left.mark.read == len(await importing.names()) - 7
    # The next server takes the job when its lease is over.
    job = await house.jobs.get(f"{KIND} {draft.id}")
    assert await importing.imports.handlers()[KIND](job) == Done()
    done = await importing.imports.get(draft.id)
    assert (done.state, done.counts) == (State.DONE, Counts(added=1_000, refused=1, companies=7))
    assert len(await importing.names()) == len(set(await importing.names())) == 1_007
    assert [row for row, _ in await importing.refused(draft.id)] == [1_002]


async def test_a_full_disk_is_waited_for_and_nothing_is_lost(house: House, tmp_path: Path) -> None:
    importing = ImportHouse(house, tmp_path, LIMITS)
    draft = await importing.draft("Name,Note\n" + "".join(f"Nr {n},{'x' * 2_000}\n" for n in range(1_500)))
    await importing.imports.begin(draft.id, NO_WISHES, Rule.SKIP)
    async with house.db.writing() as session:
        pages = await session.scalar(sa.text("PRAGMA page_count"))
        await session.execute(sa.text(f"PRAGMA max_page_count = {pages + 400}"))
    (decision,) = await importing.work()
    assert isinstance(decision, Retry) and "full" in decision.why
    stopped = await importing.imports.get(draft.id)
    assert stopped.state is State.RUNNING and stopped.counts.added == len(await importing.names()) < 1_500
    async with house.db.writing() as session:
        await session.execute(sa.text("PRAGMA max_page_count = 1073741823"))
    assert await importing.work() == [Done()]
    done = await importing.imports.get(draft.id)
    assert done.counts == Counts(added=1_500) and len(await importing.names()) == 1_500


async def test_cancelled_while_it_runs_what_was_added_stays(house: House, tmp_path: Path) -> None:
    importing = ImportHouse(house, tmp_path)
    draft = await importing.draft("Name\n" + "".join(f"Nr {n}\n" for n in range(20)))
    await importing.imports.begin(draft.id, NO_WISHES, Rule.SKIP)
    take = Taking.take

    async def cancelling(self: Taking, piece: object) -> object:
        taken = await take(self, piece)  # type: ignore[arg-type]  # as it came
        if (await importing.imports.get(draft.id)).counts.added == 6:
            await importing.imports.cancel(draft.id)
        return taken

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Taking, "take", cancelling)
        assert await importing.work() == [Done()]
    one = await importing.imports.get(draft.id)
    assert (one.state, one.counts) == (State.CANCELLED, Counts(added=6))
    assert len(await importing.names()) == 6
    assert (await importing.undo(one.id)).counts.removed == 6


@pytest.mark.timeout(300)
async def test_a_hundred_thousand_rows_with_all_that_is_wrong(house: House, tmp_path: Path) -> None:
    """Read by a process of its own, as in real life; every tenth thousand comes in, or the test would take a minute."""
    broken = {10: 'Ona;"Žemaitė;8 600 00001;x', 20: "Ona\0;;;", 30: "a;b;c;d;e", 40: ";;;"}
    path = tmp_path / "many.part"
    with path.open("w", encoding="cp1257", newline="") as many:
        many.write("Vardas;Pavardė;Tel.;Pastabos\r\n")
        for number in range(100_000):
            if number % 1_000 in broken:
                many.write(broken[number % 1_000] + "\r\n")
            elif number % 10_000 < 400:
                many.write(f"Ona {number};Žemaitė;+3706{number:07d};=1+{number}\r\n")
            else:
                many.write(f";;{number % 10};\r\n")  # nobody
    imports = Imports(house.cabinet, tmp_path / "imports", LIMITS, aside)
    draft = await imports.take(path, "many.csv", "sue")
    await imports.begin(draft.id, Wishes(), Rule.ADD)
    job = await house.jobs.get(f"{KIND} {draft.id}")
    assert await imports.handlers()[KIND](job) == Done()
    done = await imports.get(draft.id)
    added = 10 * (400 - 4)
    assert (done.state, done.counts.added, done.mark.read) == (State.DONE, added, 99_900)
    assert done.counts.refused == 99_900 - added
    told = await imports.told(done.id, limit=20_000)
    assert len(told) == 10_000 and told[0].row.number == 12
    (ona,) = await house.customers.search("ona 90399")
    assert [note["text"] for note in (await house.privacy.export(ona.id))["notes"]] == ["=1+90399"]
