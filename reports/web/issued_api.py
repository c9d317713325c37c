"""The API's issued reports: listed, ordered, followed, cancelled, had as files. Parses, asks, answers.

Owns that a program cancels only what it ordered itself; else who may do what is `issued_room`'s.
"""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from pydantic import ValidationError

from ledger.web.asking import limit_of
from ledger.web.visit import Refusal, Visit, Who
from reports.issued import Issued, State
from reports.web.issued_api_model import IssueBody, IssuedAnswer, IssuedListAnswer
from reports.web.issued_page import sent, title_of
from reports.web.issued_room import IssuedRoom, place_of

AT = "/api/v1/reports/issued"
#: Reports in one answer, unless another number is asked for, and at most.
USUAL, MOST = 50, 200


class IssuedApi:
    """Serves /api/v1/reports/issued and what is below it. `is_program` tells a token's visit from a person's."""

    def __init__(self, room: IssuedRoom, is_program: Callable[[Visit], bool]) -> None:
        self._room, self._is_program = room, is_program

    async def list_issued(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with what was issued, the newest first."""
        state, schedule = _state_of(visit), visit.query("schedule")

        def wanted(one: Issued) -> bool:
            return (state is None or one.state is state) and (schedule is None or one.order.schedule == schedule)

        before, limit = place_of(visit.query("cursor")), limit_of(visit, USUAL, MOST)
        found, further = await self._room.newest(who, before, limit, wanted)
        return visit.answer(IssuedListAnswer(reports=await self._told(found), next=further or None))

    async def order(self, visit: Visit, who: Who) -> web.Response:
        """Have a report made, and answer with it as it is now and where to follow it."""
        body = _given(await visit.body())
        id_ = await self._room.order(body.report, body.format, body.said(), who)
        response = visit.answer(await self._answer(await self._room.issuing.get(id_)), status=202)
        response.headers["Location"] = f"{AT}/{id_}"
        return response

    async def tell(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with one: how far it is, or where its file is."""
        return visit.answer(await self._answer(await self._room.get(_id(visit), who)))

    async def cancel(self, visit: Visit, who: Who) -> web.StreamResponse:
        """End the making of one, and answer with it."""
        one = await self._room.own(_id(visit), who, program=self._is_program(visit))
        await self._room.issuing.cancel(one.id)
        return visit.answer(await self._answer(await self._room.issuing.get(one.id)))

    async def send(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send the file of one."""
        one = await self._room.get(_id(visit), who)
        return sent(one, await self._room.content(one))

    async def _answer(self, one: Issued) -> IssuedAnswer:
        (told,) = await self._told([one])
        return told

    async def _told(self, found: list[Issued]) -> list[IssuedAnswer]:
        mails = await self._room.issuing.mails([one.id for one in found])
        return [
            IssuedAnswer.of(one, title_of(one), [mail.state for mail in mails if mail.about == one.id], AT)
            for one in found
        ]


def _id(visit: Visit) -> str:
    return visit.request.match_info["id"].replace("\0", "")


def _state_of(visit: Visit) -> State | None:
    if (text := visit.query("state")) is None:
        return None
    try:
        return State(text)
    except ValueError:
        raise Refusal(400, "`state` is none that there is", f"write one of {', '.join(State)}") from None


def _given(body: bytes) -> IssueBody:
    """Read an order. Raises Refusal that says what does not fit."""
    try:
        return IssueBody.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        # A place may be a key that the sender made up: text like any other.
        place = ".".join(str(part)[:40] for part in first["loc"][:4]) or "the body"
        hint = 'send such as {"report": "departments", "period": "last-week", "format": "pdf"}'
        raise Refusal(400, f"{place}: {first['msg']}", hint) from None
