"""Finds customers as somebody types: by beginnings of words, any part of a number, or a mail address.

Owns the question to the full-text index and the order of what is found. What is typed is read in `words`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import store
from crm_bridge.model import Customer
from crm_bridge.narrowing import Narrowed, conditions
from crm_bridge.tables import customers, words
from crm_bridge.words import Asked, Term, plain, read, split

LIMIT = 20
#: Of so many the best are shown: first those who have the very words, then those whose words begin so.
_EXACT, _CANDIDATES = 60, 200
#: Where a list is narrowed, so many who have what was typed are looked through at most.
_LOOKED_THROUGH = 5_000
EVERYBODY = Narrowed()


@dataclass(frozen=True)
class _Found:
    """A candidate: what is needed to say how well it fits."""

    id: str
    name: str
    company: str
    made_by_us: bool


async def search(
    session: AsyncSession, typed: str, country: str, limit: int = LIMIT, narrowed: Narrowed = EVERYBODY
) -> list[Customer]:
    """Return up to `limit` customers who have all that was typed, the best first; none for nothing typed."""
    asked = read(typed, country)
    if not asked.groups:
        return []
    found = {one.id: one for one in await _candidates(session, _exactly(asked), _EXACT, narrowed)}
    found.update({one.id: one for one in await _candidates(session, asked, _CANDIDATES, narrowed)})
    best = sorted(found.values(), key=lambda one: _place(one, asked, plain(typed)))[: min(limit, LIMIT)]
    short = await store.customers_of(session, [one.id for one in best])
    return [short[one.id] for one in best if one.id in short]


def _exactly(asked: Asked) -> Asked:
    """Return the same question for those who have the very words and not longer ones."""
    return Asked(tuple(((Term(word),),) for word in asked.words), asked.words)


async def _candidates(session: AsyncSession, asked: Asked, limit: int, narrowed: Narrowed) -> list[_Found]:
    most, limit = limit, _LOOKED_THROUGH if narrowed else limit
    if session.get_bind().dialect.name == "sqlite":
        matching = sa.text("SELECT rowid FROM crm_words_fulltext WHERE crm_words_fulltext MATCH :asked LIMIT :most")
        found = matching.bindparams(asked=_for_sqlite(asked), most=limit).columns(words.c.seq)
        query = sa.select(words.c.customer).where(words.c.seq.in_(found))
    else:
        vector = sa.func.array_to_tsvector(sa.func.string_to_array(words.c.words, sa.literal_column("' '")))
        wanted = sa.cast(sa.literal(_for_postgres(asked)), TSQUERY)
        query = sa.select(words.c.customer).where(vector.op("@@")(wanted)).limit(limit)
    company = customers.alias()
    named = sa.select(
        customers.c.id, customers.c.name, sa.func.coalesce(company.c.name, ""), customers.c.made_by_us
    ).outerjoin(company, company.c.id == customers.c.organisation)
    if narrowed:
        # Not joined: SQLite would go through all of an owner's and look each up in what was found, one by one.
        named = named.where(customers.c.id.in_(query), *conditions(session, narrowed)).limit(most)
    else:
        there = query.subquery()
        named = named.join(there, there.c.customer == customers.c.id)
    rows = await session.execute(named)
    return [_Found(*row) for row in rows]


def _place(found: _Found, asked: Asked, typed: str) -> tuple[object, ...]:
    """Say where somebody stands among those found: smaller is better."""
    name = plain(found.name)
    own = split(found.name)
    of_company = split(found.company)
    begins, has_all = name.startswith(typed), all(word in own for word in asked.words)
    if name == typed:
        fit = 0
    elif has_all:
        fit = 1 if begins else 2
    elif begins:
        fit = 3
    elif _all_begin(asked.words, own):
        fit = 4
    else:
        fit = 5 if _all_begin(asked.words, [*own, *of_company]) else 6
    return found.made_by_us, fit, name, found.id


def _all_begin(asked: Sequence[str], there: Sequence[str]) -> bool:
    return all(any(word.startswith(wanted) for word in there) for wanted in asked)


def _for_sqlite(asked: Asked) -> str:
    # Words are letters and digits only, so nothing in them can mean anything to the index.
    return " AND ".join(
        "(" + " OR ".join(
            "(" + " AND ".join(f'"{term.word}"{"*" if term.begins else ""}' for term in alternative) + ")"
            for alternative in group
        ) + ")"
        for group in asked.groups
    )  # fmt: skip


def _for_postgres(asked: Asked) -> str:
    return " & ".join(
        "(" + " | ".join(
            "(" + " & ".join(f"'{term.word}'{':*' if term.begins else ''}" for term in alternative) + ")"
            for alternative in group
        ) + ")"
        for group in asked.groups
    )  # fmt: skip
