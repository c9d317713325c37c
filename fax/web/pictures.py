"""Pages as pictures: drawn by a process aside when somebody looks, few at once, the last ones remembered.

Owns the bounds of that. Whose fax it is was asked before.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

from fax.paper import aside
from fax.paper.errors import NoSuchPage, PaperError, PaperLost
from ledger.spool import Spool
from ledger.web.visit import Refusal

#: How wide a picture may be: in a list, on a page, enlarged or printed.
WIDTHS = (240, 900, 1600)
USUAL_WIDTH = 900
#: Processes at once.
AT_ONCE = 2
#: What is remembered, bytes: some hundred pages.
ROOM = 48 << 20
#: Seconds one picture may take, waiting for its turn included: less than the shell gives an answer.
DEADLINE = 25.0


class Draw(Protocol):
    """Draws a page, from 1, as a PNG. Raises PaperError."""

    def __call__(self, tiff: Path, page: int, width: int, /) -> Awaitable[bytes]: ...


class Pictures:
    """The pictures of every fax. One for the server."""

    def __init__(self, spool: Spool, draw: Draw = aside.picture, *, at_once: int = AT_ONCE, room: int = ROOM) -> None:
        self._spool = spool
        self._draw = draw
        self._turn = asyncio.Semaphore(at_once)
        self._room = room
        self._kept: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._bytes = 0
        #: Whoever wants what is being drawn waits for it; a lock lives as long as somebody holds or awaits it.
        self._drawing: WeakValueDictionary[tuple[str, int, int], asyncio.Lock] = WeakValueDictionary()

    async def get(self, file: str, page: int, width: int) -> bytes:
        """Return a page of a file in the spool; raises Refusal with a text for who looks."""
        key = (file, page, width)
        if (kept := self._remembered(key)) is not None:
            return kept
        lock = self._drawing.setdefault(key, asyncio.Lock())
        try:
            async with asyncio.timeout(DEADLINE), lock:
                if (kept := self._remembered(key)) is None:
                    async with self._turn:
                        kept = await self._draw(self._spool.path_of(file), page, width)
                    self._remember(key, kept)
                return kept
        except (TimeoutError, PaperLost):
            raise Refusal(503, "the page takes too long to draw", "try again, or download the original") from None
        except NoSuchPage:
            raise Refusal(404, "the fax has no such page", "they are counted from 1") from None
        except PaperError as wrong:
            raise Refusal(404, f"this page cannot be shown: {wrong.why}", "download the original") from None

    def _remembered(self, key: tuple[str, int, int]) -> bytes | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _remember(self, key: tuple[str, int, int], picture: bytes) -> None:
        if len(picture) > self._room // 4:
            return
        self._kept[key] = picture
        self._bytes += len(picture)
        while self._bytes > self._room:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= len(oldest)
