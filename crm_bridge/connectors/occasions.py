"""From journal entries to what leaves for one receiver: whose it is, in which lane it goes, and how far its call was.

Owns asking who the customer is, with a deadline and a memory: a database that is slow delays nothing for long.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import structlog

from callrouter.caller_number import number_of
from crm_bridge.connectors.calls import call_at
from crm_bridge.connectors.model import About, CustomerOf, CustomerShort, Occasion
from crm_bridge.numbers import country_of
from ledger.clock import Clock
from ledger.entry import StoredEntry
from ledger.journal_reads import JournalReads

log = structlog.get_logger(__name__)

SECONDS: Final = 2.0
AT_ONCE: Final = 8
#: How long a call is believed to be a customer's, seconds; that nobody is known is not remembered.
BELIEVED: Final = 60.0
REMEMBERED: Final = 2_000
_LONGEST_LANE: Final = 200


class Owners:
    """Whose a call is, for all receivers together."""

    def __init__(self, customer_of: CustomerOf, clock: Clock) -> None:
        self._customer_of = customer_of
        self._clock = clock
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._known: OrderedDict[str, tuple[CustomerShort, float]] = OrderedDict()

    async def of(self, about: About) -> CustomerShort | None:
        """Return whose something is; None when nobody is known, or not in time."""
        if about.customer:
            self.forget(about.customer)  # it is about what changed of the customer
        known = self._known.get(about.call)
        if known is not None and known[1] > self._clock.monotonic():
            return known[0]
        try:
            async with asyncio.timeout(SECONDS), self._slots:
                customer = await self._customer_of(about)
        except TimeoutError:
            log.warning("nobody said in time whose a call is", call_id=about.call)
            return None
        except Exception:  # the event leaves all the same: it is only not known whose it is
            log.exception("nobody could say whose a call is", call_id=about.call)
            return None
        if customer is not None and about.call:
            self._known[about.call] = customer, self._clock.monotonic() + BELIEVED
            self._known.move_to_end(about.call)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return customer

    def forget(self, customer: str) -> None:
        """Forget what is known of a customer."""
        for call in [call for call, (known, _) in self._known.items() if known.id == customer]:
            del self._known[call]


async def occasions_of(
    entries: Sequence[StoredEntry], owners: Owners, journal: JournalReads, *, with_calls: bool, country: str
) -> list[Occasion]:
    """Return what leaves, in the journal's order. Raises DatabaseError."""
    asked: dict[str, About] = {}
    for entry in entries:
        about = _about(entry)
        if (key := about.customer or about.call) and (key not in asked or not asked[key].number):
            asked[key] = about
    answers = await asyncio.gather(*(owners.of(about) for about in asked.values()))
    customers = dict(zip(asked, answers, strict=True))
    calls = [about.call for about in asked.values() if about.call]
    stories = await journal.of_calls(calls) if with_calls and calls else {}
    made = []
    for entry in entries:
        about = _about(entry)
        customer = customers.get(about.customer or about.call)
        story = stories.get(entry.call or "")
        made.append(
            Occasion(
                id=entry.id,
                seq=entry.seq,
                kind=entry.kind,
                at=entry.at,
                lane=_lane(entry, asked.get(about.customer or about.call, about), customer, country),
                call=entry.call or "",
                agent=entry.agent or "",
                department=entry.department or "",
                data=entry.data,
                customer=customer,
                now=None if not story else call_at(story, entry, country),
            )
        )
        if story:
            await asyncio.sleep(0)  # callers get their turn: to fold a long story takes milliseconds
    return made


def _about(entry: StoredEntry) -> About:
    customer = entry.data.get("customer")
    if not entry.call:
        return About(customer=customer if isinstance(customer, str) else "")
    number, did = entry.data.get("ani") or entry.data.get("number"), entry.data.get("did")
    return About(
        call=entry.call, number=number if isinstance(number, str) else "", did=did if isinstance(did, str) else ""
    )


def _lane(entry: StoredEntry, about: About, customer: CustomerShort | None, country: str) -> str:
    if customer is not None:
        return customer.id
    number = number_of(about.number, country_of(about.did, country)) if about.number else None
    return (about.customer or number or about.call or f"agent {entry.agent or ''}")[:_LONGEST_LANE]
