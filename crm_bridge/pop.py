"""Which calls are on whose desk, and what a desk says of one. Pure: knows no page, no table and no clock.

Nothing is kept here: what is on a desk follows from the calls as they are, so a page that opens late shows the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from callrouter import events as ev
from callrouter.calls import Call, CallState
from callrouter.events import Event, Outcome
from config.schema import Site


class Stage(StrEnum):
    """How far a call has come, for the person on whose desk it is."""

    RINGING = "ringing"
    ASKED = "asked"
    TALKING = "talking"
    CALLING = "calling"
    OVER = "over"


@dataclass(frozen=True)
class Subject:
    """A call as a desk sees it, whichever way it goes: `number` is the other side's, `since` when this stage began.

    `call` is what is known of one that came in, None for one that we placed. Where it is on no desk but was, `stage`
    is OVER. `line` is the department whose caller the person took out of its line, '' for a call that was dialled
    directly or passed on.
    """

    id: str
    person: str
    stage: Stage
    number: str
    began: datetime
    did: str = ""
    department: str = ""
    talked: bool = False
    call: Call | None = None
    line: str = ""


@dataclass(frozen=True)
class Came:
    """How a call came to this desk: `by` is who sent it or asks, `with_us` since when the caller has been here."""

    words: str
    by: str
    with_us: datetime
    waiting_since: datetime | None
    waited: float


@dataclass(frozen=True)
class Chosen:
    """What the caller chose in the menus, by meaning: facts, and the ways taken, in words. No key is in it."""

    facts: Mapping[str, str] = field(default_factory=dict)
    ways: tuple[str, ...] = ()
    language: str = ""


def stage_of(call: Call, person: str) -> Stage | None:
    """Return how far a call has come for a person; None where it is not on his desk."""
    if call.state is CallState.ENDED:
        return None
    if person in call.ringing:
        return Stage.RINGING
    if call.state is CallState.TALKING and call.talks and call.talks[-1].agent == person:
        return Stage.TALKING
    return Stage.ASKED if call.asked == person else None


def subject_of(call: Call, person: str) -> Subject:
    """Return a call that came in as this person's desk sees it."""
    talked = [talk for talk in call.talks if talk.agent == person]
    return Subject(
        call.id,
        person,
        stage_of(call, person) or Stage.OVER,
        call.ani,
        call.offered_at,
        call.did,
        _department(call, person),
        bool(talked),
        call,
        talked[-1].department if talked else call.department,
    )


def on_desk(calls: Iterable[Call], outs: Iterable[Subject], person: str) -> list[Subject]:
    """Return the calls on a person's desk: what rings before what is talked of, then the newest."""
    there = [subject_of(call, person) for call in calls if stage_of(call, person) is not None]
    there += [out for out in outs if out.person == person]
    order = [Stage.RINGING, Stage.ASKED, Stage.CALLING, Stage.TALKING]
    return sorted(there, key=lambda one: (order.index(one.stage), -one.began.timestamp()))


def placed(before: Subject | None, event: Event) -> Subject | None:
    """Return a call that we place for a person, as it is after the event; None where there is none (any more)."""
    match event:
        case ev.OutboundBegun():
            return Subject(event.call, event.agent, Stage.CALLING, event.number, event.at)
        case ev.OutboundAnswered() if before is not None:
            return replace(before, stage=Stage.TALKING, talked=True)
        case ev.OutboundEnded():
            return None
        case _:
            return before


def concerned(event: Event, call: Call | None) -> frozenset[str]:
    """Return on whose desks an event may change something."""
    people = {event.agent}
    match event:
        case ev.AgentsOffered():
            people.update(event.agents)
        case ev.ConsultationBegun() | ev.ConsultationEnded() | ev.CallTransferred():
            people.add(event.to)
    if call is not None:
        people.update(call.ringing, {call.asked})
        if isinstance(event, _MOVES):
            people.update(call.rung, (talk.agent for talk in call.talks))
    return frozenset(people - {""})


_MOVES = (ev.AgentsOffered, ev.CallAnswered, ev.CallReleased, ev.CallLeftQueue, ev.CallEnded)


def came(subject: Subject, site: Site) -> Came:
    """Say how a call came to this desk, and how long the caller has waited and been with us."""
    call = subject.call
    if call is None:
        return Came("You call", "", subject.began, None, 0.0)
    sender = call.sent_by if call.sent_by != subject.person else ""
    by = person_title(sender, site) if sender else ""
    if subject.stage is Stage.ASKED:
        asks = person_title(call.talks[-1].agent, site) if call.talks else ""
        words, by = (f"{asks} asks you about this caller" if asks else "A colleague asks you about this caller"), asks
    elif sender:
        words = f"Sent by {by}"
    elif subject.department:
        words = f"From the line of {department_title(subject.department, site)}"
    else:
        words = "Dialled you directly"
    return Came(words, by, call.offered_at, call.queued_at, call.waited)


def chosen(call: Call, site: Site) -> Chosen:
    """Say what a caller chose, by meaning."""
    ways = [title(menu) for menu in dict.fromkeys(call.path)]
    ways += [department_title(name, site) for name in dict.fromkeys(call.departments)]
    facts = {title(name): value for name, value in call.facts.items()}
    return Chosen(facts, tuple(ways), call.language)


def where_now(call: Call, site: Site) -> str:
    """Say where a call went that rang at a desk and was not answered there."""
    match call.state:
        case CallState.ENDED if call.outcome is Outcome.ABANDONED:
            return "The caller hung up."
        case CallState.ENDED if call.outcome is Outcome.VOICEMAIL:
            return "The caller left a message."
        case CallState.RINGING if call.ringing:
            return f"It rings at {_people(call.ringing, site)} now."
        case CallState.TALKING:
            return f"{person_title(call.talks[-1].agent, site)} answered."
        case CallState.WAITING:
            return f"The caller waits on in the line of {department_title(call.department, site)}."
        case CallState.AFTER | CallState.ENDED:
            by = f" {person_title(call.answered_by, site)} answered it." if call.answered_by else ""
            return f"The call is over.{by}"
        case _:
            kind, _, name = call.destination.partition(" ")
            to = {"voicemail": "the voicemail of ", "menu": "the menu "}.get(kind, "") + title(name or kind)
            return f"It went on to {to}." if call.destination else "It went on."


def title(name: str) -> str:
    """Write a name of the site as people read it.

    >>> title("after_hours"), title("intent"), title("")
    ('After hours', 'Intent', '')
    """
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def department_title(name: str, site: Site) -> str:
    """Return what a department is called."""
    known = site.departments.get(name)
    return (known.name if known is not None else None) or title(name)


def person_title(name: str, site: Site) -> str:
    """Return what a person is called."""
    known = site.people.get(name)
    return known.name if known is not None else name


def _department(call: Call, person: str) -> str:
    """Return the department that a call is for at this desk, also one passed on: '' where it was dialled directly."""
    talked = next((talk for talk in reversed(call.talks) if talk.agent == person), None)
    return (talked.department if talked is not None else "") or call.department


def _people(names: tuple[str, ...], site: Site) -> str:
    first, *more = (person_title(name, site) for name in names[:4])
    return f"{', '.join([first, *more[:-1]])} and {more[-1]}" if more else first
