"""What the tests of the pages of faxes share: the fax room, a real server in front of it, and browsers of each role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from server.local_server import TOKEN_FILE
from tests.fax.web.fax_house import FaxHouse, fax_house
from tests.server.web.conftest import browser, pace, sue, url
from tests.server.web.office import Office

__all__ = ["browser", "pace", "sue", "url"]  # fixtures: pytest finds them here by name


@pytest.fixture
async def faxes(tmp_path: Path) -> AsyncIterator[FaxHouse]:
    async with fax_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def office(faxes: FaxHouse) -> Office:
    return faxes.office


@pytest.fixture
async def api(url: str, office: Office) -> AsyncIterator[aiohttp.ClientSession]:
    """A program on this machine, with the token of the data folder."""
    token = (office.parts.data / TOKEN_FILE).read_text()
    async with aiohttp.ClientSession(url, headers={"Authorization": f"Bearer {token}"}) as session:
        yield session
