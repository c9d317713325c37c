"""What every change of a customer has in common: its time, its step, and word of it to whoever is connected.

Owns that these are written in the transaction of the change. What may be changed is said in `files` and `matters`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from config.customers import CustomerSettings
from crm_bridge import store_customers, telling
from crm_bridge.model import CustomerFile, NoSuchCustomer, NotPossible, Step
from crm_bridge.telling import Change
from ledger.clock import Clock
from ledger.database import Database
from ledger.jobs import Jobs


@dataclass
class Writing:
    """One transaction that changes customers, by one person, at one moment."""

    session: AsyncSession
    at: datetime
    by: str
    steps: list[tuple[str, Step]] = field(default_factory=list)
    told: list[Change] = field(default_factory=list)

    def changed(
        self,
        customer: str,
        what: str,
        *,
        about: str = "",
        changes: Mapping[str, Any] | None = None,  # from what to what, whatever JSON may hold
        data: Mapping[str, Any] | None = None,  # the same without what was written
    ) -> None:
        """Note a change: a step with what was written, and word of it without."""
        self.steps.append((customer, Step(self.at, what, self.by, about, changes or {})))
        self.told.append(Change(customer, what, data if data is not None else {"about": about} if about else {}))

    async def customer(self, id_: str) -> CustomerFile:
        """Return a customer's file, locked; raises NoSuchCustomer, and NotPossible for one merged into another."""
        file = await store_customers.find(self.session, id_, lock=True)
        if file is None:
            raise NoSuchCustomer(id_)
        if file.merged_into is not None:
            raise NotPossible("this customer was merged into another: change that one, or undo it")
        return file


@dataclass(frozen=True)
class Cabinet:
    """What it takes to change customers."""

    db: Database
    jobs: Jobs
    settings: Callable[[], CustomerSettings]
    clock: Clock
    #: The site's: numbers are read as dialled there.
    country: str

    @asynccontextmanager
    async def writing(self, by: str) -> AsyncIterator[Writing]:
        """Give a transaction in which every change leaves its step and is told; raises what `Database.writing` does."""
        async with self.db.writing() as session:
            # The time is taken here, where nobody else writes: steps and what is told are in the order of changes.
            now = Writing(session, self.clock.now(), by)
            yield now
            await store_customers.add_steps(session, now.steps)
            await telling.owe(session, self.jobs, now.told, by, now.at)
