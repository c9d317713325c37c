"""How much sound a file holds, whatever its head says."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from tests.voicemail.transcription.sounds import ALAW, FLOAT, PCM, ULAW, head, sparse
from voicemail.transcription.model import TooLong, UnreadableAudio
from voicemail.transcription.wav import read_layout

SOUND = bytes(range(1, 201)) * 80  # 16,000 bytes: one second of 16 bits at 8 kHz
LIST = b"LIST" + struct.pack("<I", 10) + b"INFOISFTAB"
GUID = struct.pack("<HHIH", 22, 8, 0, ULAW) + bytes.fromhex("000000001000800000aa00389b71")


@pytest.mark.parametrize(
    ("content", "seconds"),
    [
        pytest.param(head(data=16_000) + SOUND, 1.0, id="honest"),
        pytest.param(head(data=0) + SOUND, 1.0, id="killed before the length was written"),
        pytest.param(head(data=4_000) + SOUND, 1.0, id="killed after an earlier length"),
        pytest.param(head(data=99_000) + SOUND, 1.0, id="cut off"),
        pytest.param(head(data=0xFFFFFFFF) + SOUND, 1.0, id="streamed"),
        pytest.param(head(data=0x7FFFF000) + SOUND[:15_999], 0.999875, id="killed within a sample"),
        pytest.param(head(data=16_000) + SOUND + LIST, 1.0, id="a chunk follows"),
        pytest.param(head(data=0) + SOUND + LIST, (16_000 + len(LIST)) / 16_000, id="no length and a chunk follows"),
        pytest.param(head(ULAW, 8, data=15_999) + SOUND[:15_999] + b"\0", 15_999 / 8_000, id="odd, with its neighbour"),
        pytest.param(head(ULAW, 8, data=15_999) + SOUND[:15_999], 15_999 / 8_000, id="odd, neighbour forgotten"),
        pytest.param(head(ALAW, 8, data=16_000) + SOUND, 2.0, id="A-law"),
        pytest.param(head(0xFFFE, 8, data=16_000, extra=GUID) + SOUND, 2.0, id="extensible"),
        pytest.param(head(FLOAT, 32, rate=16_000, data=16_000) + SOUND, 0.25, id="float"),
        pytest.param(head(rate=44_100, channels=2, data=16_000) + SOUND, 4_000 / 44_100, id="stereo"),
        pytest.param(head(data=0), 0.0, id="hung up at once"),
    ],
)
def test_the_files_size_is_believed(tmp_path: Path, content: bytes, seconds: float) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(content)
    assert read_layout(path).seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"RIFF", "not a WAV", id="four bytes"),
        pytest.param(b"\xff\xfb\x90\x00" * 100, "not a WAV", id="mp3"),
        pytest.param(head()[:30], "damaged head", id="stopped within the head"),
        pytest.param(head()[:36], "no sound", id="stopped after the head"),
        pytest.param(head()[:12] + head()[36:] + SOUND, "no sound", id="coding is not said"),
        pytest.param(head(49, 8) + SOUND, "coding 49", id="gsm"),
        pytest.param(head(PCM, 12) + SOUND, "12 bits", id="12 bits"),
        pytest.param(head(rate=0) + SOUND, "0 samples", id="rate 0"),
        pytest.param(head(channels=0) + SOUND, "0 channels", id="no channel"),
        pytest.param(head(channels=99) + SOUND, "99 channels", id="99 channels"),
        pytest.param(head()[:12] + (b"junk" + bytes(4)) * 90 + head()[12:] + SOUND, "no sound", id="endless chunks"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(content)
    with pytest.raises(UnreadableAudio, match=why):
        read_layout(path)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    for name, why in {"pipe.wav": "no file", ".": "no file", "gone.wav": "No such file"}.items():
        with pytest.raises(UnreadableAudio, match=why):
            read_layout(tmp_path / name)


@pytest.mark.parametrize("declared", [0, 16_000, 24 * 3600 * 16_000])
def test_a_day_of_audio_is_refused_by_its_size(tmp_path: Path, declared: int) -> None:
    path = sparse(tmp_path / "day.wav", 24 * 3600, declared=declared)
    with pytest.raises(TooLong, match="1,440 minutes, 240 are the most"):
        read_layout(path)
    assert read_layout(path, longest=25 * 3600).seconds == 24 * 3600
