"""The SQL of whole customers' files: what people write of a customer, and the steps of it. Knows no rule."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.found_by import words_for
from crm_bridge.model import CustomerFile, Details, Handle, Kind, Mail, Phone, Relation, Step
from crm_bridge.store import some_at_once
from crm_bridge.store_bulk import insert_columns
from crm_bridge.tables import customers, handles, mails, numbers, relations, steps
from crm_bridge.words import plain

#: Columns that are fields of the details, as they are.
PLAIN = ("name", "organisation", "address", "website", "language", "status", "owner")


async def insert(session: AsyncSession, new: Sequence[CustomerFile]) -> None:
    """Add new files with all that is in them, but for what they are found by."""
    if not new:
        return
    details = [file.details for file in new]
    people: dict[str, list[Any]] = {
        "id": [file.id for file in new],
        "since": [file.since for file in new],
        "made_by_us": [file.made_by_us for file in new],
        "version": [file.version for file in new],
        "changed_at": [file.changed_at for file in new],
        "merged_into": [None] * len(new),
        **{name: list(map(attrgetter(name), details)) for name in PLAIN},
        "name_key": [plain(some.name) for some in details],
        "kind": [some.kind.value for some in details],
        "insiders": [list(some.insiders) for some in details],
        "tags": [list(some.tags) for some in details],
        "fields": [dict(some.fields) for some in details],
    }
    await insert_columns(session, sa.insert(customers), people)
    await _insert_lists(session, [(file.id, file.details) for file in new])


async def change(session: AsyncSession, id_: str, version: int | None, details: Details, now: datetime) -> int | None:
    """Write a file anew over the version that was seen, or over any; return the new version, None if it is another."""
    here = customers.c.id == id_
    if version is not None:
        here &= customers.c.version == version
    values = {**columns_of(details), "version": customers.c.version + 1, "changed_at": now, "made_by_us": False}
    changed: int | None = await session.scalar(
        sa.update(customers).where(here).values(**values).returning(customers.c.version)
    )
    if changed is None:
        return None
    for table in (numbers, mails, handles, relations):
        await session.execute(sa.delete(table).where(table.c.customer == id_))
    await _insert_lists(session, [(id_, details)])
    return changed


async def find(session: AsyncSession, id_: str, *, lock: bool = False) -> CustomerFile | None:
    """Return one file, or None."""
    query = sa.select(customers).where(customers.c.id == id_)
    row = (await session.execute(query.with_for_update() if lock else query)).mappings().first()
    return None if row is None else (await _files(session, [row]))[0]


async def list_files(session: AsyncSession, ids: Collection[str]) -> list[CustomerFile]:
    """List these files, in the order of their ids."""
    found: list[CustomerFile] = []
    for some in some_at_once(sorted(set(ids))):
        query = sa.select(customers).where(customers.c.id.in_(some)).order_by(customers.c.id)
        found += await _files(session, list((await session.execute(query)).mappings()))
    return found


async def list_all(session: AsyncSession, after: str, limit: int) -> list[CustomerFile]:
    """List files that people wrote, by id, from the one behind `after` on; for exports."""
    c = customers.c
    query = sa.select(customers).where(c.id > after, c.merged_into.is_(None), c.made_by_us.is_(False))
    return await _files(session, list((await session.execute(query.order_by(c.id).limit(limit))).mappings()))


async def found_by(session: AsyncSession, files: Sequence[CustomerFile]) -> dict[str, str]:
    """Return the words that these are found by, the names of their organisations among them."""
    names = await names_of(session, {f.details.organisation for f in files if f.details.organisation is not None})
    return {file.id: words_for(file.details, names.get(file.details.organisation or "", "")) for file in files}


async def names_of(session: AsyncSession, ids: Collection[str]) -> dict[str, str]:
    """Return the names of these customers."""
    found: dict[str, str] = {}
    for some in some_at_once(ids):
        rows = await session.execute(sa.select(customers.c.id, customers.c.name).where(customers.c.id.in_(some)))
        found.update({id_: name for id_, name in rows})  # noqa: C416 - rows are tuples only at run time
    return found


async def kinds_of(session: AsyncSession, ids: Collection[str]) -> dict[str, Kind]:
    """Return what these customers are; those merged into another are not there."""
    found: dict[str, Kind] = {}
    c = customers.c
    for some in some_at_once(ids):
        rows = await session.execute(sa.select(c.id, c.kind).where(c.id.in_(some), c.merged_into.is_(None)))
        found.update({id_: Kind(kind) for id_, kind in rows})
    return found


async def remove(session: AsyncSession, ids: Collection[str]) -> None:
    """Remove customers and all that hangs on them; their interactions become nobody's."""
    await session.execute(sa.delete(customers).where(customers.c.id.in_(ids)))


async def add_steps(session: AsyncSession, taken: Sequence[tuple[str, Step]]) -> None:
    """Add to the ledgers of customers."""
    if not taken:
        return
    done = [step for _, step in taken]
    columns: dict[str, list[Any]] = {
        "customer": [customer for customer, _ in taken],
        **{name: list(map(attrgetter(name), done)) for name in ("at", "what", "by", "about")},
        "changes": [dict(step.changes) for step in done],
    }
    await insert_columns(session, sa.insert(steps), columns)


async def list_steps(
    session: AsyncSession, id_: str, before: tuple[datetime, str] | None = None, limit: int = 100
) -> list[tuple[str, Step]]:
    """List what was done with a customer and the key of each, the newest first."""
    return [(key, step) for _, key, step in await list_steps_of(session, [id_], before, limit)]


async def list_steps_of(
    session: AsyncSession, ids: Collection[str], before: tuple[datetime, str] | None, limit: int
) -> list[tuple[str, str, Step]]:
    """List what was done with these customers, with whom and the key of each, the newest first."""
    c = steps.c
    query = sa.select(steps).where(c.customer.in_(ids)).order_by(c.at.desc(), c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(c.at <= before[0])
    rows = (await session.execute(query)).mappings()
    return [(row["customer"], f"step {row['seq']:020d}", _step(row)) for row in rows]


def _step(row: Mapping[Any, Any]) -> Step:
    return Step(row["at"], row["what"], row["by"], row["about"], row["changes"])


def columns_of(details: Details) -> dict[str, Any]:
    """Return the columns of what people write, lists of other tables not among them."""
    return {
        **{name: getattr(details, name) for name in PLAIN},
        "name_key": plain(details.name),
        "kind": details.kind.value,
        "insiders": list(details.insiders),
        "tags": list(details.tags),
        "fields": dict(details.fields),
    }


async def _insert_lists(session: AsyncSession, files: Sequence[tuple[str, Details]]) -> None:
    rows: dict[sa.Table, list[tuple[Any, ...]]] = {numbers: [], mails: [], handles: [], relations: []}
    for id_, details in files:
        for place, phone in enumerate(details.phones):
            rows[numbers].append((id_, phone.number, phone.written or phone.number, phone.label, place))
        for place, mail in enumerate(details.mails):
            rows[mails].append((id_, mail.address, mail.label, place))
        for place, handle in enumerate(details.handles):
            rows[handles].append((id_, handle.service, handle.handle, place))
        for relation in details.relations:
            rows[relations].append((id_, relation.customer, relation.role))
    for table, theirs in rows.items():
        if theirs:  # in the order of the table's columns
            columns = zip(table.c.keys(), zip(*theirs, strict=True), strict=True)
            await insert_columns(session, sa.insert(table), dict(columns))


async def _files(session: AsyncSession, rows: Sequence[Mapping[Any, Any]]) -> list[CustomerFile]:
    ids = [row["id"] for row in rows]
    companies = await names_of(session, {row["organisation"] for row in rows if row["organisation"]})
    phones = await _lists(session, numbers, ids)
    addresses = await _lists(session, mails, ids)
    elsewhere = await _lists(session, handles, ids)
    theirs, of_others = await _relations(session, ids)
    return [
        CustomerFile(
            id=row["id"],
            since=row["since"],
            version=row["version"],
            changed_at=row["changed_at"],
            company=companies.get(row["organisation"], ""),
            made_by_us=row["made_by_us"],
            merged_into=row["merged_into"],
            concerned_in=tuple(of_others.get(row["id"], ())),
            details=Details(
                **{name: row[name] for name in PLAIN},
                kind=Kind(row["kind"]),
                phones=tuple(Phone(n["number"], n["written"], n["label"]) for n in phones.get(row["id"], ())),
                mails=tuple(Mail(m["address"], m["label"]) for m in addresses.get(row["id"], ())),
                handles=tuple(Handle(h["service"], h["handle"]) for h in elsewhere.get(row["id"], ())),
                relations=tuple(theirs.get(row["id"], ())),
                insiders=tuple(row["insiders"]),
                tags=tuple(row["tags"]),
                fields=row["fields"],
            ),
        )
        for row in rows
    ]


async def _lists(session: AsyncSession, table: sa.Table, ids: Sequence[str]) -> dict[str, list[Mapping[Any, Any]]]:
    found: dict[str, list[Mapping[Any, Any]]] = {}
    for some in some_at_once(ids):
        query = sa.select(table).where(table.c.customer.in_(some)).order_by(table.c.place)
        for row in (await session.execute(query)).mappings():
            found.setdefault(row["customer"], []).append(row)
    return found


async def _relations(
    session: AsyncSession, ids: Sequence[str]
) -> tuple[dict[str, list[Relation]], dict[str, list[Relation]]]:
    """Return the people concerned of each, and who names each among the people concerned."""
    theirs: dict[str, list[Relation]] = {}
    of_others: dict[str, list[Relation]] = {}
    c = relations.c
    for some in some_at_once(ids):
        query = sa.select(relations).where(c.customer.in_(some) | c.other.in_(some))
        for row in (await session.execute(query.order_by(c.role, c.other, c.customer))).mappings():
            if row["customer"] in some:
                theirs.setdefault(row["customer"], []).append(Relation(row["other"], row["role"]))
            if row["other"] in some:
                of_others.setdefault(row["other"], []).append(Relation(row["customer"], row["role"]))
    return theirs, of_others
