"""Owns what the rooms of transcription hand to each other: words, transcripts, choices, and what can go wrong.

Pure. Must not know engines, files' contents or processes.

TranscriptionError
├── NoModel               nothing here understands this language: goes without text until a model is installed
├── UnusableModel         the site names a folder that holds no model: an admin must mend it
├── UnreadableAudio       the file will never be read, whoever tries
│   └── TooLong           it holds more than we are ready to listen to
├── TooBusy               nobody had time for it: try again later
└── EngineFailed          the engine broke down, hung or died on this message: try again, a few times
"""

from dataclasses import dataclass
from pathlib import Path


class TranscriptionError(Exception):
    """Transcription failed."""

    def __init__(self, why: str = "") -> None:
        self.why = why
        meaning = (type(self).__doc__ or "").strip().rstrip(".")
        super().__init__(f"{meaning}: {why}" if why else f"{meaning}.")


class NoModel(TranscriptionError):
    """No speech model is installed for this language."""

    def __init__(self, language: str, mend: str = "") -> None:
        self.language = language
        super().__init__(f"{language} ({mend})" if mend else language)


class UnusableModel(TranscriptionError):
    """This folder holds no speech model we can use."""


class UnreadableAudio(TranscriptionError):
    """This is no sound that we can read."""


class TooLong(UnreadableAudio):
    """There is more sound than we are ready to listen to."""


class TooBusy(TranscriptionError):
    """All listeners are busy."""


class EngineFailed(TranscriptionError):
    """The speech engine failed on this message."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word as it was understood: seconds from the beginning of the message, and how sure the engine is (0..1)."""

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """A message as text; `language` without its region.

    No words means that nothing was said, or nothing that the engine took for speech.
    """

    text: str
    words: tuple[Word, ...]
    language: str
    engine: str
    seconds: float


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which engine listens with which model: what a worker process is started with.

    `engine` is a name that `recogniser.ENGINES` knows, `language` a tag without region. `threads` are those of one
    worker; vosk has only one.
    """

    engine: str
    folder: Path
    language: str
    threads: int = 1


#: Languages written without blanks between words, where an engine's pieces are put together as they are.
_UNSPACED = frozenset({"ja", "km", "lo", "my", "th", "zh"})


def as_text(words: tuple[Word, ...], language: str) -> str:
    """Put words together as people write the language."""
    return ("" if language in _UNSPACED else " ").join(word.text for word in words)
