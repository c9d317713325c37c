"""What people do with a fax, by the names that forms and programs use: one table, the rights in front of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fax.model import Direction, Fax, NotPossible
from fax.web.room import FaxRoom
from ledger.web.asking import needed
from ledger.web.visit import Refusal, Who

#: What somebody gave with the deed: `to`, `text`, `box`.
Given = Mapping[str, str]
_Deed = Callable[[Fax, Who, Given], Awaitable[Fax]]


class Deeds:
    """Everything that can be done with one fax."""

    def __init__(self, room: FaxRoom) -> None:
        self._room = room
        rules = room.faxes
        self._deeds: dict[str, _Deed] = {
            "seen": lambda f, who, given: rules.seen(f.id, who.name, given.get("how", "elsewhere")),
            "handled": lambda f, who, _: rules.handle(f.id, who.name),
            "reopened": lambda f, who, _: rules.reopen(f.id, who.name),
            "assigned": lambda f, who, given: rules.assign(f.id, needed(given, "to", empty=True), who.name),
            "note": lambda f, who, given: rules.note(f.id, needed(given, "text"), who.name),
            "forwarded": lambda f, who, given: rules.forward(f.id, needed(given, "box"), who.name),
            "resend": self._resend,
            "cancelled": lambda f, who, _: rules.cancel(f.id, who.name),
            "deleted": lambda f, who, _: rules.delete(f.id, who.name),
            "restored": lambda f, who, _: rules.restore(f.id, who.name),
            "call_back": self._call_back,
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._deeds)

    async def do(self, deed: str, id_: str, who: Who, given: Given) -> Fax:
        """Do it and return the fax as it is then, or the new one that came of it.

        Raises NoSuchFax, NotPossible, and Refusal for no such deed.
        """
        if (act := self._deeds.get(deed)) is None:
            raise Refusal(404, "there is no such deed", f"the deeds are {', '.join(self._deeds)}")
        return await act(await self._room.find(id_, who), who, given)

    def why_no_call_back(self, fax: Fax, who: Who) -> str:
        """Say why this person cannot call from here; '' when it can be done."""
        if self._room.call_back is None:
            return "Calling back from here is not available"
        if not fax.number:
            return "The sender withheld the number"
        if not who.person:
            return "Your account belongs to nobody with a phone"
        return ""

    async def _resend(self, fax: Fax, who: Who, _given: Given) -> Fax:
        if fax.direction is Direction.IN:
            return await self._room.faxes.deliver_again(fax.id, who.name)
        return await self._room.faxes.send_again(fax.id, who.name)

    async def _call_back(self, fax: Fax, who: Who, _given: Given) -> Fax:
        if why := self.why_no_call_back(fax, who):
            raise NotPossible(why)
        assert self._room.call_back is not None
        await self._room.call_back.call_back(who.person, fax.number, fax)
        how = f"from the phone of {who.person}"
        return await self._room.faxes.called_back(fax.id, who.name, how, begins=True)
