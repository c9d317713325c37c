"""The faxes as pages: those that came, those that go out, and what people do with them by forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from aiohttp import web

from fax.model import Count, Direction, Fax, Progress, Shown
from fax.web.asking import Wanted
from fax.web.deeds import Deeds
from fax.web.room import FaxRoom
from fax.web.view import OnTheLine, View
from fax.web.words import by_mail
from ledger.web.item_pages import SAID, ItemPages
from ledger.web.items import Box, Caller
from ledger.web.undelivered import Undelivered
from ledger.web.visit import Visit, Who

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
_SAID = {
    **SAID,
    "resend": ("It goes out again", ""),
    "cancelled": ("Cancelled", ""),
    "call_back": ("Your phone rings, then the sender's", ""),
}
_ALSO_SAID = {**ItemPages.also_said, "queued": "Queued: it goes out as soon as a line is free"}


class FaxPages(ItemPages[Fax]):
    """Serves /fax, /fax/sent and forms."""

    home, folder, delivery, said_of, also_said = HOME, "fax", "this", _SAID, _ALSO_SAID

    def __init__(self, room: FaxRoom, deeds: Deeds, position: Callable[[], str]) -> None:
        super().__init__(room, deeds, position)
        self._room = room

    def list_of(self, item: Fax) -> str:
        return HOME if item.direction is Direction.IN else SENT

    async def list_received(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the faxes that came, as far as the address asks for them."""
        return await self._list(visit, who, Direction.IN, INBOX_LISTS)

    async def list_sent(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the faxes that go out and went out."""
        return await self._list(visit, who, Direction.OUT, SENT_LISTS)

    def view(self, who: Who) -> View:
        """Return what shows faxes as they are now."""
        room = self._room
        return View(room.site(), room.clock.now(), room.deliveries.is_late, is_admin=who.is_admin)

    async def _list(
        self, visit: Visit, who: Who, direction: Direction, lists: Mapping[Shown, str]
    ) -> web.StreamResponse:
        room, wanted, position = self._room, Wanted.of(visit), self._position()
        usual = next(iter(lists))
        wanted = replace(wanted, shown="" if wanted.shown == usual else wanted.shown)
        boxes = await room.boxes(who)
        await self.require_list(wanted.box, wanted.before, boxes, who)
        asked = wanted.asked(direction, usual, who, room.site().company.zone, PAGE)
        page = await room.search(asked, who)
        on_the_line = room.on_the_line(who)
        deliveries = await room.deliveries_of([fax.id for fax in page.faxes])
        names = await room.names_of(page.faxes)
        coming = await room.names({(one.number, one.did) for one in on_the_line.values() if one.number})
        tries = await room.next_tries(page.faxes)
        view, door = self.view(who), room.rules.by_mail()
        return visit.page(
            "fax/inbox.html" if direction is Direction.IN else "fax/sent.html",
            who=who,
            wanted=wanted,
            shown=asked.shown.value,
            lists={"" if kind is usual else kind.value: title for kind, title in lists.items()},
            boxes=boxes,
            total=_total(boxes),
            rows=[
                view.row(fax, names.get(fax.id, ""), deliveries[fax.id], on_the_line.get(fax.id), tries.get(fax.id))
                for fax in page.faxes
            ],
            lines=_coming(on_the_line.values(), coming, view, wanted.box) if direction is Direction.IN else [],
            older=page.faxes[-1].id if page.more else "",
            undelivered=await room.undelivered() if who.sees_all else Undelivered(),
            may_send=bool(room.sends_from(who)),
            by_mail=by_mail(door, room.site().company.zone) if who.sees_all and door is not None else None,
            said=await self.said(visit, who),
            position=position,
            now=room.clock.now(),
        )


def _total(boxes: Iterable[Box[Count]]) -> Count:
    counts = [box.count for box in boxes]
    return Count(sum(c.unread for c in counts), sum(c.open for c in counts), sum(c.under_way for c in counts))


def _coming(lines: Iterable[Progress], names: Mapping[Caller, str], view: View, box: str) -> list[OnTheLine]:
    """Return the faxes that come in now, of one box or of all."""
    incoming = [p for p in lines if p.direction is Direction.IN and box in ("", p.box)]
    return [view.line(progress, names.get((progress.number, progress.did), "")) for progress in incoming]
