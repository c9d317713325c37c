"""The versions of the site that callers are on: new calls come to the newest, others stay on theirs.

Owns which version a call belongs to. What happens to the call is in `front_desk`.
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
class VersionInUse:
    """What calls on one version of the site need; those in progress keep theirs."""

    site: Site
    prompts: PromptFiles
    reception: Reception


class VersionsInUse:
    """Every version that is not done with its callers. `reception` makes what receives calls on one."""

    def __init__(self, reception: Callable[[Site], Reception], site: Site, book: PromptBook) -> None:
        self._make = reception
        self._older: tuple[VersionInUse, ...] = ()
        self._now = self._in_use(site, book)

    def open(self, site: Site, book: PromptBook) -> None:
        """Let new calls come to another version; who is on an older one, or on the way back to it, is not disturbed."""
        version = self._in_use(site, book)
        self._older = tuple(one for one in (*self._older, self._now) if not one.reception.is_idle)
        self._now = version

    @property
    def now(self) -> VersionInUse:
        """The version for new calls."""
        return self._now

    def of(self, call: str) -> VersionInUse:
        """Return the version that waits for this call to come back; that for new calls where none does."""
        return next((one for one in self._older if one.reception.expects(call)), self._now)

    def older_sites(self) -> tuple[Site, ...]:
        """Return the versions that callers are still on beside the newest, oldest first."""
        return tuple(one.site for one in self._older if not one.reception.is_idle)

    def _in_use(self, site: Site, book: PromptBook) -> VersionInUse:
        return VersionInUse(site, _Sounds(book, lambda: self._now.prompts), self._make(site))


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
