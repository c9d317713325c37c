"""The chronicle: where every event of a call is told, stored and folded into the live calls.

Owns the way from an event to the journal and to whoever watches. What an event means is in `calls`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import structlog

from callrouter import events as ev
from callrouter.calls import Call, advance
from callrouter.events import Event
from ledger.entry import Entry
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)

Watcher = Callable[[Event, Call | None], None]


class Book(Protocol):
    """What the chronicle needs of the journal."""

    def append(self, entry: Entry) -> Awaitable[object]:
        """Store the entry; the answer can be awaited and comes when it is on disk."""


class Chronicle:
    """Tells events to the journal and keeps the calls that are going on."""

    def __init__(self, book: Book) -> None:
        self.calls: dict[str, Call] = {}
        self.odd = 0
        self.not_stored = 0
        self._book = book
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Have this called with every event and the call as it is after it; call what is returned to end that.

        The watcher must be quick and never raise.
        """
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def tell(self, event: Event, *, id: str | None = None) -> Awaitable[object]:
        """Store the event, fold it into its call, and pass it on. Await the answer to know it is on disk.

        Whoever may have to tell it again after a crash gives it an `id`: the journal keeps each id once.
        """
        acknowledged = self._store(event, id)
        self._pass_on(event)
        return acknowledged

    def record(self, event: Event, *, id: str) -> Awaitable[object]:
        """Tell an event of somebody who can tell it again: raises LedgerError where `tell` would lose it."""
        acknowledged = self._book.append(replace(entry(event), id=id))
        self._pass_on(event)
        return acknowledged

    def restore(self, call: Call) -> None:
        """Take up a call that an earlier process of ours left unfinished."""
        self.calls[call.id] = call

    def _pass_on(self, event: Event) -> None:
        call = self._fold(event) if event.call else None
        for watcher in self._watchers:
            watcher(event, call)

    def _store(self, event: Event, id: str | None) -> Awaitable[object]:
        try:
            told = entry(event)
            return self._book.append(told if id is None else replace(told, id=id))
        except LedgerError as error:
            # A call goes on even where its story cannot be kept; the gap is counted and said loudly.
            self.not_stored += 1
            log.error("an event could not be stored", call_id=event.call, kind=event.KIND, error=str(error))
            nothing: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            nothing.set_result(None)
            return nothing

    def _fold(self, event: Event) -> Call:
        before = self.calls.get(event.call)
        if before is None:
            before = Call(id=event.call, offered_at=event.at)
        call = advance(before, event)
        if call.odd > before.odd:
            self.odd += 1
            log.info("odd event", call_id=event.call, kind=event.KIND, state=before.state.value)
        if isinstance(event, ev.CallEnded):
            self.calls.pop(event.call, None)
        elif event.call in self.calls or isinstance(event, ev.CallOffered):
            self.calls[event.call] = call
        return call


def entry(event: Event) -> Entry:
    """Return the event as the journal stores it."""
    return Entry(
        kind=event.KIND,
        at=event.at,
        call=event.call or None,
        agent=event.agent or None,
        department=event.department or None,
        data=ev.to_data(event),
    )
