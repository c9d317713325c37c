"""Click to call over a real Asterisk: a program or the page of a customer orders, the operator's phone rings, then the
number; all is told."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.model import Details
from crm_bridge.model import Phone as Number
from pbx.softphone_phone import Phone
from server.accounts import Accounts, Role
from server.scopes import Scope
from server.tokens import Tokens
from server.web.app import serving
from tests.asterisk.house import PATIENT, House, house, patience
from tests.server.web.conftest import OWN_PAGE
from tests.server.web.office import PASSWORD, quick_passwords
from tests.server.web.test_place_calls_events import Stream, listening

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

Json = Any  # whatever JSON can say
AT = "/api/v1/calls"
OUTSIDE = "+37060000177"
SITE = """
company: {{name: Test, country: LT, timezone: Europe/Vilnius, languages: [en]}}
numbers: {{"+370 5 211 0000": {{go: sales}}}}
departments: {{sales: {{wrap_up: 0s}}}}
people: {{ann: {{name: Ann Other, phone: 201, departments: [sales]}}}}
pbx: {{trunk: {trunk}}}
"""


@dataclass(frozen=True)
class Stage:
    """A server, Ann's phone, the carrier who takes our calls, and a program with a token."""

    home: House
    ann: Phone
    carrier: Phone
    program: aiohttp.ClientSession
    url: str

    async def order(self, number: str = OUTSIDE, status: int = 202) -> Json:
        """Order a call for Ann."""
        async with self.program.post(AT, json={"person": "ann", "number": number}) as answer:
            told = await answer.json()
            assert answer.status == status, told
        return told

    async def heard(self, stream: Stream, call: str, last: str) -> list[str]:
        """Return the kinds of events of a call up to this one, as the stream tells them."""
        kinds: list[str] = []
        async with asyncio.timeout(patience(20)):
            while last not in kinds:
                kind, data = await stream.next()
                kinds += [kind] if data["call"] == call else []
        return kinds

    async def told(self, call: str) -> Json:
        """Return what the API tells of a call."""
        await self.home.switchroom.journal.drain(PATIENT)
        async with self.program.get(f"{AT}/{call}") as answer:
            assert answer.status == 200
            return (await answer.json())["placed"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("placed")
    site = folder / "site"
    site.mkdir()
    trunk = f"127.{10 + os.getpid() % 200}.{os.getpid() // 200 % 250}.3"
    (site / "site.yaml").write_text(SITE.format(trunk=trunk))
    async with house(folder / "data", site) as home, serving(home.switchroom, "127.0.0.1", 0) as url:
        tokens = Tokens(home.switchroom.database, home.switchroom.clock)
        scopes = [Scope.CALLS_WRITE, Scope.CALLS_READ, Scope.EVENTS_READ]
        secret = (await tokens.add("crm", scopes, by="admin")).secret
        async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {secret}"}) as program:
            # Before Ann's phone is there: what stands in its way is told.
            stage = Stage(home, None, None, program, url)  # type: ignore[arg-type]  # nobody's phone is there yet
            assert "not registered" in (await stage.order(status=409))["error"]
            ann = await home.operator("ann")
            # In the process of Ann's phone: beside a customer's it would not get the calls for that number.
            carrier = await home.phones.caller("carrier", server=home.server, bind=trunk, port=5060)
            await home.free("ann")
            yield Stage(home, ann, carrier, program, url)


async def test_the_operator_rings_and_then_the_number(stage: Stage) -> None:
    async with listening(stage.program, person="ann") as stream:
        placed = await stage.order("8 600 00177")
        call = placed["id"]
        own = await stage.ann.incoming()
        assert not stage.carrier.calls
        assert (await stage.told(call))["stage"] == "the person's phone rings"
        assert "the phone of ann" in (await stage.order(status=409))["error"]
        await own.answer()
        outside = await stage.carrier.incoming()
        assert await stage.heard(stream, call, "outbound_ringing") == ["outbound_begun", "outbound_ringing"]
        await outside.answer()
        assert await stage.heard(stream, call, "outbound_answered") == ["outbound_answered"]
        assert (await stage.told(call))["stage"] == "talking"
        assert await own.lasts(1.0)
        await outside.hang_up()
        await own.ended()
        assert await stage.heard(stream, call, "outbound_ended") == ["outbound_ended"]
    told = await stage.told(call)
    assert (told["stage"], told["result"], told["person"], told["number"]) == ("ended", "answered", "ann", OUTSIDE)
    assert told["talked"] >= 1.0
    await stage.home.settled()


async def test_a_program_hangs_up_what_it_placed_at_any_time(stage: Stage) -> None:
    async with listening(stage.program, person="ann") as stream:
        for answers in (False, True):
            await stage.home.free("ann")
            call = (await stage.order())["id"]
            own = await stage.ann.incoming()
            if answers:
                await own.answer()
                await stage.carrier.incoming()
            async with stage.program.delete(f"{AT}/{call}") as answer:
                assert answer.status == 202
            await own.ended()
            assert (await stage.heard(stream, call, "outbound_ended"))[0] == "outbound_begun"
            assert (await stage.told(call))["result"] == "cancelled"
            async with stage.program.delete(f"{AT}/{call}") as answer:
                assert answer.status == 409
    await stage.home.settled()


async def test_who_declines_is_told_at_once(stage: Stage) -> None:
    await stage.home.free("ann")
    async with listening(stage.program) as stream:
        call = (await stage.order())["id"]
        await (await stage.ann.incoming()).reject()
        assert await stage.heard(stream, call, "outbound_ended") == ["outbound_begun", "outbound_ended"]
    assert (await stage.told(call))["result"] == "own phone not answered"
    await stage.home.settled()


async def test_the_button_of_a_customers_page_calls_the_customer(stage: Stage) -> None:
    await stage.home.free("ann")
    switchroom = stage.home.switchroom
    details = Details("Ona Petraitė", phones=(Number("", OUTSIDE),))
    ona = await switchroom.customer_room.files.add(details, "sue")
    accounts = Accounts(switchroom.database, switchroom.clock, quick_passwords())
    await accounts.add("ann", PASSWORD, Role.OPERATOR, person="ann")
    jar, headers = aiohttp.CookieJar(unsafe=True), {"Accept": "text/html", **OWN_PAGE}
    async with aiohttp.ClientSession(stage.url, headers=headers, cookie_jar=jar) as browser:
        await browser.post("/login", data={"name": "ann", "password": PASSWORD}, allow_redirects=False)
        page = await (await browser.get(f"/customers/{ona.id}")).text()
        form = re.search(r'<form method="post" action="([^"]+/call)".*?name="number" value="([^"]+)"', page)
        assert form is not None
        assert form[2] == OUTSIDE
        async with listening(stage.program, person="ann") as stream:
            async with browser.post(form[1], data={"number": form[2]}, allow_redirects=False) as answer:
                assert answer.status == 303, await answer.text()
            own = await stage.ann.incoming()
            assert not stage.carrier.calls
            await own.answer()
            outside = await stage.carrier.incoming()
            await outside.answer()
            kind, begun = await stream.next()
            assert kind == "outbound_begun"
            assert await stage.heard(stream, begun["call"], "outbound_answered")
            await own.hang_up()
            await outside.ended()
            assert (await stage.heard(stream, begun["call"], "outbound_ended"))[-1] == "outbound_ended"
    assert (await stage.told(begun["call"]))["result"] == "answered"
    await stage.home.settled()
