"""Customers' pages for tests: the real rules on a real database, accounts before them, and a call that a test sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from config.schema import Site
from crm_bridge.jobs import Projection
from crm_bridge.model import CustomerFile, Details, Kind, Mail, NotPossible, Phone
from ledger.journal_reads import JournalReads
from server.accounts import Role
from server.customer_room import CustomerRoom, working
from tests.crm_bridge.crm_house import SETTINGS
from tests.fixtures.journal_of_calls import answered_call, store
from tests.server.web.office import MORNING, PASSWORD, SITE, Office, open_office

CRM_SITE: Site = SITE.model_copy(update={"customers": SETTINGS})
#: A name with markup, one that turns round what stands behind it, and one that nobody would write.
EVIL = "<img src=x onerror=\"document.title='broken'\">"
TURNED = "Ona\u202e\u2067 gnp.exe"


@dataclass
class Ringing:
    """The way to call, as far as the page sees it."""

    rung: list[tuple[str, str, str]] = field(default_factory=list)
    busy: bool = False

    async def call(self, person: str, number: str, customer: str) -> None:
        if self.busy:
            raise NotPossible("your phone is busy")
        self.rung.append((person, number, customer))


@dataclass
class CustomerHouse:
    """The customers' room and the office in front of it."""

    room: CustomerRoom
    office: Office
    ringing: Ringing
    numbers: int = 0

    def new_number(self) -> str:
        """Return a number that nobody has."""
        self.numbers += 1
        return f"+3706{1_000_000 + self.numbers}"

    async def add(
        self, name: str, *numbers: str, by: str = "sue", mails: tuple[str, ...] = (), **more: Any
    ) -> CustomerFile:
        """Write a new customer, a moment after what was before."""
        self.office.clock.advance(1)
        phones = tuple(Phone("", number) for number in numbers)
        details = Details(name, phones=phones, mails=tuple(Mail(mail) for mail in mails), **more)
        return await self.room.files.add(details, by)

    async def company(self, name: str, *numbers: str, **more: Any) -> CustomerFile:
        """Write a new organisation."""
        return await self.add(name, *numbers, kind=Kind.ORGANISATION, **more)

    async def rename(self, id_: str, name: str, by: str = "sue", **more: Any) -> CustomerFile:
        """Have somebody else change a customer."""
        self.office.clock.advance(1)
        file = await self.room.files.get(id_)
        return await self.room.files.change(id_, file.version, replace(file.details, name=name, **more), by)

    async def calls(self, *calls: tuple[str, str]) -> None:
        """Have calls come in, each by its id and number, in the hours before now."""
        for n, (call, ani) in enumerate(calls):
            at = MORNING - timedelta(hours=3) + timedelta(minutes=n)
            await store(self.office.parts.database, answered_call(call, ani=ani, at=at))
        country = CRM_SITE.company.country
        await Projection(JournalReads(self.office.parts.database), self.office.parts.database, country).catch_up()


@asynccontextmanager
async def logged_in(url: str, name: str) -> AsyncIterator[aiohttp.ClientSession]:
    """Open somebody's browser."""
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    jar, patience = aiohttp.CookieJar(unsafe=True), aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(url, headers=headers, cookie_jar=jar, timeout=patience) as session:
        async with session.post("/login", data={"name": name, "password": PASSWORD}, allow_redirects=False) as answer:
            assert answer.status == 303
        yield session


@asynccontextmanager
async def customer_house(folder: Path, *, live: bool = False) -> AsyncIterator[CustomerHouse]:
    """Open it; `live` tells changes to whoever is connected, as the running server does."""
    async with open_office(folder, site=CRM_SITE) as office:
        await office.hire()
        await office.accounts.add("bob", PASSWORD, Role.OPERATOR, person="bob")
        parts, ringing = office.parts, Ringing()
        journal = JournalReads(parts.database)
        room = CustomerRoom.of(parts.site, parts.database, journal, parts.clock)
        office.parts = replace(parts, customers=room, customer_call=ringing)
        house = CustomerHouse(room, office, ringing)
        if not live:
            yield house
            return
        async with working(room, parts.database, parts.chronicle, parts.clock):
            yield house
