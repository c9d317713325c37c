"""Owns which engine speaks which language on this machine. Loads no engine before one is asked for."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ivr.speech import espeak, espeak_program, hibari, tones
from ivr.speech.engine import Speech, nearest
from ivr.speech.errors import NoEngine, UnknownLanguage
from ivr.speech.spoken import tag

ENGINES = ("hibari", "espeak", "tones")


@dataclass(frozen=True, slots=True)
class EngineId:
    """An engine and what decides its sound."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Installed:
    """The engines found on this machine: name and version."""

    versions: Mapping[str, str]

    def pick(self, language: str, wanted: str | None = None) -> EngineId:
        """Decide who speaks a language: hibari for English where it is installed, espeak for all others.

        Pure. Raises NoEngine, saying what to install.
        """
        if wanted is not None and wanted not in ENGINES:
            raise NoEngine(f"there is no engine {wanted!r}; there are {', '.join(ENGINES)}")
        english = nearest(tag(language), hibari.Hibari.languages) is not None
        name = wanted or ("hibari" if english and "hibari" in self.versions else "espeak")
        if name not in self.versions:
            raise NoEngine(_how_to_install(name, language))
        return EngineId(name, self.versions[name])


def find_installed() -> Installed:
    """Look which engines this machine has, from package data alone."""
    found = {
        "hibari": hibari.installed(),
        "espeak": espeak.installed() or espeak_program.installed(),
        "tones": tones.Tones.version,
    }
    return Installed({name: version for name, version in found.items() if version is not None})


def choose(language: str, wanted_engine: str | None = None) -> Speech:
    """Make the engine that speaks a language, loading it when this process has not yet.

    Raises NoEngine when nothing suitable is installed, UnknownLanguage when what is does not speak it.
    """
    engine = load(find_installed().pick(language, wanted_engine).name)
    if nearest(tag(language), engine.languages) is None:
        raise UnknownLanguage(f"{language}, by {engine.name}")
    return engine


@functools.cache  # a model takes half a second to load and 100 MB to hold
def load(name: str) -> Speech:
    """Make an engine by name. Raises NoEngine."""
    return _MAKERS[name]()


def _espeak() -> Speech:
    return espeak.Espeak() if espeak.installed() else espeak_program.EspeakProgram()


_MAKERS: Mapping[str, Callable[[], Speech]] = {
    "hibari": hibari.Hibari,
    "espeak": _espeak,
    "tones": tones.Tones,
}


def _how_to_install(name: str, language: str) -> str:
    if name == "hibari":
        return f"hibari speaks {language} with the package {hibari.PACKAGE}; install it"
    return (
        f"to speak {language}, install the package {espeak.PACKAGE} or the program {espeak_program.PROGRAM}"
        f" (for English {hibari.PACKAGE} will do as well); switchroom[speech] brings them all"
    )
