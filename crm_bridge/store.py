"""The SQL of customers in short and of whose a number is. Knows no rule; whole files are in `store_customers`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.model import Customer, Kind
from crm_bridge.store_bulk import among, insert_rows
from crm_bridge.tables import customers, numbers, words
from crm_bridge.words import plain, words_of
from ledger.upsert import insert_into

T = TypeVar("T")

#: How many values one statement asks for; SQLite takes 32,766 parameters, older builds 999.
AT_ONCE = 500


def some_at_once(wanted: Iterable[T], at_once: int = AT_ONCE) -> Iterator[list[T]]:
    """Cut what is asked for into pieces that one statement takes."""
    there = iter(wanted)
    while some := list(islice(there, at_once)):
        yield some


async def holders(session: AsyncSession, wanted: Collection[str]) -> dict[str, list[str]]:
    """Return of each of these numbers whose it is; a number that is nobody's is not in it.

    What we made ourselves of a number counts only where nobody else has it.
    """
    found: dict[str, list[tuple[bool, str]]] = {}
    for some in some_at_once(sorted(set(wanted))):
        query = _holding(numbers.c.number, numbers.c.customer, customers.c.made_by_us)
        for number, customer, ours in await session.execute(query.where(among(session, numbers.c.number, some))):
            found.setdefault(number, []).append((ours, customer))
    return {number: _peoples(theirs) for number, theirs in found.items()}


def _peoples(theirs: list[tuple[bool, str]]) -> list[str]:
    return sorted(id_ for ours, id_ in theirs if not ours) or sorted(id_ for _, id_ in theirs)


def _holding(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Begin to ask for those who have a number; who was merged into another has none any more."""
    joined = numbers.join(customers, customers.c.id == numbers.c.customer)
    return sa.select(*columns).select_from(joined).where(customers.c.merged_into.is_(None))


async def list_holders(session: AsyncSession, number: str, limit: int) -> list[Customer]:
    """List whose a number is, people's before what we made ourselves, and those first whose first number it is."""
    return await _customers(session, _list_holders(_dialect(session)), {"number": number, "most": limit})


@cache  # asked whenever a phone rings: to make the statement anew takes as long as the database does
def _list_holders(dialect: str) -> sa.Select[Any]:
    holding = numbers.alias()
    query = _short(dialect).join(holding, holding.c.customer == customers.c.id)
    query = query.where(holding.c.number == sa.bindparam("number"), customers.c.merged_into.is_(None))
    order = (customers.c.made_by_us, holding.c.place, customers.c.since, customers.c.id)
    return query.order_by(*order).limit(sa.bindparam("most", type_=sa.Integer))


async def nameless_of(session: AsyncSession, wanted: Collection[str]) -> dict[str, list[str]]:
    """Return of which of these numbers we made customers ourselves."""
    found: dict[str, list[str]] = {}
    for some in some_at_once(sorted(set(wanted))):
        query = _holding(numbers.c.number, customers.c.id)
        query = query.where(among(session, numbers.c.number, some), customers.c.made_by_us)
        for number, id_ in await session.execute(query.order_by(customers.c.id)):
            found.setdefault(number, []).append(id_)
    return found


async def count_holders(session: AsyncSession, number: str) -> int:
    """Count whose a number is, but for what we made ourselves."""
    query = _holding(sa.func.count()).where(numbers.c.number == number, customers.c.made_by_us.is_(False))
    return await session.scalar(query) or 0


async def list_people(session: AsyncSession, organisation: str, limit: int) -> list[Customer]:
    """List those who belong to an organisation, by name."""
    query = _short(_dialect(session)).where(_belongs(organisation)).order_by(customers.c.name_key, customers.c.id)
    return await _customers(session, query.limit(limit))


async def list_ids_of_people(session: AsyncSession, organisation: str) -> list[str]:
    """List the ids of all who belong to an organisation."""
    return list((await session.execute(sa.select(customers.c.id).where(_belongs(organisation)))).scalars())


async def count_people(session: AsyncSession, organisation: str) -> int:
    """Count those who belong to an organisation."""
    query = sa.select(sa.func.count()).select_from(customers).where(_belongs(organisation))
    return await session.scalar(query) or 0


def _belongs(organisation: str) -> sa.ColumnElement[bool]:
    return (customers.c.organisation == organisation) & customers.c.merged_into.is_(None)


async def add_customers(session: AsyncSession, new: Sequence[Customer]) -> None:
    """Add customers in short with all their numbers; who is there already stays as he is."""
    people = [_row(customer) for customer in new]
    theirs = [
        {"number": number, "customer": customer.id, "written": number, "label": "", "place": place}
        for customer in new
        for place, number in enumerate(customer.numbers)
    ]
    found_by = [{"customer": c.id, "words": words_of((c.name, c.company), c.numbers)} for c in new]
    for table, rows in ((customers, people), (numbers, theirs), (words, found_by)):
        await insert_rows(session, insert_into(session, table).on_conflict_do_nothing(), rows)


async def find_customer(session: AsyncSession, id_: str) -> Customer | None:
    """Return a customer in short, or None."""
    return (await customers_of(session, [id_])).get(id_)


async def customers_of(session: AsyncSession, ids: Collection[str]) -> dict[str, Customer]:
    """Return these customers in short, by id."""
    found: dict[str, Customer] = {}
    for some in some_at_once(dict.fromkeys(ids)):
        found.update(
            {
                one.id: one
                for one in await _customers(session, _short(_dialect(session)).where(customers.c.id.in_(some)))
            }
        )
    return found


@cache
def _short(dialect: str) -> sa.Select[Any]:
    """Begin to ask for customers in short: their columns in the order of `Customer`, all numbers of each at the end."""
    c, company = customers.c, customers.alias("company")
    named = sa.func.coalesce(company.c.name, "")
    short = (c.id, c.since, c.name, c.kind, c.organisation, named, c.language, c.status, c.owner, c.made_by_us)
    query = sa.select(*short, _theirs(dialect))
    return query.select_from(customers.outerjoin(company, company.c.id == c.organisation))


def _theirs(dialect: str) -> sa.ColumnElement[Any]:
    """Return the column of all numbers of a customer, each behind its place: one statement asks for all."""
    n, f = numbers.c, sa.func
    if dialect == "sqlite":
        all_ = f.json_group_array(f.json_array(n.place, n.number), type_=sa.JSON)
    else:
        all_ = f.json_agg(f.json_build_array(n.place, n.number), type_=sa.JSON)
    return sa.select(all_).where(n.customer == customers.c.id).correlate(customers).scalar_subquery()


async def _customers(
    session: AsyncSession, query: sa.Select[Any], values: Mapping[str, Any] | None = None
) -> list[Customer]:
    return [
        Customer(id_, since, name, tuple(number for _, number in sorted(theirs or ())), Kind(kind), *more)
        for id_, since, name, kind, *more, theirs in await session.execute(query, values)
    ]


def _dialect(session: AsyncSession) -> str:
    return session.get_bind().dialect.name


async def put_words(session: AsyncSession, found_by: Mapping[str, str]) -> None:
    """Write what these customers are found by, in place of what they were."""
    statement = insert_into(session, words)
    statement = statement.on_conflict_do_update(
        index_elements=["customer"],
        set_={"words": statement.excluded.words},
        where=words.c.words != statement.excluded.words,
    )
    await insert_rows(session, statement, [{"customer": id_, "words": text} for id_, text in found_by.items()])


async def remove_words(session: AsyncSession, ids: Collection[str]) -> None:
    """Let these customers be found no more."""
    await session.execute(sa.delete(words).where(words.c.customer.in_(ids)))


def _row(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "since": customer.since,
        "name": customer.name,
        "name_key": plain(customer.name),
        "kind": customer.kind.value,
        "organisation": customer.organisation,
        "address": "",
        "website": "",
        "language": customer.language,
        "status": customer.status,
        "owner": customer.owner,
        "insiders": [],
        "tags": [],
        "fields": {},
        "made_by_us": customer.made_by_us,
        "version": 1,
        "changed_at": customer.since,
        "merged_into": None,
    }
