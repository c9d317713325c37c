"""What the API says of faxes and takes, as types; fields are only added. The examples are in `api_examples`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ledger.web.api_model import Shape, StepAnswer

FaxId = Annotated[str, Field(description="the fax's id")]


class CoverAnswer(Shape):
    """What stands on the cover sheet."""

    to: str
    sender: str
    note: str


class FaxAnswer(Shape):
    """A fax in short. `direction` is in or out; what is said of only one of them is empty, null or 0 for the other."""

    id: FaxId
    direction: str
    box: str
    state: Annotated[
        str,
        Field(
            description="received, partial, failed; or preparing, waiting, sending, sent, failed, unknown, cancelled"
        ),
    ]
    at: Annotated[datetime, Field(description="when it came, or was ordered")]
    number: Annotated[str, Field(description="the other side's number, empty when withheld")]
    name: Annotated[str, Field(description="the customer's name, else the one the carrier or the sender tells")]
    station: Annotated[str, Field(description="what the other machine calls itself; anybody may set that")]
    did: Annotated[str, Field(description="our own number")]
    call: Annotated[str, Field(description="the call it came in, or the last one it went out in")]
    pages: Annotated[int, Field(description="pages that came, or went through")]
    of: Annotated[int, Field(description="pages there are, 0 until that is known")]
    seconds: Annotated[float, Field(description="time on the line")]
    rate: Annotated[int, Field(description="bits a second")]
    quality: Annotated[str, Field(description="standard, fine, super fine, or dots an inch; empty until it is known")]
    ecm: Annotated[bool, Field(description="errors on the line were corrected")]
    t38: Annotated[bool, Field(description="it went over T.38")]
    why: Annotated[str, Field(description="why it failed, broke off or cannot be shown")]
    facts: Annotated[dict[str, str], Field(description="what the menus found out")]
    menus: list[str]
    text_state: Annotated[str, Field(description="off, waiting, done or failed")]
    text: Annotated[str, Field(description="what a machine read on the pages; a form feed parts them")]
    unread: bool
    seen_at: datetime | None
    seen_by: str
    handled_at: datetime | None
    handled_by: str
    assigned_to: str
    deleted_at: datetime | None
    deleted_by: str
    keep_until: datetime
    subject: str
    kind: Annotated[str, Field(description="what was given to be sent: PDF, TIFF, PNG, JPEG or text")]
    resolution: Annotated[str, Field(description="as it was ordered")]
    cover: CoverAnswer | None
    sent_by: str
    confirm: list[str]
    send_at: Annotated[datetime | None, Field(description="not before this time")]
    tries: int
    ended_at: datetime | None
    has_pdf: bool
    has_report: bool


class FaxesAnswer(Shape):
    """Faxes, the newest first; ask again with `before` = `next` for earlier ones."""

    faxes: list[FaxAnswer]
    next: str | None


class FaxAttemptAnswer(Shape):
    """One call with a fax. Without `began_sending_at` no machine has seen a page; without `ended_at` it goes on."""

    number: int
    call: str
    began_at: datetime
    began_sending_at: datetime | None
    ended_at: datetime | None
    result: Annotated[str, Field(description="in a word, empty while it goes on")]
    pages: int
    seconds: float
    station: str
    rate: int
    said: str


class FaxDeliveryAnswer(Shape):
    """Something that leaves the house about a fax, and what its receiver said last."""

    channel: Annotated[str, Field(description="mail, folder or webhook")]
    to: Annotated[str, Field(description="where to; of a web-hook's address only admins are told what may be secret")]
    state: Annotated[str, Field(description="waiting, accepted, refused or cancelled")]
    overdue: bool
    attempts: int
    reply: str
    since: datetime


class FaxProgressAnswer(Shape):
    """How far a fax on the line is."""

    pages: int
    of: Annotated[int, Field(description="0 where only the sender knows")]
    doing: str


class FaxStoryAnswer(Shape):
    """One fax with its calls, its deliveries and everything that happened to it."""

    fax: FaxAnswer
    next_try: Annotated[datetime | None, Field(description="when it is called out next")]
    progress: FaxProgressAnswer | None
    attempts: list[FaxAttemptAnswer]
    deliveries: list[FaxDeliveryAnswer]
    ledger: list[StepAnswer]


class FaxDeedBody(Shape):
    """What a deed needs: `to` (a person, '' for nobody) with assigned, `text` with note, `box` with forwarded."""

    to: Annotated[str, Field(max_length=80)] | None = None
    text: Annotated[str, Field(max_length=4_000)] | None = None
    box: Annotated[str, Field(max_length=80)] | None = None


class FaxOrderBody(Shape):
    """A document and what is to be done with it."""

    document: Annotated[
        str,
        Field(
            description="the file: PDF, TIFF, PNG, JPEG or text in UTF-8, at most 50 MB",
            json_schema_extra={"contentMediaType": "application/octet-stream"},
        ),
    ]
    box: Annotated[str, Field(description="the fax box it leaves from")]
    number: Annotated[str, Field(description="where to, as people write it")]
    name: Annotated[str, Field(description="whose number that is")] = ""
    subject: str = ""
    resolution: Annotated[str, Field(description="standard, fine or superfine; left out, as the site says")] = ""
    cover: Annotated[str, Field(description="1 for a cover sheet")] = ""
    cover_to: str = ""
    cover_from: str = ""
    cover_note: str = ""
    send_at: Annotated[
        str, Field(description="not before this time, as 2026-11-20T14:30; without zone it is the site's")
    ] = ""
    confirm: Annotated[str, Field(description="mail addresses that are told what became of it, between commas")] = ""
    key: Annotated[
        str, Field(description="the same content under the same key is one fax, however often it is sent")
    ] = ""
