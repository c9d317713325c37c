"""A process that forgets a person and stops, for ever, in the middle; made to be killed.

Usage: privacy_child.py FOLDER ERASURE STEP [COUNT]: it says so and stops when it would write for the COUNTth time in
that step; in `search`, `certificate` and `end` likewise.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from crm_bridge import erasing
from ledger.jobs import Jobs
from tests.server.privacy_house import House, open_house


async def stand_still() -> None:
    print("there", flush=True)
    await asyncio.get_running_loop().create_future()


class Halting:
    """Stands still in one step of an erasure, before a transaction of it is committed."""

    def __init__(self, house: House, step: str, count: int) -> None:
        self._house = house
        self._step = step
        self._left = count
        self._writing = house.db.writing

    @asynccontextmanager
    async def writing(self, **more: Any) -> AsyncIterator[Any]:
        async with self._writing(**more) as session:
            yield session
            if await self._is_there():
                self._left -= 1
                if self._left == 0:
                    await stand_still()

    async def _is_there(self) -> bool:
        (erasure, *_) = await self._house.office.erasures.list_newest()
        return bool(erasure.step == self._step and not erasure.ended_at)


async def main(folder: Path, erasure: str, step: str, count: int) -> None:
    async with open_house(folder) as house:
        vars(house.db)["writing"] = Halting(house, step, count).writing
        job = await Jobs(house.db, house.clock).get(f"{erasing.KIND} {erasure}")
        await house.office.erasures.run(job)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])))
