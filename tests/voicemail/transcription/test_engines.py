"""The real engines, each with the model that a package brings; one load of a model for all tests of this file."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soxr

from tests.voicemail.transcription.sounds import (
    ULAW,
    Samples,
    english,
    head,
    keys,
    noise,
    sparse,
    spoken,
    tones,
    write_pcm,
)
from voicemail.transcription.decoding import read_pieces
from voicemail.transcription.g711 import encode_ulaw
from voicemail.transcription.model import EngineFailed, ModelChoice, NoModel, Transcript
from voicemail.transcription.models import Models, objection
from voicemail.transcription.wav import read_layout
from voicemail.transcription.workers import Transcribers

pytestmark = pytest.mark.asyncio(loop_scope="module")

KOREAN = "안녕하세요. 내일 오전에 다시 전화해 주세요."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ears() -> AsyncIterator[Transcribers]:
    async with Transcribers(Models(), at_once=2) as transcribers:
        yield transcribers


@pytest.fixture(params=["en", "ko"])
def language(request: pytest.FixtureRequest) -> str:
    """Name a language for each engine that is installed."""
    return installed(str(request.param))


def installed(language: str) -> str:
    """Skip the test where no package brings a model."""
    try:
        Models().choose(language)
    except NoModel as missing:
        pytest.skip(str(missing))
    return language


def plain(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def through_the_telephone(original: Path, folder: Path) -> Path:
    """Write what is left of a recording after the telephone network."""
    layout = read_layout(original)
    samples = np.concatenate([piece.samples for piece in read_pieces(original, layout)])
    codes = encode_ulaw(soxr.resample(samples, 16_000, 8_000))
    # As Asterisk leaves it when it is killed: the length in the head is still zero.
    (folder / original.name).write_bytes(head(ULAW, 8) + codes)
    return folder / original.name


@pytest.mark.parametrize("sentence", list(english().items()), ids=lambda pair: pair[0].stem)
async def test_english_is_understood_from_the_file_and_from_the_telephone(
    ears: Transcribers, tmp_path: Path, sentence: tuple[Path, str]
) -> None:
    installed("en")
    file, said = sentence
    whole = [file] if file.stem == "counting" else []  # of the others the telephone's sound, which is harder
    for path in (*whole, through_the_telephone(file, tmp_path)):
        heard = await ears.transcribe(path, "en-GB")
        assert plain(heard.text) == plain(said)
        assert heard.engine.startswith("faster-whisper ")
        expect_sound_words(heard)


async def test_korean_becomes_korean_words(ears: Transcribers, tmp_path: Path) -> None:
    installed("ko")
    heard = await ears.transcribe(spoken(tmp_path / "ko.wav", KOREAN, "ko"), "ko")
    # A small model and a robot's voice: it hears syllables, not sentences.
    assert len(heard.words) >= 5
    assert re.fullmatch(r"[가-힣 ]+", heard.text)
    assert heard.engine.startswith("vosk ")
    expect_sound_words(heard)


def expect_sound_words(heard: Transcript) -> None:
    """Check what every engine promises of its words."""
    times = [time for word in heard.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= heard.seconds + 0.1
    assert all(0 <= word.confidence <= 1 and word.text == word.text.strip() != "" for word in heard.words)
    assert heard.text == " ".join(word.text for word in heard.words)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: np.zeros(0, np.float32), id="nothing"),
        pytest.param(lambda: np.zeros(200, np.float32), id="25 ms"),
        pytest.param(lambda: np.zeros(10 * 8_000, np.float32), id="silence"),
        pytest.param(lambda: noise(10, 0.002), id="an empty room"),
        pytest.param(lambda: tones((1_000,), 2), id="a beep"),
    ],
)
async def test_where_nobody_speaks_there_are_no_words(
    ears: Transcribers, tmp_path: Path, language: str, make: Callable[[], Samples]
) -> None:
    heard = await ears.transcribe(write_pcm(tmp_path / "message.wav", make()), language)
    assert (heard.text, heard.words) == ("", ())


@pytest.mark.parametrize("make", [lambda: keys(5), lambda: noise(5, 0.3)], ids=["keys only", "loud noise"])
async def test_what_is_no_speech_is_borne(
    ears: Transcribers, tmp_path: Path, language: str, make: Callable[[], Samples]
) -> None:
    heard = await ears.transcribe(write_pcm(tmp_path / "message.wav", make()), language)
    # Whisper has a detector of voices before it; vosk takes loud noise for a word or two.
    assert len(heard.words) <= (0 if language == "en" else 5)


async def test_one_message_does_not_colour_the_next(ears: Transcribers, tmp_path: Path, language: str) -> None:
    text = {"en": "Please call me back tomorrow morning.", "ko": KOREAN}[language]
    message = spoken(tmp_path / "speech.wav", text, language)
    quiet = sparse(tmp_path / "quiet.wav", 3)
    first = await ears.transcribe(message, language)
    assert (await ears.transcribe(quiet, language)).words == ()
    assert await ears.transcribe(message, language) == first


@pytest.mark.parametrize(
    ("engine", "files"),
    [
        ("vosk", ("am/final.mdl", "conf/mfcc.conf", "graph/HCLr.fst")),
        ("whisper", ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")),
    ],
)
async def test_a_model_that_only_looks_like_one_is_an_error_of_its_message(
    tmp_path: Path, engine: str, files: tuple[str, ...]
) -> None:
    folder = tmp_path / "model"
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"{}")
    assert objection(engine, folder) is None
    message = sparse(tmp_path / "message.wav", 1)

    class Broken:
        def choose(self, language: str) -> ModelChoice:
            return ModelChoice(engine, folder, language)

    async with Transcribers(Broken()) as transcribers:
        with pytest.raises(EngineFailed):
            await transcribers.transcribe(message, "en")
