"""What people do with a fax, by the names that forms and programs use."""

from __future__ import annotations

from fax.model import Direction, Fax
from fax.web.room import FaxRoom
from ledger.web.item_deeds import DeedTable, Given
from ledger.web.visit import Who


class Deeds(DeedTable[Fax]):
    """Everything that can be done with one fax."""

    def __init__(self, room: FaxRoom) -> None:
        self._rules = room.rules
        super().__init__(
            room,
            "box",
            ("seen", lambda fax, who, given: self._rules.seen(fax.id, who.name, given.get("how", "elsewhere"))),
            {"resend": self._resend, "cancelled": lambda fax, who, _: self._rules.cancel(fax.id, who.name)},
        )

    async def _resend(self, fax: Fax, who: Who, _given: Given) -> Fax:
        if fax.direction is Direction.IN:
            return await self._rules.deliver_again(fax.id, who.name)
        return await self._rules.send_again(fax.id, who.name)
