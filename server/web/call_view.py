"""A call as a row of the page and as an answer of the API: names for people, words for states.

Owns what a reader sees of a call; looks nothing up but names of the site and who rings now.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from callrouter import events as ev
from callrouter.agents import Agent, AgentState
from callrouter.calls import Call, CallState
from callrouter.events import Event, to_data
from callrouter.outbound_story import Placed
from callrouter.outcome_words import OUTCOMES
from callrouter.story import sentence
from config.schema import Site
from server.web.api_model import CallAnswer, EventAnswer, PlacedAnswer, SentenceAnswer, TalkAnswer

STATES = {
    CallState.OFFERED: "Arriving",
    CallState.IN_MENU: "In the menu",
    CallState.WAITING: "Waiting",
    CallState.RINGING: "Ringing",
    CallState.TALKING: "Talking",
    CallState.AFTER: "After the talk",
    CallState.ENDED: "Ended",
}
_TONES = {CallState.WAITING: "warn", CallState.RINGING: "warn", CallState.TALKING: "good"}


@dataclass(frozen=True)
class CallRow:
    """One row. `since` is when the state shown began, `waiting_since` is set while the caller is in line."""

    id: str
    live: bool
    word: str
    tone: str
    at: datetime
    caller: str
    caller_name: str
    did: str
    path: tuple[str, ...]
    department: str
    agents: tuple[str, ...]
    since: datetime | None
    waiting_since: datetime | None
    waited: float
    talked: float
    now: datetime


def row(call: Call, site: Site, agents: Iterable[Agent], now: datetime, *, live: bool, name: str = "") -> CallRow:
    """Return the call as it is shown; `agents` tells whose phones ring now, `name` is the customer's where known."""
    word, tone = _word(call, live=live)
    return CallRow(
        id=call.id,
        live=live,
        word=word,
        tone=tone,
        at=call.offered_at,
        caller=call.ani,
        caller_name=name or call.ani_name,
        did=call.did,
        path=call.path,
        department=_department(call.department, site),
        agents=tuple(_person(name, site) for name in _with_whom(call, agents)),
        since=_since(call),
        waiting_since=call.queued_at,
        waited=call.waited,
        talked=call.talked,
        now=now,
    )


def answer(call: Call) -> CallAnswer:
    """Return the call as the API tells it."""
    return CallAnswer(
        id=call.id,
        state=call.state.value,
        outcome=call.outcome.value if call.outcome is not None else None,
        offered_at=call.offered_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        did=call.did,
        ani=call.ani,
        ani_name=call.ani_name,
        language=call.language,
        path=list(call.path),
        facts=dict(call.facts),
        department=call.department,
        departments=list(call.departments),
        destination=call.destination,
        waited=call.waited,
        talked=call.talked,
        answered_by=call.answered_by,
        rung=list(call.rung),
        talks=[
            TalkAnswer(agent=t.agent, department=t.department, since=t.since, talked=t.talked, held=t.held)
            for t in call.talks
        ],
        hung_up_first=call.hung_up_first,
        abandoned_in=call.abandoned_in,
        estimated=call.estimated,
        site=call.site,
    )


def placed(call: Placed) -> PlacedAnswer:
    """Return how far a call has come that we placed, as the API tells it."""
    return PlacedAnswer(
        person=call.person,
        number=call.number,
        stage=call.stage.value,
        began=call.began,
        answered=call.answered,
        ended=call.ended,
        result=call.result,
        talked=call.talked,
    )


def event_answer(event: Event) -> EventAnswer:
    """Return an event as the API tells it."""
    return EventAnswer(
        kind=event.KIND, at=event.at, agent=event.agent, department=event.department, data=to_data(event)
    )


def sentences(events: Iterable[Event]) -> list[SentenceAnswer]:
    """Tell a call in sentences; why other agents did not ring stands apart, so that it can be shown as a list."""
    told = []
    for event in events:
        why_not: dict[str, str] = {}
        if isinstance(event, ev.AgentChanged):
            continue  # that the phone rang and who answered is told by the call's own events
        if isinstance(event, ev.AgentsOffered):
            why_not, event = dict(event.why_not), replace(event, why_not={})
        if text := sentence(event):
            told.append(SentenceAnswer(at=event.at, text=text, why_not=why_not))
    return told


def _word(call: Call, *, live: bool) -> tuple[str, str]:
    if live:
        return STATES[call.state], _TONES.get(call.state, "calm")
    if call.outcome is None:
        return "Unfinished", "calm"
    return OUTCOMES[call.outcome]


def _with_whom(call: Call, agents: Iterable[Agent]) -> tuple[str, ...]:
    if call.state is CallState.RINGING:
        ringing = tuple(a.name for a in agents if a.call == call.id and a.state is AgentState.RINGING)
        return ringing or call.rung[-1:]
    return (call.answered_by,) if call.answered_by else ()


def _since(call: Call) -> datetime | None:
    if call.state is CallState.TALKING and call.talks:
        return call.talks[-1].since
    if call.state in (CallState.WAITING, CallState.RINGING):
        return None  # the waiting time says it
    return call.offered_at


def _department(name: str, site: Site) -> str:
    known = site.departments.get(name)
    return known.name or name if known is not None else name


def _person(name: str, site: Site) -> str:
    known = site.people.get(name)
    return known.name if known is not None else name
