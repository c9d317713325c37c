"""Two operators in front of real browsers while the demo goes on: what popped up on whose desk, and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import Browser, Page

from ledger.clock import SystemClock
from ledger.database import Database
from server.accounts import Accounts, Role
from server.demo.scenes import OPERATORS
from server.local_server import ADDRESS_FILE
from tests.server.web.browsing import arrived, is_live
from tests.server.web.chromium import chromium, running_browser
from tests.server.web.office import PASSWORD, quick_passwords

#: The demo may have to bring in Asterisk and voices before it has pages, seconds.
OPENS = 180.0
#: Hands over each pop as soon as the page has it.
_WATCH = """() => {
  let before = "";
  const look = () => {
    const pops = [...document.querySelectorAll(".pop")].map((pop) => pop.innerText);
    if (before !== (before = JSON.stringify(pops))) for (const pop of pops) window.popped(Date.now(), pop);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  look();
}"""


@dataclass(frozen=True)
class Pop:
    """What a desk showed of a call, and when it did."""

    at: datetime
    text: str


@dataclass
class Desks:
    """What popped up, by operator, in its order."""

    pops: dict[str, list[Pop]] = field(default_factory=lambda: {name: [] for name in OPERATORS})

    def first(self, operator: str, *words: str) -> Pop | None:
        """Return the first pop at an operator's desk that says all of this."""
        return next((pop for pop in self.pops[operator] if all(word in pop.text for word in words)), None)


async def hire(data: Path) -> None:
    """Make the operators' accounts before the demo does, with a password that we know."""
    async with await Database.open(data / "switchroom.db") as database:
        accounts = Accounts(database, SystemClock(), quick_passwords())
        for name in OPERATORS:
            await accounts.add(name, PASSWORD, Role.OPERATOR, person=name)


@asynccontextmanager
async def sitting_at_desks(data: Path, folder: Path) -> AsyncIterator[Desks]:
    """Wait until the demo in `data` has pages, and sit both operators at their desks."""
    async with asyncio.timeout(OPENS):
        while not (data / ADDRESS_FILE).exists():  # noqa: ASYNC110 - nobody tells that a file is there
            await asyncio.sleep(0.1)
    url = json.loads((data / ADDRESS_FILE).read_text())["url"]
    desks = Desks()
    async with AsyncExitStack() as stack:
        browser = await stack.enter_async_context(running_browser(folder, await chromium()))
        await asyncio.gather(*(_sit(browser, url, name, desks) for name in OPERATORS))
        yield desks


async def _sit(browser: Browser, url: str, name: str, desks: Desks) -> Page:
    page = await (await browser.new_context(base_url=url)).new_page()

    def popped(at: float, text: str) -> None:
        desks.pops[name].append(Pop(datetime.fromtimestamp(at / 1000, UTC), text))

    await page.expose_function("popped", popped)
    await page.goto("/desk")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await arrived(page, "/desk")
    await is_live(page)
    await page.evaluate(_WATCH)
    return page
