"""A process that appends to the journal and prints each id once it is acknowledged; made to be killed.

Usage: journal_child.py ADDRESS FOLDER WRITER COUNT [FILE_LIMIT]. With FILE_LIMIT no file may grow beyond so many bytes
after the first half, until a line comes on standard input.
"""

import asyncio
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ledger.database import Database
from ledger.entry import Entry
from ledger.journal import Journal


async def append_and_say(journal: Journal, writer: str, number: int) -> None:
    entry = Entry(kind="Counted", at=datetime.now(UTC), call=writer, data={"n": number, "filler": "x" * 200})
    await (await journal.append_wait(entry, timeout=60))
    print(entry.id, flush=True)


async def append(journal: Journal, writer: str, numbers: range) -> None:
    async with asyncio.TaskGroup() as tasks:
        for number in numbers:
            tasks.create_task(append_and_say(journal, writer, number))
            if number % 20 == 19:
                await asyncio.sleep(0.001)


async def append_without_room(journal: Journal, writer: str, numbers: range, file_limit: int) -> None:
    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_limit, hard))
    appending = asyncio.create_task(append(journal, writer, numbers))
    while journal.counters.lag_seconds < 0.3:  # noqa: ASYNC110 - a lag is no event
        await asyncio.sleep(0.05)
    print("stuck", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    await appending


async def main(address: str, folder: str, writer: str, count: int, file_limit: int | None) -> None:
    async with await Database.open(address, busy_seconds=0.2) as db, await Journal.open(db, Path(folder)) as journal:
        if file_limit is None:
            await append(journal, writer, range(count))
        else:
            await append(journal, writer, range(count // 2))
            await append_without_room(journal, writer, range(count // 2, count), file_limit)
    print("closed", flush=True)


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    limit = int(sys.argv[5]) if len(sys.argv) > 5 else None
    asyncio.run(main(*sys.argv[1:4], int(sys.argv[4]), limit))  # type: ignore[call-arg]  # three words, unpacked
