"""Owns the SQL of messages, their steps and their words. Knows no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import full_text
from ledger.tables import BigId, JsonValue, UtcDateTime, metadata, spool_files
from ledger.upsert import insert_into
from voicemail.model import Asked, Count, Message, Page, Shown, Step, TextState
from voicemail.transcription.model import Word

messages = sa.Table(
    "voicemail_messages",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("mailbox", sa.String(40), nullable=False),
    sa.Column("file", sa.String(64), nullable=False),
    sa.Column("taken_at", UtcDateTime, nullable=False),
    sa.Column("keep_until", UtcDateTime, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("call", sa.String(200), nullable=False),
    sa.Column("did", sa.Text, nullable=False),
    sa.Column("ani", sa.Text, nullable=False),
    sa.Column("ani_name", sa.Text, nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("facts", JsonValue, nullable=False),
    sa.Column("menus", JsonValue, nullable=False),
    sa.Column("partial", sa.Boolean, nullable=False),
    sa.Column("empty", sa.Boolean),
    sa.Column("peaks", JsonValue, nullable=False),
    sa.Column("text_state", sa.String(10), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("words", JsonValue, nullable=False),
    sa.Column("text_by", sa.Text, nullable=False),
    sa.Column("heard_at", UtcDateTime),
    sa.Column("heard_by", sa.Text, nullable=False),
    sa.Column("handled_at", UtcDateTime),
    sa.Column("handled_by", sa.Text, nullable=False),
    sa.Column("assigned_to", sa.Text, nullable=False),
    sa.Column("deleted_at", UtcDateTime),
    sa.Column("deleted_by", sa.Text, nullable=False),
    sa.Index(None, "mailbox", "taken_at"),
    sa.Index(None, "taken_at"),
    sa.Index(None, "keep_until"),
)

steps = sa.Table(
    "voicemail_steps",
    metadata,
    sa.Column("seq", BigId, primary_key=True, autoincrement=True),
    sa.Column("message", sa.String(64), sa.ForeignKey("voicemail_messages.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index(None, "message"),
)

#: The full-text index: FTS5 on SQLite, a GIN index over the text on PostgreSQL. See the migration.
FULL_TEXT = "voicemail_fulltext"


async def add(session: AsyncSession, message: Message) -> bool:
    """Insert a message; False when it is there already."""
    statement = insert_into(session, messages).values(**_row(message))
    added = await session.execute(statement.on_conflict_do_nothing().returning(messages.c.id))
    if added.first() is None:
        return False
    await _index(session, message.id, message.ani_name, message.text)
    return True


async def find(session: AsyncSession, id_: str, *, lock: bool = False) -> Message | None:
    """Return one message, or None."""
    query = sa.select(messages).where(messages.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else _message(row)


async def beginning(session: AsyncSession, id_: str, limit: int) -> list[Message]:
    """List messages whose ids begin so."""
    query = sa.select(messages).where(messages.c.id.startswith(id_, autoescape=True)).order_by(messages.c.id)
    return [_message(row) for row in (await session.execute(query.limit(limit))).mappings()]


async def change(session: AsyncSession, id_: str, **values: Any) -> None:
    """Change columns of one message."""
    await session.execute(sa.update(messages).where(messages.c.id == id_).values(**values))


async def put_text(
    session: AsyncSession, id_: str, state: TextState, text: str, words: Sequence[Word], by: str
) -> None:
    """Write the transcript, and into the index."""
    rows = [[word.text, word.start, word.end, word.confidence] for word in words]
    await change(session, id_, text_state=state.value, text=text, words=rows, text_by=by)
    name = await session.scalar(sa.select(messages.c.ani_name).where(messages.c.id == id_))
    await _index(session, id_, name or "", text)


async def _index(session: AsyncSession, id_: str, name: str, text: str) -> None:
    """Put name and words into the index: SQLite's knows letters beyond ASCII."""
    await full_text.put(session, FULL_TEXT, id_, f"{name}\n{text}")


async def add_step(session: AsyncSession, id_: str, step: Step) -> None:
    """Add to a message's own ledger."""
    await session.execute(sa.insert(steps).values(message=id_, **asdict(step)))


async def steps_of(session: AsyncSession, id_: str) -> list[Step]:
    """List what happened to a message, in order."""
    c = steps.c
    rows = await session.execute(sa.select(c.at, c.what, c.by, c.detail).where(c.message == id_).order_by(c.seq))
    return [Step(**row) for row in rows.mappings()]


async def search(session: AsyncSession, asked: Asked) -> Page:
    """Return the messages asked for, the newest first."""
    c = messages.c
    query = sa.select(messages).where(*_shown(asked.shown))
    if asked.mailboxes is not None:
        query = query.where(c.mailbox.in_(sorted(asked.mailboxes)))
    if asked.unread:
        query = query.where(c.heard_at.is_(None), c.handled_at.is_(None))
    if asked.assigned_to is not None:
        query = query.where(c.assigned_to == asked.assigned_to)
    if asked.since is not None:
        query = query.where(c.taken_at >= asked.since)
    if asked.until is not None:
        query = query.where(c.taken_at < asked.until)
    if asked.words.strip():
        query = query.where(_with_words(session, asked.words))
    if asked.before is not None:
        last = sa.select(c.taken_at).where(c.id == asked.before).scalar_subquery()
        query = query.where(sa.tuple_(c.taken_at, c.id) < sa.tuple_(last, sa.literal(asked.before)))
    rows = await session.execute(query.order_by(c.taken_at.desc(), c.id.desc()).limit(asked.limit + 1))
    found = [_message(row) for row in rows.mappings()]
    return Page(tuple(found[: asked.limit]), more=len(found) > asked.limit)


async def count(session: AsyncSession) -> dict[str, Count]:
    """Count what is unread and what is open, by mailbox."""
    c = messages.c
    query = sa.select(c.mailbox, sa.func.count().filter(c.heard_at.is_(None)), sa.func.count())
    rows = await session.execute(query.where(*_shown(Shown.OPEN)).group_by(c.mailbox))
    return {mailbox: Count(unread, open_) for mailbox, unread, open_ in rows}


async def past(session: AsyncSession, now: datetime, limit: int) -> list[str]:
    """List messages whose time is over and whose original is gone."""
    c = messages.c
    original = sa.exists().where(spool_files.c.name == c.file)
    query = sa.select(c.id).where(c.keep_until < now, ~original).order_by(c.keep_until).limit(limit)
    return list((await session.execute(query)).scalars())


async def remove(session: AsyncSession, ids: Sequence[str]) -> None:
    """Remove messages and all that was written of them."""
    await full_text.remove(session, FULL_TEXT, ids)
    await session.execute(sa.delete(steps).where(steps.c.message.in_(ids)))
    await session.execute(sa.delete(messages).where(messages.c.id.in_(ids)))


def _shown(shown: Shown) -> tuple[sa.ColumnElement[bool], ...]:
    c = messages.c
    kept, spoken = c.deleted_at.is_(None), sa.or_(c.empty.is_(None), c.empty.is_(False))
    match shown:
        case Shown.OPEN:
            return (kept, spoken, c.handled_at.is_(None))
        case Shown.HANDLED:
            return (kept, c.handled_at.is_not(None))
        case Shown.EMPTY:
            return (kept, c.empty.is_(True), c.handled_at.is_(None))
        case Shown.DELETED:
            return (c.deleted_at.is_not(None),)
        case Shown.ALL:
            return (kept,)


def _with_words(session: AsyncSession, asked: str) -> sa.ColumnElement[bool]:
    """Match the transcript by the beginnings of words, or the caller's number or name by a part of it."""
    c = messages.c
    caller = full_text.contains(c.ani_name, asked)
    if digits := full_text.digits_of(asked):
        caller = sa.or_(caller, c.ani.like(f"%{digits}%"))
    spoken = full_text.matches(session, FULL_TEXT, c.id, c.text, asked)
    return caller if spoken is None else sa.or_(caller, spoken)


def _row(message: Message) -> dict[str, Any]:
    row = {name: getattr(message, name) for name in Message.__dataclass_fields__}
    words = [[w.text, w.start, w.end, w.confidence] for w in message.words]
    lists = {"menus": list(message.menus), "peaks": list(message.peaks), "words": words, "facts": dict(message.facts)}
    return {**row, **lists, "text_state": message.text_state.value}


def _message(row: Mapping[Any, Any]) -> Message:
    values = {name: row[name] for name in Message.__dataclass_fields__}
    values["text_state"] = TextState(values["text_state"])
    values["menus"], values["peaks"] = tuple(values["menus"]), tuple(values["peaks"])
    values["words"] = _words(values["words"])
    return Message(**values)


def _words(rows: Iterable[Sequence[Any]]) -> tuple[Word, ...]:
    return tuple(Word(str(text), float(start), float(end), float(sure)) for text, start, end, sure in rows)
