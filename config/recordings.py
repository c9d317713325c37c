"""A site's own recordings: which are there, whether a telephone can play them, and whether anything is heard.

Owns where they lie and in what form; which of them a site needs is in `config.rules.recordings`.
"""

from __future__ import annotations

import os
import sys
import wave
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

#: The folder in that of the site; in it is a folder a language.
FOLDER = "recordings"
#: How the form must be that is asked for; Asterisk plays no other .wav.
FORM = "8 kHz, 16 bit, mono"
_HERTZ, _BYTES, _CHANNELS = 8000, 2, 1
#: Forms that Asterisk plays too, as it finds them; they have no header that could be wrong.
_BARE = (".gsm", ".ulaw", ".alaw", ".g722", ".sln", ".sln16")
SUFFIXES = (".wav", *_BARE)
#: What is always softer than this (of 32,767) is no voice, but the noise of an open line.
_SOFTEST = 200
#: Frames looked at in one go; a voice begins within the first few goes.
_AT_ONCE = 8 * _HERTZ
#: Nothing is looked for behind this many seconds.
_MOST_SECONDS = 120
#: So many files are looked at; a site has some hundreds.
_MOST_FILES = 5_000


@dataclass(frozen=True, slots=True)
class Heard:
    """What callers hear of a recording: why they hear none of it, whether it is silent, how long it takes."""

    fault: str | None = None
    silent: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Recordings:
    """What lies in the recordings of one site. Each folder and file is looked at once."""

    site: Path
    _listed: dict[str, frozenset[str]] = field(default_factory=dict)
    _out: dict[str, frozenset[str]] = field(default_factory=dict)
    _heard: dict[Path, Heard] = field(default_factory=dict)

    def has(self, language: str, name: str) -> bool:
        """Tell whether there is a recording of this name, in whatever form."""
        files = self._files(language)
        return any(f"{name}{suffix}" in files for suffix in SUFFIXES)

    def heard(self, language: str, name: str) -> Heard:
        """Tell what is heard of a recording; a form without a header is taken as it is."""
        files = self._files(language)
        if any(f"{name}{suffix}" in files for suffix in _BARE):
            return Heard()
        file = self.site / FOLDER / language / f"{name}.wav"
        if file.name not in files:
            return Heard("it is not there")
        if file not in self._heard:
            self._heard[file] = listen(file)
        return self._heard[file]

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield every file there is, by the folder of its language; hidden ones are nobody's."""
        languages = sorted(_names(self.site / FOLDER, folders=True))
        found = ((language, file) for language in languages for file in sorted(self._files(language)))
        yield from islice(((language, file) for language, file in found if not file.startswith(".")), _MOST_FILES)

    def leads_out(self, language: str, file: str) -> bool:
        """Tell whether a file is a link to somewhere outside the site's folder."""
        self._files(language)
        return file in self._out[language]

    def _files(self, language: str) -> frozenset[str]:
        if language not in self._listed:
            folder = self.site / FOLDER / language
            self._listed[language] = _names(folder)
            self._out[language] = _leading_out(self.site, folder, self._listed[language])
        return self._listed[language]


def _names(folder: Path, *, folders: bool = False) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries if (entry.is_dir() if folders else entry.is_file()))
    except OSError:  # no such folder, or not ours to read: then Asterisk finds nothing there either
        return frozenset()


def _leading_out(site: Path, folder: Path, files: frozenset[str]) -> frozenset[str]:
    """Return those of the files that lie elsewhere, by a link of their own or of a folder."""
    try:
        home = site.resolve()
        if not folder.resolve().is_relative_to(home):
            return files
        links = (name for name in files if (folder / name).is_symlink())
        return frozenset(name for name in links if not (folder / name).resolve().is_relative_to(home))
    except (OSError, RuntimeError):
        return files


def listen(file: Path) -> Heard:
    """Tell what is heard of a .wav file. Blocks."""
    try:
        size = file.stat().st_size
        with wave.open(str(file)) as sound:
            form = sound.getframerate(), sound.getsampwidth(), sound.getnchannels()
            frames = sound.getnframes()
            if form != (_HERTZ, _BYTES, _CHANNELS):
                hertz, width, channels = form
                plural = "s" if channels > 1 else ""
                return Heard(f"it has {hertz} Hz, {8 * width} bit, {channels} channel{plural}")
            if not frames:
                return Heard("there is no sound in it")
            if frames * _BYTES > size:
                return Heard("it ends before its header says")
            return Heard(silent=_is_silent(sound, frames), seconds=frames / _HERTZ)
    except (wave.Error, EOFError, OSError) as error:
        return Heard(f"it cannot be read as sound ({str(error)[:80] or 'it ends too early'})")


def _is_silent(sound: wave.Wave_read, frames: int) -> bool:
    for _ in range(0, min(frames, _MOST_SECONDS * _HERTZ), _AT_ONCE):
        samples = array("h", sound.readframes(_AT_ONCE))
        if sys.byteorder == "big":
            samples.byteswap()
        if samples and max(max(samples), -min(samples)) >= _SOFTEST:
            return False
    return True
