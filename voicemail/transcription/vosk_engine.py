"""Owns listening by vosk. The only file that knows the package; it is imported in a worker process only.

Must never let it choose a model: it would download one, and ends the process when it cannot.
"""

import ctypes
import json
import re
from importlib import metadata
from typing import Any, Final

import numpy as np
from vosk import KaldiRecognizer, Model, SetLogLevel

from voicemail.transcription.decoding import RATE
from voicemail.transcription.g711 import Samples
from voicemail.transcription.model import EngineFailed, ModelChoice, Word

# The engine looks for the end of a sentence after each chunk. In one chunk a message would be one sentence, and its
# memory and time grow faster than the sentence.
_CHUNK: Final = RATE // 4

# How models write what was not a word: [unk], <UNK>, [noise], <SPOKEN_NOISE>.
_NO_WORD: Final = re.compile(r"<.*>|\[.*\]")


class VoskRecogniser:
    """Understand speech with a vosk model that wants 16 kHz, as nearly all do."""

    def __init__(self, choice: ModelChoice) -> None:
        SetLogLevel(-1)
        self.name = f"vosk {metadata.version('vosk')}"
        try:
            self._model = Model(str(choice.folder))
        except Exception as error:
            raise EngineFailed(f"vosk does not load {choice.folder}: {error}") from error

    def transcribe(self, samples: Samples) -> list[Word]:
        """Understand samples. Raises EngineFailed."""
        # Kaldi adds a little noise by C's rand(); with the same noise the same message gives the same text each time.
        ctypes.CDLL(None).srand(1)
        # A used recogniser keeps what it learnt of the last speaker's voice, and its memory.
        recogniser = KaldiRecognizer(self._model, RATE)
        recogniser.SetWords(True)
        pcm = (np.clip(samples, -1.0, 1.0) * 32_767).astype("<i2")
        words: list[Word] = []
        for first in range(0, len(pcm), _CHUNK):
            try:
                ended = recogniser.AcceptWaveform(pcm[first : first + _CHUNK].tobytes())
            except Exception as error:
                raise EngineFailed(f"vosk: {error}") from error
            if ended:
                words += _words(json.loads(recogniser.Result()))
        return words + _words(json.loads(recogniser.FinalResult()))


def _words(result: dict[str, Any]) -> list[Word]:  # Any: what the engine writes as JSON
    return [
        Word(word["word"], word["start"], word["end"], word["conf"])
        for word in result.get("result", ())
        if not _NO_WORD.fullmatch(word["word"])
    ]
