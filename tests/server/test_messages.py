"""A message is safe in the ledger, or beside its recording while the ledger is away; never nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from callrouter import left_behind
from callrouter.messages import LeftMessage
from ledger.clock import ManualClock
from ledger.drop_folder import pick_up
from ledger.errors import DatabaseUnavailable, LedgerError, SpoolFull
from server.messages import MessageKeeper
from voicemail.service import Voicemail, file_of


class Shaky(Voicemail):
    """A ledger that fails as it is told; nothing of the real one is needed."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.kept: list[LeftMessage] = []

    async def keep(self, left: LeftMessage) -> str:
        if self.error is not None:
            raise self.error
        self.kept.append(left)
        return file_of(left)


@pytest.fixture
def left(tmp_path: Path) -> LeftMessage:
    path = tmp_path / "taking-us-1.wav"
    path.write_bytes(b"RIFF" + bytes(40) + bytes(16_000))
    return LeftMessage(
        "billing", path, ManualClock().now(), 1.0, "c-1", ani="+37060000001", ani_name='Ona "x" <y>\u2028',
        facts={"intent": "invoice"}, menus=("main",),
    )  # fmt: skip


async def test_what_the_ledger_took_leaves_nothing_behind(left: LeftMessage, tmp_path: Path) -> None:
    ledger = Shaky(None)
    keeper = MessageKeeper(ledger, tmp_path)
    assert await keeper.keep(left) == file_of(left)
    await keeper.done(left)
    assert [drop async for drop in pick_up(tmp_path)] == []
    assert not left.path.exists()


@pytest.mark.parametrize(
    "error", [DatabaseUnavailable(), SpoolFull(), OSError(28, "No space left on device")], ids=["away", "full", "disk"]
)
async def test_what_the_ledger_cannot_take_waits_with_a_note(
    left: LeftMessage, tmp_path: Path, error: LedgerError | OSError
) -> None:
    keeper = MessageKeeper(Shaky(error), tmp_path)
    assert await keeper.keep(left) == file_of(left)
    await keeper.done(left)
    (drop,) = [drop async for drop in pick_up(tmp_path)]
    assert drop.facts is not None
    assert drop.media == left.path
    assert left_behind.read_note(drop.facts, left.path) == left


async def test_when_nothing_can_be_written_it_is_said(left: LeftMessage, tmp_path: Path) -> None:
    keeper = MessageKeeper(Shaky(SpoolFull()), tmp_path)
    left.path.unlink()
    with pytest.raises(OSError):
        await keeper.keep(left)


@pytest.mark.parametrize(
    "facts",
    [{"form": "message"}, {"form": "message", "at": "soon"}, {"form": "message", "at": "2026-11-24T10:00:00"}],
    ids=["nothing", "no time", "no zone"],
)
def test_a_note_that_is_none_is_refused(facts: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises((ValueError, KeyError)):
        left_behind.read_note(facts, tmp_path / "m.wav")


def test_an_attendants_report_is_no_note(tmp_path: Path) -> None:
    assert left_behind.read_note({"uniqueid": "1.2"}, tmp_path / "m.wav") is None
