"""The connectors for programs: parse, look up, answer. The shapes are in `connectors_api_model`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, cast

from aiohttp import web
from pydantic import ValidationError

from crm_bridge.connectors.model import Deed, ReceiverState, Waiting, WaitingState
from crm_bridge.web import connectors_api_model as shapes
from crm_bridge.web.connectors_room import ConnectorRoom, clean
from crm_bridge.web.connectors_words import advice, has_trouble, is_alarming, standing
from ledger.delivery_model import Accepted
from ledger.web.asking import limit_of, one_of
from ledger.web.visit import Refusal, Visit, Who

USUAL, MOST = 50, 200
_LONGEST_BODY = 4_096


class ConnectorApi:
    """Serves /api/v1/connectors."""

    def __init__(self, room: ConnectorRoom) -> None:
        self._room = room

    async def list_receivers(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with every receiver."""
        states, now = await self._room.connectors.state(), self._room.view().now
        return visit.answer(shapes.ConnectorsAnswer(connectors=[told(state, now) for state in states]))

    async def tell_receiver(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with one receiver and what is kept for it."""
        connectors, limit = self._room.connectors, limit_of(visit, USUAL, MOST)
        wanted = one_of(visit, "state", WaitingState, WaitingState.FAILED)
        state = await self._room.find(visit.request.match_info["name"])
        read = connectors.failed if wanted is WaitingState.FAILED else connectors.waiting
        found = await read(state.name, after=_after(visit), limit=limit + 1)
        answer = shapes.ConnectorStoryAnswer(
            connector=told(state, self._room.view().now),
            events=[event(one, connectors.preview(one)) for one in found[:limit]],
            next=found[limit - 1].occasion.seq if len(found) > limit else None,
            deeds=[
                shapes.ConnectorDoneAnswer(
                    at=one.at, by=one.by, deed=one.what.value, events=one.events, about=one.about
                )
                for one in await connectors.deeds(state.name)
            ],
        )
        return visit.answer(answer)

    async def resend(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send one event again, or all that failed."""
        state, body = await self._asked(visit)
        entry = None if body.event is None else clean(body.event)
        count = await self._room.connectors.send_again(state.name, entry, by=who.name)
        if entry is not None and not count:
            raise Refusal(409, "this is not kept, or stands behind another", "look at what is kept again")
        return visit.answer(shapes.ConnectorDeedAnswer(events=count))

    async def drop(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Forget one event, or all in one state as far as they were seen."""
        state, body = await self._asked(visit)
        connectors = self._room.connectors
        if body.event is not None:
            count = await connectors.drop(state.name, clean(body.event), by=who.name)
        elif body.until is not None:
            count = await connectors.drop_all(state.name, WaitingState(body.state), body.until, by=who.name)
        else:
            raise Refusal(400, "neither `event` nor `until` is there", "say which event, or all up to which number")
        return visit.answer(shapes.ConnectorDeedAnswer(events=count))

    async def test(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send a test event and answer with what was said."""
        state = await self._room.find(visit.request.match_info["name"])
        tested = await self._room.connectors.test(state.name, by=who.name)
        good = isinstance(tested.result, Accepted)
        said = tested.result.reply if isinstance(tested.result, Accepted) else tested.result.why
        answer = shapes.ConnectorTestAnswer(
            good=good, said=said, advice="" if good else advice(said), seconds=round(tested.seconds, 3)
        )
        return visit.answer(answer)

    async def _asked(self, visit: Visit) -> tuple[ReceiverState, shapes.ConnectorDeedBody]:
        body = await visit.body()
        if len(body) > _LONGEST_BODY:
            raise Refusal(413, "the body is too large", "say which event, no more")
        try:
            asked = shapes.ConnectorDeedBody.model_validate_json(body or b"{}")
        except ValidationError as error:
            where = ".".join(map(str, error.errors(include_url=False)[0]["loc"])) or "body"
            raise Refusal(400, f"`{where}` cannot be understood", 'write such as {"event": "…"}, or nothing') from None
        return await self._room.find(visit.request.match_info["name"]), asked


def told(state: ReceiverState, now: datetime) -> shapes.ConnectorAnswer:
    """Return how a receiver does."""
    how = standing(state, now)
    return shapes.ConnectorAnswer(
        name=state.name,
        kind=cast(Literal["webhook", "zammad", "rest", ""], state.kind),
        host=state.host,
        state=how.word,
        sentence=how.sentence,
        alarm=is_alarming(state, now),
        breaker=state.breaker.value,
        next_try=None if state.next_probe is None else round(state.next_probe, 1),
        here=state.here,
        behind=state.behind,
        waiting=state.waiting,
        failed=state.failed,
        oldest=state.oldest,
        last_success=state.last_success,
        last_error=state.last_error,
        last_error_at=state.last_error_at,
        advice=advice(state.last_error) if has_trouble(state) else "",
    )


def event(waiting: Waiting, payload: str) -> shapes.KeptEventAnswer:
    """Return something that is kept, and what its receiver is told of it."""
    occasion = waiting.occasion
    return shapes.KeptEventAnswer(
        id=occasion.id,
        seq=occasion.seq,
        kind=occasion.kind,
        at=occasion.at,
        state=waiting.state.value,
        call=occasion.call,
        customer="" if occasion.customer is None else occasion.customer.id,
        attempts=waiting.attempts,
        next_try=waiting.next_at if waiting.state is WaitingState.WAITING else None,
        said=waiting.last_reply,
        advice=advice(waiting.last_reply),
        payload=payload,
    )


def _done(deed: Deed) -> shapes.ConnectorDoneAnswer:
    return shapes.ConnectorDoneAnswer(
        at=deed.at, by=deed.by, deed=deed.what.value, events=deed.events, about=deed.about
    )


def _after(visit: Visit) -> int:
    text = visit.query("after") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal(400, "`after` is no number", "take it from `next` of the answer before")
    return int(text)
