"""The faxes as pages: those that came, those that go out, and what people do with them by forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from aiohttp import web

from fax.model import Count, Direction, Fax, NoSuchFax, Progress, Shown
from fax.web.asking import Wanted
from fax.web.deeds import Deeds
from fax.web.room import Box, FaxRoom
from fax.web.view import OnTheLine, View
from ledger.errors import NoSuchDelivery
from ledger.web.leading import goal_of, lead_to
from ledger.web.undelivered import Undelivered
from ledger.web.visit import Refusal, Visit, Who

HOME = "/fax"
SENT = f"{HOME}/sent"
#: Faxes on one page.
PAGE = 50
INBOX_LISTS = {Shown.OPEN: "Open", Shown.HANDLED: "Handled", Shown.FAILED: "Failed", Shown.DELETED: "Deleted"}
SENT_LISTS = {
    Shown.ALL: "All",
    Shown.UNDER_WAY: "Under way",
    Shown.SENT: "Sent",
    Shown.NOT_SENT: "Not sent",
    Shown.DELETED: "Deleted",
}
#: What is said at the bottom of a page after a deed, and the deed that takes it back.
SAID = {
    "handled": ("Marked as handled", "reopened"),
    "reopened": ("Open again", ""),
    "assigned": ("Assigned", ""),
    "note": ("Note written down", ""),
    "forwarded": ("Forwarded", ""),
    "resend": ("It goes out again", ""),
    "cancelled": ("Cancelled", ""),
    "deleted": ("Deleted", "restored"),
    "restored": ("Brought back", ""),
    "call_back": ("Your phone rings, then the sender's", ""),
}
_MORE_SAID = {"again": "It will be tried again", "queued": "Queued: it goes out as soon as a line is free"}


class FaxPages:
    """Serves /fax, /fax/sent and forms. `position` tells where in the stream of news a page begins to listen."""

    def __init__(self, room: FaxRoom, deeds: Deeds, position: Callable[[], str]) -> None:
        self._room = room
        self._deeds = deeds
        self._position = position

    async def list_received(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the faxes that came, as far as the address asks for them."""
        return await self._list(visit, who, Direction.IN, INBOX_LISTS)

    async def list_sent(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the faxes that go out and went out."""
        return await self._list(visit, who, Direction.OUT, SENT_LISTS)

    async def act(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Do what a form says, and lead back to where it was sent from, with a word about it."""
        form = await visit.form()
        deed, id_ = visit.request.match_info["deed"], visit.request.match_info["id"]
        if deed not in SAID:
            raise Refusal(404, "there is no such deed", f"the deeds are {', '.join(SAID)}")
        before = await self._room.find(id_, who)
        fax = await self._deeds.do(deed, before.id, who, form)
        goal = goal_of(form.get("next", ""), HOME, f"{HOME}/{fax.id}")
        gone = deed == "deleted" or not self._room.may_read(fax.box, who)
        if goal.partition("?")[0].endswith(before.id):
            if gone:
                goal = goal_of(form.get("list", ""), HOME, HOME if fax.direction is Direction.IN else SENT)
            elif fax.id != before.id:  # a new one came of it
                goal = f"{HOME}/{fax.id}"
        return lead_to(goal, **{"did": deed, "with": fax.id})

    async def list_undelivered(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what a receiver refused or what is under way for too long."""
        room, position, view = self._room, self._position(), self.view(who)
        found = await room.undelivered()
        faxes: dict[str, Fax] = {}
        for id_ in {delivery.about for delivery in found.all}:
            try:
                faxes[id_] = await room.faxes.get(id_)
            except NoSuchFax:  # its time was over
                continue
        names = await room.names_of(faxes.values())
        return visit.page(
            "fax/undelivered.html",
            who=who,
            deliveries=[view.delivery(delivery) for delivery in found.all],
            rows={id_: view.row(fax, names.get(fax.number, ""), ()) for id_, fax in faxes.items()},
            said=visit.query("did") or "",
            position=position,
            now=room.clock.now(),
        )

    async def try_again(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Take up a refused delivery anew, for an admin who has mended why."""
        form = await visit.form()
        if not who.is_admin:
            raise Refusal(403, "only an admin may do this", "ask an admin")
        id_ = visit.request.match_info["delivery"]
        try:
            await self._room.deliveries.try_again(id_[:64].replace("\0", ""))
        except NoSuchDelivery:
            raise Refusal(409, "this was not refused, or is taken up again already", "look again") from None
        goal = goal_of(form.get("next", ""), HOME, f"{HOME}/undelivered")
        if (about := goal.partition("?")[0].removeprefix(f"{HOME}/")) != "undelivered":
            self._room.faxes.tell(await self._room.find(about, who))
        return lead_to(goal, did="again")

    def view(self, who: Who) -> View:
        """Return what shows faxes as they are now."""
        room = self._room
        return View(room.site(), room.clock.now(), room.is_late, is_admin=who.is_admin)

    async def said(self, visit: Visit, who: Who) -> Mapping[str, str]:
        """Return what to say of the deed that led here, and how it is taken back; {} for nothing."""
        deed, id_ = visit.query("did") or "", visit.query("with") or ""
        if deed in _MORE_SAID:
            return {"text": _MORE_SAID[deed], "undo": "", "id": ""}
        if deed not in SAID or not id_:
            return {}
        text, undo = SAID[deed]
        try:
            fax = await self._room.find(id_, who)
        except NoSuchFax:  # forwarded to where this person does not read
            return {"text": text, "undo": "", "id": ""}
        still = {"restored": fax.deleted_at is not None, "reopened": fax.handled_at is not None}
        return {"text": text, "undo": undo if still.get(undo) else "", "id": fax.id}

    async def _list(
        self, visit: Visit, who: Who, direction: Direction, lists: Mapping[Shown, str]
    ) -> web.StreamResponse:
        room, wanted, position = self._room, Wanted.of(visit), self._position()
        usual = next(iter(lists))
        wanted = replace(wanted, shown="" if wanted.shown == usual else wanted.shown)
        boxes = await room.boxes(who)
        if wanted.box and not who.sees_all and wanted.box not in {box.name for box in boxes}:
            raise Refusal(404, "there is no such fax box", f"yours are at {HOME}")
        if wanted.before:
            await self._require_place(wanted.before)
        asked = wanted.asked(direction, usual, who, room.site().company.zone, PAGE)
        page = await room.search(asked, who)
        on_the_line = room.on_the_line(who)
        deliveries = await room.deliveries_of([fax.id for fax in page.faxes])
        numbers = {fax.number for fax in page.faxes} | {progress.number for progress in on_the_line.values()}
        names = await room.names(numbers - {""})
        tries = await room.next_tries(page.faxes)
        view = self.view(who)
        return visit.page(
            "fax/inbox.html" if direction is Direction.IN else "fax/sent.html",
            who=who,
            wanted=wanted,
            shown=asked.shown.value,
            lists={"" if kind is usual else kind.value: title for kind, title in lists.items()},
            boxes=boxes,
            total=_total(boxes),
            rows=[
                view.row(fax, names.get(fax.number, ""), deliveries[fax.id], on_the_line.get(fax.id), tries.get(fax.id))
                for fax in page.faxes
            ],
            lines=_coming(on_the_line.values(), names, view, wanted.box) if direction is Direction.IN else [],
            older=page.faxes[-1].id if page.more else "",
            undelivered=await room.undelivered() if who.sees_all else Undelivered(),
            may_send=bool(room.sends_from(who)),
            said=await self.said(visit, who),
            position=position,
            now=room.clock.now(),
        )

    async def _require_place(self, before: str) -> None:
        try:
            await self._room.faxes.get(before[:64].replace("\0", ""))
        except NoSuchFax:
            raise Refusal(404, "there is no such fax to go on before", f"begin at {HOME} again") from None


def _total(boxes: list[Box]) -> Count:
    counts = [box.count for box in boxes]
    return Count(sum(c.unread for c in counts), sum(c.open for c in counts), sum(c.under_way for c in counts))


def _coming(lines: Iterable[Progress], names: Mapping[str, str], view: View, box: str) -> list[OnTheLine]:
    """Return the faxes that come in now, of one box or of all."""
    incoming = [p for p in lines if p.direction is Direction.IN and box in ("", p.box)]
    return [view.line(progress, names.get(progress.number, "")) for progress in incoming]
