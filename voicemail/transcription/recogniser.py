"""Owns the port through which sound becomes words, and the names of the engines behind it.

Loads no engine: only a worker process calls `load`.
"""

import importlib
from collections.abc import Mapping
from typing import Final, Protocol

from voicemail.transcription.g711 import Samples
from voicemail.transcription.model import ModelChoice, Word


class Recogniser(Protocol):
    """A speech engine with its model. Blocking and heavy: it lives in a worker process, never in the event loop."""

    @property
    def name(self) -> str:
        """Engine and version, as a transcript names who wrote it."""

    def transcribe(self, samples: Samples) -> list[Word]:
        """Understand mono samples of -1..1 at 16 kHz, up to some ten minutes of them.

        One call knows nothing of the one before. Silence gives no words. Raises EngineFailed.
        """


#: Engine -> where its maker is, which is called with the ModelChoice. Any other name is taken for such a place.
ENGINES: Final[Mapping[str, str]] = {
    "vosk": "voicemail.transcription.vosk_engine:VoskRecogniser",
    "whisper": "voicemail.transcription.whisper_engine:WhisperRecogniser",
}


def load(choice: ModelChoice) -> Recogniser:
    """Import the engine and load the model, which takes seconds and hundreds of megabytes.

    Raises EngineFailed.
    """
    module, _, maker = ENGINES.get(choice.engine, choice.engine).partition(":")
    recogniser: Recogniser = getattr(importlib.import_module(module), maker)(choice)
    return recogniser
