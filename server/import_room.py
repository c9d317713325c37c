"""Where imports of customers are worked on: one at a time, beside the calls, gone on with after a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from crm_bridge.importing import Imports
from crm_bridge.writing import Cabinet
from ledger.job_runner import JobRunner
from server.postroom import LEASE, STOP, TRIED, again_and_again

#: Where their files lie, in the data folder.
FOLDER = "imports"
#: How often we look whether something may be forgotten, seconds.
LOOK_FOR_OLD = 3600.0
#: The longest that one takes: the most rows on the slowest machine.
LONGEST = 12 * 3600.0


def imports_of(cabinet: Cabinet, data: Path) -> Imports:
    """Return the imports of a data folder."""
    return Imports(cabinet, data / FOLDER)


@asynccontextmanager
async def working_on_imports(cabinet: Cabinet, data: Path) -> AsyncIterator[None]:
    """Do the jobs of imports until the end of the block; one that is broken off goes on at the next start."""
    imports = imports_of(cabinet, data)
    runner = JobRunner(
        *(cabinet.db, imports.handlers(), cabinet.clock),
        at_once=1,
        backoff=TRIED,
        lease_seconds=LEASE,
        handler_seconds=LONGEST,
    )
    async with runner, again_and_again(imports.forget_old, LOOK_FOR_OLD, "imports of long ago"):
        try:
            yield
        finally:
            await runner.stop(STOP)
