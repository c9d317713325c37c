"""What the tests of the reports' pages share: a town's month and a real server in front of it, one for each module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from server.web.app import serving_parts
from tests.crm_bridge.web.customer_house import logged_in
from tests.reports.web.report_house import ReportHouse, report_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ReportHouse]:
    """One house for all tests of a module; none of them changes its calls."""
    async with report_house(tmp_path_factory.mktemp("reports")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(house: ReportHouse) -> AsyncIterator[str]:
    """The address of a real server on the loopback."""
    async with serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0) as address:
        yield address


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_sue(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A supervisor's browser."""
    async with logged_in(address, "sue") as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_alice(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The browser of an operator who may see the reports of billing."""
    async with logged_in(address, "alice") as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_bob(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The browser of an operator who may see no reports but the own day."""
    async with logged_in(address, "bob") as session:
        yield session


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_nobody(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    """The browser of an account that is nobody's."""
    async with logged_in(address, "nobody") as session:
        yield session
