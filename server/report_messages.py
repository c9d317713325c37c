"""The boxes of voicemail and fax as reports read them: `reports.messages.Boxes` over the tables of both.

Owns which rows are which fate, as the lists on the pages of both have it. Knows no figure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa

from fax.model import Direction, State
from fax.model import Shown as ShownFaxes
from fax.store import faxes
from ledger.database import Database
from reports.messages import Fate, Kind, Message, Place, Wanted
from server.data_folder import BoxNote
from voicemail.model import Shown as ShownMessages
from voicemail.store import messages


@dataclass(frozen=True)
class _Kept:
    """How one kind lies in the database, and where its pages are."""

    table: sa.Table
    box: sa.Column[str]
    at: sa.Column[Any]  # Any: a moment, by the ledger's own type
    number: sa.Column[str]
    name: sa.Column[str]
    #: There is nothing in it.
    empty: sa.ColumnElement[bool]
    #: It came to us.
    came: sa.ColumnElement[bool]
    home: str
    #: The parameter that names a box in an address, and the list of each fate there.
    box_parameter: str
    lists: Mapping[Fate | None, str]

    @property
    def id(self) -> sa.Column[str]:
        return self.table.c.id

    @property
    def is_open(self) -> sa.ColumnElement[bool]:
        c = self.table.c
        return sa.and_(c.deleted_at.is_(None), c.handled_at.is_(None), ~self.empty)


_KEPT = {
    Kind.VOICEMAIL: _Kept(
        messages, messages.c.mailbox, messages.c.taken_at, messages.c.ani, messages.c.ani_name,
        sa.func.coalesce(messages.c.empty, sa.false()), sa.true(), "/voicemail", "mailbox",
        {
            Fate.OPEN: ShownMessages.OPEN, Fate.HANDLED: ShownMessages.HANDLED, Fate.EMPTY: ShownMessages.EMPTY,
            Fate.DELETED: ShownMessages.DELETED, None: ShownMessages.ALL,
        },
    ),
    Kind.FAX: _Kept(
        faxes, faxes.c.box, faxes.c.at, faxes.c.number, faxes.c.name,
        faxes.c.state == State.FAILED.value, faxes.c.direction == Direction.IN.value, "/fax", "box",
        {
            Fate.OPEN: ShownFaxes.OPEN, Fate.HANDLED: ShownFaxes.HANDLED, Fate.EMPTY: ShownFaxes.FAILED,
            Fate.DELETED: ShownFaxes.DELETED, None: ShownFaxes.ALL,
        },
    ),
}  # fmt: skip


@dataclass(frozen=True)
class StoredBoxes:
    """The boxes of one site: what it notes of them, and what lies in them."""

    mailboxes: Mapping[str, BoxNote] = field(default_factory=dict)
    faxboxes: Mapping[str, BoxNote] = field(default_factory=dict)

    def title(self, kind: Kind, box: str) -> str:
        note = self._notes(kind).get(box)
        return note.title if note is not None else ""

    def serves(self, kind: Kind, box: str, departments: Collection[str] | None) -> bool:
        return departments is None or box in self._read_by(kind, departments)

    def address(self, kind: Kind, box: str, fate: Fate | None, first: date, last: date) -> str:
        kept = _KEPT[kind]
        asked = {kept.box_parameter: box, "show": kept.lists[fate], "since": first, "until": last}
        return f"{kept.home}?{urlencode({name: str(value) for name, value in asked.items() if value})}"

    async def page(self, db: Database, wanted: Wanted, after: Place | None, limit: int) -> list[Message]:
        kept = _KEPT[wanted.kind]
        c, at = kept.table.c, kept.at
        query = sa.select(
            kept.id, kept.box.label("box"), at.label("came_at"), kept.number.label("number"), kept.name.label("name"),
            kept.empty.label("empty"), c.call, c.handled_at, c.handled_by, c.deleted_at,
        ).where(kept.came, at >= wanted.start, at < wanted.end)  # fmt: skip
        if wanted.departments is not None:
            query = query.where(kept.box.in_(sorted(self._read_by(wanted.kind, wanted.departments))))
        if wanted.only_open:
            query = query.where(kept.is_open)
        if after is not None:
            came_at, ident = after
            query = query.where(sa.tuple_(at, kept.id) > sa.tuple_(sa.literal(came_at, at.type), sa.literal(ident)))
        async with db.reading() as session:
            rows = await session.execute(query.order_by(at, kept.id).limit(limit))
        return [_message(wanted.kind, row) for row in rows.mappings()]

    async def there(self, db: Database, kind: Kind, idents: Collection[str]) -> frozenset[str]:
        id_ = _KEPT[kind].id
        async with db.reading() as session:
            return frozenset(await session.scalars(sa.select(id_).where(id_.in_(sorted(idents)))))

    def _notes(self, kind: Kind) -> Mapping[str, BoxNote]:
        return self.mailboxes if kind is Kind.VOICEMAIL else self.faxboxes

    def _read_by(self, kind: Kind, departments: Collection[str]) -> frozenset[str]:
        """Return the boxes that these departments read; one that nothing is noted of is read by who has its name."""
        notes = self._notes(kind)
        noted = {name for name, note in notes.items() if not set(note.departments).isdisjoint(departments)}
        return frozenset(noted | {name for name in departments if name not in notes})


def _message(kind: Kind, row: Mapping[Any, Any]) -> Message:
    return Message(
        kind=kind,
        ident=row["id"],
        box=row["box"],
        came_at=row["came_at"],
        fate=_fate(row),
        handled_at=row["handled_at"],
        handled_by=row["handled_by"],
        number=row["number"],
        name=row["name"],
        call=row["call"],
        empty=bool(row["empty"]),
        page=f"{_KEPT[kind].home}/{row['id']}",
    )


def _fate(row: Mapping[Any, Any]) -> Fate:
    if row["deleted_at"] is not None:
        return Fate.DELETED
    if row["handled_at"] is not None:
        return Fate.HANDLED
    return Fate.EMPTY if row["empty"] else Fate.OPEN
