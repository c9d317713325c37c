"""The sound of words that are in no version of the site: made when somebody wrote them, found when a caller hears them.

Owns the bounds of that: how long a text may be, how long its sound may take, and that one is made at a time. Who wrote
it, and where it is played, is not known here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ivr.conversation import Taken
from ivr.speech.errors import NoEngine
from ivr.speech.spoken import Spoken
from ivr.speech.store import Progress, RenderReport
from server.progress import Show, silent

#: The longest text that is made while somebody waits, characters; and how long that may take, seconds.
MOST_CHARACTERS, DEADLINE = 1_000, 30.0
#: So many may wait for their turn.
MOST_IN_LINE = 4


class Store(Protocol):
    """What is needed of the store of all prompts."""

    def path_of(self, spoken: Spoken) -> Path:
        """Name the files of a text, without suffix."""

    def duration(self, spoken: Spoken) -> float | None:
        """Tell how long it lasts; None when it is not there."""

    async def render(self, items: Iterable[Spoken], progress: Progress | None = None) -> RenderReport:
        """Make what is missing, and report on all."""


class NoSound(Exception):
    """These words have no sound; the text says why, for whoever wrote them."""


@dataclass
class SpokenSounds:
    """Makes sounds in the store of all prompts, so that the same words are made once."""

    store: Store
    longest: float = DEADLINE
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _in_line: int = 0

    def find(self, spoken: Spoken) -> Taken | None:
        """Return the sound of these words; None if it was not made. Reads one small file, once."""
        try:
            seconds = self.store.duration(spoken)
            return None if seconds is None else Taken(f"{self.store.path_of(spoken)}.wav", seconds)
        except NoEngine:
            return None

    async def make(self, texts: Sequence[Spoken], show: Show = silent) -> list[Taken]:
        """Return the sounds of these texts, made where they are not there yet, one after the other.

        Raises NoSound: a text is too long or cannot be spoken, it takes too long, or too many wait for theirs.
        """
        for spoken in texts:
            if len(spoken.text) > MOST_CHARACTERS:
                raise NoSound(f"the text has {len(spoken.text)} characters, and {MOST_CHARACTERS} is the most")
        if self._in_line >= MOST_IN_LINE:
            raise NoSound("others are having sounds made just now: try again in a minute")
        self._in_line += 1
        try:
            async with asyncio.timeout(self.longest), self._turn:
                return await self._made(texts, _telling(show))
        except TimeoutError:
            raise NoSound(f"it took longer than {self.longest:.0f} s: write less, or try again") from None
        finally:
            self._in_line -= 1

    async def _made(self, texts: Sequence[Spoken], progress: Progress) -> list[Taken]:
        report = await self.store.render(texts, progress)
        for spoken, reason in report.failed:
            raise NoSound(f"({spoken.language}) {reason}")
        found = [self.find(spoken) for spoken in texts]
        if None in found:
            raise NoSound("the sound that was made is not there any more: is the disk full?")
        return [sound for sound in found if sound is not None]


def _telling(show: Show) -> Progress:
    return lambda done, total, spoken: show(f"making the sound ({spoken.language})", done / total)
