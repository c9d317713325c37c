"""Owns the rows about spool files: how long each is kept, and whether somebody has accepted it.

A file goes only when it is both settled and past its time, or when no row names it; nothing else removes an original.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import Database
from ledger.log import Log
from ledger.spool import Spool, SpoolFile
from ledger.tables import spool_files
from ledger.upsert import insert_into

#: A file that no row names may be one whose row is about to be committed; older than this, none is. Seconds.
STRAY_SECONDS = 24 * 3600.0
_log = Log(__name__)


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

    async def unsettle(self, session: AsyncSession, name: str) -> bool:
        """Note that somebody waits for the file again, so that it stays; False when it has gone already."""
        again = sa.update(spool_files).where(spool_files.c.name == name).values(settled_at=None)
        return (await session.execute(again.returning(spool_files.c.name))).first() is not None

    async def keep(self, session: AsyncSession, name: str, until: datetime) -> None:
        """Keep a file until another time than it was recorded with."""
        await session.execute(sa.update(spool_files).where(spool_files.c.name == name).values(keep_until=until))

    async def remove_old(self, now: datetime, limit: int = 100) -> list[str]:
        """Remove up to `limit` files that are settled and past their time; return their names."""
        old = spool_files.c.settled_at.is_not(None) & (spool_files.c.keep_until < now)
        async with self._db.reading() as session:
            query = sa.select(spool_files.c.name).where(old).order_by(spool_files.c.keep_until).limit(limit)
            names = list((await session.execute(query)).scalars())
        return [name for name in names if await self._remove(name, old)]

    async def _remove(self, name: str, old: sa.ColumnElement[bool]) -> bool:
        """Remove one file, if it is still so old; False when somebody waits for it again."""
        async with self._db.writing() as session:
            gone = sa.delete(spool_files).where(spool_files.c.name == name, old).returning(spool_files.c.name)
            if (await session.execute(gone)).first() is None:
                return False
        try:  # if we die here, or cannot, the file is a stray one
            await self._spool.remove(name)
        except OSError as error:
            _log.warning("an old file of the spool cannot be removed for now", file=name, error=type(error).__name__)
        return True

    async def remove_strays(self, limit: int = 1_000) -> list[str]:
        """Remove up to `limit` files that are more than a day old and in no row; return their names.

        A database that knows none of the old files is not theirs: then all of them stay.
        """
        strays: list[str] = []
        ours = 0
        async for names in self._spool.older_than(STRAY_SECONDS):
            known = await self._known(names)
            ours += len(known)
            strays += [name for name in names if name not in known][: limit - len(strays)]
            if len(strays) >= limit and ours:
                break
        if strays and not ours:
            _log.warning("files of the spool stay that this database does not know: it knows none", files=len(strays))
            return []
        removed = [name for name in strays if await self._spool.remove_older(name, STRAY_SECONDS)]
        if removed:
            _log.info("files of the spool that nobody knew are removed", files=len(removed))
        return removed

    async def _known(self, names: Collection[str]) -> set[str]:
        async with self._db.reading() as session:
            return set(
                (await session.execute(sa.select(spool_files.c.name).where(spool_files.c.name.in_(names)))).scalars()
            )

    async def list_missing(self, after: str = "", limit: int = 1_000) -> list[str]:
        """List the names, among the next `limit` rows after a name, whose files are not there."""
        async with self._db.reading() as session:
            query = sa.select(spool_files.c.name).where(spool_files.c.name > after)
            names = (await session.execute(query.order_by(spool_files.c.name).limit(limit))).scalars().all()
        return [name for name in names if not await self._spool.exists(name)]
