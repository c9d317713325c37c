"""An office that can close its doors by hand, with a store of sounds in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from config.recordings import Recordings
from config.schema import Site
from server.closure_office import ClosureOffice, keeping_doors
from tests.server.fake_store import FakeStore
from tests.server.web.office import SITE, Office, open_office

BILINGUAL: Site = SITE.model_copy(
    update={"company": SITE.company.model_copy(update={"languages": ("en", "lt")}), "version": "5f1c2a9b7d05"}
)


@asynccontextmanager
async def closing_office(folder: Path) -> AsyncIterator[tuple[Office, ClosureOffice, FakeStore]]:
    """Open the office, its doors and its store."""
    store = FakeStore()
    async with open_office(folder, site=BILINGUAL) as office:
        parts = office.parts
        doors = keeping_doors(
            parts.site,
            parts.chronicle,
            parts.journal,
            office.clock,
            store,
            lambda: Recordings(folder),
            folder / "attendant",
        )  # fmt: skip
        async with doors as closures:
            office.parts = replace(parts, closures=closures)
            await office.hire()
            yield office, closures, store
