"""A process that runs connectors for one web-hook until it is killed.

Usage: kill_child.py DATABASE URL
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial

import structlog

from crm_bridge.connectors import fate, following, receiver
from crm_bridge.connectors.breaker import Breaker
from crm_bridge.connectors.service import Connectors
from ledger.backoff import Backoff
from ledger.database import Database
from ledger.journal_reads import JournalReads
from tests.crm_bridge.connectors.house import FakeSite, hook, nobody

SOON = Backoff(first=0.05, longest=0.2, attempts=1_000_000)


async def main(address: str, url: str) -> None:
    async with await Database.open(address) as db:
        site = FakeSite({"shop": hook(url)})
        await Connectors(lambda: site, db, JournalReads(db), nobody).run()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    # A test is in a hurry.
    vars(fate)["PAUSES"] = SOON
    vars(receiver)["Breaker"] = partial(Breaker, pauses=SOON)
    vars(following)["BATCH"] = 20
    asyncio.run(main(sys.argv[1], sys.argv[2]))
