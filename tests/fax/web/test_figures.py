"""What the monitoring system and the open pages are told of faxes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from fax.by_mail.model import DoorState
from fax.model import State
from tests.fax.house import BUSY
from tests.fax.web.fax_house import FaxHouse
from tests.server.web.conftest import Browser
from tests.server.web.test_health import figures


async def test_figures_by_box_and_of_the_line(browser: Browser, faxes: FaxHouse) -> None:
    await faxes.receive("billing", wait=False)
    await faxes.home.service.seen(await faxes.receive("billing", wait=False), "alice")
    await faxes.receive("support", wait=False)
    faxes.home.line.overs += [BUSY]
    id_ = await faxes.order()
    await faxes.home.until(id_, lambda fax: fax.state is State.WAITING and fax.tries == 1)
    await faxes.home.put_back(id_)
    faxes.comes()
    told = await figures(await browser())
    expected = {
        'switchroom_fax_unread{box="billing"}': 1,
        'switchroom_fax_open{box="billing"}': 2,
        'switchroom_fax_under_way{box="billing"}': 1,
        'switchroom_fax_unread{box="support"}': 1,
        'switchroom_fax_unread{box="quiet"}': 0,
        'switchroom_fax_on_the_line{direction="in"}': 1,
        'switchroom_fax_on_the_line{direction="out"}': 0,
    }
    assert {name: told.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("state", "up"), [(DoorState(faxes=3, refused=2, held=1), 1), (DoorState(error="away"), 0)], ids=["well", "away"]
)
async def test_figures_of_orders_by_mail(browser: Browser, faxes: FaxHouse, state: DoorState, up: int) -> None:
    faxes.home.service.by_mail = lambda: state
    told = await figures(await browser())
    expected = {
        "switchroom_fax_by_mail_up": up,
        "switchroom_fax_by_mail_held": state.held,
        'switchroom_fax_by_mail_total{result="taken"}': state.faxes,
        'switchroom_fax_by_mail_total{result="refused"}': state.refused,
    }
    assert {name: told.get(name) for name in expected} == expected


async def test_without_database_the_other_figures_come(browser: Browser, faxes: FaxHouse) -> None:
    anybody = await browser()
    await figures(anybody)
    await faxes.office.parts.database.close()
    told = await figures(anybody)
    assert told["switchroom_asterisk_up"] == 1
    assert not any(name.startswith("switchroom_fax") for name in told)


async def events(answer: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, dict[str, object]]]:
    kind = ""
    async for line in answer.content:
        name, _, value = line.decode().strip().partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            yield kind, json.loads(value)


async def _until(
    stream: AsyncIterator[tuple[str, dict[str, object]]], kind: str, wanted: Callable[[dict[str, object]], bool]
) -> dict[str, object]:
    async for told, data in stream:
        if told == kind and wanted(data):
            return data
    raise AssertionError("the stream ended")


async def test_a_fax_and_its_pages_are_told_without_whose_they_are(browser: Browser, faxes: FaxHouse) -> None:
    alice = await browser("alice")
    async with alice.get("/events") as answer:
        stream = events(answer)
        assert (await anext(stream))[0] == "reload"  # who comes without a place begins anew
        faxes.comes("c-9", "support", "+37060000005")
        began = await _until(stream, "fax_progress", lambda told: True)
        assert began == {
            "id": "c-9", "box": "support", "direction": "in", "pages": 0, "of": 0, "words": "receiving, page 1",
            "over": False,
        }  # fmt: skip
        await faxes.page_through("c-9")
        assert (await _until(stream, "fax_progress", lambda told: told["pages"] == 1))["words"] == "receiving, page 2"
        faxes.home.service.under_way.end("c-9")
        assert (await _until(stream, "fax_progress", lambda told: bool(told["over"])))["id"] == "c-9"
        id_ = await faxes.receive("support", wait=False)
        assert await _until(stream, "fax", lambda told: True) == {"id": id_, "box": "support"}
