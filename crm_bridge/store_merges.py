"""The SQL of merges: what was merged, who is hidden by it, and who looks like one. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.model import Kind
from crm_bridge.store import some_at_once
from crm_bridge.tables import customers, distinct, mails, merges, numbers
from crm_bridge.words import plain
from ledger.upsert import insert_into


@dataclass(frozen=True)
class Merge:
    """Two who became one; `filled` is what the one who stayed was given, by column."""

    id: str
    kept: str
    gone: str
    at: datetime
    by: str
    filled: Mapping[str, Any]


@dataclass(frozen=True)
class Pair:
    """Two who look alike, in the order of their ids, and why."""

    ids: tuple[str, str]
    why: str


async def add(session: AsyncSession, merge: Merge) -> None:
    """Insert a merge."""
    await session.execute(sa.insert(merges).values(**asdict(merge)))


async def find(session: AsyncSession, id_: str) -> Merge | None:
    """Return a merge, or None."""
    row = (await session.execute(sa.select(merges).where(merges.c.id == id_).with_for_update())).mappings().first()
    return None if row is None else Merge(**row)


async def list_of(session: AsyncSession, customer: str, since: datetime) -> list[Merge]:
    """List merges into a customer since a time, the newest first."""
    query = sa.select(merges).where(merges.c.kept == customer, merges.c.at >= since)
    return [Merge(**row) for row in (await session.execute(query.order_by(merges.c.at.desc()))).mappings()]


async def list_into(session: AsyncSession, customer: str) -> list[Merge]:
    """List all merges into a customer, the oldest first."""
    query = sa.select(merges).where(merges.c.kept == customer).order_by(merges.c.at, merges.c.id)
    return [Merge(**row) for row in (await session.execute(query)).mappings()]


async def list_gone(session: AsyncSession, customer: str, limit: int = 100) -> list[str]:
    """List who was merged into a customer, and into those, as long as it can be undone."""
    gone = sa.select(merges.c.gone).where(merges.c.kept == customer).cte("gone", recursive=True)
    gone = gone.union(sa.select(merges.c.gone).join(gone, merges.c.kept == gone.c.gone))
    return list((await session.execute(sa.select(gone.c.gone).limit(limit))).scalars())


async def list_before(session: AsyncSession, before: datetime, limit: int) -> list[Merge]:
    """List merges older than a time, the oldest first."""
    query = sa.select(merges).where(merges.c.at < before).order_by(merges.c.at).limit(limit)
    return [Merge(**row) for row in (await session.execute(query)).mappings()]


async def remove(session: AsyncSession, ids: Collection[str]) -> None:
    """Remove merges, and what was written down of them."""
    await session.execute(sa.delete(merges).where(merges.c.id.in_(ids)))


async def hide(session: AsyncSession, gone: str, kept: str, at: datetime) -> None:
    """Have a customer be there no more but for undoing."""
    await _set(session, gone, at, merged_into=kept)


async def show(session: AsyncSession, gone: str, at: datetime) -> None:
    """Have a hidden customer be there again."""
    await _set(session, gone, at, merged_into=None)


async def fill(session: AsyncSession, id_: str, filled: Mapping[str, Any], at: datetime, *, made_by_us: bool) -> None:
    """Write what a customer lacked; lists and own fields are added to."""
    values = dict(filled)
    now = (await session.execute(sa.select(customers).where(customers.c.id == id_))).mappings().one()
    if "fields" in values:
        values["fields"] = {**now["fields"], **values["fields"]}
    for name in ("tags", "insiders"):
        if name in values:
            values[name] = [*now[name], *values[name]]
    if "name" in values:
        values["name_key"] = plain(values["name"])
    await _set(session, id_, at, made_by_us=made_by_us, **values)


async def put_filled(session: AsyncSession, id_: str, filled: Mapping[str, Any]) -> None:
    """Write down anew what the one who stayed was given by a merge."""
    await session.execute(sa.update(merges).where(merges.c.id == id_).values(filled=dict(filled)))


async def empty(session: AsyncSession, id_: str, filled: Mapping[str, Any], at: datetime) -> None:
    """Take back what a customer was given, where it still stands as it was given."""
    now = (await session.execute(sa.select(customers).where(customers.c.id == id_))).mappings().one()
    if filled.get("organisation"):
        filled = {**filled, "organisation": await _who_is_now(session, filled["organisation"])}
    values: dict[str, Any] = {}
    for name, given in filled.items():
        if name == "made_by_us":  # is said by what is left
            continue
        if name == "fields":
            values[name] = {key: value for key, value in now[name].items() if given.get(key) != value}
        elif isinstance(given, list):
            values[name] = [value for value in now[name] if value not in given]
        elif now[name] == given:
            values[name] = None if name == "organisation" else ""
    if "name" in values:
        values["name_key"] = ""
    await _set(session, id_, at, **values)


async def set_apart(session: AsyncSession, one: str, other: str) -> bool:
    """Note that two are two; False when that is known."""
    statement = insert_into(session, distinct).values(one=one, other=other).on_conflict_do_nothing()
    return (await session.execute(statement.returning(distinct.c.one))).first() is not None


async def list_distinct(session: AsyncSession, pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of these pairs of whom somebody said that they are two."""
    found: set[tuple[str, str]] = set()
    for some in some_at_once(sorted({one for one, _ in pairs})):
        rows = await session.execute(sa.select(distinct).where(distinct.c.one.in_(some)))
        found |= {(row.one, row.other) for row in rows}
    return found & set(pairs)


async def list_alike(session: AsyncSession, customer: str | None, limit: int, most: int) -> list[Pair]:
    """List pairs who share a number, a mail address, or a name in the same organisation; of one customer or of all.

    What more than `most` share is passed over, and so is a number that an organisation has.
    """
    pairs = await _same_value(session, numbers.c.number, "the same number", customer, limit, most)
    pairs += await _same_value(session, mails.c.address, "the same mail address", customer, limit, most)
    return pairs + await _same_name(session, customer, limit, most)


async def _same_value(
    session: AsyncSession, value: sa.Column[str], why: str, customer: str | None, limit: int, most: int
) -> list[Pair]:
    c, table = customers.c, value.table
    again = sa.select(value).group_by(value).having(sa.func.count().between(2, most)).limit(limit)
    if customer is not None:
        again = sa.select(value).where(table.c.customer == customer).limit(limit)
    query = sa.select(value, c.id, c.kind).select_from(table).join(customers, c.id == table.c.customer)
    query = query.where(_there(), value.in_(again.correlate(None)))
    rows = (await session.execute(query.order_by(value, c.id))).all()
    # What an organisation has, its people share: it makes nobody the same but another organisation.
    ours = {row[0] for row in rows if row.kind == Kind.ORGANISATION.value}
    alike = [(row[0], row[1]) for row in rows if row[0] not in ours or row.kind == Kind.ORGANISATION.value]
    return _pairs(alike, why, customer, most)


async def _same_name(session: AsyncSession, customer: str | None, limit: int, most: int) -> list[Pair]:
    c = customers.c
    named = _there() & (c.name_key != "") & c.organisation.is_not(None)
    again = sa.select(c.organisation, c.name_key).where(named).group_by(c.organisation, c.name_key)
    again = again.having(sa.func.count().between(2, most)).limit(limit)
    if customer is not None:
        again = sa.select(c.organisation, c.name_key).where(named, c.id == customer)
    keys = again.subquery()
    same = (c.organisation == keys.c.organisation) & (c.name_key == keys.c.name_key)
    query = sa.select(c.organisation, c.name_key, c.id).join(keys, same).where(named)
    rows = await session.execute(query.order_by(c.organisation, c.name_key, c.id))
    why = "the same name in the same organisation"
    return _pairs([((row[0], row[1]), row[2]) for row in rows], why, customer, most)


def _pairs(rows: Sequence[tuple[object, str]], why: str, customer: str | None, most: int) -> list[Pair]:
    alike: dict[object, list[str]] = {}
    for value, id_ in rows:
        alike.setdefault(value, []).append(id_)
    pairs = []
    for ids in alike.values():
        if 2 <= len(ids) <= most:
            pairs += [Pair((one, other), why) for n, one in enumerate(ids) for other in ids[n + 1 :]]
    return [pair for pair in pairs if customer is None or customer in pair.ids]


def _there() -> sa.ColumnElement[bool]:
    return customers.c.merged_into.is_(None) & customers.c.made_by_us.is_(False)


async def _who_is_now(session: AsyncSession, id_: str) -> str:
    """Return who somebody is by now, who may have been merged into another, and that one again."""
    while (into := await session.scalar(sa.select(customers.c.merged_into).where(customers.c.id == id_))) is not None:
        id_ = into
    return id_


async def _set(session: AsyncSession, id_: str, at: datetime, **values: Any) -> None:
    values = {**values, "version": customers.c.version + 1, "changed_at": at}
    await session.execute(sa.update(customers).where(customers.c.id == id_).values(**values))
