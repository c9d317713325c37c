"""Takes: every kind of file that people send becomes a telephone's recording, and hostile ones come to nothing."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from ivr.speech.errors import UnreadableRecording
from ivr.speech.foreign import read_foreign
from ivr.speech.foreign_limits import MOST_SECONDS
from ivr.speech.take import convert, finish, measure, outline
from ivr.speech.take_model import Measured, remarks
from ivr.speech.takes import BadTake
from ivr.speech.takes import convert as convert_aside

RATE = 8_000


def voice(seconds: float = 2.0, level: float = 0.2, rate: int = RATE) -> np.ndarray:
    """Make something of a voice's loudness: a tone that swells four times a second."""
    time = np.arange(int(seconds * rate)) / rate
    swell = 0.6 + 0.4 * np.sin(2 * math.pi * 4 * time)
    return (np.sin(2 * math.pi * 300 * time) * swell * level * 32_767).astype("<i2")


def wav(samples: np.ndarray, rate: int = RATE, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, 2, rate, 0, "NONE", ""))
        writer.writeframes(np.repeat(samples, channels).tobytes())
    return file.getvalue()


def encoded(kind: str, codec: str, rate: int, channels: int = 1, seconds: float = 2.0) -> bytes:
    """Have a real encoder write the voice."""
    file = io.BytesIO()
    layout = "stereo" if channels == 2 else "mono"
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout, options={"strict": "experimental"})
        samples = np.repeat(voice(seconds, rate=rate), channels).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.sample_rate = rate
        frame.pts = 0
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate,
                                      frame_size=stream.codec_context.frame_size or None)  # fmt: skip
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return file.getvalue()


GOOD: dict[str, Callable[[], bytes]] = {
    "wav, 8 kHz": lambda: wav(voice()),
    "wav, 44.1 kHz, stereo": lambda: wav(voice(rate=44_100), 44_100, 2),
    "mp3": lambda: encoded("mp3", "mp3", 44_100, 2),
    "ogg vorbis": lambda: encoded("ogg", "vorbis", 44_100, 2),
    "what a browser records": lambda: encoded("webm", "libopus", 48_000),
    "ogg opus": lambda: encoded("ogg", "libopus", 48_000),
}


@pytest.mark.parametrize("kind", GOOD)
def test_what_people_send_becomes_a_recording_for_the_telephone(tmp_path: Path, kind: str) -> None:
    (tmp_path / "sent").write_bytes(GOOD[kind]())
    measured = convert(tmp_path / "sent", tmp_path / "take.wav")
    assert measured.seconds == pytest.approx(2.0, abs=0.15)
    assert -24 < measured.loudness_dbfs < -14
    with wave.open(str(tmp_path / "take.wav")) as file:
        assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (RATE, 2, 1)
        assert file.getnframes() == pytest.approx(2 * RATE, rel=0.08)


def _huge_header() -> bytes:
    """A WAV that says that it holds four gigabytes."""
    return (
        b"RIFF\xff\xff\xff\xffWAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
        + b"data\xff\xff\xff\xff"
    )


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "empty"),
    "a page": (lambda: b"<!doctype html><html></html>" * 50, "no sound that we can read"),
    "a program": (lambda: b"\x7fELF" + bytes(500), "no sound that we can read"),
    "a list that names other files": (
        lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n",
        "no sound that we can read",
    ),
    "an instruction to join files": (lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", "no sound that we can read"),
    "a head alone": (lambda: wav(voice())[:44], "no sound in the file"),
    "a huge head": (_huge_header, "no sound in the file"),
    "half an mp3 frame": (lambda: encoded("mp3", "mp3", 44_100)[:100], "the file|sound"),
    "an Ogg of noise": (lambda: b"OggS" + np.random.default_rng(1).bytes(5_000), "damaged"),
    "a WebM of noise": (lambda: b"\x1a\x45\xdf\xa3" + np.random.default_rng(2).bytes(5_000), "damaged"),
    "longer than five minutes": (
        lambda: wav(np.zeros((MOST_SECONDS + 1) * 4_000, "<i2"), 4_000),
        "longer than 5 minutes",
    ),
    "more than 20 MB": (lambda: b"RIFF" + bytes(20_000_001), "larger than 20 MB"),
    "32 channels": (lambda: wav(voice(0.1), channels=32), "channels"),
    "a megahertz": (lambda: wav(voice(0.1), 1_000_000), "samples a second"),
}


@pytest.mark.parametrize("what", BAD)
def test_hostile_files_are_refused_and_the_reason_is_told(tmp_path: Path, what: str) -> None:
    make, why = BAD[what]
    (tmp_path / "sent").write_bytes(make())
    with pytest.raises(UnreadableRecording, match=why):
        read_foreign(tmp_path / "sent")


@pytest.mark.parametrize("cut", [60, 500, 5_000, 20_000], ids=str)
def test_a_truncated_file_gives_what_there_is_or_a_reason(tmp_path: Path, cut: int) -> None:
    (tmp_path / "sent").write_bytes(wav(voice())[:cut])
    assert 0 < read_foreign(tmp_path / "sent").seconds <= (cut - 44) / 2 / RATE + 0.01


async def test_a_process_of_its_own_reads_it_and_one_that_is_late_is_killed(tmp_path: Path) -> None:
    (tmp_path / "sent").write_bytes(GOOD["what a browser records"]())
    measured = await convert_aside(tmp_path / "sent", tmp_path / "take.wav")
    assert measured.is_audible
    assert (tmp_path / "take.wav").exists()
    with pytest.raises(BadTake, match="took too long"):
        await convert_aside(tmp_path / "sent", tmp_path / "late.wav", deadline=0.001)


def around(sound: np.ndarray, before: float, behind: float) -> np.ndarray:
    return np.concatenate([np.zeros(int(before * RATE)), sound, np.zeros(int(behind * RATE))]).astype("<i2")


CLIPPED = np.clip(voice(level=0.8).astype(int) * 4, -32_768, 32_767).astype("<i2")


@pytest.mark.parametrize(
    ("samples", "tones", "words"),
    [
        pytest.param(voice(), ["good"], "loud enough", id="good"),
        pytest.param(voice(level=0.012), ["warn"], "it is quiet", id="quiet"),
        pytest.param(voice(level=0.9), ["warn"], "it is loud", id="loud"),
        pytest.param(CLIPPED, ["bad", "warn"], "clipped", id="clipped"),
        pytest.param(around(voice(), 1.0, 0.0), ["warn"], "begins with 1.0 s of silence", id="late"),
        pytest.param(around(voice(), 0.0, 2.0), ["warn"], "ends with 2.0 s of silence", id="long end"),
        pytest.param(np.zeros(2 * RATE, "<i2"), ["bad"], "nothing is heard", id="silence"),
        pytest.param(voice(0.1), ["bad"], "nothing is heard", id="a click"),
        pytest.param(voice(121), ["warn"], "few callers listen", id="a speech"),
    ],
)  # fmt: skip
def test_what_callers_will_notice_is_said(samples: np.ndarray, tones: list[str], words: str) -> None:
    said = remarks(measure(samples))
    assert [remark.tone for remark in said] == tones
    assert any(words in remark.words for remark in said)


@pytest.mark.parametrize(("trim", "level"), [(True, True), (True, False), (False, True), (False, False)])
def test_silence_and_level_are_mended_only_where_that_is_wanted(tmp_path: Path, trim: bool, level: bool) -> None:
    (tmp_path / "take.wav").write_bytes(wav(around(voice(level=0.01), 1.0, 2.0)))
    kept = finish(tmp_path / "take.wav", tmp_path / "kept.wav", trim=trim, level=level)
    assert kept.seconds == pytest.approx(2.2 if trim else 5.0, abs=0.1)
    assert kept.loudness_dbfs == pytest.approx(-20.0 if level else -46.0, abs=3.0)
    assert kept.has_dead_air is not trim
    assert kept.needs_level is not level


def test_silence_becomes_no_recording(tmp_path: Path) -> None:
    (tmp_path / "take.wav").write_bytes(wav(np.zeros(RATE, "<i2")))
    with pytest.raises(UnreadableRecording, match="nothing is heard"):
        finish(tmp_path / "take.wav", tmp_path / "kept.wav", trim=True, level=True)
    assert not (tmp_path / "kept.wav").exists()


@pytest.mark.parametrize("seconds", [0.0, 0.001, 1.0])
def test_an_outline_has_no_more_bars_than_samples_and_reaches_the_top(seconds: float) -> None:
    heights = outline(voice(seconds))
    assert len(heights) == min(300, int(seconds * RATE))
    assert all(0 <= height <= 100 for height in heights)


def test_a_measured_take_of_no_samples_is_silent() -> None:
    assert not measure(np.zeros(0, np.int16)).is_audible
    assert isinstance(measure(np.zeros(0, np.int16)), Measured)
