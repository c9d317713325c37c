"""The rooms beside reception as a rehearsal has them: people, lines and phones in memory, on the caller's clock.

Owns the twins of roster, waiting room and chronicle. Who rings is decided by the live matcher, what is told of the
ringing by the live connector; there is no event loop's timer in here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import replace
from datetime import datetime, timedelta

from callrouter import events as ev
from callrouter.agents import Agent, AgentState, Deed, after
from callrouter.ami.events import PhoneState
from callrouter.calls import Call, fold
from callrouter.events import Event
from callrouter.matcher import Waiting, match
from callrouter.rehearsal.situation import Situation, Stage
from callrouter.roster import PHONE_TROUBLES
from callrouter.waiting_room import Ticket
from ledger.clock import Clock

#: A little later than the moment itself, as the live room looks: at the moment nothing may have changed yet.
JUST_AFTER = 0.001
#: Those who wait before the caller have waited since before he called, and go first whatever his priority.
FIRST = 10


class CallersClock:
    """The clock of one caller: it stands where his conversation stands."""

    def __init__(self, at: datetime, elapsed: Callable[[], float]) -> None:
        self._at = at
        self._elapsed = elapsed
        #: Most of what is asked is asked again in the same moment.
        self._last = (0.0, at)

    def now(self) -> datetime:
        """Return the time of day as the caller lives it."""
        elapsed = self._elapsed()
        if elapsed != self._last[0]:
            self._last = (elapsed, self._at + timedelta(seconds=elapsed))
        return self._last[1]

    def monotonic(self) -> float:
        """Return the seconds since the call began."""
        return self._elapsed()


class _OnDisk:
    """The answer of a journal that has no disk: all is kept at once."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


_AT_ONCE = _OnDisk()


class Told:
    """A call's story, kept in memory; `watch` is told each event as it happens."""

    def __init__(self, watch: Callable[[Event], None] | None = None) -> None:
        self.events: list[Event] = []
        self._watch = watch

    @property
    def calls(self) -> dict[str, Call]:
        """The call as it stands by now."""
        call = fold(self.events)
        return {} if call is None else {call.id: call}

    def tell(self, event: Event, *, id: str | None = None) -> Awaitable[object]:
        """Keep the event."""
        self.events.append(event)
        if self._watch is not None:
            self._watch(event)
        return _AT_ONCE


class People:
    """Who is there; nobody's state is journaled, and nobody is in wrap-up when it matters."""

    def __init__(self, stage: Stage, situation: Situation, clock: Clock) -> None:
        self.agents: dict[str, Agent] = stage.agents(situation.logged_in)
        self.phones: dict[str, PhoneState] = dict.fromkeys(situation.busy, PhoneState.IN_USE)
        self._stage = stage
        self._clock = clock

    def logged_in(self, department: str) -> bool:
        """Tell whether anybody of the department is logged in at all."""
        return any(self.agents[name].state is not AgentState.LOGGED_OUT for name in self._stage.members[department])

    def phone_trouble(self, name: str) -> str:
        """Say why this person's phone cannot ring now."""
        return PHONE_TROUBLES.get(self.phones[name], "") if name in self.phones else ""

    def miss(self, name: str, why: str, *, rest: float) -> None:
        """An offer ended without this agent; the next one comes after `rest` seconds at the earliest."""
        agent = self.agents[name]
        if agent.state is AgentState.RINGING:
            self.agents[name] = replace(agent, not_before=self._clock.monotonic() + rest, missed=why)
            self.do(name, Deed.MISS)

    def do(
        self, name: str, deed: Deed, *, reason: str = "", wrap_up: float = 0.0, longest: float = 0.0, call: str = "",
        department: str = "",
    ) -> Agent:  # fmt: skip
        """Let an agent do something. Raises `NotPossible`."""
        agent = after(self.agents[name], deed, self._clock.monotonic(), reason=reason, wrap_up=wrap_up)
        if deed is Deed.OFFER:
            agent = replace(agent, call=call, department=department)
        self.agents[name] = agent
        return agent


class RehearsedLines:
    """The lines as one caller finds them. Whoever moves the clock asks `due` and calls `look`."""

    def __init__(self, stage: Stage, people: People, story: Told, clock: Clock, others: int) -> None:
        self._stage = stage
        self._people = people
        self._story = story
        self._clock = clock
        self._others = others
        self._ticket: Ticket | None = None
        self._last_rung: dict[str, int] = {}

    def size(self, department: str) -> int:
        """Return how many wait in this line."""
        return self._others + (self._ticket is not None and self._ticket.department == department)

    def position(self, ticket: Ticket) -> int:
        """Return the caller's place in line."""
        return 1 + self._others

    def expected_wait(self, ticket: Ticket) -> float | None:
        """Say that nobody was served yet."""
        return None

    def join(self, call: str, department: str, priority: int, wake: Callable[[], None]) -> Ticket:
        """Put the caller in line, and look at once whether somebody is free."""
        ticket = self._ticket = Ticket(call, department, self._clock.monotonic(), priority, wake)
        queued = ev.CallQueued(
            at=self._clock.now(), call=call, department=department, position=self.position(ticket), priority=priority
        )
        self._story.tell(queued)
        self.look()
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Take the caller out of line."""
        self._ticket = None
        if ticket.offer is not None:
            for name in ticket.offer.agents:
                self._people.miss(name, "", rest=0.0)
            ticket.offer = None

    def back_in_line(self, ticket: Ticket) -> None:
        """Nobody answered: the caller waits on."""
        ticket.offer = None
        self.look()

    def due(self) -> float | None:
        """Return the next moment at which somebody may become free for the caller; None if there is none."""
        ticket = self._ticket
        if ticket is None or ticket.offer is not None:
            return None
        now = self._clock.monotonic()
        moments = [self._people.agents[name].not_before for name in self._stage.members[ticket.department]]
        if (relax := self._stage.lines[ticket.department].relax_after) is not None:
            moments.append(ticket.joined + relax)
        coming = [moment + JUST_AFTER for moment in moments if moment + JUST_AFTER > now]
        return min(coming) if coming else None

    def look(self) -> bool:
        """Match anew; tell whether somebody is to ring for the caller now."""
        ticket = self._ticket
        if ticket is None or ticket.offer is not None:
            return False
        people, name, now = self._people, ticket.department, self._clock.monotonic()
        callers = [Waiting(f"another {n}", name, -1.0, FIRST) for n in range(self._others)]
        callers.append(Waiting(ticket.call, name, ticket.joined, ticket.priority))
        there = [
            self._stage.candidate(people.agents[member], people.phone_trouble(member))
            for member in self._stage.members[name]
        ]
        offers = match(self._stage.lines, callers, there, now, self._last_rung)
        ticket.offer = next((offer for offer in offers if offer.call == ticket.call), None)
        if ticket.offer is None:
            return False
        offer = ticket.offer
        self._last_rung[name] = self._stage.order[offer.agents[-1]]
        offered = ev.AgentsOffered(
            at=self._clock.now(), call=offer.call, department=name, agents=offer.agents, why=offer.why,
            why_not=dict(offer.why_not),
        )  # fmt: skip
        self._story.tell(offered)
        for agent in offer.agents:
            people.do(agent, Deed.OFFER, call=offer.call, department=name)
        return True
