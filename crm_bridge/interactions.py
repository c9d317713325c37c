"""What an interaction says of a story in the journal: one contact, however many legs and calls it took. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from callrouter import events as ev
from callrouter.caller_number import number_of
from callrouter.calls import Call, fold
from callrouter.events import Event, Outcome
from crm_bridge.model import Direction, Interaction, Medium
from crm_bridge.numbers import country_of


def interaction_of(story: Sequence[Event], country: str) -> Interaction | None:
    """Return the contact that a story tells of, of nobody yet; None for a story that tells of none.

    `country` is the site's: a caller's number is read as dialled in that of the number called.
    """
    for event in story:
        match event:
            case ev.FaxCallBegun():
                return _fax_sent(event, story, country)
            case ev.OutboundBegun():
                return _called(event, story, country)
            case ev.CallOffered():
                break
    call = fold(list(story))
    return None if call is None else _came(call, story, country)


def number_in(event: Event, country: str) -> str | None:
    """Return the other side's number of an event that names one, in E.164."""
    match event:
        case ev.CallOffered():
            return number_of(event.ani, country_of(event.did, country))
        case ev.OutboundBegun() | ev.FaxCallBegun():
            return number_of(event.number, country)
        case _:
            return None


def _came(call: Call, story: Sequence[Event], country: str) -> Interaction:
    """Return what a customer's file says of a call: the last department and agent, and the seconds in all."""
    came = Interaction(
        id=call.id,
        call=call.id,
        number=number_of(call.ani, country_of(call.did, country)) or "",
        started=call.offered_at,
        ended=call.ended_at,
        outcome=call.outcome,
        department=call.department,
        answered_by=call.answered_by,
        waited=call.waited,
        talked=call.talked,
        facts=dict(call.facts),
    )
    for event in story:
        match event:
            case ev.MessageTaken(empty=False):
                left, medium, outcome = event.file.partition(".")[0], Medium.VOICEMAIL, Outcome.VOICEMAIL
            case ev.FaxReceived():
                left, medium, outcome = event.fax, Medium.FAX, Outcome.FAX
            case _:
                continue
        # Somebody who spoke with us and left a message later came over the voice all the same.
        came = replace(came, left=left[:64], medium=medium if call.outcome in (None, outcome) else came.medium)
    return came


def _called(begun: ev.OutboundBegun, story: Sequence[Event], country: str) -> Interaction:
    ended = next((event for event in story if isinstance(event, ev.OutboundEnded)), None)
    return Interaction(
        id=begun.call,
        call=begun.call,
        number=number_of(begun.number, country) or "",
        direction=Direction.OUT,
        started=begun.at,
        ended=ended.at if ended else None,
        result=ended.reply[:80] if ended else "",
        answered_by=begun.agent,
        talked=ended.talked if ended else 0.0,
    )


def _fax_sent(begun: ev.FaxCallBegun, story: Sequence[Event], country: str) -> Interaction:
    ended = next((event for event in story if isinstance(event, ev.FaxCallEnded)), None)
    return Interaction(
        id=begun.fax or begun.call,
        call=begun.call,
        number=number_of(begun.number, country) or "",
        medium=Medium.FAX,
        direction=Direction.OUT,
        started=begun.at,
        ended=ended.at if ended else None,
        result=ended.result[:80] if ended else "",
        talked=ended.seconds if ended else 0.0,
        left=begun.fax[:64],
    )
