"""A small contact centre in memory: everything behind the pages except Asterisk, with calls that a test plays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import argon2

from callrouter import events as ev
from callrouter.agents import Deed
from callrouter.ami.events import PhoneState
from callrouter.chronicle import Chronicle
from callrouter.roster import Roster
from callrouter.waiting_room import Ticket, WaitingRoom
from config.schema import Site
from ivr.agi.server import Counters
from ledger.clock import ManualClock, SystemClock
from ledger.database import Database
from ledger.journal import Journal
from server.accounts import Accounts, Role
from server.passwords import Passwords
from server.web.parts import Parts

SITE = Site.model_validate(
    {
        "company": {"name": "Acme & Sons", "timezone": "Europe/Vilnius"},
        "numbers": {"+370 5 200 0000": {"go": "billing"}},
        "departments": {"billing": {"name": "Billing"}, "support": {"name": "Technical support"}},
        "people": {
            "alice": {"name": "Alice Doe", "phone": "101", "departments": ["billing"]},
            "bob": {"name": "Bob Roe", "phone": "102", "departments": ["billing", "support"]},
            "carol": {"name": "Carol Poe", "phone": "103", "departments": ["support"]},
        },
        "version": "5f1c2a9b7d04",
    }
)
PASSWORD = "correct horse battery"
#: 11:30 at the site, a Friday.
MORNING = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def quick_passwords() -> Passwords:
    """Return real argon2 with settings that cost nothing."""
    return Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class AgiDoor:
    """The AGI server as the pages see it."""

    counters: Counters = field(default_factory=Counters)
    sessions: int = 0
    accepting: bool = True


@dataclass
class Office:
    """The parts, and what happens in them."""

    parts: Parts
    accounts: Accounts
    clock: ManualClock
    agi: AgiDoor
    reachable: bool = True
    calls: int = 0

    async def hire(self) -> None:
        """Make an account for each role; the operator's is Alice's."""
        await self.accounts.add("admin", PASSWORD, Role.ADMIN)
        await self.accounts.add("sue", PASSWORD, Role.SUPERVISOR)
        await self.accounts.add("alice", PASSWORD, Role.OPERATOR, person="alice")

    def offered(
        self, name: str = "", *, ani: str = "+37060000001", menus: tuple[str, ...] = ("welcome", "main")
    ) -> str:
        """A customer calls and walks through the menus; return the call's id."""
        self.calls += 1
        call = f"1795309200-{self.calls}"
        self._tell(
            ev.CallOffered(at=self.clock.now(), call=call, did="+37052000000", ani=ani, ani_name=name, site="v1")
        )
        for menu in menus:
            self._tell(ev.MenuEntered(at=self.clock.now(), call=call, menu=menu))
        return call

    def queued(self, call: str, department: str = "billing") -> Ticket:
        """The caller joins the line; with an agent ready, phones ring at once."""
        return self.parts.room.join(call, department, 0, lambda: None)

    def answered(self, ticket: Ticket, agent: str) -> None:
        """An agent answers the caller."""
        self.parts.roster.do(agent, Deed.ANSWER)
        waited = self.clock.monotonic() - ticket.joined
        self._tell(
            ev.CallAnswered(
                at=self.clock.now(), call=ticket.call, agent=agent, department=ticket.department, waited=waited
            )
        )
        self.parts.room.leave(ticket)

    async def ended(self, call: str, outcome: str = "answered", *, agent: str = "", talked: float = 0.0) -> None:
        """The call ends, and is on disk."""
        if agent:
            self._tell(ev.CallReleased(at=self.clock.now(), call=call, agent=agent, talked=talked, by="caller"))
            self.parts.roster.do(agent, Deed.RELEASE, wrap_up=0.0)
        await self._tell(ev.CallEnded(at=self.clock.now(), call=call, outcome=outcome, hung_up_first="caller"))

    async def whole_call(self, name: str = "", *, agent: str = "alice", ani: str = "+37060000001") -> str:
        """A call from ring to end: the agent takes it at once and talks for a minute."""
        call = self.offered(name, ani=ani)
        self.parts.roster.do(agent, Deed.LOG_IN)
        self.parts.roster.phone_changed(agent, PhoneState.IDLE)
        ticket = self.queued(call)
        self.clock.advance(4)
        self.answered(ticket, agent)
        self.clock.advance(60)
        await self.ended(call, agent=agent, talked=60.0)
        return call

    def _tell(self, event: ev.Event) -> asyncio.Future[object]:
        return self.parts.chronicle.tell(event)  # type: ignore[return-value]  # awaitable is all we need


@asynccontextmanager
async def open_office(folder: Path, *, site: Site = SITE, start: datetime = MORNING) -> AsyncIterator[Office]:
    """Open the office with a real ledger in `folder`; its clock stands until a test moves it."""
    clock = ManualClock(start)
    async with (
        await Database.open(folder / "switchroom.db") as database,
        await Journal.open(database, folder / "journal", clock=SystemClock(), group_seconds=0.001) as journal,
    ):
        chronicle = Chronicle(journal)
        roster = Roster(site, chronicle, clock)
        room = WaitingRoom(site, roster, chronicle, clock)
        agi = AgiDoor()
        office: Office
        parts = Parts(
            data=folder,
            version="0.1.0",
            site=lambda: site,
            clock=clock,
            database=database,
            journal=journal,
            chronicle=chronicle,
            roster=roster,
            room=room,
            agi=agi,
            pbx_reachable=lambda: office.reachable,
        )
        office = Office(parts, Accounts(database, clock, quick_passwords()), clock, agi)
        try:
            yield office
        finally:
            room.close()
            roster.close()
