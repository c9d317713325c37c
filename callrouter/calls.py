"""The call as a whole: its states, and what each event makes of it.

Owns the fold from events to a `Call`. The live registry and the reports use the same function, so a record can
be rebuilt at any time and comes out the same. Pure: no clock, no database.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from callrouter import events as ev
from callrouter.events import Event, Outcome


class CallState(StrEnum):
    """Where a call is in its life."""

    OFFERED = "offered"
    IN_MENU = "in menu"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    AFTER = "after the conversation"
    ENDED = "ended"


S = CallState

#: From which states an event may lead where. An event that finds the call in another state is odd: Asterisk
#: tells things twice, late and in any order. It is counted on the call (`odd`) and changes nothing else.
#: * Anything may follow OFFERED, since the first events of a call may be lost.
#: * An answer counts even where the ringing before it was lost: the caller did speak with somebody.
#: * Nothing follows ENDED but facts about the past.
TRANSITIONS: dict[type[Event], tuple[frozenset[CallState], CallState]] = {
    ev.MenuEntered: (frozenset({S.OFFERED, S.IN_MENU, S.AFTER}), S.IN_MENU),
    ev.CallQueued: (frozenset({S.OFFERED, S.IN_MENU, S.AFTER}), S.WAITING),
    ev.AgentsOffered: (frozenset({S.OFFERED, S.IN_MENU, S.WAITING, S.AFTER, S.RINGING}), S.RINGING),
    ev.CallAnswered: (frozenset(set(S) - {S.ENDED}), S.TALKING),
    ev.CallHeld: (frozenset({S.TALKING}), S.TALKING),
    ev.CallResumed: (frozenset({S.TALKING}), S.TALKING),
    ev.CallReleased: (frozenset({S.TALKING}), S.AFTER),
    ev.CallLeftQueue: (frozenset({S.WAITING, S.RINGING}), S.IN_MENU),
    ev.CallEnded: (frozenset(set(S) - {S.ENDED}), S.ENDED),
}


_OUTCOMES = frozenset(Outcome)


@dataclass(frozen=True)
class Talk:
    """One conversation of the caller with one agent."""

    agent: str
    department: str
    since: datetime
    talked: float | None = None
    held: float = 0.0


@dataclass(frozen=True)
class Call:
    """One customer's call, however many legs, departments and agents it had. Times in seconds."""

    id: str
    offered_at: datetime
    did: str = ""
    ani: str = ""
    ani_name: str = ""
    site: str = ""
    channel: str = ""
    uniqueid: str = ""
    state: CallState = S.OFFERED
    language: str = ""
    path: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    departments: tuple[str, ...] = ()
    department: str = ""
    destination: str = ""
    queued_at: datetime | None = None
    waited: float = 0.0
    rung: tuple[str, ...] = ()
    #: Whose phones ring now.
    ringing: tuple[str, ...] = ()
    #: Whom the agent asks about the caller now.
    asked: str = ""
    #: Who passed the caller on last.
    sent_by: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    talks: tuple[Talk, ...] = ()
    held_since: datetime | None = None
    ended_at: datetime | None = None
    outcome: Outcome | None = None
    abandoned_in: str = ""
    hung_up_first: str = ""
    estimated: bool = False
    odd: int = 0

    @property
    def talked(self) -> float:
        """Seconds of conversation with agents, all together; a conversation under way counts as 0."""
        return sum(talk.talked or 0.0 for talk in self.talks)


def advance(call: Call, event: Event) -> Call:
    """Return the call as it is after the event. Never raises for an odd event; it is counted."""
    rule = TRANSITIONS.get(type(event))
    if rule is not None:
        allowed, state = rule
        if call.state not in allowed or _stale(call, event):
            return _changed(call, odd=call.odd + 1)
        if state is not call.state:
            call = _changed(call, state=state)
    return _apply(call, event)


def _changed(call: Call, **changes: object) -> Call:
    """Return a copy with other values, like `replace`, which handles each of 28 fields: this takes a tenth of it.

    Every event of every call comes by here, when it happens and each time a record is derived.
    """
    copy = object.__new__(Call)
    copy.__dict__.update(call.__dict__)
    copy.__dict__.update(changes)
    assert len(copy.__dict__) == len(call.__dict__), f"a call has none of {list(changes)}"
    return copy


def _stale(call: Call, event: Event) -> bool:
    """Tell whether the event only repeats what is known, or is about an agent who has passed the caller on."""
    match event:
        case ev.CallAnswered():
            told = any(talk.agent == event.agent and talk.since == event.at for talk in call.talks)
            return told or (call.state is S.TALKING and event.agent == call.talks[-1].agent)
        case ev.CallReleased():
            return event.agent not in ("", call.talks[-1].agent)
        case ev.CallHeld():
            return call.held_since is not None
        case _:
            return False


def _apply(call: Call, event: Event) -> Call:
    match event:
        case ev.CallOffered():
            return _changed(
                call, did=event.did, ani=event.ani, ani_name=event.ani_name, site=event.site,
                channel=event.channel, uniqueid=event.uniqueid, offered_at=event.at,
            )  # fmt: skip
        case ev.MenuEntered():
            return _changed(call, path=(*call.path, event.menu))
        case ev.KeysPressed(keys=keys) if keys:
            return _changed(call, keys=(*call.keys, event.keys))
        case ev.FactNamed():
            return _changed(call, facts={**call.facts, event.name: event.value})
        case ev.LanguageChosen():
            return _changed(call, language=event.language)
        case ev.BranchTaken():
            return _changed(call, destination=event.to)
        case ev.CallQueued():
            return _changed(
                call, department=event.department, departments=(*call.departments, event.department),
                queued_at=event.at, destination=f"department {event.department}",
            )  # fmt: skip
        case ev.AgentsOffered():
            rung = (*call.rung, *(a for a in event.agents if a not in call.rung))
            return _changed(call, rung=rung, ringing=event.agents)
        case ev.OfferEnded():
            call = _changed(call, ringing=tuple(a for a in call.ringing if a != event.agent))
            back = S.WAITING if call.queued_at is not None else S.IN_MENU
            return _changed(call, state=back) if call.state is S.RINGING else call
        case ev.CallAnswered():
            if call.talks and call.talks[-1].talked is None:  # passed on: the talk ends at the transfer
                call = _talk_over(call, event.at, max(0.0, (event.at - call.talks[-1].since).total_seconds()))
            talk = Talk(event.agent, event.department, event.at)
            return _changed(
                call, answered_by=event.agent, answered_at=call.answered_at or event.at,
                talks=(*call.talks, talk), waited=call.waited + event.waited, queued_at=None, ringing=(), asked="",
            )  # fmt: skip
        case ev.ConsultationBegun():
            return _changed(call, asked=event.to)
        case ev.ConsultationEnded():
            return _changed(call, asked="") if call.asked == event.to else call
        case ev.CallTransferred():
            return _changed(call, sent_by=event.agent, asked="" if event.to == call.asked else call.asked)
        case ev.CallHeld():
            return _changed(call, held_since=event.at)
        case ev.CallResumed():
            return _resumed(call, event.at)
        case ev.CallReleased():
            return _changed(_talk_over(call, event.at, event.talked, event.held), hung_up_first=event.by)
        case ev.CallLeftQueue():
            return _changed(call, waited=call.waited + event.waited, queued_at=None, ringing=())
        case ev.CallEnded():
            known = event.outcome in _OUTCOMES
            return _changed(
                call, ended_at=event.at, outcome=Outcome(event.outcome) if known else None,
                abandoned_in=event.abandoned_in, hung_up_first=_first(call, event), estimated=event.estimated,
                odd=call.odd + (not known), ringing=(), asked="",
            )  # fmt: skip
        case _:
            return call


def _first(call: Call, event: ev.CallEnded) -> str:
    """Say who hung up first; an end that does not know leaves what the conversation's end knew."""
    known = event.hung_up_first != ev.Party.UNKNOWN
    return event.hung_up_first if known or not call.hung_up_first else call.hung_up_first


def _talk_over(call: Call, at: datetime, talked: float, held: float = 0.0) -> Call:
    call = _resumed(call, at)
    last = replace(call.talks[-1], talked=talked, held=max(held, call.talks[-1].held))
    return _changed(call, talks=(*call.talks[:-1], last))


def _resumed(call: Call, at: datetime) -> Call:
    if call.held_since is None or not call.talks:
        return _changed(call, held_since=None)
    held = max(0.0, (at - call.held_since).total_seconds())
    last = replace(call.talks[-1], held=call.talks[-1].held + held)
    return _changed(call, held_since=None, talks=(*call.talks[:-1], last))


def fold(events: list[Event]) -> Call | None:
    """Return the call that these events, in their order, amount to; None if there are none."""
    if not events:
        return None
    call = Call(id=events[0].call, offered_at=events[0].at)
    for event in events:
        call = advance(call, event)
    return call
