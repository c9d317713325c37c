"""The SQL of imports: what lines each contact has, how far each file was read, what sources there are. Knows no rule.

A contact's lines are kept: its record is made of them anew whenever a file tells more, and they are its story.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.tables import BigId, JsonValue, UtcDateTime, metadata
from ledger.upsert import insert_into

sources = sa.Table(
    "reports_import_sources",
    metadata,
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("host", sa.String(60), nullable=False),
    sa.Column("options", JsonValue, nullable=False),
    sa.Column("first_at", UtcDateTime),
    sa.Column("last_at", UtcDateTime),
    sa.Column("imported_at", UtcDateTime, nullable=False),
)

files = sa.Table(
    "reports_import_files",
    metadata,
    sa.Column("source", sa.String(80), primary_key=True),
    sa.Column("identity", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("offset", BigId, nullable=False, autoincrement=False),
    sa.Column("line", BigId, nullable=False, autoincrement=False),
    sa.Column("mark", sa.String(16), nullable=False),
    sa.Column("read_at", UtcDateTime, nullable=False),
)

contacts = sa.Table(
    "reports_import_contacts",
    metadata,
    sa.Column("contact", sa.String(200), primary_key=True),
    sa.Column("source", sa.String(80), nullable=False),
    # The Asterisk and its id of the call: the same in every file that tells of it.
    sa.Column("twin", sa.String(200), nullable=False, index=True),
    # The call that our own journal has or would have this as, '' where it is of another Asterisk.
    sa.Column("own", sa.String(200), nullable=False, index=True),
    sa.Column("over", sa.Boolean, nullable=False),
    sa.Column("lines", JsonValue, nullable=False),
    sa.Index(None, "source", "over"),
)

#: Names in one list of a statement.
_NAMES = 500


@dataclass(frozen=True)
class Contact:
    """One contact of a source with the lines that are known of it."""

    contact: str
    source: str
    twin: str
    own: str
    over: bool
    lines: tuple[str, ...]


@dataclass(frozen=True)
class SourceRow:
    """One source: what it was imported with, and the time that its files tell of."""

    source: str
    kind: str
    host: str
    options: Mapping[str, Any]  # what JSON may hold
    first_at: datetime | None
    last_at: datetime | None
    imported_at: datetime


@dataclass(frozen=True)
class FileRow:
    """How far a file was read: in bytes of its text and in lines; `mark` is a sum of what stands before."""

    source: str
    identity: str
    name: str
    offset: int
    line: int
    mark: str
    read_at: datetime


async def put_source(session: AsyncSession, row: SourceRow) -> None:
    """Write a source, over what was known of it."""
    await _put(session, sources, [asdict(row)], ["source"])


async def find_source(session: AsyncSession, source: str) -> SourceRow | None:
    """Return a source, or None."""
    row = (await session.execute(sa.select(sources).where(sources.c.source == source))).mappings().first()
    return None if row is None else SourceRow(**row)


async def list_sources(session: AsyncSession) -> list[SourceRow]:
    """List every source, by name."""
    rows = await session.execute(sa.select(sources).order_by(sources.c.source))
    return [SourceRow(**row) for row in rows.mappings()]


async def count_contacts(session: AsyncSession, source: str) -> int:
    """Count the contacts that a source's files tell of, calls from inside included."""
    return await session.scalar(sa.select(sa.func.count()).where(contacts.c.source == source)) or 0


async def remove_source(session: AsyncSession, source: str) -> None:
    """Remove a source and what is known of its files; its contacts must be gone."""
    await session.execute(sa.delete(files).where(files.c.source == source))
    await session.execute(sa.delete(sources).where(sources.c.source == source))


async def put_file(session: AsyncSession, row: FileRow) -> None:
    """Write how far a file was read."""
    await _put(session, files, [asdict(row)], ["source", "identity"])


async def find_file(session: AsyncSession, source: str, identity: str) -> FileRow | None:
    """Return how far a file was read, None where it never was."""
    query = sa.select(files).where(files.c.source == source, files.c.identity == identity)
    row = (await session.execute(query)).mappings().first()
    return None if row is None else FileRow(**row)


async def put_contacts(session: AsyncSession, rows: Sequence[Contact]) -> None:
    """Write contacts, over what was known of them."""
    await _put(session, contacts, [{**vars(row), "lines": list(row.lines)} for row in rows], ["contact"])


async def list_twins(session: AsyncSession, twins: Collection[str]) -> list[Contact]:
    """List the contacts of these calls, of whatever source."""
    return await _list(session, contacts.c.twin, twins)


async def list_of_own(session: AsyncSession, calls: Collection[str]) -> list[Contact]:
    """List the contacts that are these calls of our own journal."""
    return await _list(session, contacts.c.own, calls)


async def has_any(session: AsyncSession) -> bool:
    """Tell whether anything was ever imported."""
    return await session.scalar(sa.select(sources.c.source).limit(1)) is not None


async def list_page(
    session: AsyncSession, source: str, after: str, limit: int, *, open_only: bool = False
) -> list[Contact]:
    """List a page of a source's contacts by id; with `open_only` those that have not ended as far as is known."""
    query = sa.select(contacts).where(contacts.c.source == source, contacts.c.contact > after)
    if open_only:
        query = query.where(contacts.c.over.is_(False))
    rows = await session.execute(query.order_by(contacts.c.contact).limit(limit))
    return [_contact(row) for row in rows.mappings()]


async def find_contact(session: AsyncSession, contact: str) -> Contact | None:
    """Return one contact, or None."""
    row = (await session.execute(sa.select(contacts).where(contacts.c.contact == contact))).mappings().first()
    return None if row is None else _contact(row)


async def remove_contacts(session: AsyncSession, names: Sequence[str]) -> None:
    """Remove these contacts; their records are another's to remove."""
    for some in _some(names):
        await session.execute(sa.delete(contacts).where(contacts.c.contact.in_(some)))


async def _list(session: AsyncSession, column: sa.ColumnElement[Any], values: Collection[str]) -> list[Contact]:
    found: list[Contact] = []
    for some in _some(sorted(values)):
        rows = await session.execute(sa.select(contacts).where(column.in_(some)))
        found += [_contact(row) for row in rows.mappings()]
    return sorted(found, key=lambda contact: contact.contact)


async def _put(session: AsyncSession, table: sa.Table, rows: Sequence[Mapping[str, Any]], keys: list[str]) -> None:
    if not rows:
        return
    statement = insert_into(session, table)
    renewed = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=renewed), rows)


def _contact(row: sa.RowMapping) -> Contact:
    return Contact(**{**dict(row), "lines": tuple(row["lines"])})


def _some(names: Sequence[str]) -> Iterable[Sequence[str]]:
    for begin in range(0, len(names), _NAMES):
        yield names[begin : begin + _NAMES]
