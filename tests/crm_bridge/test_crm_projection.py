"""Each call becomes one interaction of one customer: however the journal is cut, read again or raced for."""

from __future__ import annotations

import asyncio
import doctest
import itertools
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter import events as ev
from callrouter.chronicle import entry
from callrouter.events import Event, Outcome
from callrouter.projection import Changed
from crm_bridge import numbers, store, store_interactions
from crm_bridge.jobs import Projection
from crm_bridge.model import Customer, Direction, Interaction, Medium
from crm_bridge.service import Customers
from crm_bridge.tables import customers as customers_table
from ledger import journal_store
from ledger.backoff import Backoff
from ledger.database import Database
from ledger.entry import Entry
from ledger.errors import DatabaseUnavailable
from ledger.journal import Journal
from ledger.journal_reads import Batch, JournalReads
from tests.fixtures.journal_of_calls import START, Caller, abandoned_call, answered_call, mixtures
from tests.fixtures.journal_of_calls import store as put

COUNTRY = "LT"
Everything = tuple[list[Interaction], dict[str, Customer]]


def projection(db: Database) -> Projection:
    return Projection(JournalReads(db), db, COUNTRY)


async def everything(db: Database) -> Everything:
    """Return all interactions and, by number, all customers; a customer's id is shown by nothing else."""
    async with db.reading() as session:
        interactions = await store_interactions.list_newest(session, limit=10_000)
        found: dict[str, Customer] = {}
        for number in ("+37060000001", "+37060000002", "+37060000003"):
            theirs = await store.list_holders(session, number, 2)
            if len(theirs) == 1:
                found[number] = theirs[0]
    return sorted(interactions, key=lambda i: i.id), found


def test_worked_examples() -> None:
    assert doctest.testmod(numbers).failed == 0


async def test_a_call_is_one_interaction_of_the_customer_of_its_number(db: Database) -> None:
    await put(db, answered_call("c1"))
    await projection(db).catch_up()
    (interaction,), customers = await everything(db)
    customer = customers["+37060000001"]
    assert customer == Customer(customer.id, since=START, name="", numbers=("+37060000001",), made_by_us=True)
    assert interaction == Interaction(
        id="c1",
        call="c1",
        customer=customer.id,
        number="+37060000001",
        direction=Direction.IN,
        medium=Medium.VOICE,
        started=START,
        ended=START + timedelta(seconds=70),
        outcome=Outcome.ANSWERED,
        department="billing",
        answered_by="alice",
        waited=7.0,
        talked=60.0,
        facts={"intent": "invoice"},
    )


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        pytest.param("+37060000001", "+37060000001", True, id="the same"),
        pytest.param("+37060000001", "8 600 00001", True, id="as dialled in the country"),
        pytest.param("+37060000001", "00370 600 00001", True, id="as dialled to another country"),
        pytest.param("+37060000001", "+37060000002", False, id="another number"),
    ],
)
async def test_who_is_the_same_customer(db: Database, first: str, second: str, same: bool) -> None:
    await put(db, [*answered_call("c1", ani=first), *abandoned_call("c2", ani=second)])
    await projection(db).catch_up()
    (one, two), _ = await everything(db)
    assert one.customer is not None
    assert two.customer is not None
    assert (one.customer == two.customer) is same


@pytest.mark.parametrize("ani", ["", "anonymous", "101", "+370", "=1+1"])
async def test_no_number_is_an_interaction_of_nobody(db: Database, ani: str) -> None:
    await put(db, abandoned_call("c1", ani=ani))
    await projection(db).catch_up()
    (interaction,), customers = await everything(db)
    assert (interaction.customer, interaction.outcome, customers) == (None, Outcome.ABANDONED, {})


async def test_an_interaction_grows_with_its_call(db: Database) -> None:
    events = answered_call("c1")
    await put(db, events[:3])
    await projection(db).catch_up()
    (begun,), _ = await everything(db)
    assert (begun.ended, begun.outcome) == (None, None)
    await put(db, events[3:])
    await projection(db).catch_up()
    (ended,), _ = await everything(db)
    assert (ended.outcome, ended.customer) == (Outcome.ANSWERED, begun.customer)


async def test_what_people_wrote_of_a_customer_survives_a_new_start(db: Database) -> None:
    await put(db, answered_call("c1"))
    await projection(db).catch_up()
    _, customers = await everything(db)
    async with db.writing() as session:
        await session.execute(customers_table.update().values(name="Ona Onaitė"))
    await projection(db).start_over()
    assert (await everything(db))[0] == []
    await projection(db).catch_up()
    (interaction,), again = await everything(db)
    assert again == {number: replace(customer, name="Ona Onaitė") for number, customer in customers.items()}
    assert interaction.customer == customers["+37060000001"].id


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events=mixtures(), cuts=st.lists(st.integers(0, 40), max_size=4))
def test_however_the_journal_is_cut_the_rows_are_the_same(
    migrated: Path, events: list[Event], cuts: Sequence[int]
) -> None:
    async def check(whole: Path, pieces: Path) -> None:
        stored = [entry(event) for event in events]
        async with await Database.open(whole) as db:
            await _put(db, stored)
            await projection(db).catch_up()
            expected = await everything(db)
            await projection(db).start_over()
            await projection(db).catch_up()
            assert await everything(db) == expected
        async with await Database.open(pieces) as db:
            for begin, end in itertools.pairwise([0, *sorted(cuts), len(stored)]):
                await _put(db, stored[begin:end])
                await projection(db).catch_up()
            assert await everything(db) == expected
        calls = {event.call for event in events if event.call}
        assert [interaction.call for interaction in expected[0]] == sorted(calls)

    with tempfile.TemporaryDirectory() as folder:
        copies = [Path(folder) / name for name in ("whole.db", "pieces.db")]
        for copy in copies:
            copy.write_bytes(migrated.read_bytes())
        asyncio.run(check(*copies))


async def test_two_processes_make_nothing_twice(db: Database) -> None:
    for n in range(30):
        await put(db, answered_call(f"c{n:02d}", ani=f"+3706000000{n % 3 + 1}"))
    await asyncio.gather(*(projection(db).catch_up() for _ in range(3)))
    interactions, customers = await everything(db)
    assert [interaction.call for interaction in interactions] == [f"c{n:02d}" for n in range(30)]
    assert len({customer.id for customer in customers.values()}) == 3


async def test_it_follows_the_journal_and_ends_when_it_is_cancelled(db: Database, tmp_path: Path) -> None:
    async with await Journal.open(db, tmp_path / "emergency") as journal:
        work = _Watched(journal, db, COUNTRY)
        running = asyncio.create_task(work.run())
        for call in ("c1", "c2"):
            work.written.clear()
            for event in answered_call(call):
                await journal.append(entry(event))
            async with asyncio.timeout(20):
                while (await journal.position("crm")) < await journal.newest_seq():
                    await work.written.wait()
                    work.written.clear()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    assert [interaction.call for interaction in (await everything(db))[0]] == ["c1", "c2"]


async def test_a_batch_that_is_cancelled_leaves_nothing_and_is_made_next_time(db: Database) -> None:
    await put(db, answered_call("c1"))
    stuck = _Stuck(JournalReads(db), db, COUNTRY)
    running = asyncio.create_task(stuck.run())
    async with asyncio.timeout(20):
        await stuck.inside.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await everything(db) == ([], {})
    await projection(db).catch_up()
    assert len((await everything(db))[0]) == 1


async def test_it_goes_on_after_the_database_was_away(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callrouter.projection.PAUSES", Backoff(first=0.001, longest=0.001))
    await put(db, answered_call("c1"))
    work = _Unlucky(JournalReads(db), db, COUNTRY)
    running = asyncio.create_task(work.run())
    async with asyncio.timeout(20):
        await work.written.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert work.failures == 0
    await projection(db).catch_up()
    assert len((await everything(db))[0]) == 1


async def test_an_entry_of_another_version_stops_nothing(db: Database) -> None:
    await put(db, answered_call("c1"))
    odd = [Entry(kind="of 2031", at=START, call="c1"), Entry(kind=ev.CallOffered.KIND, at=START, call="c2")]
    await _put(db, odd)
    await projection(db).catch_up()
    assert [interaction.call for interaction in (await everything(db))[0]] == ["c1"]


async def test_a_caller_is_found_however_the_number_is_written(db: Database) -> None:
    await put(db, [*answered_call("c1"), *Caller("c2", at=START + timedelta(hours=1)).ends(Outcome.UNSERVED)])
    await projection(db).catch_up()
    customers = Customers(db, COUNTRY)
    found = await customers.find_caller("8 600 00001", "+37052000000")
    assert found is not None
    assert await customers.find_caller("8 600 00001") is None  # of whichever country that is
    assert [i.call for i in await customers.list_interactions(found.id)] == ["c2", "c1"]
    assert await customers.find_caller("+37069999999") is None
    assert await customers.find_caller("") is None


class _Watched(Projection):
    """Says when a batch was written, and takes the next at once."""

    gather = 0.0

    def __init__(self, journal: JournalReads, db: Database, country: str) -> None:
        super().__init__(journal, db, country)
        self.written = asyncio.Event()

    async def _take(self, batch: Batch) -> None:
        await super()._take(batch)
        self.written.set()


class _Unlucky(_Watched):
    """Finds the database away twice."""

    failures = 2

    async def write(self, session: AsyncSession, changed: Changed) -> None:
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable
        await super().write(session, changed)


class _Stuck(Projection):
    """Never comes to the end of its transaction."""

    def __init__(self, journal: JournalReads, db: Database, country: str) -> None:
        super().__init__(journal, db, country)
        self.inside = asyncio.Event()

    async def write(self, session: AsyncSession, changed: Changed) -> None:
        await super().write(session, changed)
        self.inside.set()
        await asyncio.Event().wait()


async def _put(db: Database, entries: Sequence[Entry]) -> None:
    if entries:
        async with db.writing() as session:
            await journal_store.insert_entries(session, entries)
