"""Reports of the emergency attendant come into the journal once, whenever we die on the way."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from callrouter import archive, left_behind
from callrouter import events as ev
from callrouter.chronicle import Chronicle
from callrouter.messages import LeftMessage
from ivr.attendant import report as reports
from ivr.attendant.report import Report
from ledger.clock import ManualClock
from ledger.entry import StoredEntry
from ledger.errors import DatabaseError
from ledger.journal_reads import JournalReads
from tests.callrouter.recovery_house import AT, CALL, UNIQUEID, Died, House, open_house

SERVED = Report(
    uniqueid=UNIQUEID,
    did="+37052000000",
    ani="+37060000001",
    began=AT,
    ended="2026-11-20T09:31:00+00:00",
    steps=[
        {"kind": "MenuEntered", "at": AT, "menu": "main"},
        {"kind": "KeysPressed", "at": AT, "menu": "main", "keys": "0"},
    ],
    outcome="voicemail",
    mailbox="billing",
    seconds=2.0,
)
STORY = ["call_offered", "attendant_served", "menu_entered", "keys_pressed", "message_taken", "call_ended"]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as home:
        yield home


async def test_a_report_is_taken_once_though_its_removal_failed(house: House) -> None:
    house.leave(SERVED, ".wav")
    assert await (await house.process()).take_reports() == 1
    assert list(house.drop.iterdir()) == []
    house.put_back()
    assert await (await house.process()).take_reports() == 1
    assert await house.journaled() == STORY


@pytest.mark.parametrize("entries", range(len(STORY) + 1))
async def test_wherever_we_die_there_is_one_set_of_events(house: House, entries: int) -> None:
    house.leave(SERVED, ".wav")
    try:
        await (await house.process(dies_after=entries)).take_reports()
    except Died:
        await house.journal.drain(5.0)
    house.put_back()
    assert await (await house.process()).take_reports() == 1
    assert await house.journaled() == STORY


async def test_a_call_that_the_journal_knew_is_offered_once(house: House) -> None:
    clock = ManualClock()
    await Chronicle(house.journal).tell(ev.CallOffered(at=clock.now(), call=CALL, did="+37052000000"))
    house.leave(SERVED, ".wav")
    for _ in range(2):
        await (await house.process()).take_reports()
        house.put_back()
    assert await house.journaled() == STORY


async def test_watchers_hear_of_it_once_while_the_folder_cannot_be_emptied(house: House) -> None:
    heard: list[str] = []
    house.leave(SERVED, ".wav")
    process = await house.process()
    process._chronicle.watch(lambda event, _: heard.append(event.KIND))
    for _ in range(3):
        await process.take_reports()
        house.put_back()
    assert heard == STORY


async def test_two_messages_beside_one_report_are_both_kept(house: House) -> None:
    house.leave(SERVED, ".wav", ".ogg")
    for _ in range(2):
        await (await house.process()).take_reports()
        house.put_back()
    kinds = await house.journaled()
    assert sorted(kinds) == sorted([*STORY, "message_taken"])


async def test_a_message_without_a_report_is_taken_once(house: House) -> None:
    house.leave(SERVED, ".wav")
    for path in (*house.drop.glob("*.json"), *house.left.glob("*.json")):
        path.unlink()
    for path in house.left.iterdir():
        os.utime(path, (0, 0))
    for _ in range(2):
        house.put_back()
        await (await house.process()).take_reports()
    assert await house.journaled() == ["message_taken"]


async def test_two_callers_are_two(house: House) -> None:
    house.leave(SERVED)
    other = Report(**{**vars(SERVED), "uniqueid": "1795309200.43"})
    house.leave(other)
    assert await (await house.process()).take_reports() == 2
    assert (await house.journaled()).count("call_ended") == 2


class Away(JournalReads):
    """A database that does not answer."""

    async def of_call(self, call: str, limit: int = 0) -> list[StoredEntry]:
        raise DatabaseError("gone")


async def test_a_report_waits_while_the_database_is_away(house: House) -> None:
    house.leave(SERVED)
    assert await (await house.process(reads=Away(house.database))).take_reports() == 0
    assert len(list(house.drop.iterdir())) == 1
    assert await (await house.process()).take_reports() == 1
    assert await house.journaled() == [kind for kind in STORY if kind != "message_taken"]


def record(path: Path, seconds: float = 2.0, *, quiet_for: float = 60.0) -> Path:
    """Leave a recording as Asterisk does when nobody tells it to stop: its header says nothing of the length."""
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"RIFF" + bytes(40) + bytes(int(seconds * 16_000)))
    at = time.time() - quiet_for
    os.utime(path, (at, at))
    return path


async def begun(house: House, file: str) -> None:
    """A caller has heard the tone of a mailbox."""
    at = ManualClock().now()
    chronicle = Chronicle(house.journal)
    chronicle.tell(ev.CallOffered(at=at, call=CALL, did="+37052000000", ani="+37060000001", uniqueid=UNIQUEID))
    await chronicle.tell(ev.MessageBegun(at=at, call=CALL, mailbox="billing", file=file))


async def test_what_was_said_before_we_died_is_kept_once(house: House) -> None:
    path = record(house.drop / "taking-other-1.wav")
    await begun(house, path.name)
    assert await (await house.process()).take_reports() == 1
    record(path)  # we died before it was removed
    assert await (await house.process()).take_reports() == 1
    assert await house.journaled() == ["call_offered", "message_begun", "message_taken"]
    (message,) = house.shelf.kept.values()
    assert (message.mailbox, message.ani, message.call, message.partial) == ("billing", "+37060000001", CALL, True)
    assert message.seconds == pytest.approx(2.0)
    assert not path.exists()


async def test_what_is_still_being_recorded_is_left_alone(house: House) -> None:
    record(house.drop / "taking-us-1.wav")
    record(house.drop / "taking-other-2.wav", quiet_for=0.0)
    assert await (await house.process()).take_reports() == 0
    assert len(list(house.drop.iterdir())) == 2


async def test_of_a_call_that_goes_on_we_wait_for_the_end(house: House) -> None:
    path = record(house.drop / "taking-other-1.wav", quiet_for=5.0)
    await begun(house, path.name)
    process = await house.process()
    process._switchboard.channels = frozenset({UNIQUEID})
    assert await process.take_reports() == 0
    record(path, quiet_for=20.0)
    assert await process.take_reports() == 1


async def test_a_tone_after_which_nothing_came_leaves_nothing(house: House) -> None:
    path = record(house.drop / "taking-other-1.wav", seconds=0.0)
    assert await (await house.process()).take_reports() == 0
    assert not path.exists()


async def test_a_message_that_the_ledger_could_not_take_comes_in_later(house: House) -> None:
    path = record(house.drop / "taking-us-1.wav")
    left = LeftMessage("billing", path, ManualClock().now(), 2.0, CALL, ani="+37060000001", facts={"intent": "invoice"})
    left_behind.write_note(left)
    assert await (await house.process()).take_reports() == 1
    assert list(house.shelf.kept.values()) == [left]
    assert list(house.drop.iterdir()) == []


async def test_what_lay_there_for_days_still_goes_to_its_mailbox(house: House) -> None:
    path = record(house.drop / "taking-other-1.wav", quiet_for=3 * 86_400.0)
    await begun(house, path.name)
    assert await (await house.process()).take_reports() == 1
    (message,) = house.shelf.kept.values()
    assert (message.mailbox, message.call) == ("billing", CALL)
    assert list(house.drop.iterdir()) == []


async def test_a_recording_of_ours_is_taken_when_its_call_is_over(house: House) -> None:
    path = record(house.drop / "taking-us-1.wav")
    await begun(house, path.name)
    process = await house.process()
    assert await process.take_reports() == 0  # its caller may be asked whether to keep it
    await process._chronicle.tell(ev.CallEnded(at=ManualClock().now(), call=CALL, outcome="failed"))
    assert await process.take_reports() == 1  # the line was lost
    (message,) = house.shelf.kept.values()
    assert (message.mailbox, message.partial) == ("billing", True)


async def test_a_message_from_before_the_attendant_came_is_how_the_call_ended(house: House) -> None:
    path = record(house.drop / "taking-other-1.wav")
    await begun(house, path.name)
    house.leave(Report(uniqueid=UNIQUEID, began=AT, ended=AT, outcome="abandoned", caller_gone=True))
    assert await (await house.process()).take_reports() == 2
    ended = (await archive.call_story(house.journal, CALL))[-1]
    assert isinstance(ended, ev.CallEnded)
    assert (ended.outcome, ended.abandoned_in, ended.hung_up_first) == ("voicemail", "", "caller")


async def test_what_an_attendant_took_who_died_goes_to_the_mailbox(house: House) -> None:
    path = record(house.drop / f"{reports.stem(UNIQUEID)}.wav", quiet_for=7200.0)
    reports.begin(
        path,
        Report(uniqueid=UNIQUEID, did="+37052000000", ani="+37060000001", began=AT, mailbox="billing"),
        "voicemail",
    )
    assert await (await house.process()).take_reports() == 1
    (message,) = house.shelf.kept.values()
    assert (message.mailbox, message.ani, message.call) == ("billing", "+37060000001", CALL)
    ended = (await archive.call_story(house.journal, CALL))[-1]
    assert isinstance(ended, ev.CallEnded) and ended.outcome == "voicemail"
    assert list(house.drop.iterdir()) == []


def test_a_report_replaces_what_was_known_when_the_message_began(tmp_path: Path) -> None:
    for name in (f"{reports.stem(UNIQUEID)}.wav", f"{reports.stem(UNIQUEID)}-2.wav"):
        reports.begin(tmp_path / name, SERVED, "voicemail")
    written = reports.write(tmp_path, SERVED)
    assert list(tmp_path.iterdir()) == [written]
