"""What the tests of the customers' pages share: the room and a real server in front of it, one for each module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from crm_bridge.model import CustomerFile
from server.web.app import serving_parts
from tests.crm_bridge.web.customer_house import CustomerHouse, customer_house, logged_in


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[CustomerHouse]:
    """One house for all tests of a module: each works on customers of its own."""
    async with customer_house(tmp_path_factory.mktemp("customers")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(shared: CustomerHouse) -> AsyncIterator[str]:
    """The address of a real server on the loopback."""
    async with serving_parts(shared.office.parts, shared.office.accounts, "127.0.0.1", 0) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_sue(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A supervisor's browser."""
    async with logged_in(address, "sue") as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_alice(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The browser of an operator who has a phone."""
    async with logged_in(address, "alice") as session:
        yield session


@pytest_asyncio.fixture(loop_scope="module")
async def ona(shared: CustomerHouse) -> CustomerFile:
    """A customer of this test's own."""
    return await shared.add("Ona", shared.new_number(), status="lead")
