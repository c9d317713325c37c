"""A server's part that issues reports, in a process of its own; made to be killed in the middle.

Usage: issued_child.py FOLDER PORT: makes and mails what waits in the folder, by the mail server at that port. When a
report is half made it says the id of the process that makes it.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from config.schema import Site
from ledger import process
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.deliveries import Tried
from ledger.mailer import MailServer
from ledger.spool import Spool
from reports import issued_making
from reports.asking import Ask
from reports.issued import KIND, Order, Step, Summary
from reports.issued_making import Apart, Maker, Tell
from reports.issuing import Issuing
from server.postroom import open_for_business, postroom
from server.report_post import issuing_reports
from tests.reports.issued_house import daily, site_of
from tests.reports.town import NOW

SITE: Site = site_of({"boss": daily()})


@asynccontextmanager
async def issuing_in(
    folder: Path, port: int, now: datetime, maker: Callable[[str], Maker], tried: Tried | None = None
) -> AsyncIterator[Issuing]:
    """Make and mail until the end of the block, by a clock that stands; `tried` hears of every attempt to mail.

    `maker` returns what makes reports of the database at an address.
    """
    server = MailServer(host="127.0.0.1", sender="reports@acme.example", port=port, security="none")
    clock = ManualClock(now)
    async with await Database.open(folder / "issued.db", migrate=False) as db:
        spool, post = await Spool.open(folder / "spool"), postroom(SITE, db, clock)
        post.deliveries.serve({}, {}, {KIND: tried} if tried is not None else {})
        url = db.url.render_as_string(hide_password=False)
        async with (
            issuing_reports(lambda: SITE, db, spool, clock, post, maker=maker(url)) as issuing,
            open_for_business(post, lambda: SITE, db, clock, server=server),
        ):
            yield issuing


class Telling(Apart):
    """Says when a report is half made, and by which process."""

    async def make(self, order: Order, paper: Path, document: Path, tell: Tell) -> Summary:
        async def told(step: Step, done: float) -> None:
            await tell(step, done)
            if step is Step.COUNTING:
                print(started[-1].pid, flush=True)
                await asyncio.get_running_loop().create_future()

        return await super().make(order, paper, document, told)


def ask_for(order: Order) -> Ask:
    return Ask(order.period, order.definition, NOW, "Acme")


started: list[asyncio.subprocess.Process] = []


async def start(module: str, longest_line: int = process.LONGEST_LINE) -> asyncio.subprocess.Process:
    started.append(await process.start(module, longest_line))
    return started[-1]


async def main(folder: Path, port: int) -> None:
    issued_making.start = start  # type: ignore[attr-defined]  # the name it has taken there
    async with issuing_in(folder, port, NOW, lambda url: Telling(url, ask_for)):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
