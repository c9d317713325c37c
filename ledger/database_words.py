"""Owns what a database's own errors mean in our words: away, busy, or the statement's own fault. Knows no statement.

PostgreSQL says it with an SQLSTATE, SQLite with a result code; SQLAlchemy's classes say it for asyncpg in no case.
"""

import sqlite3

import sqlalchemy as sa

from ledger.errors import DatabaseBusy, DatabaseError, DatabaseUnavailable

#: By the longest beginning of the SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_SQLSTATE: dict[str, type[DatabaseError]] = {
    "08": DatabaseUnavailable,  # the connection
    "25006": DatabaseUnavailable,  # read-only: a standby that was not promoted
    "25P03": DatabaseUnavailable,  # our transaction was idle for too long: a pause of this machine
    "28": DatabaseUnavailable,  # who we are is not believed any more
    "3D": DatabaseUnavailable,  # there is no such database
    "40": DatabaseBusy,  # serialization, deadlock: the whole transaction may be tried again
    "53": DatabaseUnavailable,  # no disk, no memory
    "53300": DatabaseBusy,  # every connection is taken
    "55P03": DatabaseBusy,  # a lock that was not to be had in time
    "57": DatabaseUnavailable,  # it shuts down, starts up, or was told to end us
    "57014": DatabaseBusy,  # took longer than it may
    "58": DatabaseUnavailable,  # its own disk fails
    "XX": DatabaseUnavailable,  # its own fault, or data that is damaged
}

_BY_SQLITE_CODE: dict[int, type[DatabaseError]] = {
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_INTERRUPT: DatabaseBusy,
    sqlite3.SQLITE_CANTOPEN: DatabaseUnavailable,
    sqlite3.SQLITE_CORRUPT: DatabaseUnavailable,
    sqlite3.SQLITE_FULL: DatabaseUnavailable,
    sqlite3.SQLITE_IOERR: DatabaseUnavailable,
    sqlite3.SQLITE_NOMEM: DatabaseUnavailable,
    sqlite3.SQLITE_NOTADB: DatabaseUnavailable,
    sqlite3.SQLITE_PROTOCOL: DatabaseBusy,  # the locks of WAL, tried in vain
    sqlite3.SQLITE_READONLY: DatabaseUnavailable,
}
#: An extended code of SQLite, such as SQLITE_IOERR_WRITE, has the plain one in its lowest byte.
_PLAIN = 0xFF


def in_our_words(error: BaseException) -> DatabaseError | None:
    """Return what the database's error means; None for what is the statement's own fault."""
    if isinstance(error, sa.exc.TimeoutError):
        return DatabaseBusy("every connection is taken")
    if isinstance(error, sa.exc.DBAPIError):
        return _of_driver(error)
    if isinstance(error, OSError):  # connecting; a TimeoutError is one as well
        return DatabaseUnavailable(error)
    return None


def _of_driver(error: sa.exc.DBAPIError) -> DatabaseError | None:
    if (code := getattr(error.orig, "sqlstate", None)) is not None:
        kind = next((_BY_SQLSTATE[start] for n in (5, 2) if (start := code[:n]) in _BY_SQLSTATE), None)
        if kind is not None:
            return kind(error.orig)
    elif (number := getattr(error.orig, "sqlite_errorcode", None)) is not None:
        kind = _BY_SQLITE_CODE.get(number & _PLAIN)
        if kind is not None:
            return kind(error.orig)
    # The driver itself found the connection gone, closed, or in no state to work.
    if error.connection_invalidated or isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return DatabaseUnavailable(error.orig)
    return None
