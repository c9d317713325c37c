"""The demo's faxes: one comes in and one goes out, both by real calls with a fax machine.

Owns what is sent and what is waited for; the machine is in `fax_machine`, the judgement in `fax_verdict`.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from callrouter.ami.errors import AmiError
from fax.documents import aside
from fax.documents.errors import DocumentError
from fax.documents.model import Resolution
from fax.model import Direction, Fax, NotPossible, Order, State, TextState
from fax.service import FaxService
from ledger.errors import LedgerError
from server.demo.fax_machine import DATA, SOUND, FaxMachine, NotAnswered
from server.switchroom import Switchroom

#: Our fax number of the sample site, the box it leads to, who sends from there, and where the report goes.
OURS: Final = "+37052000009"
BOX: Final = "billing"
SENDER: Final = "alice"
REPORT_TO: Final = "alice@acme.example"
#: Who calls with a fax.
MACHINE: Final = "Faxing Fiona"
#: A fax that takes longer has failed, seconds; three pages take half a minute.
LONGEST: Final = 120.0
PAGES: Final = (
    "Acme, Vilnius\n\nInvoice 2026/1187\n\n  Twelve boxes of paper     284.50 EUR",
    "Page two\n\n  Two of the boxes came damaged.\n  Please take back   -47.42 EUR",
    "Page three\n\n  To be paid within 30 days   237.08 EUR\n\n  Žalia rūta, ąžuolas",
)


@dataclass(frozen=True)
class Faxed:
    """One fax of the demo: as our ledger has it, None if it has not, and the TIFF that arrived at the far end of it."""

    direction: Direction
    number: str
    fax: Fax | None = None
    arrived: Path | None = None
    trouble: str = ""


async def play(switchroom: Switchroom, machine: FaxMachine, folder: Path) -> list[Faxed]:
    """Let one fax come in and send one, both at once; trouble is noted, not raised. What was sent lies in `folder`."""
    service = switchroom.faxroom.service
    document = folder / "document.txt"
    await asyncio.to_thread(document.write_text, "\f".join(PAGES), "utf-8")
    came, went = Faxed(Direction.IN, DATA), Faxed(Direction.OUT, SOUND)
    try:
        await aside.prepare(document, paper_in(folder), resolution=Resolution.FINE)
    except (DocumentError, OSError) as error:
        return [replace(faxed, trouble=f"its pages cannot be made: {error}") for faxed in (came, went)]

    async def come_in() -> Faxed:
        with awaited(service, lambda fax: fax.direction is Direction.IN and fax.number == DATA and _done(fax)) as one:
            await machine.send(paper_in(folder), OURS, number=DATA, name=MACHINE)
            fax = await one
        return replace(came, fax=fax, arrived=switchroom.spool.path_of(fax.file) if fax.file else None)

    async def go_out() -> Faxed:
        order = Order(BOX, SOUND, SENDER, subject="Invoice 2026/1187", resolution=Resolution.FINE, confirm=(REPORT_TO,))
        ordered: list[str] = []
        with awaited(service, lambda fax: fax.id in ordered and fax.ended_at is not None and bool(fax.report)) as one:
            ordered.append((await service.submit(order, document)).id)
            fax = await one
        await machine.quiet()
        arrived = folder / "arrived.tif"
        if not await asyncio.to_thread(machine.received(SOUND).exists):
            return replace(went, fax=fax)
        await asyncio.to_thread(shutil.copyfile, machine.received(SOUND), arrived)
        return replace(went, fax=fax, arrived=arrived)

    return list(await asyncio.gather(_noted(came, come_in()), _noted(went, go_out())))


def paper_in(folder: Path) -> Path:
    """Return where the pages are that both faxes must have."""
    return folder / "document.tif"


def _done(fax: Fax) -> bool:
    """Tell whether a fax that came has its PDF, or never will."""
    return bool(fax.pdf) or fax.state is State.FAILED or fax.text_state is TextState.FAILED


@contextmanager
def awaited(service: FaxService, wanted: Callable[[Fax], bool]) -> Iterator[asyncio.Future[Fax]]:
    """Give what becomes the first such fax of which the service tells from now on."""
    found: asyncio.Future[Fax] = asyncio.get_running_loop().create_future()

    def look(fax: Fax) -> None:
        if not found.done() and wanted(fax):
            found.set_result(fax)

    stop = service.watch(look)
    try:
        yield found
    finally:
        stop()


async def _noted(begun: Faxed, work: Coroutine[Any, Any, Faxed]) -> Faxed:
    try:
        async with asyncio.timeout(LONGEST):
            return await work
    except TimeoutError:
        return replace(begun, trouble=f"it had not ended after {LONGEST:.0f} s")
    except (NotAnswered, NotPossible, AmiError, LedgerError, OSError) as error:
        return replace(begun, trouble=f"{type(error).__name__}: {error}")
