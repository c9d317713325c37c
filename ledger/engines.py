"""Owns how a connection to each kind of database is set up. Knows no table.

SQLite: WAL, so that readers never wait; synchronous=FULL, so that a commit is on the disk when it returns
(with NORMAL a power cut may take the last commits back); our own BEGIN, because Python's driver starts none
for a SELECT, and for writers a deferred one, which fails instead of waiting when two of them meet.
"""

from enum import Enum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ledger.errors import DatabaseBusy, NoSuchDatabaseKind
from ledger.sqlite_connection import connect, connect_to_read

BUSY_SECONDS = 5.0
"""How long a writer of SQLite waits for a writer of another process."""

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 30.0
POOL_SECONDS = 10.0


class Role(Enum):
    """What the connections of an engine are for."""

    WRITE = "write"
    READ = "read"
    MIGRATE = "migrate"


def url_of(where: str | Path) -> sa.URL:
    """Make an address of a file path, sqlite:///… or postgresql://…; raises NoSuchDatabaseKind."""
    if isinstance(where, Path) or "://" not in where:
        return sa.URL.create("sqlite+aiosqlite", database=str(where))
    try:
        url = sa.make_url(where)
    except sa.exc.ArgumentError as unreadable:
        raise NoSuchDatabaseKind from unreadable
    match url.get_backend_name():
        case "sqlite" if url.database and url.database != ":memory:":
            return url.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+asyncpg")
        case _:
            raise NoSuchDatabaseKind(url.drivername)


def make_engine(url: sa.URL, role: Role, busy_seconds: float = BUSY_SECONDS) -> AsyncEngine:
    """Make an engine whose every connection is set up for `role`; connects nothing yet."""
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, role, busy_seconds)
    options: dict[str, Any] = {"poolclass": sa.NullPool}  # keyword arguments of an open signature
    if role is not Role.MIGRATE:
        options = {"pool_size": 5, "max_overflow": 5, "pool_timeout": POOL_SECONDS, "pool_pre_ping": True}
    engine = create_async_engine(
        url,
        hide_parameters=True,  # an error's text reaches the log, what callers said must not
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": None if role is Role.MIGRATE else COMMAND_SECONDS,
            "server_settings": {
                "application_name": "switchroom",
                "timezone": "UTC",
                "synchronous_commit": "on",
                "default_transaction_read_only": "on" if role is Role.READ else "off",
                "jit": "off",  # compiling costs more than these short statements
            },
        },
        **options,
    )

    @sa.event.listens_for(engine.sync_engine, "handle_error")
    def say_what_took_too_long(context: sa.engine.ExceptionContext) -> None:
        # The driver says it with a bare TimeoutError, which where we come out could be anybody's.
        if isinstance(context.original_exception, TimeoutError):
            raise DatabaseBusy("a statement took too long") from context.original_exception

    return engine


def _sqlite_engine(url: sa.URL, role: Role, busy_seconds: float) -> AsyncEngine:
    options: dict[str, Any] = {"poolclass": sa.NullPool}  # keyword arguments of an open signature
    if role is not Role.MIGRATE:
        size = 1 if role is Role.WRITE else 4
        options = {"pool_size": size, "max_overflow": 0, "pool_timeout": POOL_SECONDS}
    creator = connect_to_read if role is Role.READ else connect
    engine = create_async_engine(
        url, hide_parameters=True, connect_args={"timeout": busy_seconds, "async_creator_fn": creator}, **options
    )

    _set_up_sqlite(engine.sync_engine, role)
    return engine


def make_blocking_writer(url: sa.URL, busy_seconds: float = BUSY_SECONDS) -> sa.Engine:
    """Make an engine with one connection to SQLite, for a thread of its own; connects nothing yet."""
    engine = sa.create_engine(
        url.set(drivername="sqlite+pysqlite"),
        hide_parameters=True,
        poolclass=sa.StaticPool,
        connect_args={"timeout": busy_seconds, "check_same_thread": False},
    )
    _set_up_sqlite(engine, Role.WRITE)
    return engine


def _set_up_sqlite(engine: sa.Engine, role: Role) -> None:
    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:  # the driver's connection has no public type
        connection.isolation_level = None
        cursor = connection.cursor()
        # A batch migration copies and drops tables, which must not cascade; it checks the keys itself.
        cursor.execute(f"PRAGMA foreign_keys = {'OFF' if role is Role.MIGRATE else 'ON'}")
        cursor.execute("PRAGMA synchronous = FULL")
        if role is Role.READ:
            cursor.execute("PRAGMA query_only = ON")
        if role is Role.MIGRATE:
            cursor.execute("PRAGMA journal_mode = WAL")  # stays with the file, for every later connection
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if role is Role.READ else "BEGIN IMMEDIATE")
