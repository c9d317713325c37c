"""Customers and what passed between them and us. Values only; knows no table and no page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from callrouter.events import Outcome


class NoSuchCustomer(Exception):
    """There is no customer of this id."""


class NotValid(Exception):
    """This cannot be written of a customer; the text says what is wrong and what would be right."""


class NotPossible(Exception):
    """This cannot be done with what is there; the text says why."""


class ChangedMeanwhile(Exception):
    """Somebody else changed it meanwhile: nothing was written."""

    def __init__(self, by: str = "", at: datetime | None = None) -> None:
        super().__init__(f"{by or 'somebody'} changed it meanwhile: look at it anew, then change it")
        self.by = by
        self.at = at


class Kind(StrEnum):
    """What a customer is."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True)
class Customer:
    """Somebody who calls us, in short: for lists, and for whoever sees the phone ring.

    `numbers` are in E.164, the first one first. The name stays empty until somebody writes it; `made_by_us` says
    that nobody has written anything of this one: it is a number that called. `company` is the organisation's name.
    """

    id: str
    since: datetime
    name: str = ""
    numbers: tuple[str, ...] = ()
    kind: Kind = Kind.PERSON
    organisation: str | None = None
    company: str = ""
    language: str = ""
    status: str = ""
    owner: str = ""
    made_by_us: bool = False


@dataclass(frozen=True)
class Phone:
    """A telephone number: in E.164, and as somebody wrote it."""

    number: str
    written: str = ""
    label: str = ""


@dataclass(frozen=True)
class Mail:
    """A mail address."""

    address: str
    label: str = ""


@dataclass(frozen=True)
class Handle:
    """What somebody is called at another service, such as a messenger."""

    service: str
    handle: str


@dataclass(frozen=True)
class Relation:
    """Another customer concerned; `role` says what that one is to this: wife, accountant, lawyer."""

    customer: str
    role: str


#: The value of an own field: text, number, date (as ISO text) or choice.
Value = str | float | int


@dataclass(frozen=True)
class Details:
    """All that people write of a customer. Of phones, mails and handles the first is the one to take.

    `organisation` is the id of the one a person belongs to, `owner` an account, `insiders` are persons of the site.
    """

    name: str
    kind: Kind = Kind.PERSON
    organisation: str | None = None
    phones: tuple[Phone, ...] = ()
    mails: tuple[Mail, ...] = ()
    handles: tuple[Handle, ...] = ()
    address: str = ""
    website: str = ""
    language: str = ""
    status: str = ""
    owner: str = ""
    insiders: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    tags: tuple[str, ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class CustomerFile:
    """One customer as it is now; `version` goes back with a change, so that nobody overwrites another's.

    `merged_into` is the one that this was merged into, which can be undone for a while. `concerned_in` are those who
    name this one among the people concerned.
    """

    id: str
    since: datetime
    details: Details
    version: int
    changed_at: datetime
    company: str = ""
    made_by_us: bool = False
    merged_into: str | None = None
    concerned_in: tuple[Relation, ...] = ()


@dataclass(frozen=True)
class Note:
    """What somebody wrote down; about one interaction, with what came of it, or about the customer at large."""

    id: str
    customer: str
    at: datetime
    by: str
    text: str
    interaction: str = ""
    disposition: str = ""


class MatterKind(StrEnum):
    """What is to be bought or was."""

    OPPORTUNITY = "opportunity"
    OFFER = "offer"
    ORDER = "order"


@dataclass(frozen=True)
class Matter:
    """Something about money: `amount` in minor units of the currency, `stage` one of the site's."""

    id: str
    customer: str
    kind: MatterKind
    title: str
    created_at: datetime
    amount: int = 0
    currency: str = "EUR"
    stage: str = ""
    whose: str = ""
    expected: date | None = None
    closed: date | None = None
    version: int = 1


@dataclass(frozen=True)
class Activity:
    """Something to be done for a customer, by `whose` account; `interaction` is the contact it came of, '' for none."""

    id: str
    customer: str
    what: str
    due: datetime
    created_at: datetime
    whose: str = ""
    matter: str | None = None
    done_at: datetime | None = None
    done_by: str = ""
    version: int = 1
    interaction: str = ""


@dataclass(frozen=True)
class Step:
    """One change: `changes` tells from what to what; `about` is the note, matter, activity or other customer."""

    at: datetime
    what: str
    by: str = ""
    about: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)  # whatever JSON may hold


class Medium(StrEnum):
    """What an interaction went over."""

    VOICE = "voice"
    VOICEMAIL = "voicemail"
    FAX = "fax"


class Direction(StrEnum):
    """Which way it went."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True)
class Interaction:
    """One contact of a customer, seconds in `waited` and `talked`; `id` is the call's, or the fax's that we sent.

    `customer` is None where the number was withheld, is none, or belongs to several; `number` is the other side's in
    E.164, '' where there is none. `ended` and `outcome` are None while it goes on; what went out has no outcome but
    a `result` in words. `left` is the id of the voicemail or fax.
    """

    id: str
    started: datetime
    customer: str | None = None
    call: str = ""
    number: str = ""
    medium: Medium = Medium.VOICE
    direction: Direction = Direction.IN
    ended: datetime | None = None
    outcome: Outcome | None = None
    result: str = ""
    department: str = ""
    answered_by: str = ""
    waited: float = 0.0
    talked: float = 0.0
    left: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """The page that tells all of it."""
        if self.left and self.medium is not Medium.VOICE:
            return f"/{self.medium.value}/{self.left}"
        return f"/calls/{self.call}" if self.call else ""


@dataclass(frozen=True)
class Entry:
    """A line of a customer's history: an interaction or a step, with what it was about where that is there still.

    `customer` is whose it is, '' where nobody said. `one_of` is more than one where the interaction's number belongs to
    so many customers and nobody said whose it was.
    """

    at: datetime
    id: str
    interaction: Interaction | None = None
    step: Step | None = None
    note: Note | None = None
    one_of: int = 1
    customer: str = ""

    @property
    def page(self) -> str:
        """The page it opens, '' for none but the customer's."""
        return self.interaction.page if self.interaction is not None else ""


@dataclass(frozen=True)
class History:
    """A part of a timeline, the newest first; `before` goes on after it, None at its end."""

    entries: tuple[Entry, ...]
    before: tuple[datetime, str] | None = None
