"""Writing what a piece of a file told: each contact whole or not at all, together with the place in the file.

Owns the order: what is known already is read, the records are made, then all is written in one transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy.ext.asyncio import AsyncSession

from ledger.database import Database
from reports import store as records
from reports.imports import store
from reports.imports.formats import format_of, options_from
from reports.imports.joining import Joined, Known, filled_from, joined, own_of
from reports.imports.own_calls import as_the_journal_tells, find_ends
from reports.imports.store import Contact, SourceRow
from reports.model import CallRecord
from reports.rollup import bucket_of, sum_up, take_turn
from reports.rows import second_of
from reports.rules import Definition


@dataclass(frozen=True)
class Settled:
    """What is to be written of some calls. `ours` are those that our own journal has."""

    contacts: tuple[Contact, ...] = ()
    records: tuple[CallRecord, ...] = ()
    remove: tuple[str, ...] = ()
    ours: frozenset[str] = field(default_factory=frozenset)


async def sources_of(session: AsyncSession) -> dict[str, Known]:
    """Return every source, with the format that its lines are read by."""
    return {row.source: known_of(row) for row in await store.list_sources(session)}


def known_of(row: SourceRow) -> Known:
    """Return a source as far as its lines need it."""
    return Known(row.kind, format_of(row.kind, options_from(row.options)), row.last_at)


async def settle(
    db: Database,
    new: Mapping[str, Contact],
    sources: Mapping[str, Known],
    twins: Collection[str],
    *,
    at_end: bool,
    without: Collection[str] = frozenset(),
) -> Settled:
    """Work out what becomes of the calls `twins`, of which `new` contacts tell in place of what is stored of them.

    What is stored of the contacts `without` is taken for gone.
    """
    owns = {own for twin in twins if (own := own_of(twin))}
    async with db.reading() as session:
        stored = await store.list_twins(session, twins)
        ours = await find_ends(session, owns)
    groups: dict[str, list[Contact]] = {twin: [] for twin in twins}
    for contact in {**{contact.contact: contact for contact in stored}, **new}.values():
        if contact.contact not in without:
            groups[contact.twin].append(contact)
    fresh = new.keys() - {contact.contact for contact in stored}
    return await asyncio.to_thread(_settled, list(groups.values()), sources, ours, fresh, at_end)


def _settled(
    groups: Sequence[Sequence[Contact]],
    sources: Mapping[str, Known],
    ours: Mapping[str, bool],
    fresh: Collection[str],
    at_end: bool,
) -> Settled:
    contacts: list[Contact] = []
    found: list[CallRecord] = []
    remove: list[str] = []
    mine: set[str] = set()
    for group in filter(None, groups):
        own = own_of(group[0].twin)
        if own in ours:
            mine.add(own)
            if not ours[own] and all(contact.contact in fresh for contact in group):
                continue  # we saw it to its end: nobody needs the numbers in these lines
            # Whose end is not told yet is looked at again.
            over = joined(group, sources, at_end=False).over
            contacts += [replace(contact, own=own, over=over) for contact in group]
            remove += [contact.contact for contact in group]
            continue
        one: Joined = joined(group, sources, at_end=at_end)
        # Our own journal may have it yet: its reader is behind, or we were killed before it was told.
        contacts += [replace(contact, own=own, over=one.over) for contact in group]
        remove += one.instead_of
        if one.record is not None:
            found.append(one.record)
    return Settled(tuple(contacts), tuple(found), tuple(remove), frozenset(mine))


async def write(session: AsyncSession, settled: Settled, sources: Mapping[str, Known], definition: Definition) -> None:
    """Write what was worked out, and fill our own records with what these contacts tell of their ends.

    What became a call of our own journal since it was worked out is one.
    """
    await take_turn(session)
    late = await find_ends(session, {contact.own for contact in settled.contacts} - settled.ours - {""})
    instead = {contact.contact for contact in settled.contacts if contact.own in late}
    await store.put_contacts(session, settled.contacts)
    await remove(session, [*settled.remove, *sorted(instead)], definition)
    told = [record for record in settled.records if record.call not in instead]
    await records.put_records(session, told, definition)
    ends = await find_ends(session, settled.ours | late.keys())
    stored = await records.known(session, [call for call, unseen in ends.items() if unseen])
    better = await fill(session, await as_the_journal_tells(session, stored), sources)
    await records.put_records(session, [one for one in better if one != stored[one.call]], definition)


async def put_own(session: AsyncSession, own: Sequence[CallRecord], definition: Definition) -> None:
    """Write records of our own journal, filled with the ends that imported files tell and we did not see.

    A record that a file had told of such a call before goes: it is one call.
    """
    await take_turn(session)  # before looking: a file's words come whole, or after us
    told = await _told_of(session, own)
    await remove(session, [contact.contact for contacts in told.values() for contact in contacts], definition)
    filled = await fill(session, own) if told else own
    await records.put_records(session, filled, definition)


async def fill(
    session: AsyncSession, own: Sequence[CallRecord], sources: Mapping[str, Known] | None = None
) -> list[CallRecord]:
    """Return records of our own journal, filled with the ends that imported files tell and we did not see.

    Whoever makes records of the journal anew calls this before they are written, so that they come out the same.
    """
    told = await _told_of(session, own)
    if not told:
        return list(own)
    known = await sources_of(session) if sources is None else sources
    return [filled_from(record, told[record.call], known) if record.call in told else record for record in own]


async def _told_of(session: AsyncSession, own: Sequence[CallRecord]) -> dict[str, list[Contact]]:
    """Return the contacts of files that are these calls of our own journal."""
    told: dict[str, list[Contact]] = {}
    if own and await store.has_any(session):
        for contact in await store.list_of_own(session, [record.call for record in own]):
            told.setdefault(contact.own, []).append(contact)
    return told


async def remove(session: AsyncSession, names: Sequence[str], definition: Definition) -> int:
    """Remove the records of these contacts, and make the sums anew that they were in; return how many there were."""
    gone = await records.known(session, names)
    if gone:
        await records.remove_calls(session, list(gone))
        await sum_up(session, {bucket_of(second_of(record.offered_at)) for record in gone.values()}, definition)
    return len(gone)
