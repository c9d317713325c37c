"""The API of customers for tests: an office in memory with the real rules, a PBX's twin, and programs before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp

from callrouter.ami.events import PhoneState
from callrouter.ami.fake import FakePbx
from callrouter.outbound import Outbound
from config.schema import Site
from crm_bridge.jobs import Projection
from server.customer_room import CustomerRoom
from server.local_server import TOKEN_FILE
from server.scopes import Scope
from server.tokens import Tokens
from server.web.app import serving_parts
from server.web.stream import Pace
from tests.crm_bridge.crm_house import SETTINGS
from tests.server.web.office import SITE, Office, open_office
from tests.server.web.schema import complaints

Json = Any  # whatever JSON can say
CUSTOMERS = "/api/v1/customers"
INTERACTIONS = "/api/v1/interactions"


def site(**outbound: object) -> Site:
    """Return the office's site with customers of its own, and with rules for calling out."""
    written = SITE.model_dump(mode="json", exclude_unset=True, by_alias=True)
    return Site.model_validate({**written, "customers": SETTINGS.model_dump(), "outbound": outbound})


@dataclass
class ApiHouse:
    """The office, its customers, and a program that may do all."""

    office: Office
    room: CustomerRoom
    pbx: FakePbx
    outbound: Outbound
    url: str
    api: aiohttp.ClientSession
    whole: Json

    async def ask(self, method: str, path: str, body: Json = None, status: int = 200, **headers: str) -> Json:
        """Ask something, and return the answer; it has this status and the shape that is described."""
        async with self.api.request(method, path, json=body, headers=headers) as answer:
            told = await answer.json()
            assert answer.status == status, told
        return told

    def fits(self, name: str, status: int, value: Json) -> list[str]:
        """Return what of an answer is not as it is described."""
        answers = self.operation(name)["responses"]
        return complaints(value, answers[str(status)]["content"]["application/json"]["schema"], self.whole)

    def operation(self, name: str) -> Json:
        """Return the description of an operation."""
        (found,) = [
            operation
            for methods in self.whole["paths"].values()
            for operation in methods.values()
            if operation["operationId"] == name
        ]
        return found

    async def customer(self, name: str = "Ona Petraitė", *numbers: str, **more: Json) -> Json:
        """Write a customer over the API."""
        body = {"name": name, "phones": [{"number": number} for number in numbers], **more}
        return await self.ask("POST", CUSTOMERS, body, 201)

    async def call(self, number: str) -> str:
        """Have somebody of this number call; return the interaction's id."""
        call = await self.office.whole_call(ani=number)
        await self.derive()
        return call

    async def derive(self) -> None:
        """Have interactions made of what is in the journal."""
        parts = self.office.parts
        await parts.journal.drain(5.0)
        await Projection(parts.journal, parts.database, parts.site().company.country).catch_up()

    async def secret(self, name: str, *scopes: Scope) -> str:
        """Make a token."""
        return (await Tokens(self.office.parts.database, self.office.parts.clock).add(name, scopes, by="admin")).secret

    @asynccontextmanager
    async def program(self, name: str, *scopes: Scope) -> AsyncIterator[aiohttp.ClientSession]:
        """A program with a token of its own."""
        headers = {"Authorization": f"Bearer {await self.secret(name, *scopes)}"}
        async with aiohttp.ClientSession(self.url, headers=headers) as session:
            yield session


@asynccontextmanager
async def api_house(folder: Path, *, pace: Pace | None = None, **outbound: object) -> AsyncIterator[ApiHouse]:
    """Open it, with the phones of Alice and Bob registered, and Carol's not."""
    async with open_office(folder, site=site(**outbound)) as office:
        await office.hire()
        parts, pbx = office.parts, FakePbx()
        for phone, state in (("alice", PhoneState.IDLE), ("bob", PhoneState.IDLE), ("carol", PhoneState.UNAVAILABLE)):
            parts.roster.phone_changed(phone, state)
        placing = Outbound(parts.site, pbx, parts.roster, parts.chronicle, parts.clock)
        room = CustomerRoom.of(parts.site, parts.database, parts.journal, parts.clock)
        office.parts = replace(parts, customers=room, outgoing=placing)
        running = asyncio.create_task(pbx.run(), name="pbx")
        try:
            async with serving_parts(office.parts, office.accounts, "127.0.0.1", 0, pace=pace) as url:
                token = (folder / TOKEN_FILE).read_text()
                async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as api:
                    whole = await (await api.get("/api/v1/openapi.json")).json()
                    yield ApiHouse(office, room, pbx, placing, url, api, whole)
        finally:
            await placing.close()
            pbx.stop()
            await running


async def stands_for(house: ApiHouse, letters: set[str]) -> dict[str, str]:
    """Make what these letters stand for: A and B are customers; N, M and V a note, a matter and an activity of A's.

    I is an interaction of nobody's.
    """
    made: dict[str, str] = {}
    if letters & {"A", "N", "M", "V"}:
        made["A"] = (await house.customer("Ona Petraitė"))["id"]
    at = f"{CUSTOMERS}/{made.get('A')}"
    attached: dict[str, tuple[str, Json]] = {
        "N": ("notes", {"text": "Wants one."}),
        "M": ("matters", {"kind": "opportunity", "title": "Paper"}),
        "V": ("activities", {"what": "Call", "due": "2026-11-27T08:00:00Z"}),
    }
    for letter in sorted(letters & {*attached}):
        path, body = attached[letter]
        made[letter] = (await house.ask("POST", f"{at}/{path}", body, 201))["id"]
    if "B" in letters:
        made["B"] = (await house.customer("Ona P."))["id"]
    if "I" in letters:
        made["I"] = house.office.offered(ani="anonymous")
        await house.derive()
    return made
