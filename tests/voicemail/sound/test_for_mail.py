"""The sound as a mail carries it: even level, small enough, with ffmpeg and without, and whatever ffmpeg does."""

from __future__ import annotations

import io
import math
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.voicemail.sound.sounds import (
    RATE,
    Sound,
    at_level,
    between_pauses,
    dtmf,
    header,
    pink,
    record,
    silence,
    spoken,
    white,
)
from tests.voicemail.sound.test_speaking import by_ear
from voicemail.sound import model
from voicemail.sound.errors import NoSound
from voicemail.sound.for_mail import gain_db, prepare
from voicemail.sound.model import MailSound, NotAttached
from voicemail.sound.speaking import measure

MANY = 10_000_000
FFMPEG = shutil.which("ffmpeg")


@pytest.fixture(autouse=True)
def no_ffmpeg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def install_ffmpeg(tmp_path: Path, script: str) -> None:
    program = tmp_path / "bin" / "ffmpeg"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def attached(path: Path, most_bytes: int = MANY) -> MailSound:
    made = prepare(path, most_bytes)
    assert isinstance(made, MailSound), made
    return made


def samples(made: MailSound) -> Sound:
    with wave.open(io.BytesIO(made.content)) as reader:
        assert (reader.getframerate(), reader.getnchannels(), reader.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2").astype(np.float64)


def dbfs(sound: Sound) -> float:
    return 20 * math.log10(float(np.sqrt(np.square(sound).mean())) / 32_768)


@by_ear
@pytest.mark.parametrize("level", [-45, -40, -30, -20, -12])
def test_speech_comes_at_one_level(tmp_path: Path, level: float) -> None:
    speech = between_pauses(at_level(spoken("en/quick_brown_fox"), level))
    made = attached(record(tmp_path / "message.wav", speech))
    assert (made.suffix, made.mime, made.remark) == (".wav", "audio/wav", "")
    (tmp_path / "attached.wav").write_bytes(made.content)
    assert measure(tmp_path / "attached.wav").loudness_dbfs == pytest.approx(-20, abs=1.5)
    assert abs(samples(made)).max() < 32_767, "nothing is cut off"


@by_ear
def test_a_loud_key_does_not_keep_quiet_speech_quiet(tmp_path: Path) -> None:
    speech = at_level(spoken("en/quick_brown_fox"), -40)
    made = attached(record(tmp_path / "message.wav", np.concatenate([speech, silence(0.5), dtmf("#", 0.3)])))
    assert dbfs(samples(made)[: len(speech)]) > -25


@by_ear
@pytest.mark.parametrize(
    ("noise", "gain"),
    [pytest.param(white(5, -60), 20, id="a silent line"), pytest.param(pink(5, -28), 8, id="noise")],
)
def test_noise_is_not_made_to_roar(tmp_path: Path, noise: Sound, gain: float) -> None:
    path = record(tmp_path / "message.wav", noise)
    assert dbfs(samples(attached(path))) - measure(path).loudness_dbfs == pytest.approx(gain, abs=0.5)


@pytest.mark.parametrize(
    ("loudness", "peak", "speaks", "gain"),
    [
        pytest.param(-40, -25, True, 20, id="quiet speech"),
        pytest.param(-60, -45, True, 30, id="a whisper, as far as it goes"),
        pytest.param(-60, -45, False, 20, id="noise, as far as it goes"),
        pytest.param(-30, -6, True, 5, id="as far as its peak allows"),
        pytest.param(-8, 0, True, -12, id="too loud"),
        pytest.param(model.SILENT_DBFS, model.SILENT_DBFS, False, 0, id="silence"),
    ],
)
def test_gain(loudness: float, peak: float, speaks: bool, gain: float) -> None:
    assert gain_db(model.Sound(3, 2, peak, loudness, speaks)) == gain


def test_silence_stays_silent(tmp_path: Path) -> None:
    assert not samples(attached(record(tmp_path / "message.wav", silence(2)))).any()


@pytest.mark.parametrize(
    ("seconds", "most_bytes", "why"),
    [
        pytest.param(60, 900_000, "1 minutes of sound do not fit into 0.9 MB", id="as wav"),
        pytest.param(600, 900_000, "10 minutes of sound do not fit into 0.9 MB", id="ten minutes"),
        pytest.param(86_400, 1 << 40, "1440 minutes of sound are too long for a mail", id="a day"),
    ],
)
def test_too_large_is_said_before_the_work(tmp_path: Path, seconds: int, most_bytes: int, why: str) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(header(0))
    with path.open("r+b") as file:
        file.truncate(44 + seconds * RATE * 2)
    assert prepare(path, most_bytes) == NotAttached(why)


def test_an_mp3_comes_from_ffmpeg(tmp_path: Path) -> None:
    install_ffmpeg(tmp_path, 'echo "$@"; /bin/cat | /usr/bin/wc -c')
    made = attached(record(tmp_path / "message.wav", pink(1, -20)), 20_000)  # a WAV would be larger
    assert (made.suffix, made.mime, made.remark) == (".mp3", "audio/mpeg", "")
    arguments, fed = made.content.decode().splitlines()
    assert "-ar 8000 -ac 1 -i pipe:0" in arguments
    assert int(fed) == 2 * RATE


@pytest.mark.parametrize(
    ("script", "remark"),
    [
        pytest.param("echo Unknown encoder >&2; exit 1", "ffmpeg failed: Unknown encoder", id="fails"),
        pytest.param("exit 3", "ffmpeg failed: exit status 3", id="fails without a word"),
        pytest.param("exec /bin/cat > /dev/null", "ffmpeg failed: it made nothing", id="makes nothing"),
        pytest.param("kill -9 $$", "ffmpeg failed: exit status -9", id="killed"),
        pytest.param("exec /bin/sleep 60", "ffmpeg failed: not done in 0.5 s", id="hangs"),
    ],
)
def test_a_wav_is_made_where_ffmpeg_fails(tmp_path: Path, script: str, remark: str) -> None:
    install_ffmpeg(tmp_path, f"echo $$ > {tmp_path}/pid; {script}")
    path = record(tmp_path / "message.wav", pink(1, -20))
    made = prepare(path, MANY, ffmpeg_deadline=0.5)
    assert isinstance(made, MailSound)
    assert (made.suffix, made.remark) == (".wav", remark)
    assert len(samples(made)) == RATE
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists(), "ffmpeg is gone"


def test_where_ffmpeg_fails_and_a_wav_is_too_large_both_are_said(tmp_path: Path) -> None:
    install_ffmpeg(tmp_path, "exit 1")
    made = prepare(record(tmp_path / "message.wav", pink(60, -20)), 500_000)
    assert made == NotAttached("1 minutes of sound do not fit into 0.5 MB; ffmpeg failed: exit status 1")


@pytest.mark.skipif(FFMPEG is None, reason="ffmpeg is not installed")
def test_a_real_ffmpeg_makes_an_mp3_of_the_said_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FFMPEG is not None
    monkeypatch.setenv("PATH", str(Path(FFMPEG).parent))
    made = attached(record(tmp_path / "message.wav", between_pauses(spoken("en/counting"))))
    seconds = len(spoken("en/counting")) / RATE + 1
    assert made.suffix == ".mp3"
    assert len(made.content) == pytest.approx(seconds * 4_000, abs=1_000)
    (tmp_path / "message.mp3").write_bytes(made.content)
    arguments = ["-v", "error", "-i", str(tmp_path / "message.mp3"), "-ar", "8000", str(tmp_path / "back.wav")]
    subprocess.run([FFMPEG, *arguments], check=True, timeout=30)
    assert measure(tmp_path / "back.wav").loudness_dbfs == pytest.approx(-20, abs=2)


@pytest.mark.parametrize("content", [b"", header(0), b"ID3" + bytes(999)], ids=["empty", "header only", "mp3"])
def test_no_sound_is_no_attachment(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "message.wav"
    path.write_bytes(content)
    with pytest.raises(NoSound):
        prepare(path, MANY)
