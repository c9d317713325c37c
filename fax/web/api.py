"""The faxes for programs: parse, look up, answer. The shapes are in `api_model`."""

from __future__ import annotations

from aiohttp import web
from pydantic import ValidationError

from fax.model import Direction, Fax, NoSuchFax, Shown
from fax.web import api_model as shapes
from fax.web.asking import Wanted
from fax.web.deeds import Deeds
from fax.web.pages import FaxPages
from fax.web.room import FaxRoom
from fax.web.sending import Sending
from ledger.web.api_model import StepAnswer
from ledger.web.asking import limit_of, one_of
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
        if wanted.before:
            try:
                await self._room.faxes.get(wanted.before[:64].replace("\0", ""))
            except NoSuchFax:
                raise Refusal(400, "`before` is no fax", "take it from `next` of the answer before") from None
        asked = wanted.asked(direction, Shown.ALL, who, self._room.site().company.zone, limit)
        page = await self._room.search(asked, who)
        names = await self._room.names_of(page.faxes)
        answers = [fax_answer(fax, names.get(fax.number, "")) for fax in page.faxes]
        return visit.answer(shapes.FaxesAnswer(faxes=answers, next=page.faxes[-1].id if page.more else None))

    async def tell_fax(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with all that is known of one fax."""
        room, view = self._room, self._pages.view(who)
        fax = await room.find(visit.request.match_info["id"], who)
        progress = room.on_the_line(who).get(fax.id)
        told = shapes.FaxStoryAnswer(
            fax=await self._answer(fax),
            next_try=(await room.next_tries([fax])).get(fax.id),
            progress=shapes.FaxProgressAnswer(pages=progress.pages, of=progress.of, doing=progress.doing)
            if progress
            else None,
            attempts=[
                shapes.FaxAttemptAnswer(
                    number=a.number,
                    call=a.call,
                    began_at=a.began_at,
                    began_sending_at=a.began_sending_at,
                    ended_at=a.ended_at,
                    result=a.result.value if a.result else "",
                    pages=a.pages,
                    seconds=a.seconds,
                    station=a.station,
                    rate=a.rate,
                    said=a.said,
                )
                for a in await room.faxes.attempts(fax.id)
            ],
            deliveries=[
                shapes.FaxDeliveryAnswer(
                    channel=d.channel,
                    to=view.delivery(d).receiver,
                    state=d.state.value,
                    overdue=room.is_late(d),
                    attempts=d.attempts,
                    reply=view.delivery(d).reply,
                    since=d.created_at,
                )
                for d in await room.faxes.deliveries_of(fax.id)
            ],
            ledger=[
                StepAnswer(at=step.at, what=step.what, by=step.by, detail=step.detail)
                for step, _day, _time in view.steps(await room.faxes.ledger(fax.id))
            ],
        )
        return visit.answer(told)

    async def change_fax(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Do something with a fax and answer with what it is then, or with the new one that came of it."""
        given = _given(await visit.body())
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
        return fax_answer(fax, (await self._room.names_of([fax])).get(fax.number, ""))


def fax_answer(fax: Fax, name: str) -> shapes.FaxAnswer:
    """Return a fax as the API tells it; `name` is the customer's, '' if it is not known."""
    same = {field: getattr(fax, field) for field in shapes.FaxAnswer.model_fields if hasattr(fax, field)}
    return shapes.FaxAnswer(
        **{
            **same,
            "direction": fax.direction.value,
            "state": fax.state.value,
            "text_state": fax.text_state.value,
            "resolution": fax.resolution.value,
            "name": name or fax.name,
            "facts": dict(fax.facts),
            "menus": list(fax.menus),
            "confirm": list(fax.confirm),
            "cover": shapes.CoverAnswer(to=fax.cover.to, sender=fax.cover.sender, note=fax.cover.note)
            if fax.cover
            else None,
            "unread": fax.is_unread,
            "has_pdf": bool(fax.pdf),
            "has_report": bool(fax.report),
        }
    )


def _given(body: bytes) -> dict[str, str]:
    if not body.strip():
        return {}
    try:
        return shapes.FaxDeedBody.model_validate_json(body).model_dump(exclude_none=True)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
        hint = 'send {}, or what the deed needs, such as {"to": "alice"}'
        raise Refusal(400, f"{place}: {error.errors()[0]['msg']}", hint) from None
