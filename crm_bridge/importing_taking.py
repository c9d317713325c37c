"""Takes rows of a file in, some hundred in a transaction: what they bring, their keys, and how far it is, all or none.

What they bring is worked out in `importing_work`.
"""

from __future__ import annotations

from collections.abc import Sequence

from crm_bridge import importing_store as kept_imports
from crm_bridge.exchange.receiver import Became, Piece, Taken, refused_of, warned_of
from crm_bridge.exchange.rows import Row
from crm_bridge.importing_again import may_gain, read_otherwise
from crm_bridge.importing_details import Incoming, Reading
from crm_bridge.importing_model import MOST_TOLD, Counts, Import, State
from crm_bridge.importing_work import Work, digest_of, register_for
from crm_bridge.model import NotValid
from crm_bridge.writing import Cabinet

Ready = Incoming | str


class Stopped(Exception):
    """The import was cancelled meanwhile."""


class Taking:
    """Receives the rows of one import."""

    def __init__(self, cabinet: Cabinet, one: Import) -> None:
        self._cabinet = cabinet
        self._import = one
        self._reading = Reading(cabinet.settings(), cabinet.country)
        self._told = one.counts.refused + one.counts.warned

    def prepare(self, rows: Sequence[Row]) -> Sequence[Ready]:
        """Return each row as it would be kept, or why it cannot be."""
        return [self._prepared(row) for row in rows]

    def _prepared(self, row: Row) -> Ready:
        if isinstance(row.ready, Incoming | str):
            return row.ready  # the process that read it made it so
        try:
            return self._reading.incoming(row.customer)
        except NotValid as error:
            return str(error)

    async def take(self, piece: Piece[Ready]) -> Sequence[Taken]:
        """Take rows in one transaction. Raises Stopped when the import does not run any more, LedgerError."""
        one = self._import
        async with self._cabinet.writing(one.by) as now:
            if await kept_imports.state_of(now.session, one.id) is not State.RUNNING:
                raise Stopped
            before = await kept_imports.brought(now.session, digest_of(one), (row.number for row in piece.rows))
            new = [
                ready
                for row, ready in zip(piece.rows, piece.ready, strict=True)
                if isinstance(ready, Incoming) and row.number not in before
            ]
            work = Work(now, one, await register_for(now.session, new))
            await work.look_around(new)
            again: frozenset[int] = frozenset()
            if before and one.plan is not None:
                again = await read_otherwise(now.session, one.plan, before)
                work.there |= await may_gain(now.session, one.rule, before, again)
            taken = [
                work.take_again(row, ready, before[row.number], row.number in again)
                if row.number in before
                else work.take(row, ready)
                for row, ready in zip(piece.rows, piece.ready, strict=True)
            ]
            await work.write()
            refused, warned = refused_of(piece, taken), warned_of(piece, taken)
            for rows, with_warning in ((refused, False), (warned, True)):
                room = MOST_TOLD - self._told
                await kept_imports.tell(now.session, one.id, rows, with_warning, room)
                self._told += len(rows)
            counts = _counted(taken, len(refused), len(warned), work.companies)
            await kept_imports.count(now.session, one.id, counts, piece.done, piece.mark)
        return taken


def _counted(taken: Sequence[Taken], refused: int, warned: int, companies: int) -> Counts:
    became = [one.became for one in taken]
    return Counts(
        became.count(Became.ADDED), became.count(Became.MERGED), became.count(Became.KNOWN), refused, warned, companies
    )
