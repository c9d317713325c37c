"""Owns speech in over 100 languages by libespeak-ng, as the package espeakng-loader carries it.

The only file that knows the C interface. What it shares with espeak_program.py: how a voice is chosen.
"""

import ctypes
import functools
import os
import re
import threading
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from ivr.speech.engine import Pcm, nearest
from ivr.speech.errors import EngineFailed, NoEngine, UnknownLanguage, UnknownVoice

PACKAGE = "espeakng-loader"
WORDS_A_MINUTE = 150  # its own 175 is too quick for somebody who hears a menu for the first time
LONGEST_SECONDS = 600

# From speak_lib.h of espeak-ng 1.52.
_SYNCHRONOUS, _NO_EXIT, _UTF8, _RATE, _BY_CHARACTER = 2, 0x8000, 1, 1, 1
_LONGEST_PATH = 150
_VARIANT = re.compile(r"[A-Za-z0-9]{1,30}")
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_lock = threading.Lock()  # one state for the whole process: voice, rate, callback


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),  # [priority byte, tag, NUL] repeated, then a zero byte
        ("identifier", ctypes.c_char_p),
    )


def installed() -> str | None:
    """Tell the installed version without loading anything, or None."""
    try:
        return f"loader-{metadata.version(PACKAGE)}"
    except metadata.PackageNotFoundError:
        return None


def choose_voice(table: Mapping[str, str], data: Path, language: str, variant: str | None) -> str:
    """Return espeak's name for a language's voice, with a variant such as `f3` when one is named.

    Raises UnknownLanguage, UnknownVoice: espeak itself takes an unknown variant without a word.
    """
    known = nearest(language, table)
    if known is None:
        raise UnknownLanguage(f"{language}, by espeak")
    if variant is None:
        return table[known]
    if not _VARIANT.fullmatch(variant) or not (data / "voices" / "!v" / variant).is_file():
        raise UnknownVoice(f"{variant!r}, espeak; f2 and m3 are two of those it has")
    return f"{table[known]}+{variant}"


class Espeak:
    """Speak with the library, in this process."""

    name = "espeak"

    def __init__(self) -> None:
        version = installed()
        if version is None:
            raise NoEngine(f"install the package {PACKAGE}")
        self.version = version
        self._library, self._rate, self._data = _load()
        self._voices = _voices(self._library)
        self.languages = frozenset(self._voices)

    def say(self, text: str, language: str, voice: str | None = None) -> Pcm:
        """Speak the text. Raises UnknownLanguage, UnknownVoice, EngineFailed."""
        name = choose_voice(self._voices, self._data, language, voice)
        heard = bytearray()
        room = LONGEST_SECONDS * self._rate * 2

        def collect(samples: int | None, count: int, _events: int | None) -> int:
            if samples and count > 0:
                heard.extend(ctypes.string_at(samples, count * 2))
            return int(len(heard) > room)  # 1 stops the synthesis

        with _lock:
            callback = _CALLBACK(collect)
            self._library.espeak_SetSynthCallback(callback)
            if self._library.espeak_SetVoiceByName(name.encode()) != 0:
                raise EngineFailed(f"espeak did not accept its voice {name}")
            self._library.espeak_SetParameter(_RATE, WORDS_A_MINUTE, 0)
            words = text.encode() + b"\0"
            status = self._library.espeak_Synth(words, len(words), 0, _BY_CHARACTER, 0, _UTF8, None, None)
        if status != 0 or len(heard) > room:
            raise EngineFailed(f"espeak stopped with status {status} after {len(heard) // 2} samples")
        return Pcm(bytes(heard), self._rate)


@functools.cache  # the library has one state per process, and initialising it twice leaks the first
def _load() -> tuple[Any, int, Path]:  # Any: a C library
    import espeakng_loader

    data = Path(espeakng_loader.get_data_path())
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError as error:
        raise EngineFailed(f"the library of {PACKAGE} does not load: {error}") from error
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p,
        ctypes.c_size_t,
        ctypes.c_uint,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.c_uint,
        ctypes.c_void_p,
        ctypes.c_void_p,
    ]
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, _short(data).encode(), _NO_EXIT)
    if rate <= 0:
        raise EngineFailed(f"espeak does not start with its data in {data}")
    return library, rate, data


def _short(folder: Path) -> str:
    """Return a path that fits into espeak's 160 bytes; a longer one is cut, and nothing is found there."""
    path = str(folder)
    if len(path.encode()) <= _LONGEST_PATH:
        return path
    # Held open for the life of the process: voices and dictionaries are read later, by this same path.
    return f"/proc/self/fd/{os.open(folder, os.O_RDONLY | os.O_DIRECTORY)}"


def _voices(library: Any) -> dict[str, str]:  # Any: a C library
    """Read which voice is best for each language tag; espeak says so by the lowest priority number."""
    best: dict[str, tuple[int, str]] = {}
    listed = library.espeak_ListVoices(None)
    position = 0
    while listed[position]:
        voice = listed[position].contents
        position += 1
        at = voice.languages
        while priority := ctypes.string_at(at, 1)[0]:
            raw = ctypes.string_at(at + 1)
            at += len(raw) + 2
            language = raw.decode().lower()
            if language not in best or priority < best[language][0]:
                best[language] = (priority, voice.identifier.decode())
    return {language: identifier for language, (_, identifier) in best.items()}
