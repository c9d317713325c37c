"""The connectors as pages: all of them, one with what waits and what failed, one event; and what admins do there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote

from aiohttp import web

from crm_bridge.connectors.model import ReceiverState, Tested, Waiting, WaitingState
from crm_bridge.web.connectors_room import ConnectorRoom, clean
from crm_bridge.web.connectors_words import advice, counted
from ledger.delivery_model import Accepted
from ledger.web.leading import goal_of, lead_to
from ledger.web.visit import Refusal, Visit, Who

HOME = "/connectors"
#: Events of one kind on a page, and what people did last.
PAGE, DEEDS = 50, 12
#: What is said after a deed; `n` is how many it concerned.
SAID: Mapping[str, str] = {
    "again": "Sent again: {n}",
    "tried": "What waits is tried now",
    "dropped": "Dropped: {n}",
    "forgotten": "Forgotten",
}


class ConnectorPages:
    """Serves /connectors. `position` tells where in the stream of news a page begins to listen."""

    def __init__(self, room: ConnectorRoom, position: Callable[[], str]) -> None:
        self._room = room
        self._position = position

    async def list_receivers(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show every receiver."""
        position, view = self._position(), self._room.view()
        rows = [view.row(state) for state in await self._room.connectors.state()]
        return visit.page(
            "connectors/list.html", who=who, rows=rows, position=position, now=view.now, said=_said(visit)
        )

    async def show_receiver(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show one receiver, what waits for it and what failed."""
        return await self._receiver(visit, who, await self._room.find(visit.request.match_info["name"]))

    async def show_event(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show one event: what is sent, what was said, and what can be done."""
        position, view = self._position(), self._room.view()
        state = await self._room.find(visit.request.match_info["name"])
        kept = await self._kept(visit)
        return visit.page(
            "connectors/event.html",
            who=who,
            receiver=view.row(state),
            event=view.kept(kept),
            payload=self._room.connectors.preview(kept),
            position=position,
            now=view.now,
            said=_said(visit),
        )

    async def test(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send a test event, and show what was answered."""
        await visit.form()
        state = await self._room.find(visit.request.match_info["name"])
        tested = await self._room.connectors.test(state.name, by=who.name)
        return await self._receiver(visit, who, await self._room.find(state.name), tested)

    async def send_again(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Send one event again, or all that failed and wait."""
        form = await visit.form()
        state = await self._room.find(visit.request.match_info["name"])
        entry = clean(form.get("entry", "")) or None
        count = await self._room.connectors.send_again(state.name, entry, by=who.name)
        if entry is not None and not count:
            raise Refusal(409, "this is not kept any more, or stands behind another", "look at the connector again")
        goal = goal_of(form.get("next", ""), HOME, _at(state.name))
        return lead_to(goal, did="again" if count else "tried", **{"with": str(count)})

    async def drop(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Forget one event, or all in one state that somebody has seen; only who was asked twice may."""
        form = await visit.form()
        state = await self._room.find(visit.request.match_info["name"])
        if form.get("sure") != "yes":
            raise Refusal(400, "nothing was dropped: the receiver would never learn of it", "say `sure` as well")
        if entry := clean(form.get("entry", "")):
            count = await self._room.connectors.drop(state.name, entry, by=who.name)
        else:
            count = await self._room.connectors.drop_all(state.name, *_all_of(form), by=who.name)
        return lead_to(_at(state.name), did="dropped", **{"with": str(count)})

    async def forget(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Forget a receiver that the site names no more."""
        form = await visit.form()
        state = await self._room.find(visit.request.match_info["name"])
        if form.get("sure") != "yes":
            raise Refusal(400, "nothing was forgotten", "say `sure` as well")
        await self._room.connectors.forget(state.name, by=who.name)
        return lead_to(HOME, did="forgotten")

    async def _kept(self, visit: Visit) -> Waiting:
        match = visit.request.match_info
        kept = await self._room.find_kept(match["name"], match["entry"])
        if kept is None:
            raise Refusal(404, "this event is not kept any more: it has arrived, or was dropped", f"look at {HOME}")
        return kept

    async def _receiver(
        self, visit: Visit, who: Who, state: ReceiverState, tested: Tested | None = None
    ) -> web.StreamResponse:
        position, view, connectors = self._position(), self._room.view(), self._room.connectors
        lists = {}
        for kind, read in ((WaitingState.FAILED, connectors.failed), (WaitingState.WAITING, connectors.waiting)):
            after = _number(visit.query(f"{kind.value}_after") or "0")
            found = await read(state.name, after=after, limit=PAGE + 1)
            lists[kind.value] = {
                "events": [view.kept(one) for one in found[:PAGE]],
                "more": found[PAGE - 1].occasion.seq if len(found) > PAGE else None,
                "after": after,
                "newest": await connectors.newest(state.name, kind),
            }
        return visit.page(
            "connectors/receiver.html",
            who=who,
            receiver=view.row(state),
            at=_at(state.name),
            lists=lists,
            deeds=[view.done(deed) for deed in await connectors.deeds(state.name, DEEDS)],
            tested=None if tested is None else _tested(tested),
            position=position,
            now=view.now,
            said=_said(visit),
        )


def _at(name: str) -> str:
    return f"{HOME}/{quote(name, safe='')}"


def _tested(tested: Tested) -> dict[str, object]:
    good = isinstance(tested.result, Accepted)
    words = tested.result.reply if isinstance(tested.result, Accepted) else tested.result.why
    return {"good": good, "words": words, "advice": "" if good else advice(words), "seconds": f"{tested.seconds:.2f}"}


def _said(visit: Visit) -> Mapping[str, str]:
    did, number = visit.query("did") or "", visit.query("with") or ""
    if did not in SAID:
        return {}
    many = counted(int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else "nothing"
    return {"text": SAID[did].format(n=many), "undo": "", "id": ""}


def _all_of(form: Mapping[str, str]) -> tuple[WaitingState, int]:
    try:
        state = WaitingState(form.get("state", ""))
    except ValueError:
        raise Refusal(400, "`state` is none that there is", "write waiting or failed") from None
    return state, _number(form.get("until", ""))


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Refusal(400, "this is no number of the journal", "take it from the page")
    return int(text)
