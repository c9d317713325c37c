"""What a recorded file is taken for when its header is true, lies, is missing, or the file is none of ours."""

from __future__ import annotations

import audioop
import os
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.voicemail.sound.sounds import header, pcm, tone
from voicemail.sound.errors import NoSound
from voicemail.sound.telephone_wav import BLOCK, MOST_BYTES, Coding, Header, look, repair

Recode = Callable[[bytes, int], bytes]
SAMPLES = pcm(tone(1.0, 440))
GARBAGE_FORM = header(16_000)[:20] + b"\xee" * 16 + header(16_000)[36:]
LIST = b"LIST" + struct.pack("<I", 4) + b"INFO"


def lying(riff: int, data: int) -> bytes:
    return header(0)[:4] + struct.pack("<I", riff) + header(0)[8:40] + struct.pack("<I", data)


def everything(path: Path) -> bytes:
    return b"".join(block.astype("<i2").tobytes() for block in look(path).blocks())


@pytest.mark.parametrize(
    ("content", "expected", "kind"),
    [
        pytest.param(header(16_000) + SAMPLES, SAMPLES, Header.TRUE, id="true"),
        pytest.param(header(16_000) + SAMPLES + LIST, SAMPLES, Header.LIES, id="text after it, size of the whole lies"),
        pytest.param(lying(36 + 16_000 + 12, 16_000) + SAMPLES + LIST, SAMPLES, Header.TRUE, id="text after it"),
        pytest.param(lying(0, 0) + SAMPLES, SAMPLES, Header.LIES, id="never updated"),
        pytest.param(lying(0xFFFFFFFF, 0xFFFFFFFF) + SAMPLES, SAMPLES, Header.LIES, id="says 4 GB"),
        pytest.param(header(4_000) + SAMPLES, SAMPLES, Header.LIES, id="says a quarter"),
        pytest.param(header(64_000) + SAMPLES, SAMPLES, Header.LIES, id="cut off"),
        pytest.param(header(15_999) + SAMPLES, SAMPLES, Header.LIES, id="says half a sample"),
        pytest.param(lying(0, 16_000) + SAMPLES, SAMPLES, Header.LIES, id="size of the whole is 0"),
        pytest.param(header(16_000) + SAMPLES[:-1], SAMPLES[:-2], Header.LIES, id="torn sample"),
        pytest.param(bytes(44) + SAMPLES, SAMPLES, Header.MISSING, id="header of zeros"),
        pytest.param(b"\x9c\x17" * 22 + SAMPLES, SAMPLES, Header.MISSING, id="garbage header"),
        pytest.param(GARBAGE_FORM + SAMPLES, SAMPLES, Header.MISSING, id="garbage form"),
        pytest.param(b"RIFF\0\0\0\0WAVE" + b"\xee" * 32 + SAMPLES, SAMPLES, Header.MISSING, id="garbage chunks"),
    ],
)
def test_the_samples_are_found_and_a_repair_makes_any_player_find_them(
    tmp_path: Path, content: bytes, expected: bytes, kind: Header
) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(content)
    assert look(path).header is kind
    assert look(path).seconds == len(expected) / 16_000
    assert everything(path) == expected

    assert repair(path) is (kind is not Header.TRUE)
    assert look(path).header is Header.TRUE
    assert not repair(path), "a second repair finds nothing to do"
    assert everything(path) == expected
    assert path.read_bytes()[44 : 44 + len(expected)] == expected, "the sound stays where it was"
    with wave.open(str(path)) as reader:  # a reader that trusts headers
        assert reader.readframes(1 << 20) == expected
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("coding", "encode", "decode"),
    [
        pytest.param(Coding.ULAW, audioop.lin2ulaw, audioop.ulaw2lin, id="µ-law"),
        pytest.param(Coding.ALAW, audioop.lin2alaw, audioop.alaw2lin, id="A-law"),
    ],
)
def test_g711_is_read(tmp_path: Path, coding: Coding, encode: Recode, decode: Recode) -> None:
    encoded = encode(SAMPLES, 2)
    path = tmp_path / "message.wav"
    path.write_bytes(header(0, coding=coding.value[0], bits=8) + encoded)
    assert look(path).coding is coding
    assert everything(path) == decode(encoded, 2)
    assert repair(path)
    assert everything(path) == decode(encoded, 2)


def test_sixteen_kilohertz_are_read(tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(header(16_000, rate=16_000) + SAMPLES)
    assert look(path).seconds == 0.5


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", "empty", id="empty"),
        pytest.param(b"RIFF", "no sound", id="four bytes"),
        pytest.param(header(0), "no sound", id="header only"),
        pytest.param(header(16_000), "no sound", id="header only, says more"),
        pytest.param(header(16_000) + b"\1", "no sound", id="half a sample"),
        pytest.param(header(16_000, channels=2) + SAMPLES, "another kind", id="stereo"),
        pytest.param(header(16_000, coding=3, bits=32) + SAMPLES, "another kind", id="float"),
        pytest.param(header(16_000, coding=0x31, bits=0) + SAMPLES, "another kind", id="gsm"),
        pytest.param(header(16_000, rate=44_100) + SAMPLES, "another kind", id="44.1 kHz"),
        pytest.param(b"ID3\4" + SAMPLES, "no recording", id="mp3"),
        pytest.param(b"OggS" + SAMPLES, "no recording", id="ogg"),
    ],
)
def test_what_holds_no_sound_is_said_and_not_written_to(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(content)
    for action in (look, repair):
        with pytest.raises(NoSound, match=why):
            action(path)
    assert path.read_bytes() == content


def test_what_is_no_file_does_not_make_us_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, why in {"pipe": "not a file", ".": "not a file", "missing": "no such file"}.items():
        with pytest.raises(NoSound, match=why):
            look(tmp_path / name)


def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(NoSound, match="larger than 2 GB"):
        look(path)


def test_blocks_are_of_one_size_and_end_where_a_file_shrank(tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    samples = np.arange(2 * BLOCK + 10, dtype=np.int32).astype("<i2").tobytes()
    path.write_bytes(header(len(samples)) + samples)
    found = look(path)
    assert [len(block) for block in found.blocks()] == [BLOCK, BLOCK, 10]
    os.truncate(path, 44 + 2 * BLOCK + 7)
    assert [len(block) for block in found.blocks()] == [BLOCK, 3]
