"""Owns the in-memory twin of a speech engine: instant, every language, and it sounds of beeps.

Shipped for tests and rehearsals. Must not need anything that is not in Python itself.
"""

import hashlib
import math
from array import array

from ivr.speech.engine import EVERY_LANGUAGE, Pcm
from ivr.speech.errors import UnknownVoice

RATE = 16_000
SECONDS_A_CHARACTER = 0.06  # about 150 words a minute, so that a rehearsal lasts as long as the real thing
_GAP = bytes(2 * int(RATE * 0.05))
_LOUDNESS = 9_000


class Tones:
    """Speak each word as one tone: its length follows the word, its pitch is the word's own."""

    name = "tones"
    version = "1"
    languages = frozenset({EVERY_LANGUAGE})

    def say(self, text: str, language: str, voice: str | None = None) -> Pcm:
        """Beep the text. Raises UnknownVoice for any voice, because there is only one."""
        if voice is not None:
            raise UnknownVoice(f"{voice!r}, tones")
        words = [word for word in text.split() if any(character.isalnum() for character in word)]
        return Pcm(_GAP.join(_tone(word, language) for word in words), RATE)


def _tone(word: str, language: str) -> bytes:
    digest = hashlib.sha256(f"{language} {word}".encode()).digest()
    period = 16 + digest[0] % 32  # whole samples, so that a cycle can be repeated: 340 to 1000 Hz
    cycle = array("h", (int(_LOUDNESS * math.sin(2 * math.pi * n / period)) for n in range(period)))
    cycles = max(1, round(len(word) * SECONDS_A_CHARACTER * RATE / period))
    return cycle.tobytes() * cycles
