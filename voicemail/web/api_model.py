"""What the API says of messages and takes, as types, with the examples of its description; fields are only added."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from ledger.web.api_model import Shape, StepAnswer

MessageId = Annotated[str, Field(description="the message's id")]


class WordAnswer(Shape):
    """A word of the transcript: seconds from the beginning, and how sure the engine is (0 to 1)."""

    text: str
    start: float
    end: float
    confidence: float


class VoicemailAnswer(Shape):
    """A message in short. `empty` is true where nobody spoke, null until that was looked at."""

    id: MessageId
    mailbox: str
    taken_at: datetime
    seconds: float
    number: Annotated[str, Field(description="the caller's number, empty when withheld")]
    name: Annotated[
        str, Field(description="the customer's name, else the one the carrier tells; anybody may forge that")
    ]
    did: Annotated[str, Field(description="the number dialled")]
    call: Annotated[str, Field(description="the call it was left in, empty when that is not known")]
    language: str
    facts: Annotated[dict[str, str], Field(description="what the menus found out")]
    menus: list[str]
    unread: bool
    empty: bool | None
    partial: Annotated[bool, Field(description="the recording was broken off on our side")]
    text_state: Annotated[str, Field(description="off, waiting, done or failed")]
    text: str
    text_by: Annotated[str, Field(description="the engine that wrote the text, or why there is none")]
    heard_at: datetime | None
    heard_by: str
    handled_at: datetime | None
    handled_by: str
    assigned_to: str
    deleted_at: datetime | None
    deleted_by: str
    keep_until: datetime


class VoicemailsAnswer(Shape):
    """Messages, the newest first; ask again with `before` = `next` for earlier ones."""

    messages: list[VoicemailAnswer]
    next: str | None


class MailAnswer(Shape):
    """A mail about a message, and what the receiver's server said last."""

    to: str
    state: Annotated[str, Field(description="waiting, accepted, refused or cancelled")]
    overdue: bool
    attempts: int
    reply: str
    since: datetime


class VoicemailStoryAnswer(Shape):
    """One message with its words, its mails and everything that happened to it."""

    message: VoicemailAnswer
    words: list[WordAnswer]
    peaks: Annotated[list[int], Field(description="the outline of the sound, heights from 0 to 100")]
    mails: list[MailAnswer]
    ledger: list[StepAnswer]


class VoicemailDeedBody(Shape):
    """What a deed needs: `to` (a person, '' for nobody) with assigned, `text` with note, `mailbox` with forwarded."""

    to: Annotated[str, Field(max_length=80)] | None = None
    text: Annotated[str, Field(max_length=4_000)] | None = None
    mailbox: Annotated[str, Field(max_length=80)] | None = None


MESSAGE: dict[str, object] = {
    "id": "0b9f6d1c2a7e5f4c8d3b6a9e1f2c4d5e",
    "mailbox": "billing",
    "taken_at": "2026-11-20T09:18:03.120000Z",
    "seconds": 12.4,
    "number": "+37060000001",
    "name": "Ona",
    "did": "+37052000000",
    "call": "1795309200-42",
    "language": "en",
    "facts": {"intent": "invoice"},
    "menus": ["main"],
    "unread": False,
    "empty": False,
    "partial": False,
    "text_state": "done",
    "text": "please call Maria",
    "text_by": "vosk en-us",
    "heard_at": "2026-11-20T09:30:00Z",
    "heard_by": "alice",
    "handled_at": None,
    "handled_by": "",
    "assigned_to": "alice",
    "deleted_at": None,
    "deleted_by": "",
    "keep_until": "2027-02-18T09:18:03.120000Z",
}
MESSAGES: dict[str, object] = {"messages": [MESSAGE], "next": None}
STORY: dict[str, object] = {
    "message": MESSAGE,
    "words": [{"text": "please", "start": 0.1, "end": 0.4, "confidence": 0.93}],
    "peaks": [1, 50, 100],
    "mails": [
        {
            "to": "billing@acme.example",
            "state": "accepted",
            "overdue": False,
            "attempts": 1,
            "reply": "250 2.0.0 Ok: queued",
            "since": "2026-11-20T09:18:03.400000Z",
        }
    ],
    "ledger": [{"at": "2026-11-20T09:30:00Z", "what": "heard", "by": "alice", "detail": "on the page"}],
}
