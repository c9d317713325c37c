"""Reads the stories of imported calls: the lines that were kept of them, of every file that tells of the same call.

Owns which contacts are one call; wording is in `story`, and who may read it is the caller's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from ledger.database import Database
from reports import store as records
from reports.imports import store
from reports.imports.joining import BELIEVED
from reports.imports.model import Kind
from reports.imports.store import Contact, SourceRow
from reports.imports.story import Account, ImportedStory, account_of
from reports.imports.telling import Called
from reports.model import CallRecord

#: No id of a contact is longer.
LONGEST_ID = 200


async def find_story(db: Database, call: str, called: Called) -> ImportedStory | None:
    """Return the story of an imported call, None where there is none of this id. Raises DatabaseError.

    A call that two files tell of has one story, by whichever of its ids it is asked for.
    """
    if not call or len(call) > LONGEST_ID or not call.isprintable():
        return None
    async with db.reading() as session:
        if (contact := await store.find_contact(session, call)) is None:
            alone = await records.find_record(session, call)
            return None if alone is None or not alone.source else ImportedStory(alone, (Account(alone.source, ()),))
        group = await store.list_twins(session, [contact.twin])
        found = await records.known(session, [one.contact for one in group])
        sources = {row.source: row for row in await store.list_sources(session)}
    record = next((found[one.contact] for one in _believed(group, sources) if one.contact in found), None)
    if record is None:
        return None
    return ImportedStory(record, await _accounts(group, sources, called))


async def find_beside(db: Database, call: str, called: Called) -> tuple[Account, ...]:
    """Return what imported files tell of a call of our own journal. Raises DatabaseError."""
    async with db.reading() as session:
        group = await store.list_of_own(session, [call])
        if not group:
            return ()
        sources = {row.source: row for row in await store.list_sources(session)}
    return await _accounts(group, sources, called)


def may_see(record: CallRecord, departments: frozenset[str] | None, person: str) -> bool:
    """Tell whether who sees the calls of these departments (None for all), or who is this person, sees this call.

    As the lists have it: of the calls that came to their departments, and of those in which they took part.
    """
    if departments is None:
        return True
    took_part = {
        *(offer.agent for offer in record.offers),
        *(talk.agent for talk in record.talks),
        *(transfer.agent for transfer in record.transfers),
    }
    came_to = {
        *(stay.department for stay in record.stays),
        *(offer.department for offer in record.offers),
        *(talk.department for talk in record.talks),
    }
    return bool(departments & came_to) or (bool(person) and person in took_part)


async def _accounts(group: Sequence[Contact], sources: Mapping[str, SourceRow], called: Called) -> tuple[Account, ...]:
    def tell() -> tuple[Account, ...]:
        return tuple(
            account_of(one.source, sources[one.source].kind, sources[one.source].options, one.lines, called)
            for one in _believed(group, sources)
        )

    return await asyncio.to_thread(tell)


def _believed(group: Sequence[Contact], sources: Mapping[str, SourceRow]) -> list[Contact]:
    """Return the contacts whose sources are known, the most believed first."""
    known = [one for one in group if one.source in sources]
    return sorted(known, key=lambda one: (BELIEVED.index(Kind(sources[one.source].kind)), one.contact))
