"""What the monitoring system and the open pages are told of messages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp

from ledger.delivery_model import Later
from tests.server.web.conftest import Browser
from tests.server.web.test_health import figures
from tests.voicemail.web.inbox_house import InboxHouse


async def test_figures_by_mailbox_and_of_mails(browser: Browser, inbox: InboxHouse) -> None:
    await inbox.leave("billing")
    heard = await inbox.leave("billing")
    await inbox.home.voicemail.heard(heard, "alice")
    await inbox.leave("alice")
    await inbox.refused_mail()
    inbox.home.told.results.append(Later("421 try later"))
    await inbox.leave("support")
    told = await figures(await browser())
    expected = {
        'switchroom_voicemail_unread{mailbox="billing"}': 1,
        'switchroom_voicemail_open{mailbox="billing"}': 2,
        'switchroom_voicemail_unread{mailbox="support"}': 2,
        'switchroom_voicemail_unread{mailbox="people"}': 1,
        'switchroom_deliveries{state="waiting"}': 1,
        'switchroom_deliveries{state="overdue"}': 0,
        'switchroom_deliveries{state="refused"}': 1,
    }
    assert {name: told.get(name) for name in expected} == expected
    assert not any("alice" in name for name in told)


async def test_an_empty_inbox_has_figures_too(browser: Browser, inbox: InboxHouse) -> None:
    told = await figures(await browser())
    assert told['switchroom_voicemail_open{mailbox="billing"}'] == 0
    assert told['switchroom_voicemail_open{mailbox="people"}'] == 0


async def test_without_database_the_other_figures_come(browser: Browser, inbox: InboxHouse) -> None:
    anybody = await browser()
    await figures(anybody)
    await inbox.office.parts.database.close()
    told = await figures(anybody)
    assert told["switchroom_asterisk_up"] == 1
    assert not any(name.startswith("switchroom_voicemail") for name in told)


async def events(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, object]]:
    kind = ""
    async for line in answer.content:
        name, _, value = line.decode().strip().partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


async def test_a_message_is_told_by_id_and_mailbox_only(browser: Browser, inbox: InboxHouse) -> None:
    alice = await browser("alice")
    async with alice.get("/events") as answer:
        stream = events(answer)
        assert (await anext(stream))[0] == "reload"  # who comes without a place begins anew
        id_ = await inbox.leave("support", "Jonas")
        async for kind, data in stream:
            if kind == "voicemail":
                assert data == {"id": id_, "mailbox": "support"}
                break
