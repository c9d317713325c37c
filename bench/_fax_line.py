"""Faxes on the line: a real Asterisk and a real fax machine behind its trunk, which is another Asterisk.

One fax of forty pages comes in as sound, the harder way. Then four are on the line at once: two come in and two go out
of the queue, one of each as sound and one as data. All pages must be there, each dot as it was sent. Pages are sparse,
for a full one takes the line several times as long and teaches nothing about us.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench._fax_room import BOX, LINE, SITE
from bench._server import cost
from fax.documents.aside import prepare
from fax.documents.model import Resolution
from fax.model import Direction, Fax, Order, State, TextState
from ledger.mailer import MailServer
from pbx.installation import default_cache
from server.demo import dots
from server.demo.fax_machine import DATA, SOUND, FaxMachine, fax_machine, line_of
from server.demo.faxes import awaited
from server.demo.mail_server import MailCatcher
from server.settings import Settings
from server.switchroom import Switchroom, running

#: Who is told what became of a fax that we send.
SENDER: Final = "una@bench.example"
LONG: Final = 40
SHORT: Final = 10
#: So long a fax may take, seconds: to begin and end, and for a page.
AROUND: Final = 30.0
A_PAGE: Final = 8.0
LONGEST: Final = 2 * (AROUND + A_PAGE * LONG)
#: What modems are set to.
RATE: Final = 14_400


@dataclass(frozen=True)
class Came:
    """One fax as it ended; `other` says what is not as it was sent."""

    fax: Fax
    other: tuple[str, ...]

    @property
    def ok(self) -> bool:
        whole = self.fax.state in (State.RECEIVED, State.SENT) and not self.other
        return whole and self.fax.rate == RATE and self.fax.seconds <= AROUND + A_PAGE * self.fax.of


@dataclass(frozen=True)
class Bench:
    """The two ends of the line, and how a fax is followed from the one to the other."""

    switchroom: Switchroom
    machine: FaxMachine
    folder: Path

    async def document(self, pages: int) -> Path:
        """Write a text of so many pages, and beside it the pages that must arrive; return the text."""
        text = self.folder / f"{pages}.txt"
        said = "\f".join(f"Page {number} of {pages}\n\n  Twelve boxes of paper" for number in range(1, pages + 1))
        await asyncio.to_thread(text.write_text, said)
        made = await prepare(text, text.with_suffix(".tif"), resolution=Resolution.FINE)
        assert made.pages == pages
        return text

    async def come_in(self, document: Path, number: str) -> Came:
        """Receive it from a number of the machine's, until it is a PDF."""
        paper = document.with_suffix(".tif")
        async with asyncio.timeout(LONGEST):
            with awaited(self.switchroom.faxroom.service, lambda fax: fax.number == number and is_over(fax)) as over:
                await self.machine.send(paper, LINE, number=number)
                fax = await over
        spool = self.switchroom.spool
        arrived, pdf = (spool.path_of(name) if name else Path() for name in (fax.file, fax.pdf))
        return Came(fax, tuple(await asyncio.to_thread(others, paper, arrived, pdf)))

    async def go_out(self, document: Path, number: str) -> Came:
        """Queue it for a number of the machine's, until it has arrived there."""
        service = self.switchroom.faxroom.service
        async with asyncio.timeout(LONGEST):
            with awaited(service, lambda fax: fax.number == number and is_over(fax)) as over:
                await service.submit(Order(BOX, number, "una", confirm=(SENDER,), resolution=Resolution.FINE), document)
                fax = await over
        await self.machine.quiet()
        paper, pdf = document.with_suffix(".tif"), self.switchroom.spool.path_of(fax.pdf)
        return Came(fax, tuple(await asyncio.to_thread(others, paper, self.machine.received(number), pdf, header=True)))


def is_over(fax: Fax) -> bool:
    """Tell whether nothing happens to a fax any more but the mail about it."""
    if fax.direction is Direction.OUT:
        return fax.ended_at is not None
    return bool(fax.pdf) or fax.state is State.FAILED or fax.text_state is TextState.FAILED


def others(paper: Path, arrived: Path, pdf: Path, *, header: bool = False) -> list[str]:
    """Say which pages, as they arrived and in our PDF, have other dots than those that were sent. Blocks."""
    wanted = dots.of_tiff(paper)
    return [
        *dots.differences(dots.of_tiff(arrived), wanted, header=header),
        *dots.differences(dots.of_pdf(pdf), wanted),
    ]


async def line(folder: Path) -> dict[str, float]:
    """Start everything, send a long fax and then four at once, and stop everything."""
    async with AsyncExitStack() as stack:
        catcher = await stack.enter_async_context(MailCatcher())
        mail = MailServer(host=catcher.host, port=catcher.port, security="none", sender="fax@bench.example")
        settings = Settings(SITE, folder / "data", cache=default_cache(), asterisk_dies_with_us=True, drain=1.0)
        switchroom = await stack.enter_async_context(running(settings, mail_server=mail))
        machine = await stack.enter_async_context(fax_machine(switchroom.telephone.asterisk))
        bench = Bench(switchroom, machine, folder)
        pid = switchroom.telephone.asterisk.pid
        assert pid is not None

        long = await bench.come_in(await bench.document(LONG), line_of(SOUND, 1))
        document = await bench.document(SHORT)
        begun, ours, asterisks = time.perf_counter(), time.process_time(), cost(pid).cpu
        four = await asyncio.gather(
            bench.come_in(document, line_of(SOUND, 2)),
            bench.come_in(document, line_of(DATA, 2)),
            bench.go_out(document, line_of(SOUND, 3)),
            bench.go_out(document, line_of(DATA, 3)),
        )
        took = time.perf_counter() - begun
        ours, asterisks = time.process_time() - ours, cost(pid).cpu - asterisks
        with suppress(TimeoutError):  # how many came is told, and is part of the goal
            await catcher.count(1 + len(four), AROUND)
    pages = sum(came.fax.pages for came in four)
    return {
        "long_pages": long.fax.pages,
        "long_seconds": long.fax.seconds,
        "long_seconds_a_page": long.fax.seconds / max(1, long.fax.pages),
        "long_bits_a_second": long.fax.rate,
        "long_identical": float(not long.other),
        "four_pages": pages,
        "four_seconds": took,
        "four_seconds_a_page": sum(came.fax.seconds for came in four) / max(1, pages),
        "four_bits_a_second": min(came.fax.rate for came in four),
        "four_by_t38": sum(came.fax.t38 for came in four),
        "four_identical": float(not any(came.other for came in four)),
        "four_processor_ours": ours / took,
        "four_processor_asterisk": asterisks / took,
        "line_mails": len(catcher.mails),
        "line_ok": float(long.ok and all(came.ok for came in four) and len(catcher.mails) == 1 + len(four)),
    }
