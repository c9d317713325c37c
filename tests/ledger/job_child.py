"""A process that takes one job, says so, and never ends it; made to be killed. Usage: job_child.py ADDRESS."""

import asyncio
import sys

from ledger.database import Database
from ledger.job_runner import JobRunner
from ledger.jobs import Decision, JobRecord


async def hang(job: JobRecord) -> Decision:
    print("taken", flush=True)
    return await asyncio.get_running_loop().create_future()


async def main(address: str) -> None:
    async with await Database.open(address) as db, JobRunner(db, {"work": hang}, lease_seconds=1.0):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
