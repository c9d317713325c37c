"""Whose a call is that a program places: said before the call is anybody's, so that a number of several is no guess."""

from __future__ import annotations

from crm_bridge import store_interactions
from crm_bridge.writing import Cabinet


async def say_whose(cabinet: Cabinet, call: str, customer: str, by: str) -> None:
    """Note whose the interaction of a call will be, or is. Raises NoSuchCustomer, NotPossible."""
    async with cabinet.writing(by) as now:
        await now.customer(customer)
        await store_interactions.assign(now.session, call, customer, by, now.at)
        now.changed(customer, "interaction given", about=call)
