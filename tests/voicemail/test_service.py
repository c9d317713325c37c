"""The rules of messages, on the real ledger: kept once, mailed, handled, deleted, brought back, forgotten in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.database import Database
from ledger.delivery_model import DeliveryState, Later, Refused
from ledger.errors import SpoolFull
from ledger.jobs import Jobs, JobState
from tests.voicemail.house import SILENT, Told, house
from voicemail.model import Asked, Count, Message, NoSuchMessage, NotPossible, Shown, TextState
from voicemail.service import Voicemail
from voicemail.sound.errors import SoundLost
from voicemail.sound.model import Examined
from voicemail.transcription.model import EngineFailed, NoModel, TooBusy


async def test_a_message_is_kept_examined_transcribed_and_mailed_to_everybody(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        steps = await home.steps(id_, "mailed", 2)
        message = await home.voicemail.get(id_)
    assert await home.spool.exists(message.file)
    assert (message.text, message.text_state, message.empty) == ("please call Maria", TextState.DONE, False)
    assert message.peaks == (1, 50, 100)
    assert steps[:4] == ["recorded", "stored", "examined", "transcribed"]
    assert {d.receiver for d in home.told.carried} == {"billing@acme.example", "boss@acme.example"}


async def test_keeping_twice_is_keeping_once(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        first = home.left()
        twice = [await home.voicemail.keep(first), await home.voicemail.keep(home.left())]
        await home.voicemail.done(first)
        assert not first.path.exists()
        id_ = twice[0].partition(".")[0]
        await home.steps(id_, "mailed", 2)
        assert twice[0] == twice[1]
        assert len((await home.voicemail.search(Asked())).messages) == 1
    assert len(home.told.carried) == 2


async def test_nobody_spoke_so_nobody_is_mailed(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(examined=[SILENT])) as home:
        id_ = await home.keep()
        message = await home.until(id_, lambda m: m.empty is not None)
        assert message.empty is True
        assert await home.voicemail.deliveries_of(id_) == []
        assert (await home.voicemail.search(Asked())).messages == ()
        assert [m.id for m in (await home.voicemail.search(Asked(shown=Shown.EMPTY))).messages] == [id_]
        assert message.text_state is TextState.OFF


async def test_what_could_not_be_examined_counts_as_spoken(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(examined=[SoundLost("it hung")])) as home:
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([NoModel("en")], "no speech model for en"),
        ([EngineFailed("it died")] * 3, "it died"),
    ],
    ids=["no model", "engine fails each time"],
)
async def test_without_text_the_mail_goes_all_the_same(
    db: Database, tmp_path: Path, said: list[Exception], why: str
) -> None:
    async with house(db, tmp_path, Told(said=list(said))) as home:
        id_ = await home.keep()
        await home.until(id_, lambda m: m.empty is False)
        for attempt, _ in enumerate(said[1:], start=1):
            await _job_rests(home.jobs, f"voicemail.transcribe {id_}", attempt)
            home.pass_time(seconds=6)
        await home.steps(id_, "mailed", 2)
        message = await home.voicemail.get(id_)
    assert message.text_state is TextState.FAILED
    assert why in message.text_by


async def test_a_mail_waits_for_the_words_only_so_long(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(said=[TooBusy("busy")] * 20)) as home:
        id_ = await home.keep()
        await home.until(id_, lambda m: m.empty is False)
        assert home.told.carried == []
        home.pass_time(seconds=41)
        await home.steps(id_, "mailed", 2)


async def test_transcribing_again_gives_the_text_later(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(said=[NoModel("en")])) as home:
        id_ = await home.keep()
        await home.until(id_, lambda m: m.text_state is TextState.FAILED)
        await home.voicemail.transcribe_again(id_, "alice")
        message = await home.until(id_, lambda m: m.text_state is TextState.DONE)
    assert message.text == "please call Maria"


async def test_a_mailbox_without_transcription_mails_at_once(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep("support")
        await home.steps(id_, "mailed")
        assert (await home.voicemail.get(id_)).text_state is TextState.OFF


async def test_a_mailbox_without_address_says_so(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep("alice")
        assert "nobody is mailed" in await home.steps(id_, "nobody is mailed")


async def test_the_original_stays_until_accepted_and_its_time_is_over(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(results=[Refused("550 no such user")])) as home:
        id_ = await home.keep()
        await home.steps(id_, "refused")
        await home.steps(id_, "mailed")
        file = (await home.voicemail.get(id_)).file
        home.clock.advance(timedelta(days=365).total_seconds())
        assert await home.voicemail.forget_old() == 0
        assert await home.spool.exists(file)
        refused = next(d for d in await home.voicemail.deliveries_of(id_) if d.state is DeliveryState.REFUSED)
        await home.deliveries.try_again(refused.id)
        await home.steps(id_, "mailed", 2)
        assert await home.voicemail.forget_old() == 1
        assert not await home.spool.exists(file)
        with pytest.raises(NoSuchMessage):
            await home.voicemail.get(id_)


async def test_what_was_accepted_stays_for_its_time(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)
        home.clock.advance(timedelta(days=29).total_seconds())
        assert await home.voicemail.forget_old() == 0
        home.clock.advance(timedelta(days=2).total_seconds())
        assert await home.voicemail.forget_old() == 1


async def test_people_hear_assign_note_and_handle(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        assert await home.voicemail.count() == {"billing": Count(1, 1)}
        await home.voicemail.heard(id_, "alice")
        await home.voicemail.assign(id_, "alice", "alice")
        await home.voicemail.note(id_, " will call tomorrow ", "alice")
        assert await home.voicemail.count() == {"billing": Count(0, 1)}
        message = await home.voicemail.handle(id_, "alice")
        assert (message.heard_by, message.assigned_to, message.handled_by) == ("alice", "alice", "alice")
        assert await home.voicemail.count() == {}
        assert (await home.voicemail.reopen(id_, "alice")).handled_at is None
        told = [(step.what, step.by, step.detail) for step in await home.voicemail.ledger(id_)][2:]
    assert told == [
        ("heard", "alice", "on the page"),
        ("assigned", "alice", "alice"),
        ("note", "alice", "will call tomorrow"),
        ("handled", "alice", ""),
        ("reopened", "alice", ""),
    ]


async def test_deleting_takes_the_promise_back_and_can_be_undone(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, Told(results=[Later("421"), Later("421")])) as home:
        id_ = await home.keep()
        await home.steps(id_, "not mailed", 2)
        await home.voicemail.delete(id_, "alice")
        assert {d.state for d in await home.voicemail.deliveries_of(id_)} == {DeliveryState.CANCELLED}
        assert (await home.voicemail.search(Asked())).messages == ()
        with pytest.raises(NotPossible):
            await home.voicemail.handle(id_, "alice")
        assert (await home.voicemail.restore(id_, "alice")).deleted_at is None
        assert len((await home.voicemail.search(Asked())).messages) == 1


async def test_forwarding_moves_it_and_tells_the_others(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.steps(id_, "mailed", 2)
        message = await home.voicemail.forward(id_, "support", "alice")
        await home.steps(id_, "mailed", 3)
        with pytest.raises(NotPossible):
            await home.voicemail.forward(id_, "nowhere", "alice")
    assert message.mailbox == "support"
    assert home.told.carried[-1].receiver == "support@acme.example"


@pytest.mark.parametrize(
    ("deed", "mailed"),
    [
        pytest.param(lambda v, id_: v.forward(id_, "support", "alice"), ["support@acme.example"], id="forwarded"),
        pytest.param(lambda v, id_: v.delete(id_, "alice"), [], id="deleted"),
    ],
)
async def test_what_people_do_while_it_is_examined_decides_who_is_mailed(
    db: Database, tmp_path: Path, deed: Callable[[Voicemail, str], Awaitable[Message]], mailed: list[str]
) -> None:
    class Slow(Told):
        async def examine(self, path: Path) -> Examined:
            await deed(home.voicemail, id_)
            return await super().examine(path)

    async with house(db, tmp_path, Slow(), works=False) as home:
        id_ = await home.keep()
        async with home.runner:
            await home.steps(id_, "examined")
        assert [delivery.receiver for delivery in await home.voicemail.deliveries_of(id_)] == mailed


async def test_only_who_reads_the_mailbox_can_be_given_its_message(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        id_ = await home.keep()
        assert home.voicemail.may_read("alice") == {"billing", "alice"}
        assert home.voicemail.may_read("nobody") == frozenset()
        with pytest.raises(NotPossible):
            await home.voicemail.assign(id_, "bob", "alice")


#: What somebody may look for, and whether it finds the message of Ona's who speaks of Maria.
LOOKED_FOR = {
    "maria": True,
    "plea CALL": True,
    "please nobody": False,
    "Ona": True,
    "600 000": True,
    "7777": False,
    '" OR 1': False,
    "%": False,
    "'; DROP TABLE x; --": False,
    "ma:*&!()": True,
}


async def test_words_numbers_and_names_are_found(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path) as home:
        id_ = await home.keep()
        await home.until(id_, lambda m: m.text_state is TextState.DONE)
        pages = {words: await home.voicemail.search(Asked(words=words)) for words in LOOKED_FOR}
    assert {words: bool(page.messages) for words, page in pages.items()} == LOOKED_FOR


async def test_lists_are_filtered_and_go_on(db: Database, tmp_path: Path) -> None:
    async with house(db, tmp_path, works=False) as home:
        ids = []
        for number in range(5):
            ids.append(await home.keep("billing" if number % 2 else "support", name=f"m{number}", call=f"c-{number}"))
            home.clock.advance(60.0)
        newest = list(reversed(ids))
        first = await home.voicemail.search(Asked(limit=2))
        assert ([m.id for m in first.messages], first.more) == (newest[:2], True)
        rest = await home.voicemail.search(Asked(limit=9, before=newest[1]))
        assert ([m.id for m in rest.messages], rest.more) == (newest[2:], False)
        mine = await home.voicemail.search(Asked(frozenset({"billing"})))
        assert {m.mailbox for m in mine.messages} == {"billing"}
        assert (await home.voicemail.search(Asked(frozenset()))).messages == ()
        since = home.clock.now() - timedelta(seconds=130)
        assert len((await home.voicemail.search(Asked(since=since))).messages) == 2


async def test_a_full_disk_leaves_the_recording_where_it_is(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(db, tmp_path, works=False) as home:

        async def full(*_arguments: object, **_more: object) -> None:
            raise SpoolFull

        monkeypatch.setattr(home.spool, "adopt", full)
        with pytest.raises(SpoolFull):
            await home.keep()
        assert (tmp_path / "m1.wav").exists()
        assert (await home.voicemail.search(Asked())).messages == ()


async def _job_rests(jobs: Jobs, key: str, attempts: int) -> None:
    """Wait until a job was tried so often and waits for its next try."""
    async with asyncio.timeout(20):
        while (job := await jobs.get(key)).state is not JobState.WAITING or job.attempts != attempts:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
