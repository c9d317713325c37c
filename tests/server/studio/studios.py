"""An office whose admins have a draft to work on: the sample site, copied, before a real server."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import config
from config.load import require_site
from server.studio.room import StudioRoom
from server.web.app import serving_parts
from tests.server.web.office import Office, open_office

ACME = Path(config.__file__).parent / "acme"


@dataclass(frozen=True)
class Studio:
    """The office, where its pages are, and the draft."""

    office: Office
    url: str
    draft: Path


@asynccontextmanager
async def open_studio(folder: Path) -> AsyncIterator[Studio]:
    """Open it in an empty folder; what callers hear is the sample site, whatever becomes of the draft."""
    draft = folder / "draft"
    shutil.copytree(ACME, draft)
    site = require_site(ACME)
    async with open_office(folder, site=site) as office:
        await office.hire()
        room = StudioRoom(draft, folder / "data", folder / "prompts", lambda: site)
        office.parts = replace(office.parts, studio=room)
        async with serving_parts(office.parts, office.accounts, "127.0.0.1", 0) as url:
            yield Studio(office, url, draft)
