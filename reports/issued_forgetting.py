"""Taking issued reports out of the house that name somebody who was forgotten, by number, address or name.

Owns that such a report goes whole: it is kept as it was made, and so nothing in it can be masked.
"""

from __future__ import annotations

import asyncio
import gzip
import io
from dataclasses import dataclass

import sqlalchemy as sa

from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.errors import NoSuchFile
from ledger.forgetting import Tally, forget_files, forget_for_good
from ledger.forgetting_words import Whom
from ledger.spool import Spool
from reports.issued import KIND
from reports.issued_document import MOST_PLAIN
from reports.issued_store import issued, remove


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
        """Remove them with their files and mails. Raises DatabaseError, OSError."""
        for id_, names in await self._naming(whom):
            for name in names:
                await self.spool.remove(name)
            async with self.db.writing() as session:
                await forget_for_good(session)
                await self.deliveries.forget(session, KIND, [id_])
                await forget_files(session, names)
                await remove(session, id_)
                await tally.add(session, "issued reports", 1)

    async def _naming(self, whom: Whom) -> list[tuple[str, list[str]]]:
        c = issued.c
        async with self.db.reading() as session:
            rows = (await session.execute(sa.select(c.id, c.file, c.document).where(c.document != ""))).all()
        found = []
        for id_, file, document in rows:
            try:
                packed = await self.spool.read(document)
            except NoSuchFile:
                continue  # removed by somebody else meanwhile
            if await asyncio.to_thread(_holds, packed, whom.in_bytes()):
                found.append((id_, [name for name in (file, document) if name]))
        return found


def _holds(packed: bytes, wanted: tuple[bytes, ...]) -> bool:
    with gzip.open(io.BytesIO(packed)) as file:
        plain = file.read(MOST_PLAIN)
    return any(one in plain for one in wanted)
