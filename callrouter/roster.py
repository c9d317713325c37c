"""The roster: all agents as they are now, and what they and their phones do.

Owns the live agents, their wrap-up timers and the reasons why a phone cannot ring. Who is chosen is decided in
`matcher`; it knows no caller.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import structlog

from callrouter import events as ev
from callrouter.agents import Agent, AgentState, Deed, NotPossible, after
from callrouter.ami.events import PhoneState
from callrouter.chronicle import Chronicle
from callrouter.matcher import Candidate
from config.schema import Site
from ledger.clock import Clock
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)

#: Seconds in which an agent who missed a call is not offered the next one.
REST_AFTER_MISS = 5.0
#: How long `on_disk` waits for the journal, seconds.
STORE_DEADLINE = 2.0

#: How long a disposition is waited for that was owed before the server began anew, where no department says, seconds.
LONGEST_WRAP_UP = 300.0

#: Why a phone in this state cannot ring; states that are not here can.
PHONE_TROUBLES = {
    PhoneState.UNAVAILABLE: "the phone is not registered",
    PhoneState.INVALID: "the phone is not registered",
    PhoneState.IN_USE: "on another call",
    PhoneState.BUSY: "on another call",
    PhoneState.RINGING: "the phone rings for somebody else",
    PhoneState.ON_HOLD: "on another call",
}


class Roster:
    """Every person of the site as an agent; all methods are quick and run on the event loop."""

    def __init__(self, site: Site, chronicle: Chronicle, clock: Clock) -> None:
        self.agents: dict[str, Agent] = {}
        self.phones: dict[str, PhoneState] = {}
        self._site = site
        self._chronicle = chronicle
        self._clock = clock
        self._changed: Callable[[], None] = lambda: None
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._order: dict[str, int] = {}
        self._told: dict[str, Awaitable[object]] = {}
        self._phone_watchers: dict[str, list[Callable[[], None]]] = {}
        #: The call each agent talked in last, and the one of which he said last what came of it.
        self._released: dict[str, str] = {}
        self._disposed: dict[str, str] = {}
        self._fixed: dict[str, tuple[frozenset[str], Mapping[str, int], int]] = {}
        #: Who is not in the site any more and finishes the work in hand.
        self._leaving: frozenset[str] = frozenset()
        chronicle.watch(self._hear)
        self.use(site)

    def use(self, site: Site, older: Sequence[Site] = ()) -> None:
        """Go over to another version of the site; agents keep their states.

        Callers who came in by `older` versions may still wait in a department that this one has no more: it keeps the
        people it had. Who is not in the site any more finishes the work in hand, and is logged out.
        """
        self._site = site
        now = self._clock.monotonic()
        gone = [name for name in self.agents if name not in site.people]
        for name in gone:
            if self.agents[name].state is not AgentState.LOGGED_OUT:
                self.do(name, Deed.LOG_OUT)
        self._leaving = frozenset(name for name in gone if self.agents[name].state is not AgentState.LOGGED_OUT)
        names = (*site.people, *sorted(self._leaving))
        self.agents = {name: self.agents.get(name) or Agent(name, since=now, idle_since=now) for name in names}
        self._order = {name: place for place, name in enumerate(names)}
        former: dict[str, set[str]] = {}
        for version in older:
            for name, person in version.people.items():
                former.setdefault(name, set()).update(set(person.departments) - set(site.departments))
        self._fixed = {name: self._fixed[name] for name in self._leaving} | {
            name: (frozenset({*person.departments, *former.get(name, ())}), person.skills, person.penalty)
            for name, person in site.people.items()
        }

    def on_change(self, changed: Callable[[], None]) -> None:
        """Have this called whenever somebody may have become free."""
        self._changed = changed

    def restore(self, changes: Iterable[ev.AgentChanged]) -> None:
        """Put agents back into the state last journaled; who had a call in hand then is ready, and that is told.

        A conversation that outlived us keeps the phone busy, so nothing is offered during it. What was to follow on
        the call follows at once, so that whoever asked to be paused or logged out stays so when it ends.
        """
        now = self._clock.monotonic()
        for change in changes:
            if change.agent not in self.agents:
                continue
            state = AgentState(change.state)
            if state is AgentState.WRAP_UP and change.owes:
                self._owes_still(change, now)
                continue
            in_hand = state in (AgentState.RINGING, AgentState.TALKING, AgentState.WRAP_UP)
            state = AgentState.READY if in_hand else state
            agent = Agent(change.agent, state, reason=change.reason, since=now, idle_since=now)
            if in_hand and change.then:
                agent = after(agent, Deed(change.then), now, reason=change.then_reason)
            self.agents[change.agent] = agent
            if in_hand:
                self._tell(agent)

    def do(
        self,
        name: str,
        deed: Deed,
        *,
        reason: str = "",
        wrap_up: float = 0.0,
        longest: float = 0.0,
        call: str = "",
        department: str = "",
    ) -> Agent:
        """Let an agent do something, journal the change, and look whether somebody became free.

        What is only to follow on the present call is journaled too, so that it outlives this process. With a
        `longest` wrap-up, who releases a call owes a disposition of it, and stays in wrap-up that long without one.

        Raises:
            KeyError: nobody has that name.
            NotPossible: the agent's state does not allow it.
        """
        before = self.agents[name]
        now = self._clock.monotonic()
        owes = call if deed is Deed.RELEASE and longest > 0 and self._disposed.get(name) != call else ""
        agent = after(before, deed, now, reason=reason, wrap_up=wrap_up, owes=owes)
        if deed is Deed.OFFER:
            agent = replace(agent, call=call, department=department)
        elif deed is Deed.RELEASE:
            self._released[name] = call
        self.agents[name] = agent
        if _journaled(agent) != _journaled(before):
            self._tell(agent)
            if agent.state is not before.state:
                self._time_wrap_up(agent, max(wrap_up, longest) if agent.owes else wrap_up)
            if name in self._leaving and agent.state is AgentState.LOGGED_OUT:
                self._leaving -= {name}
                del self.agents[name]
            self._changed()
        return agent

    async def on_disk(self, name: str) -> bool:
        """Wait until the agent's last change is on disk; False, and a warning, if the journal does not say so in time.

        For those who are about to tell the agent that it is done.
        """
        told = self._told.pop(name, None)
        if told is None:
            return True
        try:
            async with asyncio.timeout(STORE_DEADLINE):
                await told
        except (LedgerError, TimeoutError) as error:
            log.warning("an agent's change is in force, but not known to be on disk", error=type(error).__name__)
            return False
        return True

    def miss(self, name: str, why: str, *, rest: float) -> None:
        """An offer ended without this agent; the next one comes after `rest` seconds at the earliest."""
        if name not in self.agents or self.agents[name].state is not AgentState.RINGING:
            return
        now = self._clock.monotonic()
        self.agents[name] = replace(self.agents[name], not_before=now + rest, missed=why)
        self.do(name, Deed.MISS)
        if rest:
            asyncio.get_running_loop().call_later(rest + 0.001, self._changed)

    def phone_changed(self, name: str, state: PhoneState) -> None:
        """Note what a phone is doing; a change may make its owner available."""
        if name not in self.agents or self.phones.get(name) is state:
            return
        self.phones[name] = state
        self._chronicle.tell(ev.PhoneChanged(at=self._clock.now(), agent=name, state=state.value))
        self._changed()
        for changed in tuple(self._phone_watchers.get(name, ())):
            changed()

    @contextmanager
    def phone_watched(self, name: str, changed: Callable[[], None]) -> Iterator[None]:
        """Have this called, while inside, whenever this phone does something else; it must be quick and never raise."""
        watchers = self._phone_watchers.setdefault(name, [])
        watchers.append(changed)
        try:
            yield
        finally:
            watchers.remove(changed)

    def candidates(self) -> list[Candidate]:
        """Return everybody as the matcher needs them."""
        return [
            Candidate(agent, self._order[name], *self._fixed[name], phone_trouble=self.phone_trouble(name))
            for name, agent in self.agents.items()
            if name not in self._leaving
        ]

    def phone_trouble(self, name: str) -> str:
        """Say why this person's phone cannot ring now; '' if it can, or if nothing is known."""
        return PHONE_TROUBLES.get(self.phones.get(name, PhoneState.UNKNOWN), "")

    def place(self, name: str) -> int:
        """Return the person's place in the site's order."""
        return self._order[name]

    def logged_in(self, department: str) -> bool:
        """Tell whether anybody of the department is logged in at all."""
        return any(
            agent.state is not AgentState.LOGGED_OUT and department in self._fixed[name][0]
            for name, agent in self.agents.items()
            if name not in self._leaving
        )

    def serves(self, department: str) -> bool:
        """Tell whether anybody at all is of the department."""
        return any(department in self._fixed[name][0] for name in self.agents if name not in self._leaving)

    def close(self) -> None:
        """Stop all timers."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _time_wrap_up(self, agent: Agent, wrap_up: float) -> None:
        timer = self._timers.pop(agent.name, None)
        if timer is not None:
            timer.cancel()
        if agent.state is AgentState.WRAP_UP:
            loop = asyncio.get_running_loop()
            self._timers[agent.name] = loop.call_later(wrap_up, self._finish, agent.name)

    def _finish(self, name: str) -> None:
        self._timers.pop(name, None)
        if (agent := self.agents.get(name)) is None:
            return
        if agent.owes:
            missed = ev.DispositionMissed(
                at=self._clock.now(), call=agent.owes, agent=name, department=agent.department
            )
            self._chronicle.tell(missed)
        try:
            self.do(name, Deed.FINISH)
        except NotPossible:
            return  # the agent went on by himself in the same moment

    def _hear(self, event: ev.Event, _: object) -> None:
        """Let an agent go on who has said what came of the call: the work after it is done."""
        if not isinstance(event, ev.CallDisposed) or (agent := self.agents.get(event.agent)) is None:
            return
        self._disposed[agent.name] = event.call
        if agent.state is AgentState.WRAP_UP and event.call in (agent.owes, self._released.get(agent.name)):
            self.do(agent.name, Deed.FINISH)

    def _owes_still(self, change: ev.AgentChanged, now: float) -> None:
        """Leave an agent in the wrap-up that an earlier process of ours began."""
        then = Deed(change.then) if change.then else None
        agent = Agent(
            change.agent, AgentState.WRAP_UP, since=now, idle_since=now, department=change.department, then=then,
            then_reason=change.then_reason, owes=change.owes,
        )  # fmt: skip
        self.agents[change.agent] = agent
        self._released[change.agent] = change.owes
        department = self._site.departments.get(change.department)
        self._time_wrap_up(agent, department.longest_wrap_up if department is not None else LONGEST_WRAP_UP)

    def _tell(self, agent: Agent) -> None:
        self._told[agent.name] = self._chronicle.tell(
            ev.AgentChanged(
                at=self._clock.now(),
                agent=agent.name,
                call=agent.call,
                department=agent.department,
                state=agent.state.value,
                reason=agent.reason,
                then=agent.then.value if agent.then is not None else "",
                then_reason=agent.then_reason,
                owes=agent.owes,
            )
        )


def _journaled(agent: Agent) -> tuple[object, ...]:
    """Return what of an agent is worth an event when it changes."""
    return agent.state, agent.reason, agent.then, agent.then_reason, agent.owes
