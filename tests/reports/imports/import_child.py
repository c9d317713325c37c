"""Imports a file in small pieces in a process of its own, and says so after each; for tests that kill it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ledger.database import Database
from reports.imports import importing, pieces
from reports.imports.formats import Options
from reports.rules import Definition
from tests.reports.imports.files import QUEUE_LOG, ZONE


async def main(database: Path, file: Path) -> None:
    pieces.LINES = 7

    def show(done: float, told: importing.Told) -> None:
        sys.stdout.write(f"{told.lines}\n")
        sys.stdout.flush()

    async with await Database.open(database, migrate=False) as db:
        importer = importing.Importer(db, Definition())
        await importer.take(file, QUEUE_LOG, Options(ZONE), file.with_suffix(".list"), show=show)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
