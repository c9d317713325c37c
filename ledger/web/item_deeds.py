"""What people do with an item, by the names that forms and programs use: one table, the rights in front of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Generic

from ledger.items import ItemT, NotPossible
from ledger.web.asking import needed
from ledger.web.items import ItemRoom
from ledger.web.visit import Refusal, Who

#: What somebody gave with the deed, such as `to` or `text`.
Given = Mapping[str, str]
Deed = Callable[[ItemT, Who, Given], Awaitable[ItemT]]


class DeedTable(Generic[ItemT]):
    """Everything that can be done with one item: what is done with any, and a feature's `own`."""

    def __init__(
        self, room: ItemRoom[ItemT], box: str, looked: tuple[str, Deed[ItemT]], own: Mapping[str, Deed[ItemT]]
    ) -> None:
        """`box` names what `forwarded` needs; `looked` is the deed of looking at it, or listening."""
        self._room = room
        rules = room.rules
        self._deeds: dict[str, Deed[ItemT]] = {
            looked[0]: looked[1],
            "handled": lambda item, who, _: rules.handle(item.id, who.name),
            "reopened": lambda item, who, _: rules.reopen(item.id, who.name),
            "assigned": lambda item, who, given: rules.assign(item.id, needed(given, "to", empty=True), who.name),
            "note": lambda item, who, given: rules.note(item.id, needed(given, "text"), who.name),
            "forwarded": lambda item, who, given: rules.forward(item.id, needed(given, box), who.name),
            "deleted": lambda item, who, _: rules.delete(item.id, who.name),
            "restored": lambda item, who, _: rules.restore(item.id, who.name),
            **own,
            "call_back": self._call_back,
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._deeds)

    async def do(self, deed: str, id_: str, who: Who, given: Given) -> ItemT:
        """Do it and return the item as it is then, or the new one that came of it.

        Raises NoSuchItem, NotPossible, and Refusal for no such deed.
        """
        if (act := self._deeds.get(deed)) is None:
            raise Refusal(404, "there is no such deed", f"the deeds are {', '.join(self._deeds)}")
        return await act(await self._room.find(id_, who), who, given)

    def why_no_call_back(self, item: ItemT, who: Who) -> str:
        """Say why this person cannot call back from here; '' when it can be done."""
        if self._room.call_back is None:
            return "Calling back from here is not available"
        if not item.number:
            return f"The {self._room.left_by} withheld the number"
        if not who.person:
            return "Your account belongs to nobody with a phone"
        return ""

    async def _call_back(self, item: ItemT, who: Who, _given: Given) -> ItemT:
        if why := self.why_no_call_back(item, who):
            raise NotPossible(why)
        assert self._room.call_back is not None
        await self._room.call_back.call_back(who.person, item.number, item)
        how = f"from the phone of {who.person}"
        return await self._room.rules.called_back(item.id, who.name, how, begins=True)
