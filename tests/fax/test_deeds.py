"""What people do with a fax while it is still worked on: nobody gets it twice, or in the wrong place, or unsaid."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from fax import store
from fax.model import Fax, NotPossible, State, Step
from ledger.database import Database
from ledger.delivery_model import Later
from ledger.errors import DatabaseBusy
from ledger.spool import Spool, SpoolFile
from tests.fax.house import Road, house


async def test_sent_again_and_noted_are_one(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_step = store.add_step

    async def away(session: AsyncSession, id_: str, step: Step) -> None:
        if step.what == "sent again":
            raise DatabaseBusy
        await add_step(session, id_, step)

    async with house(db, tmp_path) as home:
        one = await home.order()
        await home.becomes(one.id, State.SENT)
        monkeypatch.setattr(store, "add_step", away)
        with pytest.raises(DatabaseBusy):
            await home.service.send_again(one.id, "alice")
        monkeypatch.undo()
        assert await home.service.count() == {}  # nothing is under way
        again = await home.service.send_again(one.id, "alice")
        assert f"as {again.id[:8]}" in [step.detail for step in await home.service.ledger(one.id)]


async def test_it_is_not_delivered_again_before_its_pages_are_made(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep("support")
        with pytest.raises(NotPossible, match="being made"):
            await home.service.deliver_again(id_, "bob")
        async with home.runner:
            await home.steps(id_, "delivered")
            await home.service.deliver_again(id_, "bob")
            await home.steps(id_, "delivered", 2)
    assert home.road.receivers == ["support@acme.example"] * 2


@pytest.mark.parametrize("restored", [False, True], ids=["forwarded", "forwarded, deleted and brought back"])
async def test_forwarded_it_goes_to_the_new_box_only(db: Database, tmp_path: Path, restored: bool) -> None:
    async with house(db, tmp_path, road=Road([Later("away")] * 3)) as home:
        id_ = await home.keep()
        await home.steps(id_, "not delivered", 2)
        home.pass_time(seconds=1)
        await home.service.forward(id_, "support", "alice")
        await home.steps(id_, "not delivered", 3)
        if restored:
            home.pass_time(seconds=1)
            await home.service.delete(id_, "bob")
            await home.service.restore(id_, "bob")
        async with asyncio.timeout(30):
            while len(home.road.carried) < 4:
                home.pass_time(seconds=31)
                await asyncio.sleep(0.02)
        await home.steps(id_, "delivered")
    assert home.road.receivers[2:] == ["support@acme.example"] * 2


@pytest.mark.parametrize(
    ("by", "told"),
    [("alice", []), ("bob", ["boss@acme.example", "office@acme.example"])],
    ids=["by who ordered it", "by another"],
)
async def test_whose_fax_another_cancels_is_told(db: Database, tmp_path: Path, by: str, told: list[str]) -> None:
    async with house(db, tmp_path) as home:
        later = home.clock.now() + timedelta(days=1)
        one = await home.order(confirm=("boss@acme.example",), send_at=later)
        await home.becomes(one.id, State.WAITING)
        done = await home.service.cancel(one.id, by)
        assert (done.state, done.ended_at) == (State.CANCELLED, home.clock.now())
        if told:
            await home.steps(one.id, "delivered", len(told))
        else:
            await home.steps(one.id, "nobody is told")
    assert sorted(home.road.receivers) == told


async def test_of_two_documents_with_one_key_at_once_the_one_that_is_noted_is_sent(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopt, both = Spool.adopt, asyncio.Barrier(2)

    async def together(self: Spool, path: Path, *args: str, **more: str) -> SpoolFile:
        await both.wait()
        return await adopt(self, path, *args, **more)  # type: ignore[arg-type]

    async with house(db, tmp_path, works=False) as home:
        monkeypatch.setattr(Spool, "adopt", together)
        papers = [home.document(content, name) for content, name in ((b"first", "a.txt"), (b"second", "b.txt"))]
        faxes: list[Fax] = await asyncio.gather(*(home.order(paper, key="k") for paper in papers))
        assert faxes[0].original == faxes[1].original
        assert home.files() == [faxes[0].original]
