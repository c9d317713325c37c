"""A process that imports a file until it is killed: it says so after every piece, and goes on only when told to.

Run as `python -m tests.crm_bridge.importing_child DATABASE FOLDER ID`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from config.customers import CustomerSettings
from crm_bridge import importing, importing_bring
from crm_bridge.exchange import aside
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.receiver import Piece, Taken
from crm_bridge.importing_taking import Taking
from crm_bridge.writing import Cabinet
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.jobs import Jobs


class Telling(Taking):
    """Takes rows and tells it; the first piece is on disk then, and the next one is being written."""

    async def take(self, piece: Piece[object]) -> Sequence[Taken]:  # type: ignore[override]  # only passed on
        taken = await super().take(piece)  # type: ignore[arg-type]  # as it came
        print(piece.mark.row, flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        return taken


async def main(database: str, folder: str, id_: str) -> None:
    """Import until somebody kills us."""
    importing_bring.__dict__["Taking"] = Telling  # a process of our own, which may
    async with await Database.open(database) as db:
        cabinet = Cabinet(db, Jobs(db), CustomerSettings, SystemClock(), "LT")
        bring = importing_bring.here(aside)
        imports = importing.Imports(cabinet, Path(folder), Limits(batch=50, together=100), aside, bring)
        job = await cabinet.jobs.get(f"{importing.KIND} {id_}")
        await imports.handlers()[importing.KIND](job)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
