"""From a call's events to its record. Pure: the same events give the same record at any time.

Owns what the fold of `callrouter.calls` leaves out: each stay in a line, each ringing phone, each menu, one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import overload

from callrouter import events as ev
from callrouter.caller_number import is_withheld
from callrouter.calls import Call, advance
from callrouter.events import Event, Outcome
from callrouter.outbound_story import placed_of
from ivr.conversation import Reply
from reports.model import CallRecord, Left, Offer, Outgoing, Stay, Step, Transfer
from reports.order import in_order

ANSWERED = "answered"
CANCELLED = "cancelled"
#: A story that begins so is of a call that we placed: no customer's call that came in.
_OUTWARD = (ev.OutboundBegun, ev.FaxCallBegun)
#: What such a story consists of; where its beginning is lost, this tells.
_OUTWARD_ONLY = (*_OUTWARD, ev.OutboundRinging, ev.OutboundAnswered, ev.OutboundEnded, ev.FaxCallEnded)
#: What a record is never made of: a word about a customer is no call.
_NO_CALL = (ev.CustomerChanged,)


@dataclass(frozen=True)
class _Parts:
    stays: tuple[Stay, ...] = ()
    offers: tuple[Offer, ...] = ()
    steps: tuple[Step, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    disposition: str = ""


def record_of(events: Sequence[Event]) -> CallRecord | None:
    """Return the record these events amount to; None if there are none, or of no call that came in.

    They come in the order in which they were told. One that came late is taken where its time puts it, and one that
    was told twice counts once, unless that makes less sense of them: then the clock was put back. An event that the
    call's state machine finds odd is counted in the record and changes nothing else.
    """
    events = [event for event in events if not isinstance(event, _NO_CALL)]
    if not events or any(isinstance(event, _OUTWARD_ONLY) for event in events):
        return None
    events = in_order(events)
    call = Call(id=events[0].call, offered_at=events[0].at)
    parts = _Parts()
    for event in events:
        after = advance(call, event)
        # An end whose outcome is of another version is odd, and an end all the same.
        if after.odd == call.odd or after.ended_at != call.ended_at:
            parts = _with(parts, event)
        call = after
    return _record(call, parts)


def outgoing_of(events: Sequence[Event]) -> Outgoing | None:
    """Return the call that we placed for a person, as these events tell it; None for any other."""
    placed = placed_of(events) if any(isinstance(event, ev.OutboundBegun) for event in events) else None
    if placed is None:
        return None
    return Outgoing(
        call=placed.id,
        began_at=placed.began,
        person=placed.person,
        number=placed.number,
        about=placed.about,
        answered=placed.answered is not None or placed.result == Reply.ANSWERED,
        ended_at=placed.ended,
        talked=placed.talked if placed.ended and placed.result == Reply.ANSWERED else None,
    )


@overload
def _exact(seconds: float) -> float: ...
@overload
def _exact(seconds: float | None) -> float | None: ...
def _exact(seconds: float | None) -> float | None:
    """Return whole milliseconds, which add up to the same sum in any order."""
    return None if seconds is None else round(seconds, 3)


def _with(parts: _Parts, event: Event) -> _Parts:
    stays, offers = _stays(parts.stays, event), _offers(parts.offers, event)
    if stays is not parts.stays or offers is not parts.offers:
        parts = replace(parts, stays=stays, offers=offers)
    match event:
        case ev.MenuEntered():
            return replace(parts, steps=(*_led(parts.steps, f"menu {event.menu}"), Step(event.menu)))
        case ev.KeysPressed(keys=keys) if keys and parts.steps and event.menu in ("", parts.steps[-1].menu):
            last = parts.steps[-1]
            return replace(parts, steps=(*parts.steps[:-1], replace(last, keys=last.keys + keys)))
        case ev.BranchTaken():
            return replace(parts, steps=_led(parts.steps, event.to))
        case ev.CallQueued():
            return replace(parts, steps=_led(parts.steps, f"department {event.department}"))
        case ev.CallTransferred():
            moved = Transfer(event.agent, event.to, event.at, event.how)
            return parts if moved in parts.transfers else replace(parts, transfers=(*parts.transfers, moved))
        case ev.CallDisposed():
            return replace(parts, disposition=event.disposition)
        case _:
            return parts


def _led(steps: tuple[Step, ...], to: str) -> tuple[Step, ...]:
    """Say where the last menu led, once."""
    if not steps or steps[-1].to:
        return steps
    return (*steps[:-1], replace(steps[-1], to=to))


def _stays(stays: tuple[Stay, ...], event: Event) -> tuple[Stay, ...]:
    waits = bool(stays) and stays[-1].left is Left.WAITING
    match event:
        case ev.CallQueued():
            return (*_gone_on(stays, event.at, event.department), Stay(event.department, event.at))
        case ev.CallAnswered(department=""):
            return _gone_on(stays, event.at, event.agent)
        case ev.CallAnswered():
            if not waits or stays[-1].department != event.department:  # that the caller joined was not told to us
                joined = event.at - timedelta(seconds=event.waited)
                stays = (*_gone_on(stays, joined, event.department), Stay(event.department, joined))
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


def _gone_on(stays: tuple[Stay, ...], at: datetime, to: str) -> tuple[Stay, ...]:
    """Say of a caller who is elsewhere since then, at the latest, that the line was left: it was not told to us."""
    if not stays or stays[-1].left is not Left.WAITING:
        return stays
    waited = max(0.0, (at - stays[-1].joined_at).total_seconds())
    return (*stays[:-1], replace(stays[-1], left=Left.MOVED_ON, waited=waited, to=to))


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
            return _replied(offers, (event.agent,), ANSWERED, event.rang)
        case ev.OfferEnded():
            return _replied(offers, (event.agent,), event.reply, event.rang)
        case ev.CallEnded():
            return _replied(offers, tuple(offer.agent for offer in offers), CANCELLED)
        case _:
            return offers


def _replied(
    offers: tuple[Offer, ...], agents: Sequence[str], reply: str, rang: float | None = None
) -> tuple[Offer, ...]:
    """Return the offers with those answered that still ring at these agents."""
    if not any(offer.agent in agents and not offer.reply for offer in offers):
        return offers
    return tuple(replace(o, reply=reply, rang=rang) if o.agent in agents and not o.reply else o for o in offers)


def _record(call: Call, parts: _Parts) -> CallRecord:
    return CallRecord(
        call=call.id,
        offered_at=call.offered_at,
        ended_at=call.ended_at,
        did=call.did,
        ani="" if is_withheld(call.ani) else call.ani,  # as journals of before have it
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
        waited=_exact(call.waited),
        talked=_exact(call.talked),
        stays=tuple(replace(stay, waited=_exact(stay.waited)) if stay.waited else stay for stay in parts.stays),
        offers=tuple(replace(offer, rang=_exact(offer.rang)) if offer.rang else offer for offer in parts.offers),
        talks=tuple(replace(t, talked=_exact(t.talked), held=_exact(t.held)) for t in call.talks),
        estimated=call.estimated,
        odd=call.odd,
        steps=parts.steps,
        transfers=parts.transfers,
        disposition=parts.disposition,
    )
