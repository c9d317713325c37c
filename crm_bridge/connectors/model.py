"""What leaves for other systems, and what is known of each of them. Values only; knows no table and no wire."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from config.connectors import Connector
from config.schema import Company, Person
from ledger.delivery_model import Later, Result


class ConnectedSite(Protocol):
    """What connectors read of the site."""

    @property
    def company(self) -> Company: ...
    @property
    def people(self) -> Mapping[str, Person]: ...
    @property
    def connectors(self) -> Mapping[str, Connector]: ...


class ConnectorError(Exception):
    """Something that somebody wants of a connector cannot be."""


class NoSuchReceiver(ConnectorError):
    """There is no connector of this name."""


class NotAtWork(ConnectorError):
    """This connector is not at work in this server."""


@dataclass(frozen=True)
class CustomerShort:
    """What other systems are told of a customer of ours; not `merged`, who were merged into this one of late."""

    id: str
    name: str = ""
    company: str = ""
    numbers: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """What is known of whose something is: the customer's id, or a call and the other side's number as it was told.

    What is not known is ''; a call's number is in some of its events only, with `did`, the number of ours it came to.
    """

    customer: str = ""
    call: str = ""
    number: str = ""
    did: str = ""


#: Says who the customer is, None where nobody is known.
CustomerOf = Callable[[About], Awaitable[CustomerShort | None]]


@dataclass(frozen=True)
class CallNow:
    """A call as far as it had come. Numbers in E.164, '' where there is none; seconds in `waited` and `talked`."""

    direction: str
    number: str
    did: str
    began: str
    ended: str = ""
    outcome: str = ""
    department: str = ""
    agents: tuple[str, ...] = ()
    rung: tuple[str, ...] = ()
    waited: float = 0.0
    talked: float = 0.0
    facts: Mapping[str, str] = field(default_factory=dict)
    #: Somebody's phone, or a line, had the call before.
    announced: bool = False


@dataclass(frozen=True)
class Occasion:
    """Something that happened and leaves for one receiver: what the journal says, and what was known then.

    `id` is the entry's, and the idempotency key; what happens to one `lane` leaves in order. The lane is the
    customer's id, or else the number, or else the call.
    """

    id: str
    seq: int
    kind: str
    at: datetime
    lane: str
    call: str = ""
    agent: str = ""
    department: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)  # as the journal has it
    customer: CustomerShort | None = None
    now: CallNow | None = None

    @property
    def earlier_lanes(self) -> tuple[str, ...]:
        """The lanes of the customer's events before anybody knew whose they were, or that two customers are one."""
        return () if self.customer is None else (*self.customer.numbers, *self.customer.merged)

    def payload(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {**asdict(self), "at": self.at.isoformat(), "data": dict(self.data)}

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Occasion:
        """Read what `payload` gave."""
        fields = dict(payload)
        fields["at"] = datetime.fromisoformat(fields["at"])
        if (customer := fields["customer"]) is not None:
            lists = {name: tuple(customer.get(name, ())) for name in ("numbers", "merged")}
            fields["customer"] = CustomerShort(**{**customer, **lists})
        if (now := fields["now"]) is not None:
            fields["now"] = CallNow(**{**now, "agents": tuple(now["agents"]), "rung": tuple(now["rung"])})
        return cls(**fields)


@dataclass(frozen=True)
class Throttled(Later):
    """The receiver has enough for now, and says for how many seconds."""

    after: float = 0.0


@dataclass(frozen=True)
class Found:
    """Somebody another system knows: there `id`, `called` by its word for such ("Contacts")."""

    source: str
    id: str
    name: str = ""
    company: str = ""
    called: str = ""


class Sender(Protocol):
    """Tells one receiver what happened."""

    #: Whether `Occasion.now` is wanted, for which the call's story is read.
    needs_call: bool

    def wants(self, kind: str) -> bool:
        """Tell whether this kind of event leaves at all."""

    async def send(self, occasion: Occasion) -> Result:
        """Try once. Raises nothing that the receiver, the network or the site's own words may bring about."""

    async def test(self) -> Result:
        """Try whether the receiver takes what we tell it, leaving as little there as can be. Raises as `send`."""

    def preview(self, occasion: Occasion) -> str:
        """Return what is told of an event, in lines for people, without secrets."""


class WaitingState(StrEnum):
    """Why something is kept: it goes by itself, or a person has to look."""

    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class Waiting:
    """Something that has not reached its receiver, and what was said of it last.

    Without `next_at` it goes when what is before it in its lane has gone.
    """

    receiver: str
    occasion: Occasion
    state: WaitingState
    attempts: int
    parked_at: datetime
    next_at: datetime | None
    last_reply: str


class BreakerState(StrEnum):
    """Whether a receiver is sent anything."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


@dataclass(frozen=True)
class ReceiverState:
    """How one receiver is doing. `behind` counts journal entries not looked at yet, `oldest` is of what waits.

    A receiver that the site names no more has no kind; what is kept for it can still be dropped.
    """

    name: str
    kind: str
    breaker: BreakerState
    next_probe: float | None
    behind: int
    waiting: int
    failed: int
    oldest: datetime | None
    last_success: datetime | None
    last_error: str
    last_error_at: datetime | None
    #: It follows the journal: what happens now reaches it, or waits for it.
    known: bool = True
    #: The machine it is on; the rest of its address may hold a token.
    host: str = ""
    #: What waits longer than so many seconds is an alarm.
    alarm: float = 900.0
    #: This process sends to it: only then the breaker means something.
    here: bool = True

    def is_overdue(self, now: datetime) -> bool:
        """Tell whether something has waited for too long."""
        return self.oldest is not None and (now - self.oldest).total_seconds() > self.alarm


@dataclass(frozen=True)
class Tested:
    """What a receiver said to a test, and after how many seconds."""

    result: Result
    seconds: float


class DeedKind(StrEnum):
    """What somebody can do with a connector."""

    AGAIN = "again"
    DROPPED = "dropped"
    TESTED = "tested"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True)
class Deed:
    """What somebody did: how many `events` it concerned, and `about` what: an event's id, a state, what a test gave."""

    at: datetime
    by: str
    what: DeedKind
    events: int = 0
    about: str = ""
