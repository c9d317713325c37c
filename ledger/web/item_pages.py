"""What the pages of any kind of item do: a form's deed and the word about it, and a delivery that is tried again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Generic

from aiohttp import web

from ledger.errors import NoSuchDelivery
from ledger.items import ItemT, NoSuchItem
from ledger.web.item_deeds import DeedTable
from ledger.web.item_view import ItemView
from ledger.web.items import Box, CountT, ItemRoom
from ledger.web.leading import goal_of, lead_to, list_left
from ledger.web.visit import Refusal, Visit, Who

#: What is said of any item at the bottom of a page after a deed, and the deed that takes it back.
SAID = {
    "handled": ("Marked as handled", "reopened"),
    "reopened": ("Open again", ""),
    "assigned": ("Assigned", ""),
    "note": ("Note written down", ""),
    "forwarded": ("Forwarded", ""),
    "deleted": ("Deleted", "restored"),
    "restored": ("Brought back", ""),
}


class ItemPages(ABC, Generic[ItemT]):
    """The base of a feature's pages. `position` tells where in the stream of news a page begins to listen."""

    #: Where the pages are, the folder of their templates, what is said there after a deed, and after something else.
    home: ClassVar[str]
    folder: ClassVar[str]
    said_of: ClassVar[Mapping[str, tuple[str, str]]]
    also_said: ClassVar[Mapping[str, str]] = {"again": "It will be tried again"}
    #: What a delivery is called.
    delivery: ClassVar[str]

    def __init__(self, room: ItemRoom[ItemT], deeds: DeedTable[ItemT], position: Callable[[], str]) -> None:
        self._items = room
        self._deeds = deeds
        self._position = position

    @abstractmethod
    def view(self, who: Who) -> ItemView[ItemT]:
        """Return what shows items as they are now."""

    def list_of(self, _item: ItemT) -> str:
        """Return the list that an item is in."""
        return self.home

    def left(self, visit: Visit, item: ItemT) -> str:
        """Return the list that an item is in, as it was left by the link that led to the item."""
        return list_left(visit.request.headers.get("Referer", ""), self.list_of(item))

    async def act(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Do what a form says, and lead back to where it was sent from, with a word about it."""
        form = await visit.form()
        deed, id_ = visit.request.match_info["deed"], visit.request.match_info["id"]
        if deed not in self.said_of:
            raise Refusal(404, "there is no such deed", f"the deeds are {', '.join(self.said_of)}")
        before = await self._items.find(id_, who)
        item = await self._deeds.do(deed, before.id, who, form)
        goal = goal_of(form.get("next", ""), self.home, f"{self.home}/{item.id}")
        gone = deed == "deleted" or not self._items.may_read(item.box, who)
        if goal.partition("?")[0].endswith(before.id):
            if gone:
                goal = goal_of(form.get("list", ""), self.home, self.list_of(item))
            elif item.id != before.id:  # a new one came of it
                goal = f"{self.home}/{item.id}"
        return lead_to(goal, **{"did": deed, "with": item.id})

    async def list_undelivered(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show what a receiver refused or what is under way for too long."""
        room, position, view = self._items, self._position(), self.view(who)
        found = await room.undelivered()
        items = await room.about(found)
        names = await room.names_of(items)
        return visit.page(
            f"{self.folder}/undelivered.html",
            who=who,
            deliveries=[view.delivery(delivery) for delivery in found.all],
            rows={item.id: view.row(item, names.get(item.id, ""), ()) for item in items},
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
            await self._items.deliveries.try_again(id_[:64].replace("\0", ""))
        except NoSuchDelivery:
            why = f"{self.delivery} was not refused, or is taken up again already"
            raise Refusal(409, why, "look again") from None
        goal = goal_of(form.get("next", ""), self.home, f"{self.home}/undelivered")
        if (about := goal.partition("?")[0].removeprefix(f"{self.home}/")) != "undelivered":
            self._items.rules.tell(await self._items.find(about, who))
        return lead_to(goal, did="again")

    async def said(self, visit: Visit, who: Who) -> Mapping[str, str]:
        """Return what to say of the deed that led here, and how it is taken back; {} for nothing."""
        deed, id_ = visit.query("did") or "", visit.query("with") or ""
        if deed in self.also_said:
            return {"text": self.also_said[deed], "undo": "", "id": ""}
        if deed not in self.said_of or not id_:
            return {}
        text, undo = self.said_of[deed]
        try:
            item = await self._items.find(id_, who)
        except NoSuchItem:  # forwarded to where this person does not read
            return {"text": text, "undo": "", "id": ""}
        still = {"restored": item.deleted_at is not None, "reopened": item.handled_at is not None}
        return {"text": text, "undo": undo if still.get(undo) else "", "id": item.id}

    async def require_list(self, box: str, before: str, boxes: Iterable[Box[CountT]], who: Who) -> None:
        """Raise Refusal for a list of a box that this person does not see, or that goes on after nothing."""
        rules = self._items.rules
        if box and not who.sees_all and box not in {seen.name for seen in boxes}:
            raise Refusal(404, f"there is no such {rules.box_called}", f"yours are at {self.home}")
        if before and not await self._items.has(before):
            raise Refusal(404, f"there is no such {rules.called} to go on before", f"begin at {self.home} again")
