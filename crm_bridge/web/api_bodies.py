"""What the API takes of customers, as types, and reading them. What may be written is said by the rules, not here."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, ValidationError

from crm_bridge.model import Kind, MatterKind
from ledger.web.api_model import Shape
from ledger.web.visit import Refusal, Visit

S = TypeVar("S", bound=BaseModel)


def _of_our_time(value: date) -> date:
    """Refuse what no calendar of ours holds, and no other time zone could say."""
    if not 1900 <= value.year <= 9000:
        raise ValueError("the year is none of ours")
    return value


Day = Annotated[date, AfterValidator(_of_our_time)]
Moment = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
Version = Annotated[int, Field(ge=1, le=2**31 - 1, description="the version that was seen; 409 where it is another")]
Text = Annotated[str, Field(max_length=20_000)]
Line = Annotated[str, Field(max_length=1_000)]
Ref = Annotated[str, Field(max_length=200)]


class PhoneBody(Shape):
    """A telephone number, in any form that is dialled at the site."""

    number: Line
    label: Line = ""


class MailBody(Shape):
    """A mail address."""

    address: Line
    label: Line = ""


class HandleBody(Shape):
    """What somebody is called at another service, such as a messenger."""

    service: Line
    handle: Line


class RelationBody(Shape):
    """Another customer concerned, and what that one is to this."""

    customer: Ref
    role: Line


class CustomerBody(Shape):
    """A new customer: a name, or at least a number, a mail address or a handle."""

    name: Line = ""
    kind: Kind = Kind.PERSON
    organisation: Ref | None = None
    phones: tuple[PhoneBody, ...] = ()
    mails: tuple[MailBody, ...] = ()
    handles: tuple[HandleBody, ...] = ()
    address: Text = ""
    website: Line = ""
    language: Line = ""
    status: Line = ""
    owner: Line = ""
    insiders: tuple[Line, ...] = ()
    relations: tuple[RelationBody, ...] = ()
    tags: tuple[Line, ...] = ()
    fields: dict[str, str | float | int] = Field(default_factory=dict)


class CustomerChangeBody(CustomerBody):
    """What changes; what is left out stays. A list replaces the whole list; of `fields` those named change."""

    version: Version


class NoteBody(Shape):
    """A new note, about one interaction or about the customer at large."""

    text: Text
    interaction: Ref = ""
    disposition: Line = ""


class NoteChangeBody(Shape):
    """The note's text anew; what it was stays in the history."""

    text: Text


class MatterBody(Shape):
    """A new opportunity, offer or order; in the site's first stage if none is named."""

    kind: MatterKind
    title: Line
    amount: Annotated[int, Field(ge=0, le=10**15, description="in minor units, such as cents")] = 0
    currency: Line = ""
    stage: Line = ""
    whose: Line | None = None
    expected: Day | None = None


class MatterChangeBody(Shape):
    """What changes of a matter; what is left out stays. A stage that ends it closes it."""

    version: Version
    kind: MatterKind = MatterKind.OPPORTUNITY
    title: Line = ""
    amount: Annotated[int, Field(ge=0, le=10**15)] = 0
    currency: Line = ""
    stage: Line = ""
    whose: Line = ""
    expected: Day | None = None


class ActivityBody(Shape):
    """Something to be done, when, and by whose account."""

    what: Text
    due: Moment
    whose: Line | None = None
    matter: Ref | None = None


class ActivityChangeBody(Shape):
    """What changes of an activity; what is left out stays. `done` says that it is, or that it is not after all."""

    version: Version
    what: Text = ""
    due: Moment | None = None
    whose: Line = ""
    matter: Ref | None = None
    done: bool = False


class MergeBody(Shape):
    """Who is merged into the customer of the address, and is gone after it."""

    gone: Ref


class AssignBody(Shape):
    """Whose the interaction is; null takes back what was said."""

    customer: Ref | None


async def given(visit: Visit, shape: type[S]) -> S:
    """Read the body as this shape; raises Refusal that says what does not fit."""
    return parsed(await visit.body(), shape)


def parsed(body: bytes, shape: type[S]) -> S:
    """Read JSON as this shape; raises Refusal."""
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # A place may be a key that the sender made up: text like any other.
        place = ".".join(str(part)[:40] for part in first["loc"][:4]) or "the body"
        where = "the API's description has the body of each operation: /api/v1/openapi.json"
        raise Refusal(400, f"{place}: {first['msg']}", where) from None
