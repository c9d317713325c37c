"""What is so when a call is rehearsed: who calls where and when, what he does, and who is there to answer.

Owns these values and what of them is the same for all calls to one site; rehearses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from callrouter.agents import Agent, AgentState
from callrouter.matcher import Candidate, Line
from config.schema import Site
from ivr.simulator import Press

#: A simulated caller has no more patience than this, seconds; it ends a wait that nothing else would end.
PATIENCE = 3600.0
#: How long he speaks after a tone, seconds.
SPEAKS = 10.0


@dataclass(frozen=True)
class Situation:
    """One call to be rehearsed.

    `hangs_up` is in seconds after the call began. `logged_in` is None where everybody is, and ready. Who is `busy` is
    on another call; who is `away` lets the phone ring. `waiting` others wait in every line before him, and go on
    waiting unless somebody is free for them.
    """

    to: str
    at: datetime
    caller: str = ""
    presses: Sequence[Press] = ()
    hangs_up: float | None = None
    speaks: float = SPEAKS
    is_fax: bool = False
    logged_in: Collection[str] | None = None
    busy: Collection[str] = ()
    away: Collection[str] = ()
    waiting: int = 0


class Stage:
    """A site on which calls are rehearsed: what is the same for all of them is made once."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @cached_property
    def lines(self) -> dict[str, Line]:
        """The departments' rules, as far as matching needs them."""
        return {name: Line.of(name, department) for name, department in self.site.departments.items()}

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """The people of each department, in the site's order."""
        members: dict[str, list[str]] = {name: [] for name in self.site.departments}
        for name, person in self.site.people.items():
            for department in dict.fromkeys(person.departments):
                members[department].append(name)
        return {department: tuple(names) for department, names in members.items()}

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each person in the site."""
        return {name: place for place, name in enumerate(self.site.people)}

    @cached_property
    def _everybody(self) -> dict[str, Agent]:
        return {name: Agent(name, AgentState.READY) for name in self.site.people}

    @cached_property
    def _nobody(self) -> dict[str, Agent]:
        return {name: Agent(name) for name in self.site.people}

    def agents(self, logged_in: Collection[str] | None) -> dict[str, Agent]:
        """Return everybody as an agent, those logged in ready."""
        if logged_in is None:
            return dict(self._everybody)
        return self._nobody | {name: self._everybody[name] for name in logged_in if name in self._everybody}

    def candidate(self, agent: Agent, trouble: str) -> Candidate:
        """Return a person as the matcher needs him."""
        person = self.site.people[agent.name]
        departments = frozenset(person.departments)
        return Candidate(agent, self.order[agent.name], departments, person.skills, person.penalty, trouble)
