"""The telephone format: rate, level, silence, band; on real engines and on made-up sound."""

import audioop
import io
import math
import wave

import numpy as np
import pytest

from ivr.speech.choose import load
from ivr.speech.engine import Pcm
from ivr.speech.errors import SilentSpeech
from ivr.speech.prompt_files import RATE
from ivr.speech.telephone import TelephoneAudio, to_telephone


def samples(audio: TelephoneAudio) -> "np.typing.NDArray[np.float64]":
    with wave.open(io.BytesIO(audio.wav)) as reader:
        assert (reader.getframerate(), reader.getsampwidth(), reader.getnchannels()) == (8_000, 2, 1)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2") / 32_768


def dbfs(values: "np.typing.NDArray[np.float64]") -> float:
    return 10 * math.log10(float((values**2).mean()) + 1e-12)


def silence_before(values: "np.typing.NDArray[np.float64]") -> float:
    """Seconds until the first 10 ms that are not silent."""
    step = RATE // 100
    for at in range(0, len(values), step):
        if dbfs(values[at : at + step]) >= -50:
            return at / RATE
    return len(values) / RATE


def sine(hertz: float, *, seconds: float = 1.0, level: float = 0.3, rate: int = 48_000, fade: bool = False) -> Pcm:
    time = np.arange(int(seconds * rate)) / rate
    wave = np.sin(2 * math.pi * hertz * time) * (np.hanning(len(time)) if fade else 1)
    return Pcm((wave * level * 32_767).astype("<i2").tobytes(), rate)


def silence(seconds: float, rate: int = 48_000) -> bytes:
    return bytes(2 * int(seconds * rate))


@pytest.mark.parametrize(
    ("engine", "text", "language"),
    [
        ("tones", "Welcome to Acme. For invoices press one.", "en"),
        ("hibari", "Welcome to Acme. For invoices press one.", "en"),
        ("hibari", "Yes.", "en"),
        ("espeak", "Sveiki! Dėl sąskaitų spauskite vieną, ąčęėįšųūž.", "lt"),
        ("espeak", "Здравствуйте. Нажмите один.", "ru"),
        ("espeak", "Guten Tag.", "de"),
    ],
)
def test_real_speech_becomes_a_prompt(engine: str, text: str, language: str) -> None:
    audio = to_telephone(load(engine).say(text, language))
    heard = samples(audio)
    assert len(heard) == len(audio.ulaw) == len(audio.alaw) == audio.samples
    assert 20 * math.log10(np.abs(heard).max()) <= -2.99
    assert -27 < dbfs(heard) < -18
    assert silence_before(heard) <= 0.050
    assert silence_before(heard[::-1]) <= 0.150


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_the_companded_files_carry_the_same_sound(law: str) -> None:
    audio = to_telephone(sine(1_000))
    expand = {"ulaw": audioop.ulaw2lin, "alaw": audioop.alaw2lin}[law]
    expanded = np.frombuffer(expand(getattr(audio, law), 2), "<i2") / 32_768
    assert dbfs(expanded - samples(audio)) < dbfs(expanded) - 30


@pytest.mark.parametrize("level", [0.01, 0.3, 1.0], ids=["quiet", "usual", "at full scale"])
def test_every_level_comes_out_the_same(level: float) -> None:
    assert dbfs(samples(to_telephone(sine(1_000, level=level)))) == pytest.approx(-20, abs=0.5)


def test_peaky_speech_stays_below_the_peak_rather_than_clip() -> None:
    clicks = np.zeros(16_000, "<i2")
    clicks[::400] = 30_000
    heard = samples(to_telephone(Pcm(clicks.tobytes(), 8_000)))
    assert np.abs(heard).max() == pytest.approx(10 ** (-3 / 20), abs=0.01)


def test_silence_is_trimmed_at_both_ends_and_kept_within() -> None:
    word = sine(500, seconds=0.5)
    pause = silence(0.8)
    sound = Pcm(silence(1.5) + word.samples + pause + word.samples + silence(2.0), word.rate)
    heard = samples(to_telephone(sound))
    assert len(heard) / RATE == pytest.approx(0.5 + 0.8 + 0.5 + 0.04 + 0.14, abs=0.03)


def test_nothing_is_added_to_sound_without_silence() -> None:
    assert len(samples(to_telephone(sine(500, seconds=1.0)))) == pytest.approx(RATE, abs=2)


@pytest.mark.parametrize("hertz", [20, 50, 4_500, 6_000], ids=lambda hertz: f"{hertz} Hz")
def test_what_is_not_voice_does_not_come_through(hertz: float) -> None:
    voice, noise = (np.frombuffer(sine(each).samples, "<i2") for each in (1_000, hertz))
    heard = samples(to_telephone(Pcm((voice + noise).astype("<i2").tobytes(), 48_000)))
    middle = heard[2_000:6_000] * np.hanning(4_000)
    spectrum = np.abs(np.fft.rfft(middle)) ** 2
    frequencies = np.fft.rfftfreq(4_000, 1 / RATE)
    wanted = spectrum[np.abs(frequencies - 1_000) < 50].sum()
    assert 10 * math.log10((spectrum.sum() - wanted) / wanted) < -40


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
def test_every_rate_keeps_pitch_and_length(rate: int) -> None:
    heard = samples(to_telephone(sine(1_000, rate=rate)))
    assert len(heard) == pytest.approx(RATE, abs=20)
    crossings = np.count_nonzero(np.diff(np.signbit(heard)))
    assert crossings / 2 / (len(heard) / RATE) == pytest.approx(1_000, rel=0.01)


@pytest.mark.parametrize(
    "sound",
    [
        Pcm(b"", 8_000),
        Pcm(silence(1.0), 48_000),
        sine(500, seconds=0.05),
        sine(500, level=0.001),
        sine(20, fade=True),
        Pcm(silence(1.0) + sine(500, seconds=0.002).samples + silence(1.0), 48_000),
    ],
    ids=["nothing", "silence", "too short", "inaudible", "rumble only", "one click"],
)
def test_what_cannot_be_heard_is_refused(sound: Pcm) -> None:
    with pytest.raises(SilentSpeech):
        to_telephone(sound)
