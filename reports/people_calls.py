"""What people's phones and conversations came to, counted from the call records. Owns the SQL; knows no formula."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from ledger.database import Database
from reports import tables as t
from reports.model import Unknown
from reports.rows import second_of


@dataclass(frozen=True)
class PersonCalls:
    """One person's ringings and conversations, by number; times in microseconds, of conversations that are over.

    `over` of the `conversations` have ended; of `untold` of them the source tells no ringing before, so that
    `rang`, `missed` and `unreachable` may be more.
    """

    rang: int = 0
    missed: int = 0
    unreachable: int = 0
    conversations: int = 0
    over: int = 0
    talked: int = 0
    held: int = 0
    untold: int = 0


class CallsOfPeople(Protocol):
    """What a time sheet needs to know of calls."""

    async def of_people(
        self, start: datetime, end: datetime, people: Collection[str] | None, departments: Collection[str] | None
    ) -> Mapping[str, PersonCalls]:
        """Return the figures of the calls that came in from `start` up to `end`, by person.

        Of these people or of everybody; of the calls of these departments only, where the asker may see no others.
        """
        ...


class RecordedCalls:
    """They are counted in the database, from the tables of call records."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of_people(
        self, start: datetime, end: datetime, people: Collection[str] | None, departments: Collection[str] | None
    ) -> Mapping[str, PersonCalls]:
        """Return the figures of the calls that came in from `start` up to `end`. Raises DatabaseError."""
        where = _Where(start, end, people, departments)
        found: dict[str, dict[str, int]] = {}
        async with self._db.reading() as session:
            for query in (_ringings(where), _talks(where)):
                for row in (await session.execute(query)).mappings():
                    figures = found.setdefault(row["agent"], {})
                    figures.update({name: int(value) for name, value in row.items() if name in _FIGURES})
        return {agent: PersonCalls(**figures) for agent, figures in found.items()}


def calls_together(every: Collection[PersonCalls]) -> PersonCalls:
    """Return the figures of many people, added up."""
    return PersonCalls(**{name: sum(getattr(one, name) for one in every) for name in _FIGURES})


_FIGURES = tuple(field.name for field in fields(PersonCalls))
#: An agent whose phone gave one of these let a call go by that was theirs to take.
_MISSED = ("no answer", "busy")


@dataclass(frozen=True)
class _Where:
    """Which calls, whose, and of which departments."""

    start: datetime
    end: datetime
    people: Collection[str] | None
    departments: Collection[str] | None

    def narrow(self, query: sa.Select[Any], table: sa.Table) -> sa.Select[Any]:
        c = table.c
        query = query.where(c.second >= second_of(self.start), c.second < second_of(self.end), c.agent != "")
        for column, names in ((c.agent, self.people), (c.department, self.departments)):
            if names is not None:
                query = query.where(column.in_(sorted(names)))
        return query.group_by(c.agent)


def _ringings(where: _Where) -> sa.Select[Any]:
    r = t.ringings.c
    query = sa.select(
        r.agent,
        sa.func.count().label("rang"),
        _count(r.reply.in_(_MISSED)).label("missed"),
        _count(r.reply == "unreachable").label("unreachable"),
    )
    return where.narrow(query, t.ringings)


def _talks(where: _Where) -> sa.Select[Any]:
    k = t.talks.c
    over = k.talked_ms.is_not(None)
    untold = t.calls.c.unknown.contains(Unknown.RINGING.name, autoescape=True)
    query = sa.select(
        k.agent,
        sa.func.count().label("conversations"),
        _count(over).label("over"),
        (_sum(over, k.talked_ms) * 1000).label("talked"),
        (_sum(over, k.held_ms) * 1000).label("held"),
        _count(untold).label("untold"),
    ).select_from(t.talks.outerjoin(t.calls, t.calls.c.call == k.call))
    return where.narrow(query, t.talks)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return _sum(condition, sa.literal(1))


def _sum(condition: sa.ColumnElement[bool], value: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(sa.case((condition, value), else_=0)), 0), sa.BigInteger)
