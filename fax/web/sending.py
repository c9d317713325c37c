"""Taking a fax to be sent: its document comes onto our disk while it is uploaded, is looked at, and is queued.

Owns the bounds of that: how large, how many at once, and that nothing of it stays behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fax.documents import kind
from fax.documents.errors import NotSendable
from fax.model import Fax, NotPossible
from fax.orders import LARGEST
from fax.web.draft import Draft
from fax.web.room import FaxRoom
from ledger.web.visit import Refusal, Upload, Visit, Who

#: Uploads at once; one more waits for nobody, but is told to come again.
AT_ONCE = 4
#: Seconds in which a document must have come: at the limit, some 700 kbit/s.
SECONDS = 600.0
#: What is wrong with no field of its own is said under this name.
WHOLE = "form"
#: What an earlier process left half-way is removed after so many seconds.
_LEFT = 2 * SECONDS


@dataclass(frozen=True)
class Taken:
    """What came of an upload: the fax, or by field what is wrong with it."""

    draft: Draft
    fax: Fax | None = None
    mistakes: Mapping[str, str] = field(default_factory=dict)


class Sending:
    """Takes orders from people and programs. `folder` is for documents that are coming."""

    def __init__(self, room: FaxRoom, folder: Path) -> None:
        self._room = room
        self._folder = folder
        self._coming = 0

    async def take(self, visit: Visit, who: Who, *, strict: bool = False) -> Taken:
        """Take a form with a document; `strict` looks at fields that mean nothing too.

        The same form with the same content under the same key is one fax, however often it comes. Raises Refusal,
        LedgerError and OSError.
        """
        async with self._place() as path:
            upload = await visit.upload("document", path, LARGEST)
            draft = Draft.of(upload.fields)
            site, now = self._room.site(), self._room.clock.now()
            mistakes = draft.mistakes(site, now, [name for name, _ in self._room.sends_from(who)])
            if why := await asyncio.to_thread(_why_not, path, upload):
                mistakes["document"] = why
            for name in draft.idle(upload.fields) if strict else ():
                mistakes.setdefault(name, "This means nothing here; leave it out.")
            if mistakes:
                return Taken(draft, mistakes=mistakes)
            order = draft.order(site, who.name, _key(draft, upload, who) if draft.key else "")
            try:
                return Taken(draft, await self._room.rules.submit(order, path))
            except NotPossible as refused:
                return Taken(draft, mistakes={WHOLE: f"{str(refused)[:1].upper()}{str(refused)[1:]}."})

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[Path]:
        """Give the name of a file to write to; it is gone afterwards."""
        if self._coming >= AT_ONCE:
            raise Refusal(503, "too many documents are coming in at this moment", "try again in a minute")
        self._coming += 1
        path = self._folder / f"{secrets.token_hex(16)}.part"
        try:
            await asyncio.to_thread(_prepare, self._folder)
            yield path
        finally:
            self._coming -= 1
            await asyncio.to_thread(path.unlink, missing_ok=True)


def _key(draft: Draft, upload: Upload, who: Who) -> str:
    """Return what makes this order the same as an earlier one: who changes a word and sends it again means another."""
    said = "\n".join((who.name, draft.key, upload.digest, repr(draft)))
    return f"web {hashlib.sha256(said.encode()).hexdigest()}"


def _why_not(document: Path, upload: Upload) -> str:
    """Say why this document cannot be sent, as far as its beginning tells; '' when it may be. Blocks."""
    if not upload.size:
        return "Choose the document to send." if not upload.file_name else "This file is empty. Choose another one."
    with document.open("rb") as file:
        head = file.read(kind.HEAD)
    try:
        kind.tell(head)
    except NotSendable as refused:
        return refused.why
    return ""


def _prepare(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _LEFT:
                left.unlink()
