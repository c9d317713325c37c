"""What may be taken away and comes back, is sent again or asked for twice: nothing owed is lost on the way."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.delivery_model import Later, Refused
from tests.voicemail.house import Told, house
from voicemail.model import Asked, Count, NoSuchMessage, NotPossible, TextState
from voicemail.transcription.model import NoModel


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
