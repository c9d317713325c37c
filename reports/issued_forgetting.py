"""Taking issued reports out of the house that name somebody who was forgotten, by number, address or name.

Owns that such a report goes whole: it is kept as it was made, and so nothing in it can be masked; and that one which is
being made meanwhile, of what was read before, is made anew.
"""

from __future__ import annotations

import asyncio
import gzip
import io
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.errors import NoSuchFile
from ledger.forgetting import Tally, forget_files, forget_for_good
from ledger.forgetting_words import Whom
from ledger.spool import Spool
from reports.issued import FAILURE, KIND, TOPIC
from reports.issued_document import MOST_PLAIN, texts_in
from reports.issued_store import begin_anew, issued, remove

#: So many letters are looked at in one go: between two of them others get their turn.
_AT_ONCE = 64 * 1024


@dataclass(frozen=True)
class ForgetIssued:
    """Finds and removes them."""

    db: Database
    spool: Spool
    deliveries: Deliveries

    async def count(self, whom: Whom) -> int:
        """Count the reports that name the person."""
        return len(await self._naming(whom))

    async def forget(self, whom: Whom, tally: Tally) -> None:
        """Remove them with their files and mails, once what they are made of is masked. Raises DatabaseError, OSError.

        What is under way may have read the person before: it begins anew, and what it has made by then is not kept.
        """
        async with self.db.writing() as session:
            await begin_anew(session)
            await self.db.wakeups.wake_after_commit(session, TOPIC)
        for id_, names in await self._naming(whom):
            for name in names:
                await self.spool.remove(name)
            async with self.db.writing() as session:
                await forget_for_good(session)
                for kind in (KIND, FAILURE):
                    await self.deliveries.forget(session, kind, [id_])
                await forget_files(session, names)
                await remove(session, id_)
                await tally.add(session, "issued reports", 1)

    async def _naming(self, whom: Whom) -> list[tuple[str, list[str]]]:
        c = issued.c
        async with self.db.reading() as session:
            rows = (await session.execute(sa.select(c.id, c.file, c.document, c.asked))).all()
        found = []
        for id_, file, document, asked in rows:
            # Of what it was asked with: its receivers are ours. What is said of it elsewhere its document says as well.
            if _named(whom, asked["more"].values()) or (document and await self._shows(whom, document)):
                found.append((id_, [name for name in (file, document) if name]))
        return found

    async def _shows(self, whom: Whom, document: str) -> bool:
        try:
            packed = await self.spool.read(document)
        except NoSuchFile:
            return False  # removed by somebody else meanwhile
        return await asyncio.to_thread(_holds, packed, whom)


def _holds(packed: bytes, whom: Whom) -> bool:
    try:
        with gzip.open(io.BytesIO(packed)) as file:
            plain = file.read(MOST_PLAIN).decode()
    except (OSError, EOFError, ValueError, zlib.error):
        return True  # nobody can show it any more, nor tell whom it names
    return _named(whom, texts_in(plain))


def _named(whom: Whom, texts: Iterable[str]) -> bool:
    """Tell whether one of these texts has a number, an address or a name that nobody else has."""
    surely = replace(whom, names=whom.alone)
    piece: list[str] = []
    length = 0
    for text in (*dict.fromkeys(texts), ""):
        piece.append(text)
        length += len(text)
        if length >= _AT_ONCE or not text:
            # Nothing goes on over this letter: it is neither a blank nor part of a word.
            together = "\0".join(piece)
            if surely.masked(together) != together:
                return True
            piece, length = [], 0
    return False
