"""Whose a call, a message or a fax is, for their pages: the customer where that is certain, else who may be meant.

Owns no rule: `crm_bridge.whose` has them. A page is shown without this where it cannot be looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import structlog

from crm_bridge.service import Customers
from crm_bridge.web.entries import WHOSE
from crm_bridge.web.whose_page import candidates
from crm_bridge.web.words import IN_LIST, name_of
from ledger.errors import LedgerError
from ledger.web.whose import ShownWhose, WhoseOf, nobody_tells
from server.web.parts import Parts

log = structlog.get_logger(__name__)
#: So many are shown to choose from beside a contact; the page of choosing has them all.
MOST = 5


@dataclass(frozen=True)
class CustomerWhose:
    """Looks in the customers' files."""

    customers: Customers

    async def __call__(self, interaction: str, number: str, did: str) -> ShownWhose | None:
        """Tell whose an interaction is; None where that cannot be looked up now."""
        try:
            whose = await self.customers.whose(interaction, number, did)
        except LedgerError as error:
            log.warning("whose a contact is was not looked up", error=type(error).__name__)
            return None
        choose = f"{WHOSE}/{quote(interaction, safe='')}" if whose.interaction is not None else ""
        if whose.customer is not None:
            return ShownWhose(whose.customer.id, name_of(whose.customer), choose=choose)
        known = tuple((one.id, name_of(one, IN_LIST)) for one in candidates(whose.match)[:MOST])
        return ShownWhose(said=whose.match.said, choose=choose, candidates=known)


def whose_of(parts: Parts) -> WhoseOf:
    """Return what tells whose a contact is."""
    return nobody_tells if parts.customers is None else CustomerWhose(parts.customers.customers)
