"""Rows of calls name the customer where that is certain, and what the carrier says where it is not."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import aiohttp
import pytest

from callrouter import events as ev
from crm_bridge.service import Customers
from ledger.errors import DatabaseUnavailable
from server.web.call_names import CallNames
from tests.crm_bridge.crm_house import House
from tests.server.web.office import Office
from tests.server.web.test_pages import rows, text_of
from tests.server.web.test_stream import Stream, listening, place_in

ONA, JONAS = "+37060000001", "+37060000002"


@pytest.fixture
def house(office: Office) -> House:
    return House(office.parts.database)


def callers(page: str, table: str) -> list[str]:
    """Return who called, without the rest of the row."""
    return [re.sub(r"^[\d:]+ | \+37052000000.*", "", row) for row in rows(page, table)]


async def test_a_customer_is_named_and_others_are_as_the_carrier_says(
    sue: aiohttp.ClientSession, office: Office, house: House
) -> None:
    await house.add("Ona <b>Petraitienė</b>", ONA)
    await house.add("One of two", JONAS)
    await house.add("Two of two", JONAS)
    known = await office.whole_call("CARRIER ONE")
    await office.whole_call("CARRIER TWO", ani=JONAS)
    office.offered("CARRIER THREE", ani=f"{ONA};npdi")
    page = await text_of(sue, "/calls")
    assert "<b>Petr" not in page
    assert sorted(callers(page, "ended")) == [
        f"CARRIER TWO {JONAS}",
        f"Ona &lt;b&gt;Petraitienė&lt;/b&gt; {ONA}",
    ]
    assert "Ona &lt;b&gt;Petraitienė&lt;/b&gt; +37060000001;npdi" in rows(page, "now")[0]
    assert '<h1 id="story-title"><bdi>Ona &lt;b&gt;' in await text_of(sue, f"/calls/{known}")


async def test_what_people_said_counts_before_the_number(
    sue: aiohttp.ClientSession, office: Office, house: House
) -> None:
    await house.add("Ona", ONA)
    jonas = await house.add("Jonas")
    given, nobodys = await office.whole_call("CARRIER"), await office.whole_call("CARRIER")
    await house.projection().catch_up()
    await house.files.assign(given, jonas.id, "sue")
    await house.files.assign(nobodys, None, "sue")
    assert sorted(callers(await text_of(sue, "/calls"), "ended")) == [f"CARRIER {ONA}", f"Jonas {ONA}"]


async def row_with(stream: Stream, kind: str, name: str) -> None:
    """Wait for a row that says this name."""
    while True:
        told, data = await stream.next(kind)
        assert told == kind and isinstance(data, dict)
        if f"<bdi>{name}</bdi>" in data["row"]:
            return


async def test_the_name_is_told_to_open_pages(sue: aiohttp.ClientSession, office: Office, house: House) -> None:
    ona = await house.add("Ona", ONA)
    async with listening(sue, await place_in(sue)) as stream:
        call = office.offered("CARRIER")
        await row_with(stream, "call", "Ona")
        await office.ended(call, "abandoned")
        await row_with(stream, "ended", "Ona")
        # A new name is seen at the next call, whatever was remembered.
        await house.files.change(ona.id, ona.version, replace(ona.details, name="Ona Rasa"), "sue")
        office.parts.chronicle.tell(ev.CustomerChanged(at=office.clock.now(), customer=ona.id, change="changed"))
        office.offered("CARRIER")
        await row_with(stream, "call", "Ona Rasa")


async def test_a_database_that_is_away_leaves_the_rows_as_they_are(office: Office) -> None:
    class Away(Customers):
        asked = asyncio.Event()

        async def of_contacts(self, interactions: object) -> dict[str, None]:  # type: ignore[override]  # only raises
            self.asked.set()
            raise DatabaseUnavailable

    call = office.parts.chronicle.calls[office.offered("CARRIER")]
    names = CallNames(Away(office.parts.database, "LT"), office.clock, lambda calls: pytest.fail("nothing was found"))
    await names.learn([call])
    names.ask(call)
    await Away.asked.wait()
    await names.close()
    assert names.known(call.id) == ""
