"""What the pages and the API of connectors share: the service, the clock, and how many need somebody. No HTTP."""

from __future__ import annotations

from collections.abc import Callable

from config.schema import Site
from crm_bridge.connectors.model import NoSuchReceiver, ReceiverState, Waiting
from crm_bridge.connectors.service import Connectors
from crm_bridge.web.connectors_view import View
from crm_bridge.web.connectors_words import is_alarming
from ledger.clock import Clock

#: How long the figure beside the door is believed, seconds: every page asks for it.
BELIEVED = 5.0
#: Longer names of receivers and ids of events are none.
_LONGEST = 64


def clean(id_: str) -> str:
    """Return what somebody sent as a name or an id, as far as a database can look for it."""
    return id_[:_LONGEST].replace("\0", "")


class ConnectorRoom:
    """The connectors, as people see them."""

    def __init__(self, connectors: Connectors, site: Callable[[], Site], clock: Clock) -> None:
        self.connectors = connectors
        self._site = site
        self._clock = clock
        self._alarming = 0
        self._until = float("-inf")

    def view(self) -> View:
        """Return what writes for people, now."""
        return View(self._clock.now(), self._site().company.zone)

    async def find(self, name: str) -> ReceiverState:
        """Return how a receiver does. Raises NoSuchReceiver, DatabaseError."""
        found = next((state for state in await self.connectors.state() if state.name == name), None)
        if found is None:
            raise NoSuchReceiver("there is no such connector")
        return found

    async def find_kept(self, name: str, entry: str) -> Waiting | None:
        """Return what is kept of an event, None when nothing is. Raises DatabaseError."""
        return await self.connectors.find_kept(clean(name), clean(entry))

    async def alarming(self) -> int:
        """Count the receivers that somebody has to look at; may be some seconds old. Raises DatabaseError."""
        now = self._clock.monotonic()
        if now >= self._until:
            at = self._clock.now()
            self._alarming = sum(is_alarming(state, at) for state in await self.connectors.state())
            self._until = now + BELIEVED
        return self._alarming
