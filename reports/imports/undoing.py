"""Taking an import back: everything of a source goes, and what it stood before comes forth again.

Owns the order in which that can be cut off anywhere and gone on with.
"""

from __future__ import annotations

from collections.abc import Callable

from ledger.database import Database
from reports import spans_store
from reports import store as records
from reports.imports import store, writing
from reports.imports.model import ImportRefused
from reports.imports.own_calls import as_the_journal_tells, find_ends
from reports.rollup import take_turn
from reports.rules import Definition

#: Contacts that go in one transaction.
_PAGE = 500


def _silent(gone: int) -> None:
    """Show nothing."""


async def forget(db: Database, source: str, definition: Definition, show: Callable[[int], None] = _silent) -> int:
    """Remove all that was imported from a source; return how many calls it were.

    A call that another source tells of too is its again, and a record of our own journal that was filled is as the
    journal tells. Killed, it goes on when it is begun again. Raises ImportRefused where there is no such source.
    """
    async with db.reading() as session:
        sources = await writing.sources_of(session)
    if source not in sources:
        known = ", ".join(sorted(sources)) or "nothing was imported yet"
        raise ImportRefused(f"there is no source {source!r} ({known})")
    left = {name: known for name, known in sources.items() if name != source}
    gone = 0
    while True:
        async with db.reading() as session:
            page = await store.list_page(session, source, "", _PAGE)
        if not page:
            break
        names = [contact.contact for contact in page]
        twins = {contact.twin for contact in page}
        settled = await writing.settle(db, {}, left, twins, at_end=True, without=frozenset(names))
        async with db.writing() as session:
            await take_turn(session)
            await store.remove_contacts(session, names)
            removed = await writing.remove(session, names, definition)
            ends = await find_ends(session, {contact.own for contact in page} - {""})
            filled = await records.known(session, [call for call, unseen in ends.items() if unseen])
            await records.put_records(session, await as_the_journal_tells(session, filled), definition)
            await writing.write(session, settled, left, definition)
        gone += removed
        show(gone)
    async with db.writing() as session:
        await spans_store.remove_imported(session, source)
        await spans_store.make_imported(session)
        await store.remove_source(session, source)
    return gone
