"""Owns the SQL of faxes, their calls, their steps and their words. Knows no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from fax.documents.model import Resolution
from fax.model import (
    UNDER_WAY,
    Asked,
    Attempt,
    Count,
    CoverNote,
    Direction,
    Fax,
    Page,
    Result,
    Shown,
    State,
    TextState,
)
from ledger import full_text
from ledger.delivery_model import DeliveryState
from ledger.items_store import ItemRows, steps_table
from ledger.tables import JsonValue, UtcDateTime, deliveries, metadata, spool_files
from ledger.upsert import insert_into

faxes = sa.Table(
    "faxes",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("direction", sa.String(3), nullable=False),
    sa.Column("box", sa.String(40), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("keep_until", UtcDateTime, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("did", sa.Text, nullable=False),
    sa.Column("call", sa.String(200), nullable=False),
    sa.Column("file", sa.String(64), nullable=False),
    sa.Column("pdf", sa.String(64), nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("of", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("dots", JsonValue, nullable=False),
    sa.Column("ecm", sa.Boolean, nullable=False),
    sa.Column("t38", sa.Boolean, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("facts", JsonValue, nullable=False),
    sa.Column("menus", JsonValue, nullable=False),
    sa.Column("text_state", sa.String(10), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("seen_at", UtcDateTime),
    sa.Column("seen_by", sa.Text, nullable=False),
    sa.Column("handled_at", UtcDateTime),
    sa.Column("handled_by", sa.Text, nullable=False),
    sa.Column("assigned_to", sa.Text, nullable=False),
    sa.Column("deleted_at", UtcDateTime),
    sa.Column("deleted_by", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("original", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(80), nullable=False),
    sa.Column("resolution", sa.String(12), nullable=False),
    sa.Column("cover", JsonValue),
    sa.Column("sent_by", sa.Text, nullable=False),
    sa.Column("confirm", JsonValue, nullable=False),
    sa.Column("send_at", UtcDateTime),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("report", sa.String(64), nullable=False),
    sa.Column("ended_at", UtcDateTime),
    sa.Index(None, "direction", "box", "at"),
    sa.Index(None, "at"),
    sa.Index(None, "keep_until"),
)

steps = steps_table("fax_steps", "fax", faxes)

#: Calls with a fax that we sent.
attempts = sa.Table(
    "fax_attempts",
    metadata,
    sa.Column("fax", sa.String(64), sa.ForeignKey("faxes.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("call", sa.String(200), nullable=False),
    sa.Column("began_at", UtcDateTime, nullable=False),
    sa.Column("began_sending_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
    sa.Column("result", sa.String(20)),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("station", sa.Text, nullable=False),
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
)

#: The full-text index: FTS5 on SQLite, a GIN index over the text on PostgreSQL. See the migration.
FULL_TEXT = "fax_fulltext"
_WAY = frozenset(state.value for state in UNDER_WAY)


def _row(fax: Fax) -> dict[str, Any]:
    row = {name: getattr(fax, name) for name in Fax.__dataclass_fields__}
    enums = {name: row[name].value for name in ("direction", "state", "text_state", "resolution")}
    lists = {name: list(row[name]) for name in ("dots", "menus", "confirm")}
    return {**row, **enums, **lists, "facts": dict(fax.facts), "cover": asdict(fax.cover) if fax.cover else None}


def _fax(row: Mapping[Any, Any]) -> Fax:
    values = {name: row[name] for name in Fax.__dataclass_fields__}
    values["direction"], values["state"] = Direction(values["direction"]), State(values["state"])
    values["text_state"], values["resolution"] = TextState(values["text_state"]), Resolution(values["resolution"])
    for name in ("dots", "menus", "confirm"):
        values[name] = tuple(values[name])
    values["cover"] = CoverNote(**values["cover"]) if values["cover"] else None
    return Fax(**values)


rows = ItemRows(faxes, steps, steps.c.fax, faxes.c.box, faxes.c.at, faxes.c.seen_at, faxes.c.seen_by, FULL_TEXT, _fax)
find, beginning, change = rows.find, rows.beginning, rows.change
add_step, steps_of = rows.add_step, rows.steps_of


async def add(session: AsyncSession, fax: Fax) -> bool:
    """Insert a fax; False when it is there already."""
    return await rows.insert(session, _row(fax))


async def move(session: AsyncSession, id_: str, from_: Sequence[State], to: State, **values: Any) -> bool:
    """Bring a fax from one of these states into another; False when it is in none of them."""
    there = (faxes.c.id == id_) & faxes.c.state.in_([state.value for state in from_])
    changed = await session.execute(
        sa.update(faxes).where(there).values(state=to.value, **values).returning(faxes.c.id)
    )
    return changed.first() is not None


async def put_text(session: AsyncSession, id_: str, state: TextState, text: str) -> None:
    """Write what was read on the pages, and into the index."""
    await change(session, id_, text_state=state.value, text=text)
    await full_text.put(session, FULL_TEXT, id_, text)


async def put_attempt(session: AsyncSession, attempt: Attempt) -> None:
    """Write a call down, in place of what was written of it before."""
    row = {**asdict(attempt), "result": attempt.result.value if attempt.result else None}
    statement = insert_into(session, attempts).values(**row)
    rest = {name: statement.excluded[name] for name in row if name not in ("fax", "number")}
    await session.execute(statement.on_conflict_do_update(index_elements=["fax", "number"], set_=rest))


async def attempts_of(session: AsyncSession, id_: str) -> list[Attempt]:
    """List the calls with a fax, in order."""
    rows = await session.execute(sa.select(attempts).where(attempts.c.fax == id_).order_by(attempts.c.number))
    return [Attempt(**{**row, "result": Result(row["result"]) if row["result"] else None}) for row in rows.mappings()]


async def search(session: AsyncSession, asked: Asked) -> Page:
    """Return the faxes asked for, the newest first."""
    where = [*_shown(asked.shown)]
    if asked.direction is not None:
        where.append(faxes.c.direction == asked.direction.value)
    if asked.boxes is not None:
        where.append(faxes.c.box.in_(sorted(asked.boxes)))
    if asked.words.strip():
        where.append(_with_words(session, asked.words))
    return Page(*await rows.page(session, asked, where))


async def count(session: AsyncSession) -> dict[str, Count]:
    """Count what is unread, what is open and what is under way, by box."""
    c = faxes.c
    open_ = sa.and_(*_shown(Shown.OPEN))
    way = sa.and_(*_shown(Shown.UNDER_WAY))
    query = sa.select(
        c.box,
        sa.func.count().filter(open_ & c.seen_at.is_(None)),
        sa.func.count().filter(open_),
        sa.func.count().filter(way),
    ).where(c.deleted_at.is_(None), sa.or_(open_, way))
    rows = await session.execute(query.group_by(c.box))
    return {box: Count(unread, open_, way) for box, unread, open_, way in rows}


async def list_in(session: AsyncSession, states: Sequence[State], limit: int) -> list[Fax]:
    """List faxes in these states, the oldest first."""
    query = sa.select(faxes).where(faxes.c.state.in_([state.value for state in states]))
    return [_fax(row) for row in (await session.execute(query.order_by(faxes.c.at).limit(limit))).mappings()]


async def past(
    session: AsyncSession, now: datetime, limit: int, *, owed: Sequence[str], told: Sequence[str]
) -> list[str]:
    """List, and lock, faxes whose time is over, of which nothing is under way and whose files are gone.

    None of which a delivery of a kind `owed` waits, or was refused and nobody saw to it; nor one that we sent and of
    which no step says that whoever waits was `told`.
    """
    c, d = faxes.c, deliveries.c
    files = sa.exists().where(spool_files.c.name.in_([c.file, c.original, c.pdf, c.report]))
    waits = d.state == DeliveryState.WAITING.value
    refused = (d.state == DeliveryState.REFUSED.value) & c.handled_at.is_(None) & c.deleted_at.is_(None)
    open_ = sa.exists().where(d.kind.in_(owed), d.about == c.id, waits | refused)
    done = (c.direction == Direction.IN.value) | sa.exists().where(steps.c.fax == c.id, steps.c.what.in_(told))
    over = sa.and_(c.keep_until < now, c.state.not_in(sorted(_WAY)), ~files, ~open_, done)
    query = sa.select(c.id).where(over).order_by(c.keep_until).limit(limit).with_for_update(of=faxes, skip_locked=True)
    return list((await session.execute(query)).scalars())


async def remove(session: AsyncSession, ids: Sequence[str]) -> None:
    """Remove faxes and all that was written of them."""
    await session.execute(sa.delete(attempts).where(attempts.c.fax.in_(ids)))
    await rows.remove(session, ids)


def _shown(shown: Shown) -> tuple[sa.ColumnElement[bool], ...]:
    c = faxes.c
    kept, came = c.deleted_at.is_(None), c.direction == Direction.IN.value
    failed = c.state == State.FAILED.value
    not_sent = [State.FAILED.value, State.UNKNOWN.value, State.CANCELLED.value]
    match shown:
        case Shown.OPEN:
            return (kept, came, c.handled_at.is_(None), ~failed)
        case Shown.HANDLED:
            return (kept, came, c.handled_at.is_not(None))
        case Shown.FAILED:
            return (kept, came, failed)
        case Shown.DELETED:
            return (c.deleted_at.is_not(None),)
        case Shown.UNDER_WAY:
            return (kept, ~came, c.state.in_(sorted(_WAY)))
        case Shown.SENT:
            return (kept, ~came, c.state == State.SENT.value)
        case Shown.NOT_SENT:
            return (kept, ~came, c.state.in_(not_sent))
        case Shown.ALL:
            return (kept,)


def _with_words(session: AsyncSession, asked: str) -> sa.ColumnElement[bool]:
    """Match the pages' text by the beginnings of words, or number, name, subject and station by a part."""
    c = faxes.c
    found = [full_text.contains(column, asked) for column in (c.name, c.subject, c.station)]
    if digits := full_text.digits_of(asked):
        found.append(c.number.like(f"%{digits}%"))
    if (read := full_text.matches(session, FULL_TEXT, c.id, c.text, asked)) is not None:
        found.append(read)
    return sa.or_(*found)
