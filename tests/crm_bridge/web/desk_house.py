"""Desks for tests: a small contact centre in memory whose customers have files, with calls that a test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from callrouter import events as ev
from callrouter.agents import Deed
from callrouter.ami.events import PhoneState
from callrouter.waiting_room import Ticket
from config.schema import Site
from crm_bridge.connectors.model import Found
from crm_bridge.jobs import Projection
from crm_bridge.model import CustomerFile, Details, Kind, Phone
from ledger.journal_reads import JournalReads
from server.accounts import Role
from server.customer_room import CustomerRoom
from tests.server.web.office import PASSWORD, Office, open_office

ONA, JONAS, OFFICE = "+37060000001", "+37060000002", "+37052123456"
SITE = Site.model_validate(
    {
        "company": {"name": "Acme & Sons", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
        "numbers": {"+370 5 200 0000": {"go": "billing"}},
        "departments": {
            "billing": {
                "name": "Billing",
                "dispositions": ["Solved", "Follow-up", "Wrong number"],
                "disposition": "required",
                "wrap_up": "20s",
            },
            "support": {"name": "Technical support", "dispositions": ["Fixed", "Sent a technician"]},
            "sales": {},
        },
        "people": {
            "alice": {"name": "Alice Doe", "phone": "101", "departments": ["billing", "sales"]},
            "bob": {"name": "Bob Roe", "phone": "102", "departments": ["billing", "support"]},
            "carol": {"name": "Carol Poe", "phone": "103", "departments": ["support"]},
        },
        "version": "5f1c2a9b7d04",
    }
)


class Elsewhere:
    """Other systems that are asked who has a number; they answer when a test lets them."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.found: list[Found] = []
        self.answers = asyncio.Event()

    async def look_up(self, number: str) -> list[Found]:
        self.asked.append(number)
        await self.answers.wait()
        return self.found


@dataclass
class DeskHouse:
    """The office, and what is known of its customers."""

    office: Office
    room: CustomerRoom
    elsewhere: Elsewhere

    async def customer(self, name: str, *numbers: str, **more: object) -> CustomerFile:
        """Write a customer's file."""
        details = Details(name, phones=tuple(Phone("", number) for number in numbers), **more)  # type: ignore[arg-type]
        return await self.room.files.add(details, "sue")

    async def company(self, name: str, *numbers: str) -> CustomerFile:
        """Write an organisation's file."""
        return await self.customer(name, *numbers, kind=Kind.ORGANISATION)

    def ready(self, *people: str) -> None:
        """Let these people log in, with phones that can ring."""
        for name in people:
            self.office.parts.roster.phone_changed(name, PhoneState.IDLE)
            self.office.parts.roster.do(name, Deed.LOG_IN)

    def rings(
        self, person: str = "alice", ani: str = ONA, department: str = "billing", *, name: str = "", **facts: str
    ) -> Ticket:
        """Let a call come in and ring at somebody who is ready; return the caller's place in line."""
        if person not in self.office.parts.roster.agents or not self._is_ready(person):
            self.ready(person)
        call = self.office.offered(name, ani=ani, menus=("main",))
        for fact, value in facts.items():
            self.tell(ev.FactNamed(at=self.office.clock.now(), call=call, name=fact, value=value))
        ticket = self.office.queued(call, department)
        assert ticket.offer is not None, "nobody could be rung"
        return ticket

    def no_answer(self, ticket: Ticket, person: str) -> None:
        """Let a phone stop ringing unanswered; the caller waits on, and another phone may ring."""
        parts = self.office.parts
        parts.roster.miss(person, "did not answer", rest=60.0)
        self.tell(
            ev.OfferEnded(
                at=self.office.clock.now(), call=ticket.call, agent=person, department=ticket.department,
                reply="no answer",
            )
        )  # fmt: skip
        parts.room.back_in_line(ticket)

    def hang_up(self, call: str, person: str, department: str = "billing", *, talked: float = 60.0) -> None:
        """Let the talk end, as the connector does."""
        rules = SITE.departments[department]
        longest = rules.longest_wrap_up if rules.asks == "required" else 0.0
        now = self.office.clock.now()
        self.tell(ev.CallReleased(at=now, call=call, agent=person, department=department, talked=talked, by="caller"))
        self.office.parts.roster.do(person, Deed.RELEASE, wrap_up=rules.wrap_up, longest=longest, call=call)
        self.tell(ev.CallEnded(at=now, call=call, outcome="answered", hung_up_first="caller"))

    def tell(self, event: ev.Event) -> None:
        """Let something happen."""
        self.office.parts.chronicle.tell(event)

    async def caught_up(self) -> None:
        """Have every contact written down by now."""
        parts = self.office.parts
        await parts.journal.drain(10.0)
        await Projection(JournalReads(parts.database), parts.database, "LT").catch_up()

    def _is_ready(self, person: str) -> bool:
        return self.office.parts.roster.agents[person].state.value == "ready"


@asynccontextmanager
async def desk_house(folder: Path, site: Site = SITE) -> AsyncIterator[DeskHouse]:
    """Open the office with its customers' room."""
    async with open_office(folder, site=site) as office:
        parts = office.parts
        room = CustomerRoom.of(parts.site, parts.database, JournalReads(parts.database), parts.clock)
        elsewhere = Elsewhere()
        room.connectors.look_up = elsewhere.look_up  # type: ignore[method-assign,assignment]  # the way out of the house
        office.parts = replace(parts, customers=room)
        await office.hire()
        await office.accounts.add("bob", PASSWORD, Role.OPERATOR, person="bob")
        await office.accounts.add("max", PASSWORD, Role.SUPERVISOR, person="carol")
        yield DeskHouse(office, room, elsewhere)
