"""What the tests of pbx/ share: the Asterisk that was brought in, and folders and doors for it."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pbx.installation import Installation, bring_in, default_cache
from tests.pbx.pbx_fakes import AgiServer, Bell


@pytest.fixture(scope="session")
def installation() -> Installation:
    """The real Asterisk; the first run on a machine fetches it from the Debian mirror."""
    return asyncio.run(bring_in(default_cache(), lambda progress: None))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, as a control socket likes it; pytest's own are deep."""
    made = Path(tempfile.mkdtemp(prefix="sw-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
async def agi() -> AsyncIterator[AgiServer]:
    async with AgiServer() as server:
        yield server


@pytest.fixture
def bell(folder: Path) -> Iterator[Bell]:
    made = Bell(folder / "bell")
    yield made
    made.close()
