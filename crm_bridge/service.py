"""The rules: whose call it is, what an interaction says of it, and what an agent may ask while the phone rings."""

from __future__ import annotations

from callrouter.calls import Call
from config.values import e164
from crm_bridge import store
from crm_bridge.model import Customer, Interaction
from ledger.database import Database


def number_of(ani: str, country: str) -> str | None:
    """Return the caller's number in E.164, read as dialled in `country`; None if withheld or no number.

    >>> number_of("8 600 00001", "LT"), number_of("+370 600 00001", "LT"), number_of("anonymous", "LT")
    ('+37060000001', '+37060000001', None)
    """
    return e164(ani, country)


def interaction_of(call: Call, customer: str | None) -> Interaction:
    """Return what a customer's file says of a call: the last department and agent, and the seconds in all."""
    return Interaction(
        call=call.id,
        customer=customer,
        started=call.offered_at,
        ended=call.ended_at,
        outcome=call.outcome,
        department=call.department,
        answered_by=call.answered_by,
        waited=call.waited,
        talked=call.talked,
        facts=dict(call.facts),
    )


class Customers:
    """The customers' files, for those who ask about a caller."""

    def __init__(self, db: Database, country: str) -> None:
        self._db = db
        self._country = country

    async def find_caller(self, ani: str) -> Customer | None:
        """Return the customer who calls from this number, however it is written; None if it is not known."""
        number = number_of(ani, self._country)
        if number is None:
            return None
        async with self._db.reading() as session:
            return await store.find_owner(session, number)

    async def list_interactions(self, customer: str, limit: int = 100) -> list[Interaction]:
        """List a customer's newest interactions, the newest first."""
        async with self._db.reading() as session:
            return await store.list_interactions(session, customer, limit=limit)
