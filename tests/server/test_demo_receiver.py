"""The demo's receiver: what it takes, and that its judgement finds whatever is not as it should be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from config.load import load_site
from ledger.entry import StoredEntry
from ledger.signature import HEADER, signature
from server.demo import receiver
from server.demo.command import SITE
from server.demo.receiver import Receiver, receiver_that_is_down, site_that_tells
from tests.crm_bridge.connectors.house import happened

ENTRIES = [
    StoredEntry(seq=n, id=one.id, at=one.at, kind=one.kind, call=one.call, agent=None, department=None, data=one.data)
    for n, one in enumerate(
        [happened("c1", 1, "call_offered", ani="+1"), happened("c2", 2, "call_offered", ani="+1"),
         happened("c3", 3, "call_offered", ani="+2"), happened("c1", 4), happened("c2", 5)], 1,
    )
]  # fmt: skip


def with_all(down: Receiver) -> None:
    down.bodies = {entry.id: {"id": entry.id} for entry in ENTRIES}


def without_one(down: Receiver) -> None:
    del down.bodies["c2-005"]


def out_of_order(down: Receiver) -> None:
    down.bodies = {entry.id: {"id": entry.id} for entry in [ENTRIES[1], ENTRIES[0], *ENTRIES[2:]]}


def of_another_key(down: Receiver) -> None:
    down.bodies["c1-001"] = {"id": "c9-009"}


def of_another_number_first(down: Receiver) -> None:
    down.bodies = {entry.id: {"id": entry.id} for entry in [ENTRIES[2], *ENTRIES[:2], *ENTRIES[3:]]}


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (with_all, []),
        (of_another_number_first, []),
        (without_one, ["1 of 5 events never came, such as call_ended"]),
        (out_of_order, ["the events of 1 callers came out of order"]),
        (of_another_key, ["1 came under the key of another event"]),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
async def test_the_judgement(spoil: Callable[[Receiver], None], found: list[str]) -> None:
    async with receiver_that_is_down() as down:
        with_all(down)
        spoil(down)
        assert receiver.faults(down, receiver.wanted(ENTRIES)) == found
        assert receiver.as_json(down, ENTRIES)["events"] == 5


async def test_it_is_down_until_it_comes_up_and_takes_only_what_is_signed(tmp_path: Path) -> None:
    async with receiver_that_is_down() as down, aiohttp.ClientSession() as client:
        folder = await asyncio.to_thread(site_that_tells, down, SITE, tmp_path / "site")
        loaded = await asyncio.to_thread(load_site, folder, {receiver.VARIABLE: down.secret})
        assert loaded.site is not None and loaded.findings == ()
        url = loaded.site.connectors[receiver.NAME].url
        body = b'{"id": "k1"}'
        headers = {"Idempotency-Key": "k1", HEADER: signature(down.secret, 1, [body])}
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.post(url, data=body, headers=headers)
        await down.come_up()
        for sent, status in ((body, 200), (body, 200), (b'{"id": "k2"}', 403)):
            async with client.post(url, data=sent, headers=headers) as answer:
                assert answer.status == status
        assert (list(down.bodies), down.repeats, down.changed, down.forged) == (["k1"], 1, 0, 1)
        await asyncio.wait_for(down.has({"k1"}), 20)
