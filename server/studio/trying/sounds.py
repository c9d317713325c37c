"""The sounds of a site for whoever listens in the browser: what can be heard by id, and its file.

Owns that only what the site itself says is ever spoken. Rendered prompts come from the store that calls use; one that
is missing there is made, one at a time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from config.recordings import FOLDER
from config.schema import Site
from ivr import phrases
from ivr.conversation import Recorded, Taken, Utterance
from ivr.simulator import guess_duration
from ivr.speech.errors import NoEngine
from ivr.speech.prompt_files import WAV, read_note
from ivr.speech.spoken import Spoken
from ivr.speech.store import PromptStore

#: Seconds for a sound that is not there yet, with the wait for its turn.
DEADLINE = 60.0
#: Sites whose sounds are known: the draft, the published one, and one of a moment ago.
MOST_SITES = 3

Sound = Spoken | Recorded


class NoSound(Exception):
    """There is no such sound, or it cannot be made."""


def sound_id(sound: Sound) -> str:
    """Return the name under which a browser asks for a sound; it says nothing of the words."""
    match sound:
        case Spoken(text, language, voice):
            parts = ["spoken", language, voice or "", text]
        case Recorded(name, language):
            parts = ["recorded", language, name]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]


def sounds_of(site: Site) -> Iterator[Sound]:
    """Yield everything that callers of a site may hear."""
    yield from phrases.everything(site)
    for menu in site.menus.values():
        if menu.play is not None:
            yield from (Recorded(menu.play, language) for language in site.company.languages)


@dataclass(frozen=True)
class Book:
    """The sounds of one site by their ids, and how long those last that were made before."""

    folder: Path
    sounds: Mapping[str, Sound]
    seconds: Mapping[Sound, float]

    def id_of(self, utterance: Utterance) -> str:
        """Return the id of an utterance; '' where the site does not say it."""
        if isinstance(utterance, Taken):
            return ""
        id_ = sound_id(utterance)
        return id_ if id_ in self.sounds else ""

    def duration(self, utterance: Utterance) -> float:
        """Return how long an utterance lasts: as rendered, where it was, else a guess."""
        known = None if isinstance(utterance, Taken) else self.seconds.get(utterance)
        return known or guess_duration(utterance)

    def sound(self, id_: str) -> Sound:
        """Return the sound of an id. Raises NoSound."""
        try:
            return self.sounds[id_]
        except KeyError:
            raise NoSound("the site says nothing of the kind any more: load the page again") from None


class Sounds:
    """Finds or makes the files that browsers play."""

    def __init__(self, prompts: Path, store: PromptStore | None = None) -> None:
        self._prompts = prompts
        self._store = store
        self._one_at_a_time = asyncio.Lock()
        self._books: dict[tuple[str, Path], Book] = {}

    async def book(self, site: Site, folder: Path) -> Book:
        """Return the sounds of a site that lies in a folder."""
        key = (site.version, folder)
        if key not in self._books:
            book = await asyncio.to_thread(_book, site, folder, await self._shop())
            while len(self._books) >= MOST_SITES:
                self._books.pop(next(iter(self._books)))
            self._books[key] = book
        return self._books[key]

    async def file_of(self, book: Book, id_: str) -> Path:
        """Return the file of a sound, made first if need be. Raises NoSound, NoEngine; TimeoutError."""
        sound = book.sound(id_)
        if isinstance(sound, Recorded):
            path = book.folder / FOLDER / sound.language / f"{sound.name}{WAV}"
            if not await asyncio.to_thread(path.is_file):
                raise NoSound("there is no recording that a browser could play")
            return path
        store = await self._shop()
        stem = store.path_of(sound)
        if await asyncio.to_thread(read_note, stem) is None:
            async with asyncio.timeout(DEADLINE), self._one_at_a_time:
                report = await store.render([sound])
                if report.failed:
                    raise NoSound(f"it cannot be spoken: {report.failed[0][1]}")
        return stem.with_suffix(WAV)

    async def _shop(self) -> PromptStore:
        if self._store is None:
            self._store = await asyncio.to_thread(PromptStore, self._prompts)
        return self._store


def _book(site: Site, folder: Path, store: PromptStore) -> Book:
    sounds = list(sounds_of(site))
    seconds: dict[Sound, float] = {}
    for sound in sounds:
        if isinstance(sound, Spoken):
            try:
                length = store.duration(sound)
            except NoEngine:
                break  # nobody here could render it; a guess is all there is
            if length is not None:
                seconds[sound] = length
    return Book(folder, {sound_id(sound): sound for sound in sounds}, seconds)
