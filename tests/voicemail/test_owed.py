"""What may be taken away and comes back, is sent again or asked for twice: nothing owed is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.clock import ManualClock
from ledger.database import Database
from ledger.delivery_model import Delivery, DeliveryState, Later, Refused
from ledger.jobs import JobState
from ledger.spool_register import SpoolRegister
from tests.ledger.postgres import server
from tests.voicemail.house import Told, house
from voicemail.model import Asked, Count, Message, NoSuchMessage, NotPossible, TextState
from voicemail.promises import KIND, may_go
from voicemail.transcription.model import NoModel

NOW = ManualClock().now()
WAITING, ACCEPTED, REFUSED = DeliveryState.WAITING, DeliveryState.ACCEPTED, DeliveryState.REFUSED
CANCELLED = DeliveryState.CANCELLED


async def test_bringing_back_owes_the_mails_again(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(results=[Later("451"), Later("451")])) as home:
        id_ = await home.keep()
        await home.steps(id_, "not mailed", 2)
        await home.voicemail.delete(id_, "alice")
        await home.voicemail.restore(id_, "alice")
        await home.steps(id_, "mailed", 2)
        home.clock.advance(timedelta(days=60).total_seconds())
        assert await home.voicemail.forget_old() == 1


async def test_what_was_deleted_before_it_was_examined_is_owed_when_it_comes_back(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        await home.voicemail.delete(id_, "alice")
        async with home.runner:
            await home.until(id_, lambda m: m.empty is False)
            await home.voicemail.restore(id_, "alice")
            await home.steps(id_, "mailed", 2)
            await home.until(id_, lambda m: m.text_state is TextState.DONE)


async def test_a_message_never_accepted_is_not_forgotten_after_undoing(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(results=[Later("451")] * 50)) as home:
        id_ = await home.keep()
        await home.steps(id_, "not mailed", 2)
        await home.voicemail.delete(id_, "alice")
        await home.voicemail.restore(id_, "alice")
        home.clock.advance(timedelta(days=400).total_seconds())
        assert await home.voicemail.forget_old() == 0
        assert await home.spool.exists((await home.voicemail.get(id_)).file)


async def test_rows_go_whoever_is_before_them(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        for number in range(3):
            await home.keep("alice", name=f"a{number}", call=f"a-{number}")  # nobody is mailed, nobody sees to them
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)
        home.clock.advance(timedelta(days=365).total_seconds())
        assert await home.voicemail.forget_old(limit=2) == 1
        with pytest.raises(NoSuchMessage):
            await home.voicemail.get(id_)


async def test_brought_back_stays_with_its_sound(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)
        home.clock.advance(timedelta(days=28).total_seconds())
        await home.voicemail.delete(id_, "alice")
        await home.voicemail.restore(id_, "alice")
        file = (await home.voicemail.get(id_)).file
        home.clock.advance(timedelta(days=10).total_seconds())
        assert await home.voicemail.forget_old() == 0
        assert await home.spool.exists(file)
        home.clock.advance(timedelta(days=5).total_seconds())
        assert await home.voicemail.forget_old() == 1
        assert not await home.spool.exists(file)


async def test_a_deleted_message_is_gone_after_two_weeks(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)
        await home.voicemail.delete(id_, "alice")
        home.clock.advance(timedelta(days=15).total_seconds())
        assert await home.voicemail.forget_old() == 1


async def test_a_failing_second_transcription_leaves_the_first(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.until(id_, lambda m: m.text_state is TextState.DONE)
        home.told.said = [NoModel("en")]
        await home.voicemail.transcribe_again(id_, "alice")
        await home.steps(id_, "not transcribed")
        message = await home.until(id_, lambda m: m.text_state is TextState.DONE)
    assert message.text == "please call Maria"


async def test_what_is_forwarded_is_new_for_the_others(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)
        await home.voicemail.handle(id_, "alice")
        message = await home.voicemail.forward(id_, "support", "alice")
        assert message.is_unread
        assert await home.voicemail.count() == {"support": Count(1, 1)}
        assert message.keep_until == message.taken_at + timedelta(days=90)


async def test_sending_again_clears_the_refusal(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(results=[Refused("550")])) as home:
        id_ = await home.keep()
        await home.steps(id_, "refused")
        await home.steps(id_, "mailed")
        await home.voicemail.resend(id_, "alice")
        await home.steps(id_, "mailed", 3)
        assert (await home.deliveries.count_open())["refused"] == 0


@pytest.mark.parametrize("deed", ["resend", "transcribe_again", "forward"])
async def test_nothing_is_done_with_a_deleted_message(db: Database, tmp_path: Path, deed: str) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        await home.voicemail.delete(id_, "alice")
        with pytest.raises(NotPossible):
            if deed == "forward":
                await home.voicemail.forward(id_, "support", "alice")
            else:
                await getattr(home.voicemail, deed)(id_, "alice")


async def test_names_are_found_in_any_letters(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        await home.keep(ani_name="Žemyna ŠĖ")
        for words in ("žemyna", "ŠĖ"):
            assert (await home.voicemail.search(Asked(words=words))).messages


async def test_years_later_the_same_may_come_again(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        left = home.left()
        id_ = (await home.voicemail.keep(left)).partition(".")[0]
        await home.steps(id_, "mailed", 2)
        async with asyncio.timeout(20):
            while (await home.jobs.count())[JobState.DONE] < 4:  # noqa: ASYNC110 - examined, written down, two mails
                await asyncio.sleep(0.01)
        home.pass_time(days=31)
        assert await home.voicemail.forget_old() == 1
        assert await home.voicemail.deliveries_of(id_) == []
        assert await home.jobs.list_in(JobState.DONE) == []
        await home.voicemail.keep(left)
        await home.steps(id_, "mailed", 2)
    assert len(home.told.carried) == 4


@pytest.mark.parametrize(
    ("fields", "mails", "may"),
    [
        pytest.param({"empty": None}, [], False, id="not examined yet"),
        pytest.param({"empty": None, "handled_at": NOW}, [], False, id="handled before it was examined"),
        pytest.param({"empty": True}, [], True, id="nobody spoke"),
        pytest.param({}, [], False, id="nobody is mailed"),
        pytest.param({"handled_at": NOW}, [], True, id="nobody is mailed, a person handled it"),
        pytest.param({}, [ACCEPTED], True, id="accepted"),
        pytest.param({}, [ACCEPTED, WAITING], False, id="one of two waits"),
        pytest.param({}, [ACCEPTED, REFUSED], False, id="one refused"),
        pytest.param({"handled_at": NOW}, [REFUSED], False, id="handled, but refused"),
        pytest.param({"handled_at": NOW}, [CANCELLED], True, id="handled, taken back"),
        pytest.param({"deleted_at": NOW}, [CANCELLED], True, id="deleted"),
    ],
)
def test_when_an_original_may_go(fields: dict[str, Any], mails: list[DeliveryState], may: bool) -> None:
    message = Message("m", "billing", "m.wav", NOW, NOW, 1.0, **({"empty": False} | fields))
    assert may_go(message, mails) is may


async def test_reopened_it_waits_for_a_person_again(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep("alice")
        await home.steps(id_, "nobody is mailed")
        await home.voicemail.handle(id_, "bob")
        await home.voicemail.reopen(id_, "bob")
        home.pass_time(days=400)
        assert await home.voicemail.forget_old() == 0
        assert await home.spool.exists((await home.voicemail.get(id_)).file)


async def test_forwarded_it_waits_for_the_people_there(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)
        home.pass_time(seconds=1)
        await home.voicemail.forward(id_, "alice", "bob")  # where nobody is mailed
        home.pass_time(days=400)
        assert await home.voicemail.forget_old() == 0
        await home.voicemail.handle(id_, "alice")
        assert await home.voicemail.forget_old() == 1


async def test_handled_and_brought_back_it_goes_in_its_time(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep("alice")
        await home.steps(id_, "nobody is mailed")
        await home.voicemail.handle(id_, "bob")
        await home.voicemail.delete(id_, "bob")
        await home.voicemail.restore(id_, "bob")
        home.pass_time(days=400)
        assert await home.voicemail.forget_old() == 1


async def test_handled_before_it_was_examined_it_waits_for_its_mails(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(results=[Later("451")] * 50), works=False) as home:
        id_ = await home.keep()
        await home.voicemail.handle(id_, "alice")
        async with home.runner:
            await home.steps(id_, "not mailed", 2)
        home.pass_time(days=400)
        assert await home.voicemail.forget_old() == 0
        assert await home.spool.exists((await home.voicemail.get(id_)).file)


@pytest.mark.parametrize("deed", ["restore", "reopen", "forward", "resend"])
async def test_what_is_gone_is_not_promised_again(db: Database, tmp_path: Path, deed: str) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)
        if deed == "restore":
            await home.voicemail.delete(id_, "alice")
        if deed == "reopen":
            await home.voicemail.handle(id_, "alice")
        home.pass_time(days=31)
        assert await SpoolRegister(db, home.spool).remove_old(home.clock.now())  # we die before its row goes
        act: dict[str, Callable[[], Awaitable[object]]] = {
            "restore": lambda: home.voicemail.restore(id_, "alice"),
            "reopen": lambda: home.voicemail.reopen(id_, "alice"),
            "forward": lambda: home.voicemail.forward(id_, "support", "alice"),
            "resend": lambda: home.voicemail.resend(id_, "alice"),
        }
        with pytest.raises(NotPossible, match="not kept any more"):
            await act[deed]()
        assert len(home.told.carried) == 2


@pytest.fixture
async def postgres_db() -> AsyncIterator[Database]:
    url = server().new_database()
    try:
        async with await Database.open(url, migrate=False) as database:
            yield database
    finally:
        server().drop_database(url)


@pytest.mark.postgres
async def test_deleting_while_a_mail_is_accepted(postgres_db: Database, tmp_path: Path) -> None:
    """Both lock the message first: the other way round each would wait for the other, and one would lose."""
    db = postgres_db
    async with house(db, tmp_path) as home:
        changed = asyncio.Event()

        async def ended(session: AsyncSession, delivery: Delivery) -> None:
            changed.set()
            await somebody_waits(db)
            await home.voicemail.delivery_ended(session, delivery)

        home.deliveries.serve({}, {KIND: ended})
        id_ = await home.keep("support")
        async with asyncio.timeout(20):
            await changed.wait()
            assert (await home.voicemail.delete(id_, "bob")).deleted_at is not None
        (delivery,) = await home.voicemail.deliveries_of(id_)
        assert (delivery.state, delivery.attempts) == (DeliveryState.ACCEPTED, 1)
        assert (await home.jobs.get(delivery.job)).failures == 0


async def somebody_waits(db: Database) -> None:
    """Wait until one connection waits for a row that another has locked."""
    query = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(20):
        while True:
            async with db.reading() as session:
                if await session.scalar(query):
                    return
            await asyncio.sleep(0.01)
