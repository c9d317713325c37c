"""A line to send faxes over, in memory: a PBX, and whoever answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from callrouter import events as ev
from callrouter.ami.errors import AmiError
from callrouter.ami.events import HangupCause
from callrouter.ami.fake import FakePbx
from callrouter.ami.requests import OriginateRequest
from callrouter.chronicle import Chronicle
from callrouter.fax_calls import FaxCalls
from callrouter.fax_calls_result import FaxCallOver, FaxCallResult
from callrouter.switchboard import Switchboard
from ivr.agi.fake_fax import tiff
from ivr.agi.fax import FaxSent
from ledger.clock import ManualClock
from tests.callrouter.memory_book import MemoryBook

CALL, NUMBER, OURS = "fax-1", "+37060000001", "+37052110000"
THREE = FaxSent(True, 3, 3, 14_400, (204, 196), True, True, "+370 6", 30.0, "", "SUCCESS")
SENT = FaxCallOver(FaxCallResult.SENT, 3, 3, 30.0, "+370 6", 14_400, (204, 196), ecm=True, t38=True)
BROKEN = replace(THREE, ok=False, pages=1, why="The call dropped prematurely", status="FAILED")
NOTHING = FaxSent(False, 0, 3, rate=14_400, seconds=70.0, status="FAILED")


@dataclass
class Leg:
    """Whoever answered: what comes of the fax, once a test lets it end."""

    comes: FaxSent | Exception = THREE
    over: asyncio.Event = field(default_factory=asyncio.Event)
    begins: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    hung_up: bool = False
    known: bool = False

    async def send_fax(self, path: str, *, station: str, header: str) -> FaxSent:
        self.asked.append((path, station, header))
        self.begins.set()
        await self.over.wait()
        if isinstance(self.comes, Exception):
            raise self.comes
        return self.comes

    async def fax_is_known(self) -> None:
        self.known = True

    async def hangup(self) -> None:
        self.hung_up = True


class Line(FakePbx):
    """A PBX of which a test says how placing a call fails."""

    def __init__(self) -> None:
        super().__init__()
        self.error: AmiError | None = None
        self.placed = asyncio.Event()
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def originate(self, request: OriginateRequest) -> None:
        try:
            if self.error is not None:
                raise self.error
            await super().originate(request)
            if self.meanwhile is not None:
                await self.meanwhile()
        finally:
            self.placed.set()


@dataclass
class Room:
    """The parts around calls with faxes."""

    file: Path
    pbx: Line = field(default_factory=Line)
    book: MemoryBook = field(default_factory=MemoryBook)
    began: list[str] = field(default_factory=list)
    refuses: Exception | None = None

    def __post_init__(self) -> None:
        chronicle, clock = Chronicle(self.book), ManualClock()
        self.switchboard = Switchboard(self.pbx, chronicle, clock)
        self.calls = FaxCalls(self.pbx, self.switchboard, chronicle, clock)

    async def begins(self) -> None:
        self.began.append(CALL)
        if self.refuses is not None:
            raise self.refuses

    async def send(self, number: str = NUMBER) -> asyncio.Task[FaxCallOver]:
        """Place a call, and return the task that waits for its end."""
        sending = asyncio.create_task(
            self.calls.send(
                "f1", CALL, number, self.file, station="+370 5", header="Acme", shown_as=OURS,
                began=self.begins,
            )
        )  # fmt: skip
        await self.pbx.placed.wait()
        return sending

    async def answer(self, leg: Leg) -> asyncio.Task[bool]:
        """Answer the call, and return the task that serves it."""
        self.pbx.originate_ends(CALL, answered=True)
        serving = asyncio.create_task(self.calls.serve(leg, CALL))
        await asyncio.sleep(0)
        return serving

    def end(self, cause: HangupCause = HangupCause.NORMAL) -> None:
        self.pbx.originate_ends(CALL, answered=False, cause=cause)

    @property
    def hung_up(self) -> bool:
        return any(asked.verb == "hangup" for asked in self.pbx.asked)

    @property
    def told(self) -> list[tuple[str, int]]:
        """What the journal says of the end."""
        return [(e.result, e.pages) for e in self.book.told(ev.FaxCallEnded) if isinstance(e, ev.FaxCallEnded)]


@asynccontextmanager
async def line(folder: Path) -> AsyncIterator[Room]:
    """Run a line, and a fax of three pages in a file."""
    made = Room(folder / "f1.tif")
    await asyncio.to_thread(made.file.write_bytes, tiff(3))
    running = asyncio.create_task(made.pbx.run())
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        yield made
    await made.switchboard.close()
    made.pbx.stop()
    await running
