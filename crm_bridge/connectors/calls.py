"""What is told of a call beside the single event: how far it had come when that happened. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from callrouter import events as ev
from callrouter.archive import events_of
from callrouter.caller_number import number_of
from callrouter.calls import Call, fold
from callrouter.events import Event
from config.values import e164
from crm_bridge.connectors.model import CallNow
from crm_bridge.numbers import country_of
from ledger.entry import StoredEntry

_ANNOUNCES = (ev.CallQueued, ev.AgentsOffered, ev.CallAnswered, ev.OutboundBegun)


def call_at(entries: Sequence[StoredEntry], entry: StoredEntry, country: str) -> CallNow | None:
    """Return the call of an entry as it was then, the entry included; `entries` are those of the call."""
    events = events_of(one for one in entries if one.seq <= entry.seq)
    call = fold(events)
    if call is None:
        return None
    before = events_of(one for one in entries if one.seq < entry.seq)
    out = next((event for event in events if isinstance(event, ev.OutboundBegun)), None)
    over = next((event for event in events if isinstance(event, ev.OutboundEnded)), None)
    agents = [talk.agent for talk in call.talks]
    return CallNow(
        direction="in" if out is None else "out",
        number=_number(call, out, country),
        did=e164(call.did, country) or call.did,
        began=call.offered_at.isoformat(),
        ended=_ended(events),
        outcome=str(call.outcome or "") if over is None else over.reply,
        department=call.department,
        agents=tuple(agents if out is None else [out.agent]),
        rung=call.rung,
        waited=call.waited,
        talked=call.talked if over is None else over.talked,
        facts=dict(call.facts),
        announced=any(isinstance(event, _ANNOUNCES) for event in before),
    )


def _number(call: Call, out: ev.OutboundBegun | None, country: str) -> str:
    """Return the other side's number: a caller's is read as dialled in the country of the number of ours."""
    if out is not None:
        return number_of(out.number, country) or ""
    return number_of(call.ani, country_of(call.did, country)) or ""


def _ended(events: Sequence[Event]) -> str:
    ends = (event for event in events if isinstance(event, ev.CallEnded | ev.OutboundEnded))
    return next((event.at.isoformat() for event in ends), "")
