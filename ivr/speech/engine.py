"""Owns the port through which a text becomes audio. Must not know any engine, nor telephones."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

EVERY_LANGUAGE = "*"


@dataclass(frozen=True, slots=True)
class Pcm:
    """Uncompressed mono audio: signed 16-bit little-endian samples at `rate` a second."""

    samples: bytes
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / 2 / self.rate


class Speech(Protocol):
    """A speech engine. Blocking and heavy: it lives in a worker process, never in the event loop."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """What decides the sound: another version makes other prompts."""

    @property
    def languages(self) -> Collection[str]:
        """Tags in lower case; `*` stands for all."""

    def say(self, text: str, language: str, voice: str | None = None) -> Pcm:
        """Speak the text. The same input gives the same speech, though not to the last sample.

        Raises UnknownLanguage, UnknownVoice or EngineFailed. A text without a sound in it gives silence or
        nothing, which the telephone format refuses.
        """


def nearest(language: str, known: Collection[str]) -> str | None:
    """Find the tag to use for a language: itself, else without its region, else `*`."""
    primary = language.partition("-")[0]
    return next((tag for tag in (language, primary, EVERY_LANGUAGE) if tag in known), None)
