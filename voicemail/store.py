"""Owns the SQL of messages, their steps and their words. Knows no rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger import full_text
from ledger.items_store import ItemRows, steps_table
from ledger.tables import JsonValue, UtcDateTime, metadata, spool_files
from voicemail.model import Asked, Count, Message, Page, Shown, TextState
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

steps = steps_table("voicemail_steps", "message", messages)

#: The full-text index: FTS5 on SQLite, a GIN index over the text on PostgreSQL. See the migration.
FULL_TEXT = "voicemail_fulltext"


def _row(message: Message) -> dict[str, Any]:
    row = {name: getattr(message, name) for name in Message.__dataclass_fields__}
    lists = {"menus": list(message.menus), "peaks": list(message.peaks), "words": _listed(message.words)}
    return {**row, **lists, "facts": dict(message.facts), "text_state": message.text_state.value}


def _message(row: Mapping[Any, Any]) -> Message:
    values = {name: row[name] for name in Message.__dataclass_fields__}
    values["text_state"] = TextState(values["text_state"])
    values["menus"], values["peaks"] = tuple(values["menus"]), tuple(values["peaks"])
    values["words"] = _words(values["words"])
    return Message(**values)


def _listed(words: Sequence[Word]) -> list[list[Any]]:  # Any: text and figures, as JSON takes them
    return [[word.text, word.start, word.end, word.confidence] for word in words]


def _words(rows: Iterable[Sequence[Any]]) -> tuple[Word, ...]:
    return tuple(Word(str(text), float(start), float(end), float(sure)) for text, start, end, sure in rows)


rows = ItemRows(
    messages, steps, steps.c.message, messages.c.mailbox, messages.c.taken_at, messages.c.heard_at, messages.c.heard_by,
    FULL_TEXT, _message,
)  # fmt: skip
find, beginning, change = rows.find, rows.beginning, rows.change
add_step, steps_of, remove = rows.add_step, rows.steps_of, rows.remove


async def add(session: AsyncSession, message: Message) -> bool:
    """Insert a message; False when it is there already."""
    added = await rows.insert(session, _row(message))
    if added:
        await _index(session, message.id, message.ani_name, message.text)
    return added


async def put_text(
    session: AsyncSession, id_: str, state: TextState, text: str, words: Sequence[Word], by: str
) -> None:
    """Write the transcript, and into the index."""
    await change(session, id_, text_state=state.value, text=text, words=_listed(words), text_by=by)
    name = await session.scalar(sa.select(messages.c.ani_name).where(messages.c.id == id_))
    await _index(session, id_, name or "", text)


async def _index(session: AsyncSession, id_: str, name: str, text: str) -> None:
    """Put name and words into the index: SQLite's knows letters beyond ASCII."""
    await full_text.put(session, FULL_TEXT, id_, f"{name}\n{text}")


async def search(session: AsyncSession, asked: Asked) -> Page:
    """Return the messages asked for, the newest first."""
    where = [*_shown(asked.shown)]
    if asked.mailboxes is not None:
        where.append(messages.c.mailbox.in_(sorted(asked.mailboxes)))
    if asked.words.strip():
        where.append(_with_words(session, asked.words))
    return Page(*await rows.page(session, asked, where))


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
