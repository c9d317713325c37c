"""What differs between two versions, in words, for the pages: looked up once for each pair."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable

from config.diff.changes import changes
from config.diff.model import Change, apart
from config.errors import ConfigError
from config.load import require_site
from config.schema import Site
from config.versions.store import VersionStore
from server.studio.room import StudioRoom

#: So many pairs are remembered.
REMEMBERED = 500


def counted(found: Iterable[Change]) -> str:
    """Say how many changes callers will hear, and apart from them how many of the site's own tests: "3 changes …"."""
    heard, of_tests = map(len, apart(found))
    said = [f"{heard:,} change{'' if heard == 1 else 's'} callers will hear"] if heard or not of_tests else []
    return ", ".join([*said, *([f"{of_tests:,} of your tests"] if of_tests else [])])


class PublishedWords:
    """Compares kept versions, which never change."""

    def __init__(self, room: StudioRoom) -> None:
        self._room = room
        self._store = VersionStore(room.versions)
        self._known: OrderedDict[tuple[str, str], int | None] = OrderedDict()

    async def count(self, old: str, new: str) -> int | None:
        """Return how many things are otherwise in the newer of two versions; None where one is not kept any more."""
        if old == new:
            return 0
        if (old, new) not in self._known:
            self._known[old, new] = await asyncio.to_thread(self._count, old, new)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return self._known[old, new]

    @staticmethod
    async def between(old: Site, new: Site) -> tuple[Change, ...]:
        """Return the changes from one site to another."""
        return await asyncio.to_thread(changes, old, new)

    def _count(self, old: str, new: str) -> int | None:
        try:
            sites = [require_site(self._store.folder_of(one), self._room.environment) for one in (old, new)]
        except (ConfigError, OSError):
            return None
        return len(changes(*sites))
