"""What is on the desks now: calls that ring or are talked in, where a call went that rang here, and work after calls.

Owns the little that the live calls do not say themselves: calls that we place, and what each person did last. All of it
is bounded by the number of people and of calls going on.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callrouter import archive
from callrouter import events as ev
from callrouter.calls import Call, fold
from callrouter.chronicle import Chronicle
from callrouter.events import Event
from callrouter.roster import Roster
from config.schema import Asks, Site
from crm_bridge import pop
from crm_bridge.pop import Stage, Subject
from ledger.clock import Clock
from ledger.forgetting_words import Whom, is_pseudonym
from ledger.journal_reads import JournalReads

#: How long a desk says where a call went that was not answered there.
SAY_WHERE = timedelta(minutes=2)
LONGEST_ID = 200
#: Calls of persons who were forgotten, of whom nothing is written any more; the oldest are known by their pseudonyms.
MOST_FORGOTTEN = 10_000


@dataclass(frozen=True)
class Went:
    """A call that rang at a desk and was not answered there, as it is now."""

    call: Call
    at: datetime


class PopRoom:
    """All desks of the site."""

    def __init__(self, chronicle: Chronicle, roster: Roster, journal: JournalReads, clock: Clock) -> None:
        self._chronicle = chronicle
        self._roster = roster
        self._journal = journal
        self._clock = clock
        self._outs: dict[str, Subject] = {}
        self._went: dict[str, Went] = {}
        #: What each person talked in last, which the journal has a moment later, and of which he may still say more.
        self._last: dict[str, Subject] = {}
        self._after: dict[str, str] = {}
        self._said: dict[str, str] = {}
        self._forgotten: deque[str] = deque(maxlen=MOST_FORGOTTEN)
        chronicle.watch(self._hear)

    def on_desk(self, person: str) -> list[Subject]:
        """Return the calls on a person's desk now."""
        return pop.on_desk(self._chronicle.calls.values(), self._outs.values(), person)

    def went(self, person: str) -> Call | None:
        """Return the call that rang here last and is with nobody here, for as long as that is news."""
        went = self._went.get(person)
        return went.call if went is not None and self._clock.now() - went.at < SAY_WHERE else None

    def after(self, person: str) -> str:
        """Return the call of which the person may say what came of it, '' for none; one that is owed goes first."""
        agent = self._roster.agents.get(person)
        return (agent.owes if agent is not None else "") or self._after.get(person, "")

    def owes(self, person: str, call: str) -> bool:
        """Tell whether the person has to say what came of this call before he is ready again."""
        agent = self._roster.agents.get(person)
        return bool(call) and agent is not None and agent.owes == call

    def let_go(self, person: str) -> None:
        """Show the work after the last call, and where another went, no more."""
        self._after.pop(person, None)
        self._went.pop(person, None)

    def forget(self, whom: Whom) -> None:
        """Show calls of somebody who is forgotten no more, but as the journal has them."""
        theirs = set(whom.calls)
        theirs.update(one.id for one in self._last.values() if whom.has_number(one.number))
        theirs.update(one.call.id for one in self._went.values() if whom.has_number(one.call.ani))
        self._last = {name: one for name, one in self._last.items() if one.id not in theirs}
        self._went = {name: one for name, one in self._went.items() if one.call.id not in theirs}
        self._after = {name: call for name, call in self._after.items() if call not in theirs}
        self._forgotten.extend(theirs)

    def is_forgotten(self, subject: Subject) -> bool:
        """Tell whether a call is of somebody who was forgotten."""
        return is_pseudonym(subject.number) or subject.id in self._forgotten

    async def find(self, call: str, person: str) -> Subject | None:
        """Return a call that is on this person's desk, or that he talked in; None for any other. Raises LedgerError."""
        here = next((one for one in self.on_desk(person) if one.id == call), None)
        if here is None and (last := self._last.get(person)) is not None and last.id == call:
            here = last
        if here is not None or len(call) > LONGEST_ID or not call.isprintable():
            return here
        story = await archive.call_story(self._journal, call)
        return subject_in(story, person)

    def _hear(self, event: Event, call: Call | None) -> None:
        if not event.call:
            return
        before = self._outs.get(event.call)
        out = pop.placed(before, event)
        if out is not None:
            self._outs[event.call] = out
        else:
            self._outs.pop(event.call, None)
        match event:
            case ev.OfferEnded() if call is not None and event.agent:
                self._went[event.agent] = Went(call, event.at)
            case ev.AgentsOffered():
                for name in event.agents:
                    self._went.pop(name, None)
            case ev.CallReleased() if call is not None and event.agent:
                self._is_over(pop.subject_of(call, event.agent))
            case ev.OutboundEnded(talked=talked) if talked and before is not None:
                self._is_over(replace(before, stage=Stage.OVER, talked=True))
            case ev.CallDisposed():
                self._said[event.agent] = event.call
                if self._after.get(event.agent) == event.call:
                    del self._after[event.agent]
        # Of a call that was over before, the chronicle knows no more than this event.
        if call is not None and (call.id in self._chronicle.calls or isinstance(event, ev.CallEnded)):
            self._follow(call)

    def _is_over(self, subject: Subject) -> None:
        self._last[subject.person] = subject
        if self._said.get(subject.person) != subject.id:
            self._after[subject.person] = subject.id

    def _follow(self, call: Call) -> None:
        """Know where calls are by now that went from a desk."""
        for name, went in self._went.items():
            if went.call.id == call.id:
                self._went[name] = Went(call, went.at)
        for name, last in self._last.items():
            if last.id == call.id and last.call is not None:
                self._last[name] = pop.subject_of(call, name)


def subject_in(story: list[Event], person: str) -> Subject | None:
    """Return the call of a story as the desk of somebody sees it who talked in it; None for anybody else."""
    for event in story:
        if isinstance(event, ev.OutboundBegun) and event.agent == person:
            talked = any(isinstance(one, ev.OutboundEnded) and one.talked for one in story)
            return Subject(event.call, person, Stage.OVER, event.number, event.at, talked=talked)
    call = fold(story)
    if call is None or all(talk.agent != person for talk in call.talks):
        return None
    return pop.subject_of(call, person)


def department_of(subject: Subject, site: Site) -> str:
    """Return the department whose words for what came of a call count here, '' for none."""
    return subject.department if subject.department in site.departments else ""


def asks_of(subject: Subject, site: Site) -> Asks:
    """Return whether it is asked what came of a call; required only of who took it out of the department's line."""
    rules = site.departments.get(department_of(subject, site))
    asks: Asks = rules.asks if rules is not None else "off"
    return "asked" if asks == "required" and subject.line != subject.department else asks
