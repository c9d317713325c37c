"""What the pages and the API of privacy are made of: whom something is about, and the parts that do it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from crm_bridge import matching
from crm_bridge.erasing import Erasures, name_to_type
from crm_bridge.erasing_model import Erasure, Export
from crm_bridge.files import Files
from crm_bridge.model import CustomerFile, NoSuchCustomer
from crm_bridge.privacy import Privacy
from crm_bridge.privacy_exports import Exports
from crm_bridge.service import Customers
from crm_bridge.web.privacy_view import View
from ledger.clock import Clock
from ledger.spool import Spool
from ledger.web.visit import Visit

#: Longer ids are nobody's.
_LONGEST = 64


@dataclass(frozen=True)
class PrivacyRoom:
    """The parts."""

    erasures: Erasures
    exports: Exports
    privacy: Privacy
    files: Files
    customers: Customers
    spool: Spool
    zone: Callable[[], ZoneInfo]
    clock: Clock

    def view(self) -> View:
        """Return what writes values as they are now."""
        return View(self.zone(), self.clock.now())

    async def find(self, id_: str) -> CustomerFile:
        """Return a customer's file; raises NoSuchCustomer."""
        if len(id_) > _LONGEST or not id_.isprintable():
            raise NoSuchCustomer(id_)
        return await self.files.get(id_)

    async def meant(self, said: str) -> CustomerFile:
        """Return who is meant by an id, or by a number that only one has; raises NoSuchCustomer."""
        try:
            return await self.find(said)
        except NoSuchCustomer:
            found = matching.certain(await self.customers.match(said)) if len(said) <= _LONGEST else None
            if found is None:
                raise
            return await self.files.get(found.id)

    async def erasure(self, visit: Visit) -> Erasure:
        """Return the erasure that an address names; raises NoSuchErasure."""
        return await self.erasures.get(_asked(visit))

    async def export(self, visit: Visit) -> Export:
        """Return the export that an address names; raises NoSuchExport."""
        return await self.exports.get(_asked(visit))

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """Return what customers are called, those who are gone left out."""
        found: dict[str, str] = {}
        for id_ in dict.fromkeys(ids):
            try:
                found[id_] = name_to_type(await self.files.get(id_))
            except NoSuchCustomer:
                continue
        return found


def _asked(visit: Visit) -> str:
    """Return the id in an address; '' for what no database takes."""
    id_ = visit.request.match_info["id"]
    return id_ if len(id_) <= _LONGEST and id_.isprintable() else ""
