"""What can happen to a call, an agent or the link to Asterisk: the journal's vocabulary.

Owns the kinds of events and their form on disk. What follows from an event is decided elsewhere; an event is
never changed once stored, so fields are only ever added here, with a default. Kinds about what a caller leaves
and about calls that we make have files of their own and are had from here as well.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any

from callrouter.event import Event as Event
from callrouter.event import Outcome as Outcome
from callrouter.event import Party as Party
from callrouter.events_closures import LineClosed as LineClosed
from callrouter.events_closures import LineReopened as LineReopened
from callrouter.events_kept import FaxBegun as FaxBegun
from callrouter.events_kept import FaxReceived as FaxReceived
from callrouter.events_kept import MessageBegun as MessageBegun
from callrouter.events_kept import MessageTaken as MessageTaken
from callrouter.events_outward import FaxCallBegun as FaxCallBegun
from callrouter.events_outward import FaxCallEnded as FaxCallEnded
from callrouter.events_outward import OutboundAnswered as OutboundAnswered
from callrouter.events_outward import OutboundBegun as OutboundBegun
from callrouter.events_outward import OutboundEnded as OutboundEnded
from callrouter.events_outward import OutboundRinging as OutboundRinging
from callrouter.events_site import SitePublished as SitePublished


@dataclass(frozen=True, kw_only=True)
class CallOffered(Event):
    """A call came in."""

    KIND = "call_offered"
    did: str
    ani: str = ""
    ani_name: str = ""
    site: str = ""
    channel: str = ""
    uniqueid: str = ""
    priority: int = 0
    #: By which time the menus took the call, where that is not now (ISO 8601): in the demo the office is always open.
    menus_at: str = ""


@dataclass(frozen=True, kw_only=True)
class MenuEntered(Event):
    KIND = "menu_entered"
    menu: str


@dataclass(frozen=True, kw_only=True)
class PromptHeard(Event):
    KIND = "prompt_heard"
    text: str
    language: str
    menu: str = ""
    purpose: str = ""
    whole: bool = True


@dataclass(frozen=True, kw_only=True)
class KeysPressed(Event):
    KIND = "keys_pressed"
    keys: str
    menu: str = ""
    status: str = "match"


@dataclass(frozen=True, kw_only=True)
class FactNamed(Event):
    KIND = "fact_named"
    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class LanguageChosen(Event):
    KIND = "language_chosen"
    language: str


@dataclass(frozen=True, kw_only=True)
class BranchTaken(Event):
    KIND = "branch_taken"
    origin: str
    to: str
    why: str


@dataclass(frozen=True, kw_only=True)
class CallQueued(Event):
    """The caller joined a department's line."""

    KIND = "call_queued"
    position: int
    priority: int = 0


@dataclass(frozen=True, kw_only=True)
class PositionTold(Event):
    KIND = "position_told"
    position: int
    expected_wait: float | None = None


@dataclass(frozen=True, kw_only=True)
class AgentsOffered(Event):
    """These phones ring for the caller; and why the others of the department do not."""

    KIND = "agents_offered"
    agents: tuple[str, ...]
    why: str = ""
    why_not: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class OfferEnded(Event):
    """One phone stopped ringing without being answered."""

    KIND = "offer_ended"
    reply: str
    rang: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CallAnswered(Event):
    """A human answered; `waited` is from joining the line (or from the ringing, where there was none)."""

    KIND = "call_answered"
    waited: float = 0.0
    rang: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CallHeld(Event):
    KIND = "call_held"


@dataclass(frozen=True, kw_only=True)
class CallResumed(Event):
    KIND = "call_resumed"


@dataclass(frozen=True, kw_only=True)
class CallTransferred(Event):
    """The agent passed the caller on: blind, attended, or early, which is while the colleague's phone still rang."""

    KIND = "call_transferred"
    to: str
    how: str = "blind"


@dataclass(frozen=True, kw_only=True)
class ConsultationBegun(Event):
    """The agent, who has the caller on hold, lets a colleague's phone ring to ask or to pass the caller on."""

    KIND = "consultation_begun"
    to: str


@dataclass(frozen=True, kw_only=True)
class ConsultationEnded(Event):
    """The colleague did not answer, or has hung up again without taking the caller over."""

    KIND = "consultation_ended"
    to: str


@dataclass(frozen=True, kw_only=True)
class CallReleased(Event):
    """The conversation with this agent ended."""

    KIND = "call_released"
    talked: float
    by: str = Party.UNKNOWN
    held: float = 0.0


@dataclass(frozen=True, kw_only=True)
class CallLeftQueue(Event):
    """The caller left a department's line without having been answered there."""

    KIND = "call_left_queue"
    why: str
    waited: float
    to: str = ""


@dataclass(frozen=True, kw_only=True)
class AttendantServed(Event):
    """The emergency attendant took over, since we were not there."""

    KIND = "attendant_served"
    result: str = ""


@dataclass(frozen=True, kw_only=True)
class CallFailed(Event):
    """Our own fault ended our part of the call; the caller was left to the emergency attendant."""

    KIND = "call_failed"
    error: str


@dataclass(frozen=True, kw_only=True)
class CallEnded(Event):
    """The caller's last leg is over. `estimated` marks an end that we did not see ourselves."""

    KIND = "call_ended"
    outcome: str
    hung_up_first: str = Party.UNKNOWN
    abandoned_in: str = ""
    estimated: bool = False


@dataclass(frozen=True, kw_only=True)
class CallDisposed(Event):
    """The agent said what came of the call, in one of the department's words ('' where none was asked for).

    What is said again counts instead. Whatever else was written is not in the journal, which forgets nobody.
    """

    KIND = "call_disposed"
    disposition: str


@dataclass(frozen=True, kw_only=True)
class DispositionMissed(Event):
    """The longest wrap-up was over, and the agent had not said what came of the call."""

    KIND = "disposition_missed"


@dataclass(frozen=True, kw_only=True)
class AgentChanged(Event):
    """An agent's state is another now, and why; or what follows once the present call is over (`then`, a deed).

    `owes` is the call of which the agent has to say what came of it before wrap-up is over.
    """

    KIND = "agent_changed"
    state: str
    reason: str = ""
    then: str = ""
    then_reason: str = ""
    owes: str = ""


@dataclass(frozen=True, kw_only=True)
class PhoneChanged(Event):
    KIND = "phone_changed"
    state: str


@dataclass(frozen=True, kw_only=True)
class CustomerChanged(Event):
    """Something was written of a customer, by an account or by ourselves (''): what, never the words themselves."""

    KIND = "customer_changed"
    customer: str
    change: str
    by: str = ""
    data: dict[str, Any] = field(default_factory=dict)  # whatever JSON may hold


@dataclass(frozen=True, kw_only=True)
class LinkLost(Event):
    """For this time nothing was heard from Asterisk: figures that lie over it are not sure."""

    KIND = "link_lost"
    since: str
    until: str


@dataclass(frozen=True, kw_only=True)
class ServerStarted(Event):
    """`after` is when the last happened that the journal knew before this start, '' where it knew nothing."""

    KIND = "server_started"
    site: str
    version: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class ServerStopped(Event):
    KIND = "server_stopped"
    why: str = ""


KINDS: dict[str, type[Event]] = {cls.KIND: cls for cls in Event.__subclasses__()}
_COMMON = frozenset({"at", "call", "agent", "department"})
_OWN = {cls: tuple(f for f in fields(cls) if f.name not in _COMMON) for cls in KINDS.values()}


class UnknownEvent(ValueError):
    """The journal holds an event that this version does not know, or not in this form."""


def to_data(event: Event) -> dict[str, Any]:
    """Return the event's own fields as JSON values."""
    return {f.name: getattr(event, f.name) for f in _OWN[type(event)]}


def from_data(kind: str, at: datetime, call: str, agent: str, department: str, data: dict[str, Any]) -> Event:
    """Read an event back. Fields unknown here (written by a later version) are left out.

    Raises:
        UnknownEvent: the kind is unknown, or a field without default is missing.
    """
    cls = KINDS.get(kind)
    if cls is None:
        raise UnknownEvent(kind)
    own: dict[str, Any] = {}
    for f in _OWN[cls]:
        if f.name in data:
            value = data[f.name]
            own[f.name] = tuple(value) if isinstance(value, list) else value
        elif f.default is MISSING and f.default_factory is MISSING:
            raise UnknownEvent(f"{kind} without {f.name}")
    return cls(at=at, call=call, agent=agent, department=department, **own)
