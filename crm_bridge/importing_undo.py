"""Takes an import back, some hundred rows in a transaction: whom it brought goes, what it gave to others goes.

Owns that nobody goes whom somebody has touched since: with a note, a change, a matter, people of another's making.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from crm_bridge import importing_undo_store as undoing
from crm_bridge import noting, store, store_interactions
from crm_bridge import store_customers as kept
from crm_bridge.differences import diff
from crm_bridge.holding import absorb, leave_nameless
from crm_bridge.importing_model import Import
from crm_bridge.importing_undo_store import Brought
from crm_bridge.model import CustomerFile, Details, Kind
from crm_bridge.telling import Change
from crm_bridge.writing import Cabinet, Writing

AT_ONCE = 200
#: People go before the organisations that they belong to.
PASSES = (Kind.PERSON, Kind.ORGANISATION)


@dataclass
class Undoing:
    """Takes one import back. Begun again, it finds what is still there."""

    cabinet: Cabinet
    one: Import
    removed: int = 0
    stayed: int = 0
    behind: tuple[int, int] = (0, -1)

    async def some(self, kind: Kind) -> bool:
        """Take some rows back in one transaction; False when there are no more of this kind. Raises LedgerError."""
        assert self.one.plan is not None, "what never began has brought nothing"
        async with self.cabinet.writing(self.one.undone_by) as now:
            digest = self.one.plan.digest
            rows = await undoing.list_brought(now.session, digest, self.one.id, kind, self.behind, AT_ONCE)
            if not rows:
                self.behind = (0, -1)
                return False
            went, removed = await self._remove(now, rows)
            left = [row for row in rows if row.customer not in went]
            taken = await self._take_away(now, [row for row in left if row.gave is not None])
            await undoing.forget(now.session, digest, taken)
            self.behind = (rows[-1].row, rows[-1].part)
            self.removed += removed + len(taken)
            self.stayed += len(left) - len(taken)
            await undoing.count(now.session, self.one.id, self.one.counts.removed + self.removed, self.stayed)
        return True

    async def _remove(self, now: Writing, rows: Sequence[Brought]) -> tuple[set[str], int]:
        """Remove those whom the rows brought and nobody touched; say who, and how much all rows brought of them."""
        new = {row.customer for row in rows if row.gave is None}
        touched = await undoing.list_touched(now.session, new, self.one.id)
        gone = new - touched
        files = await kept.list_files(now.session, gone)
        # Also what rows far behind gave to them: a row that is not forgotten brings nothing when the file comes again.
        removed = await undoing.forget_all(now.session, gone)
        await kept.remove(now.session, gone)
        await leave_nameless(now, {phone.number for file in files for phone in file.details.phones})
        now.told += [Change(id_, "removed") for id_ in sorted(gone)]
        return gone, removed

    async def _take_away(self, now: Writing, given: Sequence[Brought]) -> list[Brought]:
        """Take away what was given to others, and from nobody whom somebody has touched since."""
        files = {file.id: file for file in await kept.list_files(now.session, {row.customer for row in given})}
        touched = await undoing.list_touched_since(now.session, set(files), self.one.id)
        gone: list[Brought] = []
        after: dict[str, CustomerFile] = {}
        for row in given:
            file = after.get(row.customer) or files.get(row.customer)
            # What says nothing of what it gave was written with one who is new, and who stayed.
            if row.customer in touched or not row.gave or (file is not None and file.merged_into is not None):
                continue
            gone.append(row)
            if file is not None:
                after[row.customer] = replace(file, details=without(file.details, row.gave))
        for id_, file in after.items():
            changes = diff(files[id_].details, file.details)
            if changes and (version := await kept.change(now.session, id_, None, file.details, now.at)):
                data = {"fields": list(changes), "version": version}
                now.changed(id_, "imported", about=self.one.id, changes=changes, data=data)
                await self._part(now, files[id_], file)
        if after:
            await store.put_words(now.session, await kept.found_by(now.session, list(after.values())))
        return gone

    @staticmethod
    async def _part(now: Writing, before: CustomerFile, after: CustomerFile) -> None:
        """Let contacts that came along with numbers leave with them, but for those that somebody gave by hand."""
        numbers = {phone.number for phone in before.details.phones} - {phone.number for phone in after.details.phones}
        left = await undoing.list_of_numbers(now.session, before.id, numbers)
        await store_interactions.give_to(now.session, left, None)
        await noting.take_along(now, left, before.id, None)
        holders = await store.holders(now.session, numbers)
        await absorb(now, {number: theirs[0] for number, theirs in holders.items() if len(theirs) == 1})
        await leave_nameless(now, numbers)


def without(details: Details, gave: dict[str, list[object]]) -> Details:
    """Return details without the numbers, mail addresses and handles that an import gave."""
    handles = [tuple(one) for one in gave.get("handles", []) if isinstance(one, list)]
    return replace(
        details,
        phones=tuple(phone for phone in details.phones if phone.number not in gave.get("phones", [])),
        mails=tuple(mail for mail in details.mails if mail.address not in gave.get("mails", [])),
        handles=tuple(handle for handle in details.handles if (handle.service, handle.handle) not in handles),
    )
