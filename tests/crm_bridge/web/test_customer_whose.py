"""Whose a contact is, on the page of the contact itself: calls, messages and faxes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from crm_bridge.model import CustomerFile, Details, Phone
from ledger.errors import LedgerError
from ledger.journal_reads import JournalReads
from server.customer_room import CustomerRoom
from server.web.app import serving_parts
from server.web.customer_whose import CustomerWhose
from tests.crm_bridge.web.customer_house import EVIL, CustomerHouse, logged_in
from tests.crm_bridge.web.reading import text_of
from tests.fax.web.fax_house import fax_house
from tests.server.web.office import Office
from tests.voicemail.web.inbox_house import inbox_house


def whose(page: str) -> str:
    """Return what a page says of whose it is, without the tags."""
    part = page.partition('<div class="whose"')[2].partition(">")[2].partition("\n</div>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:bdi|a)\b[^>]*>", "", part)).split())


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_call_names_its_customer_with_a_link(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    await shared.calls(("c-1", ona.details.phones[0].number))
    page = await text_of(by_sue, "/calls/c-1")
    assert whose(page) == "Customer: Ona Somebody else?"
    assert f'href="/customers/{ona.id}"' in page


async def test_a_call_of_several_is_given_with_one_click(
    shared: CustomerHouse, by_sue: aiohttp.ClientSession, ona: CustomerFile
) -> None:
    number = ona.details.phones[0].number
    other = await shared.add(EVIL, number)
    await shared.calls(("c-2", number))
    page = await text_of(by_sue, "/calls/c-2")
    assert whose(page).startswith("One of 2. Whose is it? Ona &lt;img") and EVIL not in page
    form = {"customer": other.id, "next": "/calls/c-2"}
    async with by_sue.post("/customers/whose/c-2", data=form, allow_redirects=False) as answer:
        assert answer.status == 303 and answer.headers["Location"].startswith("/calls/c-2?did=assigned")
    assert f'data-whose="{other.id}"' in await text_of(by_sue, "/calls/c-2")


@pytest.mark.parametrize(
    ("ani", "words"),
    [
        pytest.param(
            "+37061999999", "Nobody knows yet whose number this is. New customer Somebody we know", id="unknown"
        ),
        pytest.param("anonymous", "The number was withheld. Somebody we know", id="withheld"),
    ],
)
async def test_a_call_of_nobody_says_so(
    ani: str, words: str, shared: CustomerHouse, by_sue: aiohttp.ClientSession
) -> None:
    await shared.calls((f"c-{words[:3]}", ani))
    assert whose(await text_of(by_sue, f"/calls/c-{words[:3]}")) == words


async def test_a_page_is_shown_without_what_cannot_be_looked_up(
    shared: CustomerHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise LedgerError

    monkeypatch.setattr(type(shared.room.customers), "whose", broken)
    assert await CustomerWhose(shared.room.customers)("c-1", "", "") is None


async def with_customers(office: Office, number: str) -> CustomerFile:
    """Have an office keep customers too, one of them with this number."""
    parts = office.parts
    room = CustomerRoom.of(parts.site, parts.database, JournalReads(parts.database), parts.clock)
    office.parts = replace(parts, customers=room)
    return await room.files.add(Details("Ona Onaitė", phones=(Phone("", number),)), "sue")


async def told_by(office: Office, path: str, number: str) -> str:
    """Return whose a page says that it is, once there is a customer with the number."""
    ona = await with_customers(office, number)
    async with (
        serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as address,
        logged_in(address, "sue") as session,
    ):
        page = await text_of(session, path)
    assert f'href="/customers/{ona.id}"' in page
    return whose(page)


async def test_a_fax_leads_to_its_customer(tmp_path: Path) -> None:
    async with fax_house(tmp_path) as faxes:
        id_ = await faxes.receive(number="+37060000001", wait=False)
        assert await told_by(faxes.office, f"/fax/{id_}", "+37060000001") == "Customer: Ona Onaitė"


async def test_a_message_leads_to_its_customer(tmp_path: Path) -> None:
    async with inbox_house(tmp_path) as inbox:
        id_ = await inbox.leave(number="+37060000001")
        assert await told_by(inbox.office, f"/voicemail/{id_}", "+37060000001") == "Customer: Ona Onaitė"
