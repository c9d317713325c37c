"""Owns handing committed entries to live listeners of this process, each with a bounded buffer."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from ledger.entry import StoredEntry

BUFFER = 1_000


@dataclass(frozen=True)
class Gap:
    """The listener was too slow: `missed` entries after number `after_seq` must be read from the journal."""

    after_seq: int
    missed: int


class Subscription:
    """An endless async iterator over entries; after a Gap, read on from its `after_seq`."""

    def __init__(self, buffer: int) -> None:
        self._buffer = buffer
        self._entries: deque[StoredEntry] = deque()
        self._last_seq = 0
        self._missed = 0
        self._arrived = asyncio.Event()
        self.dropped = 0

    def put(self, entry: StoredEntry) -> None:
        """Add an entry, or count it as missed until the listener has taken all that is here."""
        if self._missed or len(self._entries) >= self._buffer:
            self._missed += 1
            self.dropped += 1
        else:
            self._entries.append(entry)
        self._arrived.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StoredEntry | Gap:
        while not self._entries and not self._missed:
            self._arrived.clear()
            await self._arrived.wait()
        if self._entries:
            entry = self._entries.popleft()
            self._last_seq = entry.seq
            return entry
        gap = Gap(self._last_seq, self._missed)
        self._missed = 0
        return gap


class Subscriptions:
    """All live listeners of one journal."""

    def __init__(self) -> None:
        self._all: set[Subscription] = set()
        self._dropped_by_gone = 0

    @property
    def dropped(self) -> int:
        """Count the entries that slow listeners missed so far."""
        return self._dropped_by_gone + sum(each.dropped for each in self._all)

    @contextmanager
    def subscribed(self, after_seq: int, buffer: int) -> Iterator[Subscription]:
        """Give a subscription that ends with the block."""
        subscription = Subscription(buffer)
        subscription._last_seq = after_seq
        self._all.add(subscription)
        try:
            yield subscription
        finally:
            self._all.discard(subscription)
            self._dropped_by_gone += subscription.dropped

    def publish(self, entries: Sequence[StoredEntry]) -> None:
        """Hand entries, in the order they were committed, to everybody."""
        for subscription in self._all:
            for entry in entries:
                subscription.put(entry)
