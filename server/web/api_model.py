"""What the API says and takes, as types: the description of the API is made from these.

Owns names and shapes of the JSON; fields are only ever added.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

CallId = Annotated[str, Field(description="the call's id", examples=["1795309200-42"])]
Seconds = Annotated[float, Field(ge=0, description="seconds")]


class Shape(BaseModel):
    """A JSON object with exactly these fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ErrorAnswer(Shape):
    """What went wrong, and what to do about it."""

    error: str
    hint: str


class Alive(Shape):
    """The process runs."""

    status: Literal["alive"]
    version: str
    #: The version of the site that new callers hear.
    site: str


class Check(Shape):
    """One thing the server needs, and whether it is there."""

    ok: bool
    detail: str


class Readiness(Shape):
    """Whether calls can be served as they should be."""

    ready: bool
    checks: dict[str, Check]


class TalkAnswer(Shape):
    """One conversation of the caller with an agent; `talked` is null while it goes on."""

    agent: str
    department: str
    since: datetime
    talked: Seconds | None
    held: Seconds


class CallAnswer(Shape):
    """One customer's call. `outcome` and `ended_at` are null while it goes on."""

    id: CallId
    state: str
    outcome: str | None
    offered_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    did: Annotated[str, Field(description="the number dialled")]
    ani: Annotated[str, Field(description="the caller's number, empty when withheld")]
    ani_name: Annotated[str, Field(description="the caller's name as the carrier tells it; anybody may forge it")]
    language: str
    path: Annotated[list[str], Field(description="the menus passed, in order")]
    facts: Annotated[dict[str, str], Field(description="what the menus found out")]
    department: str
    departments: list[str]
    destination: str
    waited: Seconds
    talked: Seconds
    answered_by: str
    rung: Annotated[list[str], Field(description="the people whose phones rang")]
    talks: list[TalkAnswer]
    hung_up_first: str
    abandoned_in: str
    estimated: Annotated[bool, Field(description="the end was not seen by us")]
    site: Annotated[str, Field(description="the version of the site the call began with")]


class CallsAnswer(Shape):
    """Calls of a day, newest first; ask again with `before` = `next` for earlier ones."""

    day: date
    calls: list[CallAnswer]
    next: str | None


class EventAnswer(Shape):
    """One event of the journal; `data` holds what belongs to its kind."""

    kind: str
    at: datetime
    agent: str
    department: str
    data: dict[str, Any]


class SentenceAnswer(Shape):
    """What happened, in words; `why_not` says of each agent who did not ring why."""

    at: datetime
    text: str
    why_not: dict[str, str]


class PlacedAnswer(Shape):
    """How far a call that we placed has come; `result` says how it ended, empty while it goes on."""

    person: Annotated[str, Field(description="for whom it was placed")]
    number: str
    stage: Annotated[str, Field(description="the person's phone rings, the number rings, talking, or ended")]
    began: datetime
    answered: datetime | None
    ended: datetime | None
    result: str
    talked: Seconds


class StoryAnswer(Shape):
    """One call, its events and its story; of a call that we placed, how far it has come."""

    call: CallAnswer
    events: list[EventAnswer]
    sentences: list[SentenceAnswer]
    placed: PlacedAnswer | None = None
    filled: Annotated[str, Field(description="how its end was filled in from Asterisk's own file, else empty")] = ""


class AgentAnswer(Shape):
    """An agent as they are now. `trouble` says why the phone cannot ring, empty when it can."""

    name: str
    full_name: str
    phone: str
    departments: list[str]
    state: str
    reason: str
    since: datetime
    calls: Annotated[int, Field(description="calls answered since the server started")]
    call: str
    then: Annotated[str, Field(description="what follows when the call is over, such as pause")]
    phone_state: str
    trouble: str


class AgentsAnswer(Shape):
    """Every agent, in the site's order."""

    agents: list[AgentAnswer]


class DeedBody(Shape):
    """Why; asked for with a pause."""

    reason: Annotated[str, Field(max_length=80)] = ""
