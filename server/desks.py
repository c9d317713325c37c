"""The desks of all versions of the site that callers are on: new calls come to the newest, others stay at theirs.

Owns which desk a call belongs to. What happens at a desk is in `front_desk`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from callrouter.reception import Reception
from config.schema import Site
from ivr.agi.leg import PromptFiles
from ivr.conversation import Utterance
from ivr.prompt_book import PromptBook, PromptMissing


@dataclass(frozen=True)
class Desk:
    """What one version of the site needs at the desk; calls in progress keep theirs."""

    site: Site
    prompts: PromptFiles
    reception: Reception


class Desks:
    """Every desk that is not done with its callers. `reception` makes one for a version of the site."""

    def __init__(self, reception: Callable[[Site], Reception], site: Site, book: PromptBook) -> None:
        self._make = reception
        self._older: tuple[Desk, ...] = ()
        self._now = self._desk(site, book)

    def open(self, site: Site, book: PromptBook) -> None:
        """Let new calls come to another version; who is at a desk, or on the way back to it, is not disturbed."""
        desk = self._desk(site, book)
        self._older = tuple(one for one in (*self._older, self._now) if not one.reception.is_idle)
        self._now = desk

    @property
    def now(self) -> Desk:
        """The desk for new calls."""
        return self._now

    def of(self, call: str) -> Desk:
        """Return the desk that waits for this call to come back; that for new calls where none does."""
        return next((desk for desk in self._older if desk.reception.expects(call)), self._now)

    def older_sites(self) -> tuple[Site, ...]:
        """Return the versions that callers are still on beside the newest, oldest first."""
        return tuple(desk.site for desk in self._older if not desk.reception.is_idle)

    def _desk(self, site: Site, book: PromptBook) -> Desk:
        return Desk(site, _Sounds(book, lambda: self._now.prompts), self._make(site))


@dataclass(frozen=True)
class _Sounds:
    """A version's sounds; what is said by a part that already follows a newer one is found there."""

    book: PromptBook
    newest: Callable[[], PromptFiles]

    def path_of(self, utterance: Utterance) -> Path:
        """Return the file of an utterance, without its suffix. Raises `PromptMissing`."""
        try:
            return self.book.path_of(utterance)
        except PromptMissing:
            newest = self.newest()
            if newest is self:
                raise
            return newest.path_of(utterance)
