"""The SQL of imports: how far each is, what every row brought, and who is there already. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.exchange.plan import Plan, plan_of
from crm_bridge.exchange.rows import Mark, Refused
from crm_bridge.importing_details import called
from crm_bridge.importing_matching import Register, There
from crm_bridge.importing_model import Before, Counts, Import, Rule, State, Told, wishes_as_dict, wishes_of
from crm_bridge.importing_tables import imported, imports, told
from crm_bridge.model import Details, Kind, Note
from crm_bridge.store import some_at_once
from crm_bridge.store_bulk import among, insert_rows
from crm_bridge.tables import customers, handles, mails, notes, numbers
from ledger.storable import storable_json, storable_text
from ledger.upsert import insert_into

_COUNTS = tuple(one.name for one in fields(Counts))
#: Columns that are fields of the import, as they are.
_PLAIN = ("id", "by", "at", "file_name", "size", "digest", "file", "began", "ended", "done", "why", "undone_by")
#: Rows asked about in one statement, by number or mail address and by name.
_AT_ONCE = 1_000
#: Of a plan: a header has at most 128,000 signs.
_MOST_SIGNS = 1_000_000
#: A number without a name that so many have tells nothing of who it is.
_MOST_HOLDERS = 2_000


async def add(session: AsyncSession, one: Import) -> None:
    """Write a new import down."""
    await session.execute(sa.insert(imports).values(**_row(one)))


async def put(session: AsyncSession, one: Import) -> None:
    """Write an import anew."""
    values = _row(one)
    await session.execute(sa.update(imports).where(imports.c.id == values.pop("id")).values(**values))


async def find(session: AsyncSession, id_: str, *, lock: bool = False) -> Import | None:
    """Return an import, or None."""
    query = sa.select(imports).where(imports.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else _import(row)


async def list_newest(session: AsyncSession, limit: int) -> list[Import]:
    """List imports that were begun, the newest first."""
    query = sa.select(imports).where(imports.c.state != State.DRAFT).order_by(imports.c.at.desc(), imports.c.id.desc())
    return [_import(row) for row in (await session.execute(query.limit(limit))).mappings()]


async def list_in(session: AsyncSession, states: Collection[State]) -> list[Import]:
    """List imports that stand so, the oldest first."""
    query = sa.select(imports).where(imports.c.state.in_(states)).order_by(imports.c.at, imports.c.id)
    return [_import(row) for row in (await session.execute(query)).mappings()]


async def list_drafts_before(session: AsyncSession, at: datetime) -> list[Import]:
    """List imports that nobody began, from before a time."""
    query = sa.select(imports).where(imports.c.state == State.DRAFT, imports.c.at < at)
    return [_import(row) for row in (await session.execute(query)).mappings()]


async def remove(session: AsyncSession, ids: Collection[str]) -> None:
    """Remove imports that brought nothing."""
    await session.execute(sa.delete(imports).where(imports.c.id.in_(ids)))


async def state_of(session: AsyncSession, id_: str) -> State | None:
    """Return where an import stands, None if it is gone; whoever asks keeps it so until the end of the transaction."""
    state = await session.scalar(sa.select(imports.c.state).where(imports.c.id == id_).with_for_update())
    return None if state is None else State(state)


async def count(session: AsyncSession, id_: str, more: Counts, done: int, mark: Mark) -> None:
    """Add to what an import has come to, and say how far it is."""
    c = imports.c
    added = {name: c[name] + number for name, number in asdict(more).items() if number}
    moved = sa.update(imports).where(c.id == id_).values(**added, done=done, row=mark.row, read=mark.read)
    await session.execute(moved)


async def tell(session: AsyncSession, id_: str, rows: Sequence[Refused], taken: bool, room: int) -> None:
    """Keep rows that were refused, or taken in part, as far as there is room; a row is kept once."""
    kept = [{"import": id_, "row": row.number, "taken": taken, **_said(row)} for row in rows[: max(0, room)]]
    await insert_rows(session, insert_into(session, told).on_conflict_do_nothing(), kept)


async def list_told(session: AsyncSession, id_: str, *, taken: bool, limit: int, after: int = 0) -> list[Told]:
    """List rows that were refused, or taken in part, in the order of the file, from behind a row on."""
    c = told.c
    query = sa.select(told).where(c["import"] == id_, c.taken.is_(taken), c.row > after).order_by(c.row).limit(limit)
    rows = (await session.execute(query)).mappings()
    return [Told(Refused(row["row"], row["why"], tuple(row["cells"])), row["taken"]) for row in rows]


async def forget_told(session: AsyncSession, before: datetime) -> int:
    """Remove what the rows of imports said that ended before a time; return of how many imports."""
    old = sa.select(imports.c.id).where(imports.c.ended < before)
    gone = await session.execute(sa.delete(told).where(told.c["import"].in_(old)).returning(told.c.row))
    return len(gone.all())


async def brought(session: AsyncSession, digest: str, rows: Iterable[int]) -> dict[int, Before]:
    """Return which of these rows of a file have brought somebody, and whom."""
    c = imported.c
    asked = list(rows)
    if not asked:
        return {}
    between = c.row.between(min(asked), max(asked))  # rows come in their order: nothing else lies between them
    query = sa.select(c.row, c.part, c.customer, c["import"]).where(c.digest == digest, between, c.part != 1)
    found: dict[int, Before] = {}
    for row, part, customer, import_ in await session.execute(query.order_by(c.row, c.part)):
        earlier = found.get(row)
        whom = customer or "" if earlier is None else earlier.customer
        found[row] = Before(whom, (*(earlier.imports if earlier else ()), import_), max(part + 1, 2))
    return found


async def list_plans(session: AsyncSession, ids: Collection[str]) -> dict[str, Plan]:
    """Return how these imports read their files."""
    query = sa.select(imports.c.id, imports.c.plan).where(imports.c.id.in_(ids), imports.c.plan.is_not(None))
    return {id_: plan_of(plan) for id_, plan in await session.execute(query) if plan}


async def give(session: AsyncSession, customer: str, gave: Details, place: int, at: datetime) -> None:
    """Add numbers, mail addresses and handles to a customer, behind those that are there, as a new version."""
    phones = [
        {"customer": customer, "number": p.number, "written": p.written, "label": p.label, "place": place + n}
        for n, p in enumerate(gave.phones)
    ]
    addresses = [
        {"customer": customer, "address": m.address, "label": m.label, "place": place + n}
        for n, m in enumerate(gave.mails)
    ]
    elsewhere = [
        {"customer": customer, "service": h.service, "handle": h.handle, "place": place + n}
        for n, h in enumerate(gave.handles)
    ]
    for table, rows in ((numbers, phones), (mails, addresses), (handles, elsewhere)):
        await insert_rows(session, insert_into(session, table).on_conflict_do_nothing(), rows)
    c = customers.c
    await session.execute(sa.update(customers).where(c.id == customer).values(version=c.version + 1, changed_at=at))


async def add_notes(session: AsyncSession, new: Sequence[Note]) -> None:
    """Add notes."""
    await insert_rows(session, sa.insert(notes), [asdict(note) for note in new])


async def note_brought(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write down what rows brought: the columns of `imported`."""
    await insert_rows(session, sa.insert(imported), rows)


async def register_of(
    session: AsyncSession, named: Sequence[tuple[str, str, str]], companies: Collection[str]
) -> Register:
    """Return who may be one of some rows: `named` are plain name, number and mail address, one of both ''.

    `companies` are plain names of organisations that are asked for as well.
    """
    register = Register()
    for column, place, into in ((numbers.c.number, 1, register.by_number), (mails.c.address, 2, register.by_mail)):
        asked = [one for one in named if one[place]]
        for some in some_at_once((one for one in asked if one[0]), _AT_ONCE):
            await _put(session, register, into, column, {o[place] for o in some}, _called([o[0] for o in some]))
        for some in some_at_once((one for one in asked if not one[0]), _AT_ONCE):
            await _put(session, register, into, column, {o[place] for o in some}, None)
    c = customers.c
    for wanted in some_at_once(companies):
        there = (c.kind == Kind.ORGANISATION.value) & among(session, c.name_key, wanted) & c.merged_into.is_(None)
        for row in await session.execute(sa.select(c.id, c.kind, c.name).where(there).order_by(c.id)):
            register.put(There(row.id, Kind(row.kind), row.name, called(row.name)), (), ())
    return register


async def _put(
    session: AsyncSession,
    register: Register,
    into: dict[str, list[There]],
    column: sa.Column[Any],
    values: Collection[str],
    names: Collection[str] | None,
) -> None:
    c = customers.c
    joined = column.table.join(customers, c.id == column.table.c.customer)
    query = sa.select(column, c.id, c.kind, c.name).select_from(joined)
    query = query.where(among(session, column, values), c.merged_into.is_(None), c.made_by_us.is_(False))
    if names is not None:
        query = query.where(among(session, c.name_key, names))
    for value, id_, kind, name in await session.execute(query.order_by(c.id).limit(_MOST_HOLDERS)):
        one = There(id_, Kind(kind), name, called(name))
        if one not in into.setdefault(value, []):
            into[value].append(one)


def _called(names: Iterable[str]) -> set[str]:
    """Return the plain names to look for: either of the words may stand first; one without a name may be anybody."""
    found = {""}
    for name in names:
        found |= {name, " ".join(reversed(name.split()))}
    return found


async def made_by(session: AsyncSession, id_: str, ids: Collection[str]) -> set[str]:
    """Return which of these organisations an import made because rows named them."""
    c = imported.c
    found: set[str] = set()
    for some in some_at_once(ids):
        query = sa.select(c.customer).where(c.customer.in_(some), c.part == 1, c["import"] == id_)
        found |= set((await session.execute(query)).scalars())
    return found


def _said(row: Refused) -> dict[str, Any]:
    # What a file said may hold signs that no database takes.
    return {"why": storable_text(row.why[:2_000]), "cells": [storable_text(cell) for cell in row.cells]}


def _row(one: Import) -> dict[str, Any]:
    return {
        **{name: getattr(one, name) for name in _PLAIN},
        **asdict(one.counts),
        "row": one.mark.row,
        "read": one.mark.read,
        "rule": one.rule.value,
        "state": one.state.value,
        "file_name": storable_text(one.file_name),
        "plan": storable_json(one.plan.as_dict(), _MOST_SIGNS) if one.plan is not None else None,
        "wishes": storable_json(wishes_as_dict(one.wishes), _MOST_SIGNS),
    }


def _import(row: Mapping[Any, Any]) -> Import:
    return Import(
        **{name: row[name] for name in _PLAIN},
        plan=plan_of(row["plan"]) if row["plan"] else None,
        wishes=wishes_of(row["wishes"]),
        rule=Rule(row["rule"]),
        state=State(row["state"]),
        mark=Mark(row["row"], row["read"]),
        counts=Counts(**{name: row[name] for name in _COUNTS}),
    )
