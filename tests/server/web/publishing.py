"""An office whose admin has a draft and published versions, without an Asterisk: going over only switches the site."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from config.load import require_site
from config.versions.store import VersionStore
from ivr.prompt_book import PromptBook
from server.live_site import LiveSite, Served
from server.settings import Settings
from server.studio.room import StudioRoom
from tests.server.web.office import MORNING, Office, open_office

DRAFT = """\
company: {name: Acme & Sons, timezone: Europe/Vilnius}
numbers:
  "+370 5 200 0000": {menu: main}
menus:
  main:
    say: {en: "For invoices, press 1. For orders, press 2."}
    keys: {1: billing, 2: sales}
    silence: {go: billing}
    mistake: {go: billing}
departments:
  billing: {mailbox: billing@acme.example}
  sales: {}
people:
  alice: {name: Alice Doe, phone: 101, departments: [billing, sales]}
  bob: {name: Bob Roe, phone: 102, departments: [billing]}
mail: {server: mail.acme.example, sender: a@acme.example}
tests:
  - name: orders are taken by Sales
    call: {to: "+370 5 200 0000", at: 2026-11-24T10:00}
    press: [2]
    expect: {department: sales}
"""


@dataclass
class Movers:
    """What would move with the site; `refusal` is raised instead of getting ready."""

    refusal: Exception | None = None
    switched: list[str] = field(default_factory=list)
    put_back: list[str] = field(default_factory=list)

    async def prepare(self, new: Served) -> None:
        if self.refusal is not None:
            raise self.refusal

    async def go_back(self, old: Served) -> None:
        self.put_back.append(old.site.version)

    def switch(self, new: Served) -> None:
        self.switched.append(new.site.version)

    async def settle(self, new: Served, old: Served) -> None:
        pass


@dataclass
class Bureau:
    """The office, its draft, and what serves it."""

    office: Office
    draft: Path
    live: LiveSite
    movers: Movers

    @property
    def room(self) -> StudioRoom:
        assert self.office.parts.studio is not None
        return self.office.parts.studio

    @property
    def store(self) -> VersionStore:
        return self.live.store

    def write(self, *replaced: tuple[str, str]) -> None:
        """Write the draft: that of the first day, with this instead of that."""
        text = DRAFT
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        (self.draft / "site.yaml").write_text(text)


@asynccontextmanager
async def open_bureau(folder: Path) -> AsyncIterator[Bureau]:
    """Open it; the first version was published nine days ago."""
    draft = folder / "draft"
    draft.mkdir()
    (draft / "site.yaml").write_text(DRAFT)
    site, store = require_site(draft), VersionStore(folder / "site")
    at = MORNING - timedelta(days=9)
    first = store.publish(store.keep(draft, site), who="the first start", why="", at=at, expected=0)
    async with open_office(folder, site=site) as office:
        await office.hire()
        settings = Settings(draft, folder, cache=folder / "cache")
        served = Served(first, store.folder_of(first.version), site, PromptBook({}, {}, folder))
        live = LiveSite(store, settings, served, office.clock)
        live.move_with(movers := Movers())
        office.parts = replace(office.parts, studio=StudioRoom.of(settings, live), site=live.now)
        yield Bureau(office, draft, live, movers)


def settings_of(bureau: Bureau) -> Settings:
    """Return what a server on that folder would be started with."""
    return Settings(bureau.draft, bureau.office.parts.data)
