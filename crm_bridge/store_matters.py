"""The SQL of notes, matters and activities. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.model import Activity, Matter, MatterKind, Note
from crm_bridge.store import some_at_once
from crm_bridge.tables import activities, customers, interactions, matters, notes, steps
from ledger.upsert import insert_into


async def add_note(session: AsyncSession, note: Note) -> bool:
    """Insert a note; False when it is there."""
    statement = insert_into(session, notes).values(**asdict(note)).on_conflict_do_nothing()
    return await session.scalar(statement.returning(notes.c.id)) is not None


async def find_note(session: AsyncSession, id_: str) -> Note | None:
    """Return a note, or None."""
    return (await notes_of(session, [id_])).get(id_)


async def notes_of(session: AsyncSession, ids: Collection[str]) -> dict[str, Note]:
    """Return those of these ids that are notes."""
    found: dict[str, Note] = {}
    for some in some_at_once(id_ for id_ in ids if id_):
        rows = (await session.execute(sa.select(notes).where(notes.c.id.in_(some)))).mappings()
        found.update({row["id"]: Note(**row) for row in rows})
    return found


async def list_notes(session: AsyncSession, customer: str, limit: int) -> list[Note]:
    """List a customer's notes, the newest first."""
    query = sa.select(notes).where(notes.c.customer == customer).order_by(notes.c.at.desc(), notes.c.id.desc())
    return [Note(**row) for row in (await session.execute(query.limit(limit))).mappings()]


async def notes_about(session: AsyncSession, interaction: str) -> list[Note]:
    """List the notes about an interaction, in order."""
    query = sa.select(notes).where(notes.c.interaction == interaction).order_by(notes.c.at, notes.c.id)
    return [Note(**row) for row in (await session.execute(query)).mappings()]


async def notes_of_interactions(
    session: AsyncSession, interactions: Collection[str], customer: str | None
) -> list[Note]:
    """List the notes about these interactions that are in a customer's file, or in anybody's."""
    found: list[Note] = []
    for some in some_at_once(interactions):
        query = sa.select(notes).where(notes.c.interaction.in_(some)).order_by(notes.c.at, notes.c.id)
        if customer is not None:
            query = query.where(notes.c.customer == customer)
        found += [Note(**row) for row in (await session.execute(query)).mappings()]
    return found


async def list_noted_since(session: AsyncSession, customer: str, other: str, since: datetime) -> set[str]:
    """Return the other one's interactions of which a customer's file has notes or activities since a time."""
    theirs = sa.select(interactions.c.id).where(interactions.c.customer == other)
    n, a = notes.c, activities.c
    noted = sa.select(n.interaction).where(n.customer == customer, n.at >= since, n.interaction.in_(theirs))
    to_do = sa.select(a.interaction).where(a.customer == customer, a.created_at >= since, a.interaction.in_(theirs))
    return set((await session.execute(noted.union(to_do))).scalars())


async def move_note(session: AsyncSession, id_: str, customer: str) -> None:
    """Move a note into another customer's file, with its steps: they say what was written."""
    await session.execute(sa.update(steps).where(*_steps_of(notes, id_)).values(customer=customer))
    await session.execute(sa.update(notes).where(notes.c.id == id_).values(customer=customer))


async def write_note(session: AsyncSession, id_: str, text: str) -> None:
    """Write a note's text anew."""
    await session.execute(sa.update(notes).where(notes.c.id == id_).values(text=text))


async def remove_note(session: AsyncSession, id_: str, *, with_steps: bool = False) -> None:
    """Remove a note; the steps that say what was written stay, or go with it."""
    if with_steps:
        await session.execute(sa.delete(steps).where(*_steps_of(notes, id_)))
    await session.execute(sa.delete(notes).where(notes.c.id == id_))


def _steps_of(table: sa.Table, id_: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    # Steps are found by their customer: there is no index of what they are about.
    theirs = sa.select(table.c.customer).where(table.c.id == id_).scalar_subquery()
    return steps.c.customer == theirs, steps.c.about == id_


async def add_matter(session: AsyncSession, matter: Matter) -> None:
    """Insert a matter."""
    await session.execute(sa.insert(matters).values(**_matter_row(matter)))


async def find_matter(session: AsyncSession, id_: str) -> Matter | None:
    """Return a matter, or None."""
    row = (await session.execute(sa.select(matters).where(matters.c.id == id_))).mappings().first()
    return None if row is None else _matter(row)


async def write_matter(session: AsyncSession, matter: Matter) -> bool:
    """Write a matter over the version that it carries; False when it has another by now."""
    here = (matters.c.id == matter.id) & (matters.c.version == matter.version)
    values = {**_matter_row(matter), "version": matter.version + 1}
    done = await session.scalar(sa.update(matters).where(here).values(**values).returning(matters.c.id))
    return done is not None


async def remove_matter(session: AsyncSession, id_: str) -> None:
    """Remove a matter; its activities stay."""
    await session.execute(sa.delete(matters).where(matters.c.id == id_))


async def list_matters(session: AsyncSession, customer: str, limit: int) -> list[Matter]:
    """List a customer's matters, the open ones first, then the newest."""
    c = matters.c
    order = (c.closed.is_not(None), c.created_at.desc(), c.id)
    query = sa.select(matters).where(c.customer == customer).order_by(*order).limit(limit)
    return [_matter(row) for row in (await session.execute(query)).mappings()]


async def list_board(session: AsyncSession, kind: MatterKind | None, closed: bool, limit: int) -> list[Matter]:
    """List the matters of all customers, those expected first before others, without those of merged customers."""
    c = matters.c
    query = sa.select(matters).join(customers, customers.c.id == c.customer).where(customers.c.merged_into.is_(None))
    query = query.where(c.closed.is_not(None) if closed else c.closed.is_(None))
    if kind is not None:
        query = query.where(c.kind == kind.value)
    order = (c.closed.desc(),) if closed else (c.expected.is_(None), c.expected)
    rows = (await session.execute(query.order_by(*order, c.created_at.desc(), c.id).limit(limit))).mappings()
    return [_matter(row) for row in rows]


async def add_activity(session: AsyncSession, activity: Activity) -> bool:
    """Insert an activity; False when it is there."""
    statement = insert_into(session, activities).values(**asdict(activity)).on_conflict_do_nothing()
    return await session.scalar(statement.returning(activities.c.id)) is not None


async def find_activity(session: AsyncSession, id_: str) -> Activity | None:
    """Return an activity, or None."""
    row = (await session.execute(sa.select(activities).where(activities.c.id == id_))).mappings().first()
    return None if row is None else Activity(**row)


async def write_activity(session: AsyncSession, activity: Activity) -> bool:
    """Write an activity over the version that it carries; False when it has another by now."""
    here = (activities.c.id == activity.id) & (activities.c.version == activity.version)
    values = {**asdict(activity), "version": activity.version + 1}
    done = await session.scalar(sa.update(activities).where(here).values(**values).returning(activities.c.id))
    return done is not None


async def activities_of_interactions(
    session: AsyncSession, interactions: Collection[str], customer: str | None
) -> list[Activity]:
    """List the activities that came of these interactions and are in a customer's file, or in anybody's."""
    found: list[Activity] = []
    for some in some_at_once(id_ for id_ in interactions if id_):
        query = sa.select(activities).where(activities.c.interaction.in_(some))
        if customer is not None:
            query = query.where(activities.c.customer == customer)
        rows = await session.execute(query.order_by(activities.c.created_at, activities.c.id))
        found += [Activity(**row) for row in rows.mappings()]
    return found


async def move_activity(session: AsyncSession, id_: str, customer: str) -> None:
    """Move an activity into another customer's file, with its steps; it is of no matter any more."""
    await session.execute(sa.update(steps).where(*_steps_of(activities, id_)).values(customer=customer))
    values = {"customer": customer, "matter": None, "version": activities.c.version + 1}
    await session.execute(sa.update(activities).where(activities.c.id == id_).values(**values))


async def remove_activity(session: AsyncSession, id_: str, *, with_steps: bool = False) -> None:
    """Remove an activity; the steps that say what was written stay, or go with it."""
    if with_steps:
        await session.execute(sa.delete(steps).where(*_steps_of(activities, id_)))
    await session.execute(sa.delete(activities).where(activities.c.id == id_))


async def list_activities(session: AsyncSession, customer: str, limit: int) -> list[Activity]:
    """List a customer's activities: what is to be done by its day, then what was done, the newest first."""
    c = activities.c
    order = (c.done_at.is_not(None), c.done_at.desc(), c.due, c.id)
    query = sa.select(activities).where(c.customer == customer).order_by(*order).limit(limit)
    return [Activity(**row) for row in (await session.execute(query)).mappings()]


async def list_due(
    session: AsyncSession, whose: str | None, since: datetime | None, until: datetime | None, limit: int
) -> list[Activity]:
    """List what is to be done in a time, of one account or of all, the earliest first."""
    c = activities.c
    query = sa.select(activities).where(_is_due(whose, until))
    if since is not None:
        query = query.where(c.due >= since)
    return [Activity(**row) for row in (await session.execute(query.order_by(c.due, c.id).limit(limit))).mappings()]


async def count_due(session: AsyncSession, whose: str | None, until: datetime) -> int:
    """Count what is to be done up to a time."""
    query = sa.select(sa.func.count()).select_from(activities).where(_is_due(whose, until))
    return await session.scalar(query) or 0


def _is_due(whose: str | None, until: datetime | None) -> sa.ColumnElement[bool]:
    c = activities.c
    due: sa.ColumnElement[bool] = c.done_at.is_(None)
    if until is not None:
        due &= c.due <= until
    return due if whose is None else due & (c.whose == whose)


def _matter_row(matter: Matter) -> dict[str, Any]:
    return {**asdict(matter), "kind": matter.kind.value}


def _matter(row: Mapping[Any, Any]) -> Matter:
    return Matter(**{**row, "kind": MatterKind(row["kind"])})
