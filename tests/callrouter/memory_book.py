"""A journal in memory: what the parts of the call router told, and acknowledgements that a test may hold back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from callrouter import archive
from callrouter.events import Event
from ledger.entry import Entry


class MemoryBook:
    """Take entries. With `prompt` off each acknowledgement waits in `open`, for the test to give."""

    def __init__(self, *, prompt: bool = True) -> None:
        self.prompt = prompt
        self.entries: list[Entry] = []
        self.open: list[asyncio.Future[None]] = []
        self.kept_open = asyncio.Event()

    def append(self, entry: Entry) -> Awaitable[object]:
        """Keep an entry."""
        self.entries.append(entry)
        acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.prompt:
            acknowledged.set_result(None)
        else:
            self.open.append(acknowledged)
            self.kept_open.set()
        return acknowledged

    @property
    def events(self) -> list[Event]:
        """All events, as the disk gives them back."""
        return archive.events_of(self.entries)

    def told(self, *kinds: type[Event]) -> list[Event]:
        """The events of these kinds."""
        return [event for event in self.events if isinstance(event, kinds)]
