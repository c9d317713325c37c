"""The SQL of moving what hangs on one customer to another, all of it or exactly what a merge moved. Knows no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.tables import (
    activities,
    assigned,
    customers,
    handles,
    interactions,
    looks,
    mails,
    matters,
    moved,
    notes,
    numbers,
    relations,
    steps,
)
from ledger.upsert import insert_into

#: What was the other one's stands behind what was there.
_BEHIND = 1_000
#: Is written down of contacts from the other one's numbers that were the kept one's before.
_STAYS = "stays"


@dataclass(frozen=True)
class _Movable:
    """Rows that name a customer in `column`; `key` tells them apart, for each customer once where it is not `whole`."""

    column: sa.Column[Any]
    key: sa.ColumnElement[str]
    whole: bool = True

    @property
    def table(self) -> sa.Table:
        table = self.column.table
        assert isinstance(table, sa.Table)
        return table


def _joined(*columns: sa.Column[str]) -> sa.ColumnElement[str]:
    first, second = columns
    return first + sa.literal("|") + second


MOVABLE: Mapping[str, _Movable] = {
    "interaction": _Movable(interactions.c.customer, interactions.c.id),
    "assigned": _Movable(assigned.c.customer, assigned.c.interaction),
    "note": _Movable(notes.c.customer, notes.c.id),
    "matter": _Movable(matters.c.customer, matters.c.id),
    "activity": _Movable(activities.c.customer, activities.c.id),
    "step": _Movable(steps.c.customer, sa.cast(steps.c.seq, sa.String)),
    "person": _Movable(customers.c.organisation, customers.c.id),
    "number": _Movable(numbers.c.customer, numbers.c.number, whole=False),
    "mail": _Movable(mails.c.customer, mails.c.address, whole=False),
    "handle": _Movable(handles.c.customer, _joined(handles.c.service, handles.c.handle), whole=False),
    "relation": _Movable(relations.c.customer, _joined(relations.c.other, relations.c.role), whole=False),
    "concerned": _Movable(relations.c.other, _joined(relations.c.customer, relations.c.role), whole=False),
}


async def move_all(session: AsyncSession, gone: str, kept: str, merge: str | None = None) -> None:
    """Give all that hangs on `gone` to `kept`, but for what that one has already; write down what for a merge."""
    if merge is not None:
        theirs = sa.select(numbers.c.number).where(numbers.c.customer == gone)
        own = (interactions.c.customer == kept) & interactions.c.number.in_(theirs)
        key = sa.select(sa.literal(merge), sa.literal(_STAYS), interactions.c.id).where(own)
        await session.execute(sa.insert(moved).from_select(["merge", "kind", "key"], key))
    for kind, movable in MOVABLE.items():
        which = _of(movable, gone, kept)
        if merge is not None:
            key = sa.select(sa.literal(merge), sa.literal(kind), movable.key).where(which)
            await session.execute(sa.insert(moved).from_select(["merge", "kind", "key"], key))
        await _give(session, movable, which, kept, behind=_BEHIND)


async def count_all(session: AsyncSession, gone: str, kept: str) -> dict[str, int]:
    """Count what `move_all` would move, by kind."""
    found: dict[str, int] = {}
    for kind, movable in MOVABLE.items():
        query = sa.select(sa.func.count()).select_from(movable.table).where(_of(movable, gone, kept))
        found[kind] = await session.scalar(query) or 0
    return found


async def list_come_since(session: AsyncSession, merge: str, kept: str, gone: str) -> dict[str, str]:
    """Return the number of each contact that came to `kept` since a merge from numbers of `gone`, not said by hand."""
    i, m = interactions.c, moved.c
    moved_then = sa.select(m.key).where(m.merge == merge, m.kind == "number")
    theirs = moved_then.union(sa.select(numbers.c.number).where(numbers.c.customer == gone))
    known = sa.exists().where(m.merge == merge, m.kind.in_(("interaction", _STAYS)), m.key == i.id)
    said = sa.exists().where(assigned.c.interaction == i.id)
    query = sa.select(i.id, i.number).where(i.customer == kept, i.number.in_(theirs), ~known, ~said)
    return {id_: number for id_, number in await session.execute(query)}  # noqa: C416 - rows, no pairs


async def move_back(
    session: AsyncSession, merge: str, kept: str, gone: str, others: Sequence[tuple[str, str]] = ()
) -> None:
    """Give exactly what a merge moved back, as far as it is still there; nothing hangs on the other one's matter.

    `others` are merges into the same one that stay, and whom they merged: what one of those has as well, and was not
    moved since it was there already, is moved now.
    """
    for kind, movable in MOVABLE.items():
        keys = sa.select(moved.c.key).where(moved.c.merge == merge, moved.c.kind == kind)
        going = (movable.column == kept) & movable.key.in_(keys)
        shared = [] if movable.whole else list((await session.execute(sa.select(movable.key).where(going))).scalars())
        await _give(session, movable, going, gone, behind=-_BEHIND)
        if shared:
            for other, theirs in others:
                which = _of(movable, theirs, kept) & movable.key.in_(shared)
                key = sa.select(sa.literal(other), sa.literal(kind), movable.key).where(which)
                statement = insert_into(session, moved).from_select(["merge", "kind", "key"], key)
                await session.execute(statement.on_conflict_do_nothing())
                await _give(session, movable, which, kept, behind=_BEHIND)
    a = activities.c
    anothers = sa.exists().where(matters.c.id == a.matter, matters.c.customer != a.customer)
    await session.execute(sa.update(activities).where(a.customer.in_((kept, gone)), anothers).values(matter=None))
    await session.execute(sa.delete(moved).where(moved.c.merge == merge))


async def keep_looks(session: AsyncSession, gone: str, kept: str) -> None:
    """Write who looked at `gone` down at `kept`."""
    c = looks.c
    theirs = sa.select(sa.literal(kept), c.by, c.hour).where(c.customer == gone)
    statement = insert_into(session, looks).from_select(["customer", "by", "hour"], theirs)
    await session.execute(statement.on_conflict_do_nothing())


def _of(movable: _Movable, gone: str, kept: str) -> sa.ColumnElement[bool]:
    which = movable.column == gone
    if movable.table is relations:
        # Nobody is concerned in himself.
        other = relations.c.other if movable.column is relations.c.customer else relations.c.customer
        which &= other != kept
    if not movable.whole:
        there = movable.table.alias()
        same = [column for column in movable.table.primary_key if column is not movable.column]
        again = [there.c[column.name] == column for column in same]
        which &= ~sa.exists().where(there.c[movable.column.name] == kept, *again)
    return which


async def _give(
    session: AsyncSession, movable: _Movable, which: sa.ColumnElement[bool], to: str, *, behind: int
) -> None:
    values: dict[str, Any] = {movable.column.name: to}
    if "place" in movable.table.c:
        values["place"] = movable.table.c.place + behind
    await session.execute(
        sa.update(movable.table).where(which).values(**values).execution_options(synchronize_session=False)
    )
