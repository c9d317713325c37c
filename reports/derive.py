"""From a call's events to its record. Pure: the same events give the same record at any time.

Owns what the fold of `callrouter.calls` leaves out: each stay in a line and each ringing phone, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from callrouter import events as ev
from callrouter.calls import Call, advance
from callrouter.events import Event, Outcome
from reports.model import CallRecord, Left, Offer, Stay

ANSWERED = "answered"
CANCELLED = "cancelled"


def record_of(events: Sequence[Event]) -> CallRecord | None:
    """Return the record these events, in their order, amount to; None if there are none.

    An event that the call's state machine finds odd is counted in the record and changes nothing else.
    """
    if not events:
        return None
    call = Call(id=events[0].call, offered_at=events[0].at)
    stays: tuple[Stay, ...] = ()
    offers: tuple[Offer, ...] = ()
    for event in events:
        after = advance(call, event)
        # An end whose outcome is of another version is odd, and an end all the same.
        if after.odd == call.odd or after.ended_at != call.ended_at:
            stays, offers = _stays(stays, event), _offers(offers, event)
        call = after
    return _record(call, stays, offers)


def _stays(stays: tuple[Stay, ...], event: Event) -> tuple[Stay, ...]:
    waits = bool(stays) and stays[-1].left is Left.WAITING
    match event:
        case ev.CallQueued():
            return (*stays, Stay(event.department, event.at))
        case ev.CallAnswered() if event.department:
            if not waits or stays[-1].department != event.department:  # that the caller joined was not told to us
                stays = (*stays, Stay(event.department, event.at - timedelta(seconds=event.waited)))
            last = replace(stays[-1], left=Left.ANSWERED, waited=event.waited, answered_by=event.agent)
            return (*stays[:-1], last)
        case ev.CallLeftQueue() if waits:
            return (*stays[:-1], replace(stays[-1], left=_left(event), waited=event.waited, to=event.to))
        case ev.CallEnded() if waits:
            if event.outcome != Outcome.ABANDONED:
                return (*stays[:-1], replace(stays[-1], left=Left.FAILED))
            waited = max(0.0, (event.at - stays[-1].joined_at).total_seconds())
            return (*stays[:-1], replace(stays[-1], left=Left.ABANDONED, waited=waited))
        case _:
            return stays


def _left(event: ev.CallLeftQueue) -> Left:
    if event.why == "abandoned":
        return Left.ABANDONED
    return Left.VOICEMAIL if event.to.startswith("voicemail") else Left.MOVED_ON


def _offers(offers: tuple[Offer, ...], event: Event) -> tuple[Offer, ...]:
    match event:
        case ev.AgentsOffered():
            told = {(offer.agent, offer.at) for offer in offers}
            again = tuple(agent for agent in event.agents if (agent, event.at) not in told)
            # Who rings anew does not ring from before: that end was lost.
            offers = _replied(offers, again, CANCELLED)
            return (*offers, *(Offer(agent, event.department, event.at) for agent in again))
        case ev.CallAnswered():
            return _replied(offers, (event.agent,), ANSWERED)
        case ev.OfferEnded():
            return _replied(offers, (event.agent,), event.reply)
        case ev.CallEnded():
            return _replied(offers, tuple(offer.agent for offer in offers), CANCELLED)
        case _:
            return offers


def _replied(offers: tuple[Offer, ...], agents: Sequence[str], reply: str) -> tuple[Offer, ...]:
    """Return the offers with those answered that still ring at these agents."""
    return tuple(replace(o, reply=reply) if o.agent in agents and not o.reply else o for o in offers)


def _record(call: Call, stays: tuple[Stay, ...], offers: tuple[Offer, ...]) -> CallRecord:
    return CallRecord(
        call=call.id,
        offered_at=call.offered_at,
        ended_at=call.ended_at,
        did=call.did,
        ani=call.ani,
        ani_name=call.ani_name,
        language=call.language,
        path=call.path,
        keys=call.keys,
        facts=dict(call.facts),
        destination=call.destination,
        outcome=call.outcome,
        abandoned_in=call.abandoned_in,
        hung_up_first=call.hung_up_first,
        answered_by=call.answered_by,
        answered_at=call.answered_at,
        waited=call.waited,
        talked=call.talked,
        stays=stays,
        offers=offers,
        talks=call.talks,
        estimated=call.estimated,
        odd=call.odd,
    )
