"""A site's own recordings: which are there, and whether a telephone can play them.

Owns where they lie and in what form; which of them a site needs is in `config.rules_recordings`.
"""

from __future__ import annotations

import os
import wave
from dataclasses import dataclass, field
from pathlib import Path

#: The folder in that of the site; in it is a folder a language.
FOLDER = "recordings"
#: How the form must be that is asked for; Asterisk plays no other .wav.
FORM = "8 kHz, 16 bit, mono"
_HERTZ, _BYTES, _CHANNELS = 8000, 2, 1
#: Forms that Asterisk plays too, as it finds them; they have no header that could be wrong.
_BARE = (".gsm", ".ulaw", ".alaw", ".g722", ".sln", ".sln16")


@dataclass(frozen=True)
class Recordings:
    """What lies in the recordings of one site. Each folder and file is looked at once."""

    site: Path
    _listed: dict[str, frozenset[str]] = field(default_factory=dict)
    _faults: dict[Path, str | None] = field(default_factory=dict)

    def has(self, language: str, name: str) -> bool:
        """Tell whether there is a recording of this name, in whatever form."""
        files = self._files(language)
        return any(f"{name}{suffix}" in files for suffix in (".wav", *_BARE))

    def fault(self, language: str, name: str) -> str | None:
        """Say why a recording that is there cannot be played; None if it can."""
        files = self._files(language)
        if any(f"{name}{suffix}" in files for suffix in _BARE):
            return None
        file = self.site / FOLDER / language / f"{name}.wav"
        if file not in self._faults:
            self._faults[file] = _fault_of(file)
        return self._faults[file]

    def _files(self, language: str) -> frozenset[str]:
        if language not in self._listed:
            try:
                with os.scandir(self.site / FOLDER / language) as entries:
                    self._listed[language] = frozenset(entry.name for entry in entries if entry.is_file())
            except OSError:  # no such folder, or not ours to read: then Asterisk finds nothing there either
                self._listed[language] = frozenset()
        return self._listed[language]


def _fault_of(file: Path) -> str | None:
    try:
        with wave.open(str(file)) as sound:
            form = sound.getframerate(), sound.getsampwidth(), sound.getnchannels()
            frames = sound.getnframes()
    except (wave.Error, EOFError, OSError) as error:
        return f"it cannot be read as sound ({str(error)[:80] or 'it ends too early'})"
    if form != (_HERTZ, _BYTES, _CHANNELS):
        hertz, size, channels = form
        return f"it has {hertz} Hz, {8 * size} bit, {channels} channel{'s' if channels > 1 else ''}"
    return None if frames else "there is no sound in it"
