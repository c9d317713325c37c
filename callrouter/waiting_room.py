"""The waiting room: the callers in line, and the moment at which one of them gets an agent.

Owns the lines and runs the matcher whenever something may have changed; nothing polls. What a caller hears
meanwhile is in `waiting`, who rings in `connector`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callrouter import events as ev
from callrouter.agents import Deed
from callrouter.calls import Call
from callrouter.chronicle import Chronicle
from callrouter.events import Event
from callrouter.matcher import Line, Offer, Waiting, match
from callrouter.roster import Roster
from config.schema import Site
from ledger.clock import Clock

#: How many of the latest waits the expected wait is taken from.
REMEMBERED_WAITS = 20


@dataclass
class Ticket:
    """A caller's place in line. `offer` is set, and `wake` called, when agents are to ring."""

    call: str
    department: str
    joined: float
    priority: int
    wake: Callable[[], None]
    offer: Offer | None = None
    #: Nobody at all serves this line any more, since another version of the site was published.
    given_up: bool = False


class WaitingRoom:
    """All lines of the site. Every method is quick and runs on the event loop."""

    def __init__(self, site: Site, roster: Roster, chronicle: Chronicle, clock: Clock) -> None:
        self._roster = roster
        self._chronicle = chronicle
        self._clock = clock
        self._tickets: dict[str, Ticket] = {}
        self._last_rung: dict[str, int] = {}
        self._waits: dict[str, deque[float]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._soon: asyncio.Handle | None = None
        self.use(site)
        roster.on_change(self.look_again)
        chronicle.watch(self._remember_wait)

    def use(self, site: Site, older: Sequence[Site] = ()) -> None:
        """Go over to another version of the site; who waits keeps the place.

        The lines that only `older` versions have go on for those who came in by them. Where nobody is left to serve
        one, its callers are woken, so that they can be led on.
        """
        self._lines = {
            name: Line.of(name, department)
            for version in (*older, site)
            for name, department in version.departments.items()
        }
        self._departments = frozenset(site.departments)
        for ticket in self.waiting():
            if self._is_given_up(ticket.department):
                ticket.given_up = True
                ticket.wake()
        if self._tickets:
            self.look_again()

    def _is_given_up(self, department: str) -> bool:
        return department not in self._departments and not self._roster.serves(department)

    def join(self, call: str, department: str, priority: int, wake: Callable[[], None]) -> Ticket:
        """Put a caller in line and look at once whether somebody is free: then the ticket has its offer."""
        given_up = self._is_given_up(department)
        ticket = Ticket(call, department, self._clock.monotonic(), priority, wake, given_up=given_up)
        self._tickets[call] = ticket
        self._chronicle.tell(
            ev.CallQueued(
                at=self._clock.now(),
                call=call,
                department=department,
                position=self.position(ticket),
                priority=priority,
            )
        )
        self._match()
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Take a caller out of line, whatever the reason. Doing it twice is harmless."""
        if self._tickets.get(ticket.call) is ticket:
            del self._tickets[ticket.call]
        if ticket.offer is not None:
            # Chosen, and gone before the phones could ring: the agents are free again.
            for name in ticket.offer.agents:
                if (agent := self._roster.agents.get(name)) is not None and agent.call == ticket.call:
                    self._roster.miss(name, "", rest=0.0)
            ticket.offer = None

    def back_in_line(self, ticket: Ticket) -> None:
        """Nobody answered: the caller waits on, at the place held before."""
        ticket.offer = None
        self.look_again()

    def position(self, ticket: Ticket) -> int:
        """Return the caller's place in the own line; 1 is served next."""
        rank = (-ticket.priority, ticket.joined)
        return 1 + sum(
            1
            for other in self._tickets.values()
            if other is not ticket and other.department == ticket.department and (-other.priority, other.joined) < rank
        )

    def size(self, department: str) -> int:
        """Return how many wait in this line; who is being connected waits until somebody has answered."""
        return sum(1 for t in self._tickets.values() if t.department == department)

    def waiting(self) -> list[Ticket]:
        """Return everybody in line."""
        return list(self._tickets.values())

    def expected_wait(self, ticket: Ticket) -> float | None:
        """Guess the wait in seconds from the latest waits of this line; None before anybody was served."""
        waits = self._waits.get(ticket.department)
        return sum(waits) / len(waits) if waits else None

    def look_again(self) -> None:
        """Match anew as soon as the event loop is free; many calls in one moment make one matching."""
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_soon(self._match)

    def close(self) -> None:
        """Stop all timers."""
        for handle in (self._soon, self._timer):
            if handle is not None:
                handle.cancel()
        self._soon = self._timer = None

    def _remember_wait(self, event: Event, _: Call | None) -> None:
        """Take whoever was answered out of line, and keep the wait, for those who ask how long it takes."""
        if isinstance(event, ev.CallAnswered) and event.department:
            self._tickets.pop(event.call, None)
            self._waits.setdefault(event.department, deque(maxlen=REMEMBERED_WAITS)).append(event.waited)

    def _match(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        now = self._clock.monotonic()
        callers = [
            Waiting(t.call, t.department, t.joined, t.priority) for t in self._tickets.values() if t.offer is None
        ]
        if not callers:
            return
        for offer in match(self._lines, callers, self._roster.candidates(), now, self._last_rung):
            self._offer(offer)
        self._time_relaxing(now)

    def _offer(self, offer: Offer) -> None:
        ticket = self._tickets[offer.call]
        ticket.offer = offer
        self._last_rung[offer.department] = self._roster.place(offer.agents[-1])
        self._chronicle.tell(
            ev.AgentsOffered(
                at=self._clock.now(),
                call=offer.call,
                department=offer.department,
                agents=offer.agents,
                why=offer.why,
                why_not=dict(offer.why_not),
            )
        )
        for name in offer.agents:
            self._roster.do(name, Deed.OFFER, call=offer.call, department=offer.department)
        ticket.wake()

    def _time_relaxing(self, now: float) -> None:
        """Look again when the next caller has waited long enough for skills to matter no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [
            ticket.joined + after - now
            for ticket in self._tickets.values()
            if ticket.offer is None
            and (after := self._lines[ticket.department].relax_after) is not None
            and ticket.joined + after > now
        ]
        if due:
            self._timer = asyncio.get_running_loop().call_later(min(due) + 0.001, self._match)
