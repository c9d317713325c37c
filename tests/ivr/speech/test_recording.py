"""Reading a site's own WAV files, good ones of every kind and wrong ones."""

import audioop
import math
import struct
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.speech.errors import UnreadableRecording
from ivr.speech.recording import MAX_BYTES, parse_wav, read_recording

GUID_REST = bytes.fromhex("000000001000800000aa00389b71")


def tone(rate: int, channels: int = 1) -> "np.typing.NDArray[np.float64]":
    mono = 0.5 * np.sin(2 * math.pi * 440 * np.arange(rate) / rate)
    return np.repeat(mono, channels)


def wav(coding: int, bits: int, body: bytes, *, rate: int = 8_000, channels: int = 1, extra: bytes = b"") -> bytes:
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", coding, channels, rate, rate * frame, frame, bits)
    if coding == 0xFFFE:
        form += struct.pack("<HHIH", 22, bits, 0, 1) + GUID_REST
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + extra + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def int16(rate: int = 8_000, channels: int = 1) -> bytes:
    return (tone(rate, channels) * 32_767).astype("<i2").tobytes()


GOOD = {
    "8 kHz": wav(1, 16, int16()),
    "16 kHz": wav(1, 16, int16(16_000), rate=16_000),
    "44.1 kHz stereo": wav(1, 16, int16(44_100, 2), rate=44_100, channels=2),
    "48 kHz": wav(1, 16, int16(48_000), rate=48_000),
    "48 kHz, 24 bit, extensible": wav(0xFFFE, 24, audioop.lin2lin(int16(48_000), 2, 3), rate=48_000),
    "8 bit": wav(1, 8, (tone(8_000) * 127 + 128).astype(np.uint8).tobytes()),
    "32 bit": wav(1, 32, audioop.lin2lin(int16(), 2, 4)),
    "float": wav(3, 32, tone(8_000).astype("<f4").tobytes()),
    "A-law": wav(6, 8, audioop.lin2alaw(int16(), 2)),
    "µ-law": wav(7, 8, audioop.lin2ulaw(int16(), 2)),
    "an odd chunk before the data": wav(1, 16, int16(), extra=b"LIST\x03\x00\x00\x00abc\x00"),
    "half a sample at the end": wav(1, 16, int16() + b"\x01"),
    "streamed, length unknown": wav(1, 16, int16())[:40] + b"\xff\xff\xff\x7f" + int16(),
}


@pytest.mark.parametrize("content", GOOD.values(), ids=GOOD.keys())
def test_every_usual_kind_of_wav_is_read(content: bytes) -> None:
    sound = parse_wav(content, "hello.wav")
    heard = np.frombuffer(sound.samples, "<i2") / 32_768
    assert sound.seconds == pytest.approx(1.0, abs=0.001)
    assert np.abs(heard - tone(sound.rate)).max() < 0.03


GOOD_HEADER = wav(1, 16, b"")[:36]
WRONG = {
    "empty": (b"", "not a WAV file"),
    "an mp3": (b"ID3\x04" + bytes(100), "not a WAV file"),
    "text": (b"Welcome to Acme", "not a WAV file"),
    "cut off before the data": (GOOD_HEADER, "cut off"),
    "data before format": (b"RIFF\x00\x00\x00\x00WAVEdata\x02\x00\x00\x00ab", "cut off"),
    "damaged header": (b"RIFF\x00\x00\x00\x00WAVEfmt \x02\x00\x00\x00ab", "damaged header"),
    "no channels": (wav(1, 16, b"ab", channels=0), "0 channels"),
    "six thousand a second": (wav(1, 16, b"ab", rate=6_000), "8000 to 96000 would do"),
    "mp3 within wav": (wav(0x55, 16, b"ab"), "save it as WAV, 16 bit"),
    "0 bits": (wav(1, 0, b"ab"), "save it as WAV, 16 bit"),
    "eleven minutes": (wav(7, 8, bytes(660 * 8_000)), "longer than 10 minutes"),
    "endless chunks": (b"RIFF\x00\x00\x00\x00WAVE" + b"junk\x00\x00\x00\x00" * 1_000, "no audio"),
}


@pytest.mark.parametrize(("content", "says"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused_with_the_mend(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableRecording, match=f"hello.wav .*{says}"):
        parse_wav(content, "hello.wav")


@given(st.binary(max_size=80), st.integers(0, 44))
def test_damaged_headers_never_break_the_reader(noise: bytes, at: int) -> None:
    whole = wav(1, 16, b"\x01\x02" * 50)
    with suppress(UnreadableRecording):
        parse_wav(whole[:at] + noise + whole[at + len(noise) :], "hello.wav")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRecording, match="No such file"):
        read_recording(tmp_path / "hello.wav")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    huge = tmp_path / "hello.wav"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(UnreadableRecording, match="larger than 64 MB"):
        read_recording(huge)
