"""The history of one customer or of several: contacts over every medium and what was done with the file, in one line.

Owns how they are merged and cut into pages. SQL is in the stores.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import store, store_customers, store_interactions, store_matters
from crm_bridge.model import Entry, History

#: Where a page ended: the next one goes on behind it.
Before: TypeAlias = tuple[datetime, str]
MOST = 500
#: Entries of one moment that a page may end in the middle of: an import writes no more at once.
_SAME_MOMENT = 50


async def history(session: AsyncSession, whose: Collection[str], before: Before | None, limit: int) -> History:
    """Return up to `limit` entries of these customers older than `before`, the newest first."""
    limit = max(1, min(limit, MOST))
    asked = limit + 1 + (_SAME_MOMENT if before is not None else 0)
    contacts = await store_interactions.list_before(session, whose, before, asked)
    steps = await store_customers.list_steps_of(session, whose, before, asked)
    entries = [Entry(c.started, c.id, interaction=c, customer=c.customer or "") for c in contacts]
    entries += [Entry(step.at, key, step=step, customer=customer) for customer, key, step in steps]
    entries.sort(key=_place, reverse=True)
    if before is not None:
        entries = [entry for entry in entries if _place(entry) < before]
    page = await _told(session, entries[:limit])
    return History(tuple(page), _place(page[-1]) if len(entries) > limit else None)


def _place(entry: Entry) -> Before:
    return entry.at, entry.id


async def _told(session: AsyncSession, entries: list[Entry]) -> list[Entry]:
    """Add to entries what they are about: the note, and how many customers have the number of nobody's interaction."""
    notes = await store_matters.notes_of(session, {entry.step.about for entry in entries if entry.step})
    shared = {e.interaction.number for e in entries if e.interaction is not None and e.interaction.customer is None}
    holders = await store.holders(session, shared)
    told = []
    for entry in entries:
        note, one_of = None, 1
        if entry.step is not None:
            note = notes.get(entry.step.about)
        elif entry.interaction is not None and entry.interaction.customer is None:
            one_of = len(holders.get(entry.interaction.number, ()))
        told.append(replace(entry, note=note, one_of=one_of))
    return told
