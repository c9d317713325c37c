"""Owns the rows about spool files: how long each is kept, and whether somebody has accepted it.

A file goes only when it is both settled and past its time; nothing else removes an original.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import Database
from ledger.spool import Spool, SpoolFile
from ledger.tables import spool_files
from ledger.upsert import insert_into


class SpoolRegister:
    """What the database knows of one spool."""

    def __init__(self, db: Database, spool: Spool) -> None:
        self._db = db
        self._spool = spool

    async def record(self, session: AsyncSession, file: SpoolFile, now: datetime, keep_until: datetime) -> None:
        """Remember a complete file, in the transaction of the rows that name it; twice is once."""
        row = {"name": file.name, "size": file.size, "sha256": file.sha256}
        statement = insert_into(session, spool_files).values(**row, stored_at=now, keep_until=keep_until)
        await session.execute(statement.on_conflict_do_nothing())

    async def settle(self, session: AsyncSession, name: str, now: datetime) -> None:
        """Note that somebody has accepted the file, so that it may go when its time has come."""
        unsettled = (spool_files.c.name == name) & spool_files.c.settled_at.is_(None)
        await session.execute(sa.update(spool_files).where(unsettled).values(settled_at=now))

    async def unsettle(self, session: AsyncSession, name: str) -> None:
        """Note that somebody waits for the file again, so that it stays."""
        await session.execute(sa.update(spool_files).where(spool_files.c.name == name).values(settled_at=None))

    async def keep(self, session: AsyncSession, name: str, until: datetime) -> None:
        """Keep a file until another time than it was recorded with."""
        await session.execute(sa.update(spool_files).where(spool_files.c.name == name).values(keep_until=until))

    async def remove_old(self, now: datetime, limit: int = 100) -> list[str]:
        """Remove up to `limit` files that are settled and past their time; return their names."""
        old = spool_files.c.settled_at.is_not(None) & (spool_files.c.keep_until < now)
        async with self._db.reading() as session:
            query = sa.select(spool_files.c.name).where(old).order_by(spool_files.c.keep_until).limit(limit)
            names = list((await session.execute(query)).scalars())
        for name in names:  # files first: if we die here, the rows find them gone and only go themselves
            await self._spool.remove(name)
        if names:
            async with self._db.writing() as session:
                await session.execute(sa.delete(spool_files).where(spool_files.c.name.in_(names)))
        return names

    async def list_missing(self, after: str = "", limit: int = 1_000) -> list[str]:
        """List the names, among the next `limit` rows after a name, whose files are not there."""
        async with self._db.reading() as session:
            query = sa.select(spool_files.c.name).where(spool_files.c.name > after)
            names = (await session.execute(query.order_by(spool_files.c.name).limit(limit))).scalars().all()
        return [name for name in names if not await self._spool.exists(name)]
