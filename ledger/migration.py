"""Owns bringing a database to the newest step of its history, also when two processes start at once."""

import asyncio
import fcntl
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.engines import Role, make_engine
from ledger.engines import url_of as url_of
from ledger.errors import DatabaseBusy, DatabaseTooNew

WAIT_SECONDS = 120.0
"""How long we wait for another process that migrates."""

_POSTGRES_LOCK = 0x5377_6974_6368_0001  # any number, if only we use it
_FOLDER = Path(__file__).parent / "migrations"
_alembic_is_global = threading.Lock()  # its `context` belongs to the whole process, not to a thread


def configuration() -> Config:
    """Return Alembic's settings, without any file of settings."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def newest() -> str:
    """Return the newest step; raises CommandError when the history has two heads."""
    head = ScriptDirectory.from_config(configuration()).get_current_head()
    assert head is not None, "the first step comes with the ledger"
    return head


def compare_options(metadata: sa.MetaData) -> dict[str, Any]:
    """Return what Alembic needs to know to compare and to change: options of its `configure`."""
    return {
        "target_metadata": metadata,
        "render_as_batch": True,
        "compare_type": True,
        "include_object": _in_models,
    }


def _in_models(_thing: object, name: str | None, _kind: str, reflected: bool, _other: object) -> bool:  # Alembic's
    """Leave out what models cannot say: full-text indexes are tables on SQLite and none on PostgreSQL."""
    return not (reflected and "_fulltext" in (name or ""))


async def upgrade(url: sa.URL, revision: str = "head") -> None:
    """Bring the database to `revision`, in a thread; raises DatabaseTooNew, DatabaseBusy."""
    up_to_date = await asyncio.to_thread(newest) if revision == "head" else None
    await _in_thread(url, lambda config: command.upgrade(config, revision), up_to_date)


async def downgrade(url: sa.URL, revision: str) -> None:
    """Take the database back to `revision`, in a thread; data of removed columns is gone."""
    await _in_thread(url, lambda config: command.downgrade(config, revision))


@asynccontextmanager
async def exclusive_connection(url: sa.URL) -> AsyncIterator[AsyncConnection]:
    """Give a connection in a transaction that nobody else migrates beside; commits at the end."""
    engine = make_engine(url, Role.MIGRATE, WAIT_SECONDS)
    try:
        if url.get_backend_name() == "sqlite":
            async with _file_lock(Path(f"{url.database}.migration-lock")), engine.begin() as connection:
                yield connection
                broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all()
                if broken:
                    raise CommandError(f"the migration left {len(broken)} rows pointing at nothing")
        else:
            async with engine.begin() as connection:
                await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(WAIT_SECONDS)}s'")
                await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_POSTGRES_LOCK})")
                yield connection
    finally:
        await engine.dispose()


async def _present(url: sa.URL) -> str | None:
    """Return the step a database is at; reading takes no lock, so that a busy database can be opened."""
    engine = make_engine(url, Role.READ)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    finally:
        await engine.dispose()


async def _in_thread(url: sa.URL, work: Callable[[Config], None], up_to_date: str | None = None) -> None:
    def on_connection(connection: sa.Connection) -> None:
        config = configuration()
        config.attributes["connection"] = connection
        work(config)

    async def run() -> None:
        if up_to_date is not None and await _present(url) == up_to_date:
            return
        async with exclusive_connection(url) as connection:
            await connection.run_sync(on_connection)

    def run_alone() -> None:
        with _alembic_is_global:
            asyncio.run(run())

    try:
        # Alembic reads files and runs modules: in a thread of its own, with a loop of its own.
        await asyncio.to_thread(run_alone)
    except CommandError as refused:
        if "Can't locate revision" in str(refused):
            raise DatabaseTooNew from refused
        raise


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncIterator[None]:
    """Hold an advisory lock on a file beside the database; it ends with the process, however it ends."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        give_up_at = time.monotonic() + WAIT_SECONDS
        while not _locked(descriptor):
            if time.monotonic() > give_up_at:
                raise DatabaseBusy("another process is migrating it")
            await asyncio.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
