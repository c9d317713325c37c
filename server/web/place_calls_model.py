"""What the API says and takes of calls that programs place, as types; fields are only added."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from server.web.api_model import CallId, Shape

_CALL = "out-019a9f50-41f3-7e66-9b35-9f4f6e6e5e05"


class PlaceCallBody(Shape):
    """A call to be placed: the person's phone rings first, then the number."""

    person: Annotated[str, Field(max_length=64, description="whose phone rings: a name of the site's `people`")]
    number: Annotated[str, Field(max_length=40, description="as it would be dialled at the site")]
    customer: Annotated[str | None, Field(max_length=200, description="whose it is; needs customers:write")] = None


class FollowAnswer(Shape):
    """Where to look what becomes of it."""

    call: Annotated[str, Field(description="the call, at any time")]
    events: Annotated[str, Field(description="what happens, live, as server-sent events")]


class PlacedCallAnswer(Shape):
    """A call that was placed. `number` is in E.164."""

    id: CallId
    person: str
    number: str
    customer: str | None
    follow: FollowAnswer


PLACE: dict[str, Any] = {"person": "alice", "number": "+370 600 00001"}
PLACED: dict[str, Any] = {
    "id": _CALL,
    "person": "alice",
    "number": "+37060000001",
    "customer": None,
    "follow": {"call": f"/api/v1/calls/{_CALL}", "events": "/api/v1/calls/events?person=alice"},
}
NOT_ALLOWED = {
    "error": "+48221234567 is not among the numbers that may be called (`outbound: prefixes:` of the site)",
    "hint": "`outbound:` of the site says which numbers may be called",
}
_ANSWERED = (
    '{"id": "1042", "event": "call_answered", "at": "2026-11-20T08:59:41.900000+00:00", "call": "1795309200-42", '
    '"agent": "alice", "department": "billing", "data": {"waited": 21.4, "rang": 3.1}}'
)
STREAM = f"id: 1042\nevent: call_answered\ndata: {_ANSWERED}\n\n: beat\nid: 1055\n\n"
