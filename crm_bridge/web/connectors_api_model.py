"""The shapes of the API of connectors, and an example of each; fields are only added."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from ledger.web.api_model import Shape


class ConnectorAnswer(Shape):
    """How a receiver does. `kind` is empty where the site names it no more; `next_try` is in seconds."""

    name: str
    kind: Literal["webhook", "zammad", "rest", ""]
    host: str
    state: str
    sentence: str
    alarm: bool
    breaker: Literal["closed", "open", "probing"]
    next_try: float | None
    here: bool
    behind: int
    waiting: int
    failed: int
    oldest: datetime | None
    last_success: datetime | None
    last_error: str
    last_error_at: datetime | None
    advice: str


class ConnectorsAnswer(Shape):
    """All receivers."""

    connectors: list[ConnectorAnswer]


class KeptEventAnswer(Shape):
    """An event that has not arrived. `payload` is what the receiver is told, in lines for people, without secrets."""

    id: str
    seq: int
    kind: str
    at: datetime
    state: Literal["waiting", "failed"]
    call: str
    customer: str
    attempts: int
    next_try: datetime | None
    said: str
    advice: str
    payload: str


class ConnectorDoneAnswer(Shape):
    """What somebody did, how many events it concerned, and about what: an event's id, a state, what a test gave."""

    at: datetime
    by: str
    deed: Literal["again", "dropped", "tested", "forgotten"]
    events: int
    about: str


class ConnectorStoryAnswer(Shape):
    """A receiver, and the first events that failed or wait; those after `after` of the same question come next.

    `deeds` is what people did with it last, the newest first.
    """

    connector: ConnectorAnswer
    events: list[KeptEventAnswer]
    next: int | None
    deeds: list[ConnectorDoneAnswer]


class ConnectorDeedBody(Shape):
    """Which event is meant; left out: all. To drop all, `state` says which, and `until` up to which number."""

    event: str | None = Field(default=None, max_length=64)
    state: Literal["waiting", "failed"] = "failed"
    until: int | None = Field(default=None, ge=0, le=2**63 - 1)


class ConnectorDeedAnswer(Shape):
    """How many events it concerned."""

    events: int


class ConnectorTestAnswer(Shape):
    """What the receiver said to a test, after how many seconds."""

    good: bool
    said: str
    advice: str
    seconds: float


_AT = "2026-11-20T09:15:27.123456Z"
CONNECTOR = {
    "name": "helpdesk",
    "kind": "webhook",
    "host": "hooks.acme.example",
    "state": "Left alone",
    "sentence": "It does not answer, or asked for a pause. Nothing is lost: 12 events wait. The next try is in 9 s.",
    "alarm": True,
    "breaker": "open",
    "next_try": 9.2,
    "here": True,
    "behind": 0,
    "waiting": 12,
    "failed": 1,
    "oldest": _AT,
    "last_success": "2026-11-20T09:15:20Z",
    "last_error": "the web-hook cannot be reached: Connection refused",
    "last_error_at": "2026-11-20T09:31:02Z",
    "advice": "Look whether it runs, and whether a firewall is in between.",
}
EVENT = {
    "id": "0b9f6d1c2a7e5f4c8d3b6a9e1f2c4d5e",
    "seq": 4711,
    "kind": "call_ended",
    "at": _AT,
    "state": "waiting",
    "call": "1795309200-42",
    "customer": "c0ffee00c0ffee00c0ffee00c0ffee00",
    "attempts": 3,
    "next_try": "2026-11-20T09:32:00Z",
    "said": "the web-hook cannot be reached: Connection refused",
    "advice": "Look whether it runs, and whether a firewall is in between.",
    "payload": '{\n  "kind": "call_ended"\n}',
}
CONNECTORS = {"connectors": [CONNECTOR]}
DONE = {"at": "2026-11-20T09:20:00Z", "by": "admin", "deed": "dropped", "events": 3, "about": "failed"}
STORY = {"connector": CONNECTOR, "events": [EVENT], "next": None, "deeds": [DONE]}
TESTED = {"good": True, "said": "the web-hook answered 200: thank you", "advice": "", "seconds": 0.041}
