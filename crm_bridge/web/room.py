"""The customers' room as its pages see it: the parts behind them, and what these pages ask of the rest of the house.

Everybody who may log in may see every customer; who looked is written down. Knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog

from config.customers import CustomerSettings
from config.schema import Site
from crm_bridge.files import Files
from crm_bridge.matters import Matters
from crm_bridge.merging import Merging
from crm_bridge.privacy import Privacy
from crm_bridge.service import Customers
from crm_bridge.web.contact_page import CallsSeen, all_seen
from ledger.clock import Clock
from ledger.errors import LedgerError
from ledger.web.visit import Who

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Colleague:
    """An account that customers and activities may belong to; `person` is whose it is, '' for nobody's."""

    name: str
    title: str
    person: str = ""


#: Lists the accounts there are.
Colleagues = Callable[[], Awaitable[Sequence[Colleague]]]


class PlaceCall(Protocol):
    """Connects somebody of ours with a customer."""

    async def call(self, person: str, number: str, customer: str) -> None:
        """Ring the person's phone, then the number; return once that has begun. Raises NotPossible."""


@dataclass(frozen=True)
class CustomersRoom:
    """The parts behind the pages. Without `place_call` nobody can be called."""

    customers: Customers
    files: Files
    matters: Matters
    merging: Merging
    privacy: Privacy
    site: Callable[[], Site]
    clock: Clock
    colleagues: Colleagues
    place_call: PlaceCall | None = None
    calls_seen: CallsSeen = all_seen

    @property
    def settings(self) -> CustomerSettings:
        return self.site().customers

    @property
    def zone(self) -> ZoneInfo:
        return self.site().company.zone

    async def looked(self, customer: str, who: Who) -> None:
        """Note that somebody looked; the page is shown all the same where that cannot be written."""
        try:
            await self.privacy.looked(customer, who.name)
        except LedgerError as error:
            log.warning("who looked at a customer was not written down", error=type(error).__name__)

    async def looked_at(self, those: Collection[str], who: Who) -> None:
        """Note that somebody looked at several customers, as `looked` does."""
        try:
            await self.privacy.looked_at(those, who.name)
        except LedgerError as error:
            log.warning("who looked at customers was not written down", error=type(error).__name__)

    def why_no_call(self, who: Who) -> str:
        """Say why this person cannot call customers from here, '' when it can be done."""
        if self.place_call is None:
            return "Calling from here is not available"
        return "" if who.person else "Your account belongs to nobody with a phone"
