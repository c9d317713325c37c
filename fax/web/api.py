"""The faxes for programs: parse, look up, answer. The shapes are in `api_model`."""

from __future__ import annotations

from aiohttp import web

from fax.model import Direction, Fax, Shown
from fax.web import api_model as shapes
from fax.web.asking import Wanted
from fax.web.deeds import Deeds
from fax.web.pages import FaxPages
from fax.web.room import FaxRoom
from fax.web.sending import Sending
from ledger.web.api_model import StepAnswer, alike
from ledger.web.asking import given_of, limit_of, one_of
from ledger.web.visit import Refusal, Visit, Who

USUAL, MOST = 50, 200


class FaxApi:
    """Serves /api/v1/faxes."""

    def __init__(self, room: FaxRoom, deeds: Deeds, pages: FaxPages, sending: Sending) -> None:
        self._room = room
        self._deeds = deeds
        self._pages = pages
        self._sending = sending

    async def list_faxes(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with a page of faxes."""
        wanted, limit = Wanted.of(visit), limit_of(visit, USUAL, MOST)
        direction = one_of(visit, "direction", Direction, Direction.IN) if visit.query("direction") else None
        if wanted.before and not await self._room.has(wanted.before):
            raise Refusal(400, "`before` is no fax", "take it from `next` of the answer before")
        asked = wanted.asked(direction, Shown.ALL, who, self._room.site().company.zone, limit)
        page = await self._room.search(asked, who)
        names = await self._room.names_of(page.faxes)
        answers = [fax_answer(fax, names.get(fax.id, "")) for fax in page.faxes]
        return visit.answer(shapes.FaxesAnswer(faxes=answers, next=page.faxes[-1].id if page.more else None))

    async def tell_fax(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with all that is known of one fax."""
        room, view = self._room, self._pages.view(who)
        fax = await room.find(visit.request.match_info["id"], who)
        progress = room.on_the_line(who).get(fax.id)
        told = shapes.FaxStoryAnswer(
            fax=await self._answer(fax),
            next_try=(await room.next_tries([fax])).get(fax.id),
            progress=shapes.FaxProgressAnswer(**alike(shapes.FaxProgressAnswer, progress)) if progress else None,
            attempts=[
                shapes.FaxAttemptAnswer(
                    **{**alike(shapes.FaxAttemptAnswer, a), "result": a.result.value if a.result else ""}
                )
                for a in await room.rules.attempts(fax.id)
            ],
            deliveries=[
                shapes.FaxDeliveryAnswer(
                    channel=d.channel,
                    to=view.delivery(d).receiver,
                    state=d.state.value,
                    overdue=room.deliveries.is_late(d),
                    attempts=d.attempts,
                    reply=view.delivery(d).reply,
                    since=d.created_at,
                )
                for d in await room.rules.deliveries_of(fax.id)
            ],
            ledger=[StepAnswer.of(step) for step, _, _ in view.steps(await room.rules.ledger(fax.id))],
        )
        return visit.answer(told)

    async def change_fax(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Do something with a fax and answer with what it is then, or with the new one that came of it."""
        given = given_of(await visit.body(), shapes.FaxDeedBody)
        match = visit.request.match_info
        fax = await self._deeds.do(match["deed"], match["id"], who, given)
        return visit.answer(await self._answer(fax))

    async def send_fax(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Queue a document and answer with the fax that it becomes."""
        taken = await self._sending.take(visit, who, strict=True)
        if taken.fax is None:
            name, wrong = next(iter(taken.mistakes.items()))
            raise Refusal(400, f"`{name[:40]}`: {wrong}", "mend it and send it again; nothing was queued")
        response = visit.answer(await self._answer(taken.fax), status=202)
        response.headers["Location"] = f"/api/v1/faxes/{taken.fax.id}"
        return response

    async def _answer(self, fax: Fax) -> shapes.FaxAnswer:
        return fax_answer(fax, (await self._room.names_of([fax])).get(fax.id, ""))


def fax_answer(fax: Fax, name: str) -> shapes.FaxAnswer:
    """Return a fax as the API tells it; `name` is the customer's, '' if it is not known."""
    return shapes.FaxAnswer(
        **{
            **alike(shapes.FaxAnswer, fax),
            "direction": fax.direction.value,
            "state": fax.state.value,
            "text_state": fax.text_state.value,
            "resolution": fax.resolution.value,
            "name": name or fax.name,
            "facts": dict(fax.facts),
            "menus": list(fax.menus),
            "confirm": list(fax.confirm),
            "cover": shapes.CoverAnswer(**alike(shapes.CoverAnswer, fax.cover)) if fax.cover else None,
            "unread": fax.is_unread,
            "has_pdf": bool(fax.pdf),
            "has_report": bool(fax.report),
        }
    )
