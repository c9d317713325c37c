"""What reception needs of the rooms beside it: the lines, the phones, who is there, and where a call's story is told.

Owns the ports only. The live rooms fit them as they are; a rehearsal brings its own, without phones and disk.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from callrouter.agents import Agent, Deed
from callrouter.ami.events import PhoneState
from callrouter.calls import Call
from callrouter.events import Event
from callrouter.waiting_room import Ticket
from ivr.conversation import Conversation, HandedOver


class Story(Protocol):
    """Where events are told."""

    @property
    def calls(self) -> Mapping[str, Call]:
        """The calls going on, by id."""

    def tell(self, event: Event, *, id: str | None = None) -> Awaitable[object]:
        """Tell an event; the answer can be awaited and comes when it is on disk."""


class Staff(Protocol):
    """Who is there, and whose phone can ring."""

    def logged_in(self, department: str) -> bool:
        """Tell whether anybody of the department is logged in at all."""

    def phone_trouble(self, name: str) -> str:
        """Say why this person's phone cannot ring now; '' if it can, or if nothing is known."""


class Agents(Protocol):
    """The people as agents, while phones ring for a caller."""

    @property
    def agents(self) -> Mapping[str, Agent]:
        """Everybody as they are now."""

    @property
    def phones(self) -> Mapping[str, PhoneState]:
        """What is known of their phones."""

    def miss(self, name: str, why: str, *, rest: float) -> None:
        """An offer ended without this agent; the next one comes after `rest` seconds at the earliest."""

    def do(self, name: str, deed: Deed, *, wrap_up: float = 0.0, longest: float = 0.0, call: str = "") -> Agent:
        """Let an agent do something. Raises `NotPossible`."""


class Lines(Protocol):
    """The waiting lines of all departments."""

    def size(self, department: str) -> int:
        """Return how many wait in this line."""

    def join(self, call: str, department: str, priority: int, wake: Callable[[], None]) -> Ticket:
        """Put a caller in line; somebody who is free is on the ticket at once."""

    def leave(self, ticket: Ticket) -> None:
        """Take a caller out of line, whatever the reason. Doing it twice is harmless."""

    def back_in_line(self, ticket: Ticket) -> None:
        """Nobody answered: the caller waits on, at the place held before."""

    def position(self, ticket: Ticket) -> int:
        """Return the caller's place in the own line; 1 is served next."""

    def expected_wait(self, ticket: Ticket) -> float | None:
        """Guess the wait in seconds; None where nothing is known of it."""


class Phones(Protocol):
    """Rings people's phones for a caller."""

    async def connect(
        self, conversation: Conversation, *, call: str, uniqueid: str, agents: tuple[str, ...], department: str = "",
        ring_for: float, waiting_since: float, wrap_up: float = 0.0, longest_wrap_up: float = 0.0,
    ) -> HandedOver:  # fmt: skip
        """Ring these for the caller and stay until the conversation is over. Raises `CallerGone`."""
