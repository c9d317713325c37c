"""Imports by a process of their own: its turns among our writers, and what follows when one of both dies."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from config.customers import CustomerSettings
from crm_bridge import importing_aside, importing_ready, importing_sqlite
from crm_bridge.exchange.model import Address, Kind, NewCustomer, NewHandle, NewPhone
from crm_bridge.importing import KIND, Imports
from crm_bridge.importing_details import Reading
from crm_bridge.importing_model import LIMITS, Counts, Rule, State
from crm_bridge.model import NotValid
from ledger.database import Database
from ledger.errors import DatabaseBusy
from ledger.jobs import TOPIC, Decision, Done, JobState, Retry
from ledger.process import end, kill, start
from tests.crm_bridge.crm_house import House
from tests.crm_bridge.importing_house import NO_WISHES

_ROWS = 600
_DEADLINE = 60


class Aside:
    """A house into which a file is imported by a process of its own, a hundred rows in a turn."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.imports = Imports(house.cabinet, folder / "imports", replace(LIMITS, batch=50, together=100))
        self._folder = folder

    async def begin(self, rows: int = _ROWS) -> str:
        """Bring a file of so many customers, and of one row that is none, and promise to take it in."""
        path = self._folder / "brought.part"
        text = "".join(f"Nr {n},+3706{n:07d},Firm {n % 7}\n" for n in range(rows))
        await asyncio.to_thread(path.write_text, f"Name,Phone,Company\n{text},x,\n")
        draft = await self.imports.take(path, "customers.csv", "sue")
        await self.imports.begin(draft.id, NO_WISHES, Rule.SKIP)
        return draft.id

    async def work(self, id_: str) -> Decision:
        """Do the job once."""
        job = await self.house.jobs.get(f"{KIND} {id_}")
        async with asyncio.timeout(_DEADLINE):
            return await self.imports.handlers()[KIND](job)

    async def names(self) -> list[str]:
        """Return what all customers are called."""
        return [file.details.name for file in await self.house.files.list_all(limit=5_000)]


@pytest.fixture
async def aside(tmp_path: Path) -> AsyncIterator[Aside]:
    """One kind of database is enough for how processes end."""
    async with await Database.open(tmp_path / "imports.db") as db:
        yield Aside(House(db), tmp_path)


async def test_it_takes_a_file_in_on_either_database(house: House, tmp_path: Path) -> None:
    aside = Aside(house, tmp_path)
    id_ = await aside.begin(rows=150)
    with house.db.wakeups.listening(TOPIC) as woken:
        woken.clear()
        assert await aside.work(id_) == Done()
        assert woken.is_set()  # there is something to tell others
    done = await aside.imports.get(id_)
    assert (done.state, done.counts) == (State.DONE, Counts(added=150, refused=1, companies=7))
    (nr,) = await house.customers.search("nr 149")
    assert (nr.company, nr.numbers) == ("Firm 2", ("+37060000149",))


async def test_killed_at_its_turn_it_goes_on_where_it_was(aside: Aside, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = await aside.begin()
    give, turns = importing_aside.give_turn, 0

    async def killing(cabinet: object, process: asyncio.subprocess.Process) -> None:
        nonlocal turns
        turns += 1
        if turns == 4:
            kill(process)
        await give(cabinet, process)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(importing_aside, "give_turn", killing)
    assert isinstance(await aside.work(id_), Retry)
    left = await aside.imports.get(id_)
    assert (left.state, left.counts.added, left.mark.read) == (State.RUNNING, 300, 300)
    assert len(await aside.names()) == 307
    async with aside.house.db.writing(wait=5):
        pass  # nobody's turn is left open
    assert await aside.work(id_) == Done()
    done = await aside.imports.get(id_)
    assert (done.state, done.counts) == (State.DONE, Counts(added=_ROWS, refused=1, companies=7))
    names = await aside.names()
    assert len(names) == len(set(names)) == _ROWS + 7
    # Each change is told of, in the order in which the rows stand.
    jobs = await aside.house.jobs.list_in(JobState.WAITING, kind="crm.tell")
    assert sum(len(job.payload["changes"]) for job in jobs) == _ROWS + 7


async def test_cancelled_between_two_turns_it_ends(aside: Aside, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = await aside.begin()
    give, turns = importing_aside.give_turn, 0

    async def cancelling(cabinet: object, process: asyncio.subprocess.Process) -> None:
        nonlocal turns
        turns += 1
        if turns == 3:
            await aside.imports.cancel(id_)
        await give(cabinet, process)  # type: ignore[arg-type]  # as it came

    monkeypatch.setattr(importing_aside, "give_turn", cancelling)
    assert await aside.work(id_) == Done()
    one = await aside.imports.get(id_)
    assert (one.state, one.counts.added) == (State.CANCELLED, 200)


async def test_it_ends_with_the_process_that_it_works_for(aside: Aside, tmp_path: Path) -> None:
    id_ = await aside.begin()
    one = await aside.imports.get(id_)
    process = await start("crm_bridge.importing_worker")
    assert process.stdin is not None and process.stdout is not None
    try:
        job = {
            "database": str(tmp_path / "imports.db"),
            "import": id_,
            "path": str(aside.imports.files.path_of(one.file)),
            "settings": CustomerSettings().model_dump(mode="json"),
            "country": "LT",
            "limits": asdict(LIMITS),
        }
        process.stdin.write(json.dumps(job).encode() + b"\n")
        async with asyncio.timeout(_DEADLINE):
            assert json.loads(await process.stdout.readline()) == {"turn": True}
            process.stdin.close()  # as where we are killed
            assert await process.wait() == 1
    finally:
        await end(process)
    assert await aside.names() == []


async def test_nobody_else_of_this_process_writes_in_its_turn(aside: Aside) -> None:
    db = aside.house.db
    async with db.turn():
        with pytest.raises(DatabaseBusy):
            async with db.writing(wait=0.01):
                pass
        with pytest.raises(DatabaseBusy):
            async with db.turn(wait=0.01):
                pass
    async with db.writing(wait=5):
        pass


async def test_the_log_keeps_a_bound_though_checkpoints_go_beside(tmp_path: Path) -> None:
    path = str(tmp_path / "some.db")
    checkpoints = importing_sqlite.Checkpoints(path)
    longest = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in ("journal_mode = WAL", "wal_autocheckpoint = 0", "synchronous = OFF"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("CREATE TABLE some (text)")
        for _ in range(10 * importing_sqlite.EVERY):
            connection.execute("INSERT INTO some VALUES (?)", ("x" * 40_000,))  # ten pages and more
            await checkpoints.after_commit()
            longest = max(longest, (tmp_path / "some.db-wal").stat().st_size)
        await checkpoints.end()
        assert connection.execute("SELECT count(*) FROM some").fetchone() == (10 * importing_sqlite.EVERY,)
    assert longest < 2 * importing_sqlite.EVERY * 15 * 4_096, "no more than what two rounds of them write"


_WRITTEN = [
    pytest.param(NewCustomer(Kind.PERSON, "Ona Žemaitė"), id="a name"),
    pytest.param(NewCustomer(Kind.ORGANISATION, "UAB Acme"), id="an organisation"),
    pytest.param(
        NewCustomer(
            Kind.PERSON,
            "Ona",
            "UAB Acme",
            (NewPhone("+37060000001", "mobile", "8 600 00001"), NewPhone("+37060000002", "", "")),
            ("Ona@Acme.example", "nobody"),
            (NewHandle("telegram", "ona"),),
            Address("Gedimino 1", "01103", "Vilnius", "", "LT"),
            "https://acme.example",
            "lt",
            "customer",
            "sue",
            ("vip", "bus"),
            "called\ntwice",
            {"Colour": "red"},
        ),
        id="all that a row may say, with what is left out",
    ),
    pytest.param(NewCustomer(Kind.PERSON, "Ona", language="no language"), id="what cannot be kept"),
]


@pytest.mark.parametrize("one", _WRITTEN)
def test_rows_made_ready_elsewhere_are_the_same(one: NewCustomer) -> None:
    settings = CustomerSettings()
    make = importing_ready.making({"settings": json.loads(settings.model_dump_json()), "country": "LT"})
    try:
        expected: object = Reading(settings, "LT").incoming(one)
    except NotValid as error:
        expected = str(error)
    assert importing_ready.unpack(json.loads(json.dumps(make(one)))) == expected
