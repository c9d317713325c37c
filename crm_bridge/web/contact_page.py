"""The page that tells all of a contact, for one reader: the story of a call may not be for whoever sees the customer.

Who may read which story is the house's to say, not ours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from urllib.parse import quote

from crm_bridge.model import Interaction
from ledger.web.visit import Who

_CALLS = "/calls/"
#: Says which of these calls' stories somebody may read. Raises DatabaseError.
CallsSeen = Callable[[Who, Collection[str]], Awaitable[frozenset[str]]]


async def all_seen(who: Who, calls: Collection[str]) -> frozenset[str]:
    """Say that every story may be read."""
    del who
    return frozenset(calls)


async def closed_among(contacts: Collection[Interaction], who: Who, seen: CallsSeen) -> frozenset[str]:
    """Return the calls among these contacts whose stories somebody may not read. Raises DatabaseError."""
    calls = frozenset(contact.call for contact in contacts if contact.page.startswith(_CALLS))
    return calls - await seen(who, calls) if calls else calls


def page_of(contact: Interaction, closed: Collection[str]) -> str:
    """Return a contact's page; '' where there is none, and for a call that is one of `closed`."""
    is_closed = contact.call in closed and contact.page.startswith(_CALLS)
    return "" if is_closed else quote(contact.page, safe="/")
