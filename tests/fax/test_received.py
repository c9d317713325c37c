"""A fax that came in: kept once, shown as PDF, brought to everybody it is owed to, found again, and let go in time."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from fax.model import Asked, Count, Direction, Fax, NoSuchFax, NotPossible, Shown, State
from ledger.database import Database
from ledger.delivery_model import Later, Refused
from ledger.errors import SpoolFull
from ledger.spool import Spool, SpoolWriter
from tests.fax.house import BROKEN_OFF, House, Road, house


async def test_a_fax_is_kept_shown_and_brought_to_every_receiver(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        steps = await home.steps(id_, "delivered", 2)
        fax = await home.service.get(id_)
    assert (fax.state, fax.pages, fax.station, fax.quality) == (State.RECEIVED, 2, "SENDER 1", "fine")
    assert (await home.spool.read(fax.pdf)).startswith(b"%PDF-")
    assert await home.spool.exists(fax.file)  # the original is kept
    assert steps[:3] == ["received", "stored", "pages made"]
    assert sorted(home.road.receivers) == ["/srv/faxes", "billing@acme.example"]


async def test_keeping_twice_is_keeping_once(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        left = home.left()
        assert await home.service.keep(left) == await home.service.keep(left)
        await home.steps(await home.service.keep(left), "delivered", 2)
        assert len((await home.service.search(Asked())).faxes) == 1
        assert len(home.road.carried) == 2


async def test_a_fax_that_broke_off_is_delivered_as_partial(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep(source=BROKEN_OFF, pages=1, ok=False, why="Disconnected after permitted retries")
        await home.steps(id_, "delivered", 2)
        fax = await home.service.get(id_)
    assert (fax.state, fax.pages, fax.why) == (State.PARTIAL, 1, "Disconnected after permitted retries")


async def test_one_without_pages_is_there_as_failed(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep(pages=0, ok=False, why="The call dropped")
        assert [fax.id for fax in (await home.service.search(Asked(shown=Shown.FAILED))).faxes] == [id_]
        assert (await home.service.search(Asked(shown=Shown.OPEN))).faxes == ()
        assert (await home.service.get(id_)).file == ""


async def test_paper_that_cannot_be_shown_is_delivered_as_it_came(db: Database, tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish"
    rubbish.write_bytes(b"II*\0" + b"\xff" * 500)
    async with house(db, tmp_path) as home:
        id_ = await home.keep(source=rubbish)
        await home.steps(id_, "delivered", 2)
        fax = await home.service.get(id_)
    assert fax.pdf == "" and "cannot be shown" in fax.why
    assert await home.spool.exists(fax.file)


async def test_a_full_disk_keeps_it_until_there_is_room(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, tried = [True], asyncio.Event()
    create = Spool.create

    def no_room(self: Spool, suffix: str = "", *, name: str | None = None) -> AbstractAsyncContextManager[SpoolWriter]:
        if full[0]:
            tried.set()
            raise SpoolFull
        return create(self, suffix, name=name)

    monkeypatch.setattr(Spool, "create", no_room)
    async with house(db, tmp_path) as home:
        await home.keep()
        async with asyncio.timeout(20):
            await tried.wait()
        assert home.road.carried == []
        full[0] = False
        async with asyncio.timeout(20):
            while len(home.road.carried) < 2:
                home.pass_time(seconds=31)
                await asyncio.sleep(0.05)


async def test_a_receiver_that_refuses_keeps_the_original(db: Database, tmp_path: Path) -> None:
    road = Road([Refused("550 no such user")])
    async with house(db, tmp_path, road=road) as home:
        id_ = await home.keep()
        await home.steps(id_, "refused")
        home.clock.advance(timedelta(days=400).total_seconds())
        assert await home.service.forget_old() == 0
        await home.service.deliver_again(id_, "alice")
        await home.steps(id_, "delivered", 3)  # who had it already gets it once more: a person wanted that
        home.clock.advance(timedelta(days=400).total_seconds())
        assert await home.service.forget_old() > 0
        with pytest.raises(NoSuchFax):
            await home.service.get(id_)


async def test_nobody_to_tell_is_said_and_a_person_lets_it_go(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep("quiet")
        await home.steps(id_, "nobody is told")
        home.clock.advance(timedelta(days=400).total_seconds())
        assert await home.service.forget_old() == 0
        await home.service.handle(id_, "bob")
        assert await home.service.forget_old() > 0


async def test_forwarding_brings_it_to_the_people_there(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "delivered", 2)
        await home.service.seen(id_, "alice")
        fax = await home.service.forward(id_, "support", "alice")
        await home.steps(id_, "delivered", 3)
    assert (fax.box, fax.is_unread) == ("support", True)
    assert home.road.receivers[-1] == "support@acme.example"


async def test_forwarded_before_its_pages_were_made_it_goes_to_the_new_box_once(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        await home.service.forward(id_, "support", "alice")
        async with home.runner:
            await home.steps(id_, "delivered")
    assert home.road.receivers == ["support@acme.example"]


async def test_deleted_it_is_brought_to_nobody_and_comes_back_with_all_it_owes(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, road=Road([Later("451")] * 2)) as home:
        id_ = await home.keep()
        await home.steps(id_, "not delivered", 2)
        await home.service.delete(id_, "alice")
        home.pass_time(hours=1)
        assert (await home.service.search(Asked(shown=Shown.OPEN))).faxes == ()
        await home.service.restore(id_, "alice")
        await home.steps(id_, "delivered", 2)


async def test_a_deleted_one_is_gone_after_two_weeks(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "delivered", 2)
        fax = await home.service.delete(id_, "alice")
        home.clock.advance(timedelta(days=13).total_seconds())
        assert await home.service.forget_old() == 0
        home.clock.advance(timedelta(days=2).total_seconds())
        await home.service.forget_old()
        assert not await home.spool.exists(fax.file) and not await home.spool.exists(fax.pdf)


async def _deeds(home: House, id_: str) -> list[Fax]:
    service = home.service
    return [
        await service.seen(id_, "alice"),
        await service.assign(id_, "alice", "boss"),
        await service.note(id_, " please pay ", "alice"),
        await service.handle(id_, "alice"),
        await service.reopen(id_, "boss"),
    ]


async def test_what_people_do_is_kept_and_told(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        told: list[Fax] = []
        home.service.watch(told.append)
        after = await _deeds(home, id_)
        assert [fax in told for fax in after] == [True] * 5
        assert (after[0].seen_by, after[1].assigned_to, after[3].handled_by) == ("alice", "alice", "alice")
        steps = [(step.what, step.by) for step in await home.service.ledger(id_)]
        assert ("note", "alice") in steps and ("reopened", "boss") in steps


@pytest.mark.parametrize(
    ("deed", "why"),
    [
        (lambda home, id_: home.service.assign(id_, "bob", "alice"), "cannot read"),
        (lambda home, id_: home.service.note(id_, "  ", "alice"), "1 to"),
        (lambda home, id_: home.service.note(id_, "x" * 2_001, "alice"), "1 to"),
        (lambda home, id_: home.service.forward(id_, "nowhere", "alice"), "no fax box"),
        (lambda home, id_: home.service.cancel(id_, "alice"), "not under way"),
        (lambda home, id_: home.service.send_again(id_, "alice"), "that we sent"),
    ],
    ids=["assign-stranger", "empty-note", "long-note", "no-box", "cancel-received", "send-received"],
)
async def test_what_cannot_be_done_says_why(db: Database, tmp_path: Path, deed, why: str) -> None:  # type: ignore[no-untyped-def]
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        with pytest.raises(NotPossible, match=why):
            await deed(home, id_)


async def test_who_may_read_which_box(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        assert home.service.may_read("alice") == {"billing"}
        assert home.service.may_read("bob") == {"support", "quiet"}
        assert home.service.may_read("nobody") == frozenset()


@pytest.mark.parametrize(
    ("words", "found"),
    [("Ona", True), ("600 000", True), ("SENDER", True), ("50%", False), ("Petras", False), ("invoic", True)],
)
async def test_searching(db: Database, tmp_path: Path, words: str, found: bool) -> None:
    from fax import store
    from fax.model import TextState

    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        async with db.writing() as session:
            await store.put_text(session, id_, TextState.DONE, "Please pay the invoice Žalia g. 5")
        page = await home.service.search(Asked(words=words, direction=Direction.IN))
        assert [fax.id for fax in page.faxes] == ([id_] if found else [])


async def test_counting_and_paging(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        ids = []
        for number in range(5):
            home.clock.advance(1)
            ids.append(await home.keep(name=f"f{number}"))
        await home.service.seen(ids[0], "alice")
        await home.service.handle(ids[1], "alice")
        await home.order()
        assert await home.service.count() == {"billing": Count(unread=3, open=4, under_way=1)}
        first = await home.service.search(Asked(direction=Direction.IN, limit=3))
        rest = await home.service.search(Asked(direction=Direction.IN, limit=3, before=first.faxes[-1].id))
        assert [fax.id for fax in (*first.faxes, *rest.faxes)] == ids[::-1]
        assert (first.more, rest.more) == (True, False)
