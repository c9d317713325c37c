"""A feed: messages to everybody who listens now, numbered, with a short memory for those who come back.

Owns buffers and their bounds: who reads too slowly loses the buffer and is told to begin anew. Knows no HTTP and
not what a message is about.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

#: The message that tells a listener to fetch everything anew.
RELOAD = "reload"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `id` says where in the feed the listener is once it was read.

    With `to` it is for this person's listeners alone; nobody else gets any of it. With `about` it is for those who may
    hear of that.
    """

    id: str
    event: str
    data: str = "{}"
    to: str = ""
    about: object = None


#: Says whether a listener may hear of what a message is about.
Hears = Callable[[object], bool]


def everything(about: object) -> bool:
    """Say that all of it may be heard."""
    del about
    return True


class FeedFull(Exception):
    """As many listen as we take on."""


class FeedClosed(Exception):
    """The feed has ended."""


class Listener:
    """One reader's buffer."""

    def __init__(self, feed: Feed, buffer: int, person: str, hears: Hears) -> None:
        self._feed = feed
        self._buffer = buffer
        self._person = person
        self._hears = hears
        self._messages: deque[Message] = deque()
        self._arrived = asyncio.Event()

    def put(self, message: Message) -> bool:
        """Add a message; False when the buffer was full: then the reader is told to begin anew instead.

        What is for somebody else is not added, nor what this one may not hear of.
        """
        if message.to and message.to != self._person:
            return True
        if message.about is not None and not self._hears(message.about):
            return True
        kept = len(self._messages) < self._buffer
        if not kept:
            self._messages.clear()
            message = Message(message.id, RELOAD)
        self._messages.append(message)
        self._arrived.set()
        return kept

    def wake(self) -> None:
        """Let the reader look."""
        self._arrived.set()

    async def next(self, timeout: float) -> Message | None:
        """Return the next message, None after `timeout` seconds without one. Raises FeedClosed."""
        try:
            async with asyncio.timeout(timeout):
                while not self._messages and not self._feed.closed:
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            return None
        if not self._messages:
            raise FeedClosed
        return self._messages.popleft()


class Feed:
    """Everybody who listens, and the last messages."""

    def __init__(self, *, remembered: int = 200, buffer: int = 100, listeners: int = 200) -> None:
        # Numbers begin anew with every process, so each has a mark of its own.
        self._mark = secrets.token_hex(4)
        self._number = 0
        self._remembered: deque[Message] = deque(maxlen=remembered)
        self._buffer = buffer
        self._most = listeners
        self._listeners: set[Listener] = set()
        self.dropped = 0
        self.closed = False

    def __len__(self) -> int:
        return len(self._listeners)

    @property
    def position(self) -> str:
        """Return the id of the newest message; who begins after it misses nothing."""
        return f"{self._mark}-{self._number}"

    def publish(self, event: str, data: str, *, to: str = "", about: object = None) -> None:
        """Hand a message to everybody, to the listeners of one person alone, or to those who may hear of `about`."""
        self._number += 1
        message = Message(self.position, event, data, to, about)
        self._remembered.append(message)
        for listener in self._listeners:
            self.dropped += not listener.put(message)

    def skip(self) -> None:
        """Let whoever comes back begin anew: something happened that is not worth a message now."""
        self._number += 1
        self._remembered.clear()

    @contextmanager
    def listening(self, after: str | None, person: str = "", hears: Hears = everything) -> Iterator[Listener]:
        """Give a listener that hears what came after the message of this id, and all that comes.

        `person` is whose private messages it hears besides, '' for nobody's; `hears` says of what it may hear.
        When that is longer ago than we remember, it is told to begin anew. Raises FeedFull, FeedClosed.
        """
        if self.closed:
            raise FeedClosed
        if len(self._listeners) >= self._most:
            raise FeedFull
        listener = Listener(self, self._buffer, person, hears)
        for message in self._missed(after):
            listener.put(message)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Let every listener come to its end."""
        self.closed = True
        for listener in self._listeners:
            listener.wake()

    def _missed(self, after: str | None) -> list[Message]:
        mark, _, number = (after or "").rpartition("-")
        if mark == self._mark and number.isascii() and number.isdigit() and len(number) < 19:
            gap = self._number - int(number)
            if 0 <= gap <= len(self._remembered):
                return list(self._remembered)[len(self._remembered) - gap :]
        return [Message(self.position, RELOAD)]
