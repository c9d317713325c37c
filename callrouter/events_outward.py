"""What can happen to a call that we make: to send a fax, or to a number for one of our people."""

from __future__ import annotations

from dataclasses import dataclass

from callrouter.event import Event


@dataclass(frozen=True, kw_only=True)
class FaxCallBegun(Event):
    """We call a number to send a fax there."""

    KIND = "fax_call_begun"
    number: str
    fax: str


@dataclass(frozen=True, kw_only=True)
class FaxCallEnded(Event):
    """Such a call has ended: `result` in one word, `pages` confirmed by the other machine."""

    KIND = "fax_call_ended"
    fax: str
    result: str
    pages: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class OutboundBegun(Event):
    """We call somebody for one of our people; `about` is what it answers, such as the id of a message."""

    KIND = "outbound_begun"
    number: str
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class OutboundRinging(Event):
    """The person for whom we call has picked up: now the number rings."""

    KIND = "outbound_ringing"
    number: str


@dataclass(frozen=True, kw_only=True)
class OutboundAnswered(Event):
    """Whom we call has answered."""

    KIND = "outbound_answered"
    number: str


@dataclass(frozen=True, kw_only=True)
class OutboundEnded(Event):
    """Such a call has ended, `talked` in seconds."""

    KIND = "outbound_ended"
    reply: str
    talked: float = 0.0
