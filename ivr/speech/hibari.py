"""Owns English speech by the package hibari-tts. The package is imported when an engine is made, not before.

Must never let it download: only a voice that is already on this machine is used.
"""

import textwrap
from importlib import metadata
from typing import Any

from ivr.speech.engine import Pcm, nearest
from ivr.speech.errors import NoEngine, UnknownLanguage, UnknownVoice

PACKAGE = "hibari-tts"
USUAL_VOICE = "heart"  # the one that comes within the package
# The model's memory grows with the sentence it is given: 800 MB for 2,000 characters without a full stop.
_LONGEST_PIECE = 300


def installed() -> str | None:
    """Tell the installed version without loading anything, or None."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return None


class Hibari:
    """Speak English with a natural voice."""

    name = "hibari"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        version = installed()
        if version is None:
            raise NoEngine(f"install the package {PACKAGE}")
        self.version = version
        self._models: dict[str, Any] = {}  # Any: the package has no types

    def say(self, text: str, language: str, voice: str | None = None) -> Pcm:
        """Speak the text. Raises UnknownLanguage, UnknownVoice."""
        import numpy as np
        from hibari import SAMPLE_RATE

        if nearest(language, self.languages) is None:
            raise UnknownLanguage(f"{language}, by hibari")
        model = self._model(voice or USUAL_VOICE)
        pieces = [
            model(piece, seed=0)  # its breath noise is random otherwise
            for sentence in model.split_sentences(text)
            for piece in textwrap.wrap(sentence, _LONGEST_PIECE, break_on_hyphens=False)
        ]
        wave = np.clip(np.concatenate(pieces), -1.0, 1.0) if pieces else np.zeros(0)
        return Pcm((wave * 32_767).astype("<i2").tobytes(), SAMPLE_RATE)

    def _model(self, voice: str) -> Any:  # Any: the package has no types
        if voice not in self._models:
            from hibari import Hibari as Model
            from hibari.voices import voice_path

            try:
                path = voice_path(voice, download_missing=False)
            except (ValueError, FileNotFoundError):
                raise UnknownVoice(f"{voice!r}, hibari on this machine") from None
            self._models[voice] = Model(voice=voice, model=path)
        return self._models[voice]
