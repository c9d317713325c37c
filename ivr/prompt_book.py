"""The prompt book: where the sound of each utterance of one site is, and how long it lasts.

Owns the look-up during calls, which is memory only. Rendering is done before, in `ivr.speech`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.schema import Site
from ivr import phrases
from ivr.conversation import Recorded, Taken, Utterance
from ivr.speech.spoken import Spoken
from ivr.speech.store import Progress, PromptStore, RenderReport


class PromptError(Exception):
    """Something of the site cannot be said."""


class PromptMissing(PromptError):
    """An utterance has no sound: the site was not rendered, or a recording is not there."""


class NotSpeakable(PromptError):
    """Some texts could not be rendered; callers would hear nothing in their place."""


@dataclass(frozen=True)
class PromptBook:
    """All sounds of one site. `recordings` is the folder of the site's own recordings, one folder a language."""

    paths: Mapping[Spoken, Path]
    seconds: Mapping[Spoken, float]
    recordings: Path
    _known: dict[Recorded, Path] = field(default_factory=dict)

    def lengths(self) -> dict[Path, float]:
        """Return how many seconds the sound of each file lasts."""
        return {path: self.seconds[spoken] for spoken, path in self.paths.items()}

    def beside(self, recordings: Path) -> PromptBook:
        """Return the same book with the recordings of another folder."""
        return PromptBook(self.paths, self.seconds, recordings)

    def path_of(self, utterance: Utterance) -> Path:
        """Return the file of an utterance, without its suffix. Raises `PromptMissing`."""
        if isinstance(utterance, Spoken):
            try:
                return self.paths[utterance]
            except KeyError:
                raise PromptMissing(f"{utterance.language}: {utterance.text[:80]}") from None
        if isinstance(utterance, Taken):
            return Path(utterance.path).with_suffix("")
        return self.recordings / utterance.language / utterance.name

    def duration(self, utterance: Utterance) -> float:
        """Return how long it lasts, in seconds; 3.0 for a recording, whose length nobody measured."""
        if isinstance(utterance, Taken):
            return utterance.seconds
        return self.seconds.get(utterance, 3.0) if isinstance(utterance, Spoken) else 3.0


async def render(
    site: Site, store: PromptStore, recordings: Path, progress: Progress | None = None
) -> tuple[PromptBook, RenderReport]:
    """Render everything the site can say and return its book; texts that failed are in the report, not the book."""
    wanted = await asyncio.to_thread(phrases.everything, site)  # of a large site this takes part of a second
    report = await store.render(wanted, progress)
    return await asyncio.to_thread(_book, store, wanted, report, recordings), report


def _book(store: PromptStore, wanted: Iterable[Spoken], report: RenderReport, recordings: Path) -> PromptBook:
    failed = {spoken for spoken, _ in report.failed}
    good = [spoken for spoken in wanted if spoken not in failed]
    paths = {spoken: store.path_of(spoken) for spoken in good}
    seconds = {spoken: store.duration(spoken) or 0.0 for spoken in good}
    return PromptBook(paths, seconds, recordings)
