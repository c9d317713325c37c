"""Follows the journal for one receiver: what is wanted is sent at once, lane beside lane, and the position moves on.

Owns what happens to a batch. The journal is the outbox: what arrives costs no row, and what does not arrive is on the
shelf before the position is behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final, cast

import structlog

from crm_bridge.connectors.breaker import Breaker
from crm_bridge.connectors.draining import Drainer
from crm_bridge.connectors.lane import Item, Outbound, Run
from crm_bridge.connectors.model import Occasion, Sender
from crm_bridge.connectors.occasions import Owners, occasions_of
from crm_bridge.connectors.shelf import Shelf, Taken, reader_of
from ledger.errors import ReaderMoved
from ledger.journal_reads import Batch, JournalReads

log = structlog.get_logger(__name__)

#: Entries of a batch; so many may be sent a second time after the process died.
BATCH: Final = 200
#: So long the lanes of a batch have before the position moves on without them, seconds.
GRACE: Final = 0.5
#: The least time between two batches, seconds: each costs a commit, and the journal's own writer stands in line.
GATHER: Final = 0.2
#: Likewise while nothing can be sent: then there is no hurry, and whatever has gathered costs one commit.
GATHER_MEANWHILE: Final = 1.0


class Follower:
    """Sends what one receiver wants of the journal. `run` it as a task."""

    def __init__(
        self,
        receiver: str,
        journal: JournalReads,
        owners: Owners,
        sender: Sender,
        outbound: Outbound,
        breaker: Breaker,
        shelf: Shelf,
        drainer: Drainer,
        country: str,
    ) -> None:
        self._receiver = receiver
        self._journal = journal
        self._owners = owners
        self._sender = sender
        self._outbound = outbound
        self._breaker = breaker
        self._shelf = shelf
        self._drainer = drainer
        self._country = country

    async def run(self) -> None:
        """Follow for ever. Raises DatabaseError; the batch in hand is then sent again."""
        loop = asyncio.get_running_loop()
        # `follow` is an async generator, typed as what callers need; it must be closed by us when cancelled.
        follow = self._journal.follow(reader_of(self._receiver), batch=BATCH)
        async with aclosing(cast(AsyncGenerator[Batch, None], follow)) as batches:
            async for batch in batches:
                began = loop.time()
                await self._take(batch)
                if len(batch.entries) < BATCH:
                    least = GATHER if self._breaker.closed else GATHER_MEANWHILE
                    await asyncio.sleep(max(0.0, least - (loop.time() - began)))

    async def _take(self, batch: Batch) -> None:
        wanted = [entry for entry in batch.entries if self._sender.wants(entry.kind)]
        occasions = await occasions_of(
            wanted, self._owners, self._journal, with_calls=self._sender.needs_call, country=self._country
        )
        waiting = await self._shelf.lanes_waiting(occasions)
        lanes = _lanes(occasions, waiting)
        tasks: dict[str, asyncio.Task[None]] = {}
        runs: dict[str, Run] = {}
        if self._breaker.closed and not self._outbound.is_full:
            stuck = set(waiting.values())
            runs = {lane: Run(lane, tuple(map(Item, some))) for lane, some in lanes.items() if lane not in stuck}
            tasks = {lane: asyncio.create_task(self._outbound.send(run)) for lane, run in runs.items()}
        try:
            if tasks:
                await asyncio.wait(tasks.values(), timeout=GRACE)
            await self._turn_back(tasks, runs)
            in_flight = {lane for lane, task in tasks.items() if not task.done()}
            seen = await self._shelf.take(Taken(batch, lanes, runs, in_flight))
        except ReaderMoved:
            log.info("another process was faster", receiver=self._receiver)
            await _end(tasks.values())
        except BaseException:
            await _end(tasks.values())
            raise
        else:
            for lane in in_flight:
                self._drainer.adopt(runs[lane], tasks[lane], seen[lane])
            self._outbound.work.set()

    async def _turn_back(self, tasks: Mapping[str, asyncio.Task[None]], runs: Mapping[str, Run]) -> None:
        """End the runs that have not had their turn: nothing of them was sent."""
        await _end([task for lane, task in tasks.items() if not runs[lane].begun])


def _lanes(occasions: Sequence[Occasion], waiting: Mapping[str, str]) -> dict[str, list[Occasion]]:
    """Sort what leaves by lane. What happens to a customer stays behind what is waiting of the time before.

    That may be the beginning of the same call, or what was done with the number while nobody knew whose it is.
    """
    lanes: dict[str, list[Occasion]] = {}
    of_call: dict[str, str] = {}
    for occasion in occasions:
        lane = waiting.get(occasion.call) or of_call.get(occasion.call)
        for before in (*occasion.earlier_lanes, occasion.lane):
            lane = lane or waiting.get(before) or (before if before in lanes else None)
        lane = lane or occasion.lane
        if occasion.call:
            of_call[occasion.call] = lane
        lanes.setdefault(lane, []).append(occasion if lane == occasion.lane else replace(occasion, lane=lane))
    return lanes


async def _end(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
