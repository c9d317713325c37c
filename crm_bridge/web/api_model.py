"""What the API says of customers, as types; fields are only added. What it takes is in `api_bodies`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from crm_bridge.matching import Matched
from crm_bridge.model import Direction, Kind, MatterKind, Medium
from ledger.web.api_model import Shape

Seconds = Annotated[float, Field(ge=0, description="seconds")]
Id = Annotated[str, Field(description="the customer's id")]
Version = Annotated[int, Field(description="goes back with a change, so that nobody overwrites another's")]
OwnFields = Annotated[dict[str, str | float | int], Field(description="the site's own fields")]


class PhoneAnswer(Shape):
    """A telephone number, in E.164 and as it was written; the first one is the one to take."""

    number: str
    written: str
    label: str


class MailAnswer(Shape):
    """A mail address."""

    address: str
    label: str


class HandleAnswer(Shape):
    """What somebody is called at another service."""

    service: str
    handle: str


class RelationAnswer(Shape):
    """Another customer concerned; `role` says what that one is to this."""

    customer: str
    role: str


class CustomerAnswer(Shape):
    """A customer. `made_by_us`: nobody has written anything of this one, it is a number that called.

    `merged_into` is the customer to use instead.
    """

    id: Id
    version: Version
    since: datetime
    changed_at: datetime
    name: str
    kind: Kind
    organisation: Annotated[str | None, Field(description="the id of the organisation a person belongs to")]
    company: Annotated[str, Field(description="that organisation's name")]
    phones: list[PhoneAnswer]
    mails: list[MailAnswer]
    handles: list[HandleAnswer]
    address: str
    website: str
    language: str
    status: str
    owner: Annotated[str, Field(description="the account that looks after the customer")]
    insiders: Annotated[list[str], Field(description="people of the site concerned")]
    relations: list[RelationAnswer]
    concerned_in: Annotated[list[RelationAnswer], Field(description="who names this one among the people concerned")]
    tags: list[str]
    fields: OwnFields
    made_by_us: bool
    merged_into: str | None


class CustomersAnswer(Shape):
    """Customers; ask again with `cursor` = `next` for those behind them."""

    customers: list[CustomerAnswer]
    next: str | None


class ShortAnswer(Shape):
    """A customer in short."""

    id: Id
    name: str
    kind: Kind
    numbers: list[str]
    organisation: str | None
    company: str
    language: str
    status: str
    owner: str


class MatchAnswer(Shape):
    """Who has a number. Never a guess: with "one of several" all of them are named, at most 20 of `count`.

    Of a `switchboard`, the organisation whose number it is, any of its `people` may be calling. `nameless` is the file
    of a number that has called before, of whom nobody has written anything.
    """

    match: Matched
    said: Annotated[str, Field(description="the same in words, for people")]
    number: Annotated[str, Field(description="in E.164, empty where there is none")]
    customers: list[ShortAnswer]
    count: int
    switchboard: ShortAnswer | None
    people: list[ShortAnswer]
    people_count: int
    nameless: ShortAnswer | None


class NoteAnswer(Shape):
    """What somebody wrote down, about an interaction or about none."""

    id: str
    customer: Id
    at: datetime
    by: str
    text: str
    interaction: str
    disposition: str


class NotesAnswer(Shape):
    """A customer's notes, the newest first."""

    notes: list[NoteAnswer]


class MatterAnswer(Shape):
    """An opportunity, offer or order; `amount` in minor units of the currency, such as cents."""

    id: str
    version: Version
    customer: Id
    kind: MatterKind
    title: str
    amount: int
    currency: str
    stage: str
    whose: Annotated[str, Field(description="the account that looks after it")]
    expected: date | None
    closed: date | None
    created_at: datetime


class MattersAnswer(Shape):
    """A customer's matters, the open ones first."""

    matters: list[MatterAnswer]


class ActivityAnswer(Shape):
    """Something to be done for a customer, by `whose` account."""

    id: str
    version: Version
    customer: Id
    what: str
    due: datetime
    whose: str
    matter: str | None
    created_at: datetime
    done_at: datetime | None
    done_by: str


class ActivitiesAnswer(Shape):
    """A customer's activities: what is to be done by its day, then what was done."""

    activities: list[ActivityAnswer]


class InteractionAnswer(Shape):
    """One contact of one customer, however many legs it took. `ended` and `outcome` are null while it goes on.

    `customer` is null where the number was withheld, or belongs to several and nobody said whose it was. `left` is the
    id of the voicemail or fax. What went out has a `result` in words in place of an outcome.
    """

    id: str
    customer: str | None
    call: str
    medium: Medium
    direction: Direction
    number: str
    started: datetime
    ended: datetime | None
    outcome: str | None
    result: str
    department: str
    answered_by: str
    waited: Seconds
    talked: Seconds
    left: str
    facts: Annotated[dict[str, str], Field(description="what the menus found out")]
    page: Annotated[str, Field(description="the page that tells all of it, empty for none")]


class InteractionsAnswer(Shape):
    """Interactions, the newest first; ask again with `cursor` = `next` for earlier ones."""

    interactions: list[InteractionAnswer]
    next: str | None


class InteractionStoryAnswer(Shape):
    """One interaction, and the notes about it; a token without `customers:read` is given none."""

    interaction: InteractionAnswer
    notes: list[NoteAnswer]


class StepAnswer(Shape):
    """One change of the file: `changes` tells from what to what, by the name of what changed."""

    what: str
    by: str
    about: str
    changes: dict[str, Any]  # whatever JSON may hold


class EntryAnswer(Shape):
    """A line of a customer's history: an interaction or a step, never both; `note` is the one the step is about.

    `one_of` is more than one where the number belongs to so many customers and nobody said whose it was.
    """

    id: str
    at: datetime
    interaction: InteractionAnswer | None
    step: StepAnswer | None
    note: NoteAnswer | None
    one_of: int


class TimelineAnswer(Shape):
    """A customer's history, the newest first; ask again with `cursor` = `next` for earlier entries."""

    entries: list[EntryAnswer]
    next: str | None


class MergeAnswer(Shape):
    """A merge: `gone` was merged into `kept`. It can be undone until `until`."""

    id: str
    kept: Id
    gone: str
    at: datetime
    by: str
    until: datetime


class MergesAnswer(Shape):
    """The merges into a customer that can still be undone, the newest first."""

    merges: list[MergeAnswer]


class MergedAnswer(Shape):
    """What came of a merge: the merge, by whose id it is undone, and the customer after it."""

    merge: MergeAnswer
    customer: CustomerAnswer
