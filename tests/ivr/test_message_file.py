"""What RECORD FILE answers and leaves behind, by traces of a real Asterisk 22.10.1."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.agi.message_file import how_ended, require_room, stored
from ivr.agi.protocol import AgiMachine, Reply
from ivr.conversation import CannotRecord, EndedBy, Recording

HEADER = b"agi_channel: PJSIP/trunk-1\nagi_uniqueid: 1.1\n\n"


def reply(line: bytes) -> Reply:
    """Read an answer as a session does."""
    machine = AgiMachine()
    machine.receive_data(HEADER)
    machine.next_event()
    machine.command("RECORD FILE", "/m", "wav", "#", 30_000)
    machine.receive_data(line + b"\n")
    answer = machine.next_event()
    assert isinstance(answer, Reply)
    return answer


@pytest.mark.parametrize(
    ("line", "ended_by"),
    [
        pytest.param(b"200 result=35 (dtmf) endpos=22880", EndedBy.KEY, id="hash"),
        pytest.param(b"200 result=35 (randomerror) endpos=0", EndedBy.KEY, id="hash in the beep"),
        pytest.param(b"200 result=24362 (timeout) endpos=29120", EndedBy.SILENCE, id="silence: the time that was left"),
        pytest.param(b"200 result=28983 (timeout) endpos=8160", EndedBy.SILENCE, id="nothing but silence"),
        pytest.param(b"200 result=1 (timeout) endpos=40000", EndedBy.LONGEST, id="the limit, a millisecond early"),
        pytest.param(b"200 result=0 (timeout) endpos=40000", EndedBy.LONGEST, id="the limit"),
        pytest.param(b"200 result=-1 (hangup) endpos=20960", EndedBy.HANGUP, id="hung up"),
        pytest.param(b"200 result=-1 (waitfor) endpos=20960", EndedBy.HANGUP, id="hung up, noticed otherwise"),
        pytest.param(b"200 result=-1 (randomerror) endpos=0", None, id="hung up in the beep, or no beep"),
        pytest.param(b"200 result=-1 (writefile)", None, id="the file could not be made"),
        pytest.param(b"200 result=-1", None, id="no silence detector"),
        pytest.param(b"200 result=35 (dtmf) endpos=-20", EndedBy.KEY, id="a full disk: it lost its place"),
    ],
)
def test_how_a_recording_ended(line: bytes, ended_by: EndedBy | None) -> None:
    answer = reply(line)
    assert how_ended(answer.result, answer.data) == ended_by


@pytest.mark.parametrize(
    ("size", "samples", "saved"),
    [
        pytest.param(44 + 45_760, 22_880, Recording("", 2.86, EndedBy.KEY), id="all of it"),
        pytest.param(44, 0, Recording("", 0.0, EndedBy.KEY), id="nothing yet"),
        pytest.param(None, 0, Recording("", 0.0, EndedBy.KEY), id="hash in the beep"),
    ],
)
def test_what_is_on_disk(size: int | None, samples: int, saved: Recording, tmp_path: Path) -> None:
    file = made(tmp_path, size)
    found = stored(file, EndedBy.KEY, samples)
    assert (found.path, found.seconds, found.ended_by) == (str(file), saved.seconds, saved.ended_by)


@pytest.mark.parametrize(
    ("size", "samples", "seconds"),
    [
        pytest.param(61_440, 45_418, 3.837_25, id="full in the middle"),
        pytest.param(44, 14_540, None, id="room for the head only"),
        pytest.param(4, 0, None, id="room for nothing"),
        pytest.param(0, 0, None, id="not even that"),
        pytest.param(None, 22_880, None, id="no file at all"),
    ],
)
def test_what_is_not_on_disk(size: int | None, samples: int, seconds: float | None, tmp_path: Path) -> None:
    with pytest.raises(CannotRecord) as caught:
        stored(made(tmp_path, size), EndedBy.KEY, samples)
    assert (caught.value.saved and caught.value.saved.seconds) == seconds


@pytest.mark.parametrize("ended_by", [EndedBy.SILENCE, EndedBy.LONGEST, EndedBy.HANGUP], ids=str)
def test_only_a_key_ends_what_has_not_begun(ended_by: EndedBy, tmp_path: Path) -> None:
    with pytest.raises(CannotRecord):
        stored(tmp_path / "none.wav", ended_by, 0)


def test_there_must_be_a_folder(tmp_path: Path) -> None:
    require_room(tmp_path / "message.wav")
    with pytest.raises(CannotRecord):
        require_room(tmp_path / "nowhere" / "message.wav")


def made(folder: Path, size: int | None) -> Path:
    file = folder / "message.wav"
    if size is not None:
        file.write_bytes(bytes(size))
    return file
