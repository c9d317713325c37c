"""Doing something once, however often a program asks for it: the same Idempotency-Key is given the same answer.

Owns the keys and their bounds. They are in memory, and with `stored` in the database too, where they outlive a restart.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from crm_bridge.web.api_once_stored import StoredOnce
from ledger.clock import Clock
from ledger.web.visit import Refusal, Visit, Who

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
#: How long a key is known, seconds, and so many at most: then the oldest is forgotten.
KEPT = 24 * 3600.0
MOST = 10_000
#: Answers longer than this together are not kept, bytes.
MOST_BYTES = 32 * 1024 * 1024
#: How long who asks again waits for who asked first, seconds.
WAIT = 20.0
_KEY = re.compile(r"[\x21-\x7e]{1,200}")

Make = Callable[[], Awaitable[web.Response]]


@dataclass(frozen=True)
class _Kept:
    """What was asked under a key, and what was answered."""

    asked: str
    until: float
    answer: asyncio.Future[_Answer | None]


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes
    location: str

    @classmethod
    def of(cls, response: web.Response) -> _Answer | None:
        """Return what a response says, None for a refusal."""
        body = response.body if isinstance(response.body, bytes) else b""
        good = 200 <= response.status < 300
        return cls(response.status, body, response.headers.get("Location", "")) if good else None

    def again(self) -> web.Response:
        """Give the same answer another time."""
        headers = {"Cache-Control": "no-store", REPLAYED: "true"}
        if self.location:
            headers["Location"] = self.location
        return web.Response(body=self.body, status=self.status, content_type="application/json", headers=headers)


class Once:
    """The keys of all programs. Without `stored` a restart forgets them."""

    def __init__(
        self, clock: Clock, stored: StoredOnce | None = None, *, most: int = MOST, most_bytes: int = MOST_BYTES
    ) -> None:
        self._clock = clock
        self._stored = stored
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._bytes = 0

    async def do(self, visit: Visit, who: Who, make: Make) -> web.Response:
        """Answer with what `make` makes, or with what it made when this key was shown before.

        Only what was made is remembered: after a refusal the same key may ask again. Raises Refusal: 400 for what is
        no key, 422 for a key that was shown with something else, 409 while the first still waits for its answer, and
        where a server died before it could tell whether it was done.
        """
        key = visit.request.headers.get(HEADER)
        if key is None:
            return await make()
        if not _KEY.fullmatch(key):
            raise Refusal(400, f"this is no {HEADER}", "1 to 200 visible ASCII signs, such as a UUID")
        request = visit.request
        asked = hashlib.sha256(f"{request.method} {request.path}\n".encode() + await visit.body()).hexdigest()
        while (kept := self._find((who.name, key))) is not None:
            _require_same(kept.asked, asked)
            if (answer := await _waited_for(kept)) is not None:
                return answer.again()
        return await self._first((who.name, key), asked, make)

    def forget(self, word: str) -> None:
        """Forget the answers with this word in them, such as the id of a customer who was erased."""
        found = word.encode()
        for key, kept in list(self._kept.items()):
            answer = kept.answer.result() if kept.answer.done() else None
            if answer is not None and found in answer.body:
                self._forget(key, kept)

    async def _first(self, key: tuple[str, str], asked: str, make: Make) -> web.Response:
        future: asyncio.Future[_Answer | None] = asyncio.get_running_loop().create_future()
        self._kept[key] = kept = _Kept(asked, self._clock.monotonic() + KEPT, future)
        answer: _Answer | None = None
        try:
            if (answer := await self._answered_before(key, asked)) is not None:
                return answer.again()
            response, answer = await self._made(key, asked, make)
            return response
        finally:
            future.set_result(answer)
            if answer is None:
                self._forget(key, kept)
            else:
                self._bytes += len(answer.body)
                self._stay_small()

    async def _answered_before(self, key: tuple[str, str], asked: str) -> _Answer | None:
        """Return what was answered before this process began, and take the key where nothing was."""
        row = await self._stored.begin(*key, asked) if self._stored is not None else None
        if row is None:
            return None
        _require_same(row.asked, asked)
        if row.status is None:
            hint = "look whether it is there; to have it done anew, take a new key"
            raise Refusal(409, "the server that was asked first has ended, or is still at it", hint)
        return _Answer(row.status, row.body.encode(), row.location)

    async def _made(self, key: tuple[str, str], asked: str, make: Make) -> tuple[web.Response, _Answer | None]:
        answer: _Answer | None = None
        try:
            response = await make()
            answer = _Answer.of(response)
        finally:
            if self._stored is not None and answer is None:
                await self._stored.release(*key)
        if self._stored is not None and answer is not None:
            await self._stored.keep(*key, asked, answer.status, answer.body.decode(), answer.location)
        return response, answer

    def _find(self, key: tuple[str, str]) -> _Kept | None:
        kept = self._kept.get(key)
        if kept is not None and kept.until <= self._clock.monotonic():
            self._forget(key, kept)
            return None
        return kept

    def _stay_small(self) -> None:
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            key, kept = next(iter(self._kept.items()))
            if not kept.answer.done():  # it is being made: the bound is only a little late
                self._kept.move_to_end(key)
                return
            self._forget(key, kept)

    def _forget(self, key: tuple[str, str], kept: _Kept) -> None:
        if self._kept.get(key) is kept:
            del self._kept[key]
            if (answer := kept.answer.result() if kept.answer.done() else None) is not None:
                self._bytes -= len(answer.body)


def _require_same(before: str, asked: str) -> None:
    if before != asked:
        raise Refusal(422, f"this {HEADER} was used for something else", "take a new one for each new thing")


async def _waited_for(kept: _Kept) -> _Answer | None:
    """Return what whoever asked first was answered; None when nothing was made."""
    try:
        async with asyncio.timeout(WAIT):
            return await asyncio.shield(kept.answer)
    except TimeoutError:
        hint = "ask again in a moment, with the same key"
        raise Refusal(409, "the first request with this key still waits for its answer", hint) from None
