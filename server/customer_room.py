"""The customers' room: everything that works on customers and tells other systems of them, put together.

Owns the order of starting and stopping of these parts, and what they get from the site and from each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from callrouter.chronicle import Chronicle
from config.schema import Site
from crm_bridge import telling
from crm_bridge.after_call import AfterCall
from crm_bridge.connectors.model import About, CustomerOf, CustomerShort
from crm_bridge.connectors.service import Connectors
from crm_bridge.files import Files
from crm_bridge.matters import Matters
from crm_bridge.merging import Merging
from crm_bridge.privacy import Privacy
from crm_bridge.service import Customers
from crm_bridge.writing import Cabinet
from ledger.clock import Clock
from ledger.database import Database
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs
from ledger.journal_reads import JournalReads
from server.postroom import LEASE, STOP, TRIED, again_and_again

#: How often we look whether something may be forgotten, seconds.
LOOK_FOR_OLD = 3600.0
#: How often we look whose the contacts are by now that notes were written about, seconds.
LOOK_WHOSE = 30.0


@dataclass(frozen=True)
class CustomerRoom:
    """The parts that others use."""

    cabinet: Cabinet
    customers: Customers
    files: Files
    matters: Matters
    merging: Merging
    privacy: Privacy
    connectors: Connectors

    @classmethod
    def of(cls, site: Callable[[], Site], database: Database, journal: JournalReads, clock: Clock) -> CustomerRoom:
        """Put the parts together; nothing runs yet."""
        country = site().company.country
        cabinet = Cabinet(database, Jobs(database, clock), lambda: site().customers, clock, country)
        customers = Customers(database, country)
        connectors = Connectors(site, database, journal, customer_of(customers), clock=clock)
        return cls(cabinet, customers, Files(cabinet), Matters(cabinet), Merging(cabinet), Privacy(cabinet), connectors)


@asynccontextmanager
async def working(room: CustomerRoom, database: Database, chronicle: Chronicle, clock: Clock) -> AsyncIterator[None]:
    """Tell whoever is connected what happens, and forget what is old, until the end of the block."""
    handlers = {telling.KIND: telling.handler(chronicle.record)}
    # One at a time: other systems learn of changes in the order in which they were made.
    runner = JobRunner(database, handlers, clock, at_once=1, backoff=TRIED, lease_seconds=LEASE)
    telling_others = asyncio.create_task(room.connectors.run(), name="connectors")
    async with (
        runner,
        again_and_again(room.merging.forget_old, LOOK_FOR_OLD, "customers merged long ago"),
        again_and_again(room.privacy.forget_looks, LOOK_FOR_OLD, "who looked at whom"),
        again_and_again(
            AfterCall(room.cabinet, chronicle.record).settle, LOOK_WHOSE, "notes about contacts of nobody's"
        ),
    ):
        try:
            yield
        finally:
            telling_others.cancel()
            await asyncio.gather(telling_others, runner.stop(STOP), return_exceptions=True)


def customer_of(customers: Customers) -> CustomerOf:
    """Return what tells other systems whose something is: nobody's where that would be a guess."""

    async def look_up(about: About) -> CustomerShort | None:
        if about.customer:
            customer = await customers.find(about.customer)
        else:
            customer = await customers.find_of_call(about.call, about.number, about.did)
        if customer is None:
            return None
        merged = await customers.merged_into(customer.id)
        return CustomerShort(customer.id, customer.name, customer.company, customer.numbers, merged)

    return look_up
