"""What Asterisk told us, in our words. Values only; how the manager interface spells them is translate.py's.

Events come twice, late and in any order: each carries the ids it concerns and the moment it happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """Name one channel: `uniqueid` is its own, `linkedid` that of the oldest channel it is linked with."""

    name: str
    uniqueid: str
    linkedid: str

    @property
    def phone(self) -> str | None:
        """Return the phone (endpoint) this channel belongs to, or None for what is no phone."""
        technology, _, rest = self.name.partition("/")
        return rest.rpartition("-")[0] or None if technology == "PJSIP" else None


class ChannelState(Enum):
    """How far a channel has come; RING is the side that called, RINGING the side that is called."""

    DOWN = "down"
    DIALLING = "dialling"
    RING = "ring"
    RINGING = "ringing"
    UP = "up"
    BUSY = "busy"
    OTHER = "other"


class PhoneState(Enum):
    """What a phone is doing, as Asterisk sees it."""

    IDLE = "idle"
    IN_USE = "in_use"
    RINGING = "ringing"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    ON_HOLD = "on_hold"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class DialStatus(Enum):
    """How an attempt to reach a party ended."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    UNAVAILABLE = "unavailable"
    CONGESTED = "congested"
    REFUSED = "refused"
    OTHER = "other"


class HangupCause(IntEnum):
    """The Q.931 causes we give or judge by; Asterisk may report others, as plain numbers."""

    UNKNOWN = 0
    UNALLOCATED = 1
    NORMAL = 16
    USER_BUSY = 17
    NO_RESPONSE = 18
    NO_ANSWER = 19
    REJECTED = 21
    ANSWERED_ELSEWHERE = 26
    NETWORK_OUT_OF_ORDER = 38
    CONGESTION = 42


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment; all others derive from it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class ChannelSeen(Event):
    """A channel came into being."""

    channel: ChannelRef
    state: ChannelState
    caller_number: str
    caller_name: str
    context: str
    extension: str


@dataclass(frozen=True, slots=True)
class ChannelStateChanged(Event):
    """A channel rings, is answered, and so on."""

    channel: ChannelRef
    state: ChannelState


@dataclass(frozen=True, slots=True)
class HangupRequested(Event):
    """Somebody wants a channel to end: its own party, or (`by_party` false) Asterisk or we."""

    channel: ChannelRef
    by_party: bool
    cause: int | None


@dataclass(frozen=True, slots=True)
class ChannelHungUp(Event):
    """A channel is gone."""

    channel: ChannelRef
    cause: int
    cause_text: str


@dataclass(frozen=True, slots=True)
class DialBegun(Event):
    """A party is being called; there is no `channel` when we originated the call ourselves."""

    channel: ChannelRef | None
    dest_channel: ChannelRef
    phone: str | None


@dataclass(frozen=True, slots=True)
class DialEnded(Event):
    """An attempt to reach a party is over, well or not."""

    channel: ChannelRef | None
    dest_channel: ChannelRef
    phone: str | None
    status: DialStatus


@dataclass(frozen=True, slots=True)
class Bridged(Event):
    """A channel hears the others of a bridge."""

    bridge_id: str
    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class Unbridged(Event):
    """A channel left a bridge."""

    bridge_id: str
    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class Held(Event):
    """The party of this channel put the others on hold."""

    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class Unheld(Event):
    """The party of this channel came back."""

    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class BlindTransferred(Event):
    """A party sent the other one elsewhere without asking there first."""

    succeeded: bool
    transferer: ChannelRef
    transferee: ChannelRef | None
    context: str
    extension: str


@dataclass(frozen=True, slots=True)
class AttendedTransferred(Event):
    """A party that had two calls joined them and left."""

    succeeded: bool
    transferer: ChannelRef
    second_transferer: ChannelRef
    transferee: ChannelRef | None
    target: ChannelRef | None


@dataclass(frozen=True, slots=True)
class PhoneStateChanged(Event):
    """A phone became idle, rings, went away, and so on."""

    phone: str
    state: PhoneState


@dataclass(frozen=True, slots=True)
class PhoneRegistered(Event):
    """A phone can be reached at a contact; `contact_status` is Asterisk's word."""

    phone: str
    contact_status: str


@dataclass(frozen=True, slots=True)
class PhoneUnregistered(Event):
    """A contact of a phone is gone or does not answer."""

    phone: str
    contact_status: str


@dataclass(frozen=True, slots=True)
class OriginateEnded(Event):
    """A call we asked for was answered, or will not be; `channel_id` is the id we chose."""

    channel_id: str
    answered: bool
    reason: int


@dataclass(frozen=True, slots=True)
class FullyBooted(Event):
    """Asterisk is ready."""


@dataclass(frozen=True, slots=True)
class ShuttingDown(Event):
    """Asterisk is going away on purpose."""

    restarting: bool
