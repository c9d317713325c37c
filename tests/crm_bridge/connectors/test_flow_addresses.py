"""An address at which nobody is holds everything up in its order, until somebody mends it."""

from __future__ import annotations

import pytest

from ledger.database import Database
from tests.crm_bridge.connectors.house import FakeSite, customers, happened, hook, put, says, server, settled, working

pytestmark = pytest.mark.usefixtures("quick")


@pytest.mark.parametrize("status", [302, 404], ids=["a page that says it is mended", "no such address"])
async def test_what_finds_nobody_at_the_address_goes_in_order_when_that_is_mended(db: Database, status: int) -> None:
    moved = says(status, "", Location="https://elsewhere.example/")
    async with (
        server(moved) as here,
        working(FakeSite({"shop": hook(here.url)}), db, customers(c1="ona")) as connectors,
    ):
        await put(db, [happened("c1", 1), happened("c1", 2)])
        await here.until(lambda: bool(here.got))
        assert (await settled(connectors, waiting=2)).failed == 0
        here.got.clear()
        here.answer = says()
        await put(db, [happened("c1", 3)])
        await connectors.test("shop")
        await here.until(lambda: "c1-003" in here.keys)
        assert [key for key in here.keys if key.startswith("c1")] == ["c1-001", "c1-002", "c1-003"]
