"""A house with customers for tests: the real rules on a real database, a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from callrouter.events import CustomerChanged, Event
from config.customers import CustomerSettings
from crm_bridge import telling
from crm_bridge.files import Files
from crm_bridge.jobs import Projection
from crm_bridge.matters import Matters
from crm_bridge.merging import Merging
from crm_bridge.model import CustomerFile, Details, Entry, Kind, Mail, Phone
from crm_bridge.privacy import Privacy
from crm_bridge.service import Customers
from crm_bridge.writing import Cabinet
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.jobs import Jobs, JobState
from ledger.journal_reads import JournalReads
from tests.fixtures.journal_of_calls import START, answered_call
from tests.fixtures.journal_of_calls import store as put

COUNTRY = "LT"
OFFICE, ONA, JONAS = "+37052000000", "+37060000001", "+37060000002"

SETTINGS = CustomerSettings.model_validate(
    {
        "statuses": ["lead", "customer"],
        "stages": ["new", "offered", {"name": "won", "ends": "won"}, {"name": "lost", "ends": "lost"}],
        "fields": {
            "contract": {"label": "Contract number"},
            "seats": {"kind": "number"},
            "until": {"kind": "date"},
            "size": ["small", "large"],
        },
    }
)


@dataclass
class Told:
    """The journal, as far as changes of customers are told to it."""

    events: dict[str | None, CustomerChanged] = field(default_factory=dict)

    def __call__(self, event: Event, *, id: str | None = None) -> Awaitable[object]:
        assert isinstance(event, CustomerChanged)
        self.events.setdefault(id, event)
        return _nothing()

    @property
    def changes(self) -> list[tuple[str, str]]:
        return [(event.customer, event.change) for event in self.events.values()]


async def _nothing() -> None:
    return None


class House:
    """Everything that one may do with customers."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = ManualClock(START + timedelta(days=1))
        self.jobs = Jobs(db, self.clock)
        self.cabinet = Cabinet(db, self.jobs, lambda: SETTINGS, self.clock, COUNTRY)
        self.files = Files(self.cabinet)
        self.matters = Matters(self.cabinet)
        self.merging = Merging(self.cabinet)
        self.privacy = Privacy(self.cabinet)
        self.customers = Customers(db, COUNTRY)

    async def add(
        self, name: str, *numbers: str, by: str = "ann", mails: Iterable[str] = (), **more: Any
    ) -> CustomerFile:
        """Write a new customer, a moment after what was before."""
        self.clock.advance(1)
        phones = tuple(Phone("", number) for number in numbers)
        details = Details(name, phones=phones, mails=tuple(Mail(mail) for mail in mails), **more)
        return await self.files.add(details, by)

    async def company(self, name: str, *numbers: str, **more: Any) -> CustomerFile:
        """Write a new organisation."""
        return await self.add(name, *numbers, kind=Kind.ORGANISATION, **more)

    async def calls(self, *calls: tuple[str, str]) -> None:
        """Have calls come in, each by its id and number."""
        for n, (call, ani) in enumerate(calls):
            await put(self.db, answered_call(call, ani=ani, at=START + timedelta(minutes=n)))
        await self.projection().catch_up()

    def projection(self) -> Projection:
        return Projection(JournalReads(self.db), self.db, COUNTRY)

    async def history(self, customer: str) -> list[Entry]:
        """Return all of a customer's timeline, the newest first."""
        return list((await self.customers.timeline(customer, limit=500)).entries)

    async def contacts(self, customer: str) -> list[str]:
        """Return the ids of a customer's interactions, the newest first."""
        return [e.interaction.id for e in await self.history(customer) if e.interaction is not None]

    async def told(self) -> Told:
        """Do the jobs that tell of changes, in their order, and return what was told."""
        told = Told()
        handler = telling.handler(told)
        for job in sorted(await self.jobs.list_in(JobState.WAITING, kind=telling.KIND), key=lambda job: job.run_at):
            await handler(job)
            await handler(job)  # twice is once
        return told
