"""Owns what is on the line this moment: which faxes come in and go out, and how many pages are through.

Nothing of it is stored: after a restart the faxes themselves tell how they ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from fax.model import Progress
from ledger.log import Log

#: How often we look how far a fax is, seconds; a page takes ten times as long.
LOOK_EVERY = 1.0
#: More faxes at once than any line has.
MOST = 500

_log = Log(__name__)

#: Counts the pages that are through by now; None where that cannot be told now.
Pages = Callable[[], Awaitable[int | None]]
#: Is told when a fax began, got a page on, or (the second argument) is on the line no more.
Watcher = Callable[[Progress, bool], None]


class UnderWay:
    """The faxes on the line. Used inside `async with`."""

    def __init__(self, look_every: float = LOOK_EVERY) -> None:
        self._look_every = look_every
        self._faxes: dict[str, tuple[Progress, Pages]] = {}
        self._watchers: list[Watcher] = []
        self._looking: asyncio.Task[None] | None = None
        self._some = asyncio.Event()

    async def __aenter__(self) -> UnderWay:
        self._looking = asyncio.create_task(self._look_for_ever(), name="fax progress")
        return self

    async def __aexit__(self, *_exception: object) -> None:
        assert self._looking is not None
        self._looking.cancel()
        await asyncio.gather(self._looking, return_exceptions=True)

    def list_all(self) -> list[Progress]:
        """List what is on the line, the oldest first."""
        return [progress for progress, _ in self._faxes.values()]

    def begin(self, progress: Progress, pages: Pages) -> None:
        """Follow a fax from now on."""
        if len(self._faxes) < MOST:
            self._faxes[progress.id] = (progress, pages)
            self._some.set()
            self._tell(progress, over=False)

    def say(self, id_: str, doing: str) -> None:
        """Say what happens now to a fax that is followed."""
        if known := self._faxes.get(id_):
            self._update(replace(known[0], doing=doing), known[1])

    def end(self, id_: str) -> None:
        """Follow a fax no more; harmless for one that is not followed."""
        if known := self._faxes.pop(id_, None):
            self._tell(known[0], over=True)

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Have this called with all that moves; call what is returned to end that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    async def look(self) -> None:
        """Ask each fax how far it is."""
        for id_, (progress, pages) in list(self._faxes.items()):
            through = await pages()
            if through is not None and through != progress.pages and id_ in self._faxes:
                self._update(replace(self._faxes[id_][0], pages=through), pages)

    async def _look_for_ever(self) -> None:
        while True:
            if not self._faxes:
                self._some.clear()
                await self._some.wait()
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - a picture of the present only: said, and looked again
                _log.warning("how far a fax is cannot be told now", error=type(error).__name__)
            await asyncio.sleep(self._look_every)

    def _update(self, progress: Progress, pages: Pages) -> None:
        self._faxes[progress.id] = (progress, pages)
        self._tell(progress, over=False)

    def _tell(self, progress: Progress, *, over: bool) -> None:
        for watcher in self._watchers:
            watcher(progress, over)
