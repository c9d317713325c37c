"""What the engines hear: the tables of the telephone network, the resampler, and long messages in pieces."""

from __future__ import annotations

import audioop
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from tests.voicemail.transcription.sounds import ALAW, FLOAT, ULAW, Samples, head, noise, sparse, tones, write_pcm
from voicemail.transcription.decoding import RATE, read_pieces
from voicemail.transcription.g711 import ALAW_TABLE, ULAW_TABLE, encode_ulaw
from voicemail.transcription.wav import read_layout

EVERY_BYTE = bytes(range(256))


def decoded(path: Path) -> Samples:
    return np.concatenate([piece.samples for piece in read_pieces(path, read_layout(path))])


def loudness(samples: Samples, frequency: int) -> float:
    """Measure one tone in decibels of full scale, away from the edges."""
    middle = samples[RATE // 4 : -RATE // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) * 4 / len(middle)
    at = round(frequency * len(middle) / RATE)
    return float(20 * np.log10(spectrum[at - 2 : at + 3].max()))


def test_the_tables_are_those_of_the_network() -> None:
    assert (ULAW_TABLE * 32_768).astype("<i2").tobytes() == audioop.ulaw2lin(EVERY_BYTE, 2)
    assert (ALAW_TABLE * 32_768).astype("<i2").tobytes() == audioop.alaw2lin(EVERY_BYTE, 2)


def test_every_code_is_the_nearest_to_itself() -> None:
    once = encode_ulaw(ULAW_TABLE)
    assert ULAW_TABLE[np.frombuffer(once, np.uint8)].tolist() == ULAW_TABLE.tolist()
    assert encode_ulaw(np.array([9.0, -9.0], np.float32)) == b"\x80\x00"


@pytest.mark.parametrize("rate", [6_000, 8_000, 11_025, 16_000, 44_100, 48_000])
def test_a_tone_stays_where_it_is_at_any_rate(tmp_path: Path, rate: int) -> None:
    samples = decoded(write_pcm(tmp_path / "tone.wav", tones((1_000,), 2, rate), rate))
    assert len(samples) == pytest.approx(2 * RATE, abs=2)
    assert loudness(samples, 1_000) == pytest.approx(20 * np.log10(0.3), abs=0.1)


def test_what_is_above_the_voice_does_not_fold_into_it(tmp_path: Path) -> None:
    samples = decoded(write_pcm(tmp_path / "tone.wav", tones((14_000,), 2, 48_000), 48_000))
    assert loudness(samples, 2_000) < -90  # where 14 kHz would land at 16 kHz


@pytest.mark.parametrize(("coding", "bits"), [(ULAW, 8), (ALAW, 8), (FLOAT, 32)])
def test_each_coding_gives_the_same_sound(tmp_path: Path, coding: int, bits: int) -> None:
    tone = tones((440,), 1)
    pcm = (tone * 32_767).astype("<i2").tobytes()
    bodies = {ULAW: audioop.lin2ulaw(pcm, 2), ALAW: audioop.lin2alaw(pcm, 2), FLOAT: tone.tobytes()}
    (tmp_path / "other.wav").write_bytes(head(coding, bits, data=len(bodies[coding])) + bodies[coding])
    difference = decoded(tmp_path / "other.wav") - decoded(write_pcm(tmp_path / "pcm.wav", tone))
    assert np.abs(difference).max() < 0.01


def test_two_channels_are_mixed(tmp_path: Path) -> None:
    left, right = tones((440,), 1), tones((1_000,), 1)
    body = (np.stack((left, right), axis=1) * 32_767).astype("<i2").tobytes()
    (tmp_path / "both.wav").write_bytes(head(channels=2, data=len(body)) + body)
    samples = decoded(tmp_path / "both.wav")
    assert loudness(samples, 440) == pytest.approx(20 * np.log10(0.15), abs=0.2)
    assert loudness(samples, 1_000) == pytest.approx(20 * np.log10(0.15), abs=0.2)


def test_numbers_that_are_none_are_silence(tmp_path: Path) -> None:
    wild = np.array([np.nan, np.inf, -np.inf, 5.0] * 4_000, np.float32)
    (tmp_path / "wild.wav").write_bytes(head(FLOAT, 32, rate=16_000, data=wild.nbytes) + wild.tobytes())
    assert decoded(tmp_path / "wild.wav")[:4].tolist() == [0.0, 1.0, -1.0, 1.0]


def test_a_file_without_sound_has_no_piece(tmp_path: Path) -> None:
    (tmp_path / "none.wav").write_bytes(head())
    assert list(read_pieces(tmp_path / "none.wav", read_layout(tmp_path / "none.wav"))) == []


def test_a_file_that_shrinks_meanwhile_ends_earlier(tmp_path: Path) -> None:
    path = write_pcm(tmp_path / "message.wav", tones((440,), 2, RATE), RATE)
    layout = read_layout(path)
    with path.open("r+b") as file:
        file.truncate(44 + RATE * 2 + 1)
    assert sum(len(piece.samples) for piece in read_pieces(path, layout)) == RATE


def test_long_sound_is_cut_in_its_pauses_and_loses_nothing(tmp_path: Path) -> None:
    talk = noise(100, 0.1, RATE)
    for pause in (38, 71):
        talk[pause * RATE : (pause + 1) * RATE] = 0
    path = write_pcm(tmp_path / "long.wav", talk, RATE)
    pieces = list(read_pieces(path, read_layout(path), longest=40))
    assert [int(piece.start) for piece in pieces] == [0, 38, 71]
    assert all(len(piece.samples) <= 40 * RATE for piece in pieces)
    whole = np.concatenate([piece.samples for piece in pieces])
    assert np.abs(whole - talk).max() < 1e-3
    assert [piece.start for piece in pieces[1:]] == [
        sum(len(before.samples) for before in pieces[:n]) / RATE for n in range(1, len(pieces))
    ]


def test_an_hour_takes_no_more_memory_than_a_piece(tmp_path: Path) -> None:
    path = sparse(tmp_path / "hour.wav", 3600)
    layout = read_layout(path)
    tracemalloc.start()
    try:
        seconds = sum(len(piece.samples) for piece in read_pieces(path, layout, longest=60)) / RATE
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seconds == pytest.approx(3600, abs=0.01)
    assert peak < 40 << 20  # an hour as samples would be 230 MB
