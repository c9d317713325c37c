"""What was received and not handled yet: bounded, in order, with the link's changes at their place.

The reader only puts. Asterisk cuts a client that does not read for 100 ms, so a slow handler may cost
messages (counted, and answered by reading the state anew), never the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class LinkState(Enum):
    """Say whether what we hear is complete."""

    DOWN = "down"
    REFUSED = "refused"  # Asterisk does not accept our user: somebody must act
    UP = "up"
    OVERRUN = "overrun"  # connected, but messages were dropped: what is known may be wrong


@dataclass(frozen=True, slots=True)
class LinkChange:
    """Report one change of the link; `last_heard` is when anything last arrived on it."""

    state: LinkState
    at: datetime
    last_heard: datetime | None
    reason: str = ""


class Inbox:
    """Hold raw messages up to a number and a size; changes of the link always find room."""

    def __init__(self, messages: int, size: int) -> None:
        self._most_messages = messages
        self._most_bytes = size
        # Not bounded by the queue itself: a change must get in when messages no longer may.
        self._items: asyncio.Queue[bytes | LinkChange] = asyncio.Queue()
        self._messages = 0
        self._bytes = 0
        self.dropped = 0

    def offer(self, message: bytes) -> bool:
        """Take the message, or count it as dropped and return False."""
        if self._messages >= self._most_messages or self._bytes + len(message) > self._most_bytes:
            self.dropped += 1
            return False
        self._messages += 1
        self._bytes += len(message)
        self._items.put_nowait(message)
        return True

    def mark(self, change: LinkChange) -> None:
        """Put a change of the link behind the messages that came before it."""
        self._items.put_nowait(change)

    @property
    def roomy(self) -> bool:
        """Tell whether at most half of the room is taken."""
        return self._messages * 2 <= self._most_messages and self._bytes * 2 <= self._most_bytes

    async def hand_out(self, handle: Callable[[bytes | LinkChange], None], time_slice: float) -> None:
        """Wait for something, then hand out what is there for at most `time_slice` seconds."""
        loop = asyncio.get_running_loop()
        handle(self._account(await self._items.get()))
        until = loop.time() + time_slice
        while not self._items.empty() and loop.time() < until:
            handle(self._account(self._items.get_nowait()))
        # A queue that is never empty never waits: others must have their turn.
        await asyncio.sleep(0)

    def _account(self, item: bytes | LinkChange) -> bytes | LinkChange:
        if isinstance(item, bytes):
            self._messages -= 1
            self._bytes -= len(item)
        return item
