"""What happens to faxes that we send over a real Asterisk, and what each came to; all of it may happen at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from callrouter.ami.requests import DialplanPlace, OriginateRequest
from callrouter.fax_calls import FaxCalls
from callrouter.fax_calls_result import FaxCallOver
from callrouter.fax_word import left_word
from ivr.agi.fax_file import complete_pages
from ivr.agi.leg import AgiLeg
from ivr.conversation import FaxTaken
from pbx.render import layout
from pbx.traces import running_pid
from tests.asterisk import fax_far_end as far
from tests.asterisk.house import ROOT, House

DEADLINE = 150.0
LOOK = 0.1


class TakenBackError(Exception):
    """Whoever wanted the fax does not want it any more."""


@dataclass
class Room:
    """The part under test in a running house, and what came of its calls."""

    home: House
    folder: Path
    calls: FaxCalls
    file: Path
    numbers: int = 0
    taking: asyncio.Future[asyncio.Future[FaxTaken]] = field(default_factory=asyncio.Future)

    def number(self, kind: str) -> str:
        """Name a machine of its own for a scene."""
        self.numbers += 1
        return f"{kind[:-2]}{self.numbers:02}"

    async def send(
        self, number: str, call: str = "", began: Callable[[], Awaitable[None]] | None = None
    ) -> FaxCallOver:
        async def nothing() -> None: ...

        call = call or self.calls.new_call()
        over = await self.calls.send(
            f"of {call}", call, number, self.file, station=far.STATION, header="Test", shown_as=far.OURS,
            began=began or nothing,
        )  # fmt: skip
        await self.calls.forget(call)  # as whoever wants the fax does, once the result is written down
        return over

    async def until_page(self, call: str, wanted: int) -> None:
        while (await self.calls.pages(call) or 0) < wanted:  # noqa: ASYNC110  Asterisk tells it only when asked
            await asyncio.sleep(LOOK)

    async def serve(self, leg: AgiLeg, id_: str) -> None:
        if not await self.calls.serve(leg, id_):
            self.taking.set_result(asyncio.ensure_future(leg.take_fax(str(self.folder / f"{id_}.tif"), station="x")))
            await asyncio.wait((self.taking.result(),))

    def came(self, number: str) -> int:
        return complete_pages(self.folder / f"{number}.tif")

    async def hang_up_far_end(self, number: str) -> None:
        lines = (await self.home.switchroom.telephone.asterisk.cli("core show channels concise")).splitlines()
        [theirs] = [line.split("!")[0] for line in lines if "!far-end!" in line and number in line]
        await self.home.switchroom.telephone.asterisk.cli(f"channel request hangup {theirs}")


@dataclass
class Came:
    """What a scene came to."""

    over: FaxCallOver | None = None
    call: str = ""
    number: str = ""
    pages: list[int] = field(default_factory=list)
    told: str = ""
    taken: FaxTaken | None = None


# ---- what happens, all of it at once


async def through(room: Room) -> Came:
    came = Came(call=room.calls.new_call(), number=room.number(far.FAX))
    sending = asyncio.create_task(room.send(came.number, came.call))
    while not sending.done():
        pages = await room.calls.pages(came.call)
        if pages is not None and pages not in came.pages:
            came.pages.append(pages)
        await asyncio.wait((sending,), timeout=LOOK)
    came.over = await sending
    return came


async def as_data(room: Room) -> Came:
    number = room.number(far.DATA)
    return Came(await room.send(number), number=number)


def calling(number: str) -> Callable[[Room], Awaitable[Came]]:
    async def scene(room: Room) -> Came:
        return Came(await room.send(number))

    return scene


async def breaks_off(room: Room) -> Came:
    came = Came(call=room.calls.new_call(), number=room.number(far.FAX))
    sending = asyncio.create_task(room.send(came.number, came.call))
    await room.until_page(came.call, 1)
    await room.hang_up_far_end(came.number)
    came.over = await sending
    return came


async def cancelled(room: Room) -> Came:
    came = Came(call=room.calls.new_call(), number=room.number(far.FAX))
    sending = asyncio.create_task(room.send(came.number, came.call))
    await room.until_page(came.call, 1)
    await room.calls.hang_up(came.call)
    came.over = await sending
    return came


async def cancelled_at_once(room: Room) -> Came:
    call = room.calls.new_call()
    sending = asyncio.create_task(room.send(far.RINGS, call))
    await asyncio.sleep(0)  # it is asked for, and there is no channel yet
    await room.calls.hang_up(call)
    return Came(await sending)


async def dropped(room: Room) -> Came:
    """Let whoever waits for the result be cancelled, as when the server is stopped."""
    came = Came(call=room.calls.new_call(), number=room.number(far.FAX))
    sending = asyncio.create_task(room.send(came.number, came.call))
    await room.until_page(came.call, 1)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    came.over = await room.calls.recover(came.call)
    return came


async def receiving_is_cut(room: Room) -> Came:
    """Lose the connection over which we receive a fax, as when we are killed."""
    link, id_ = room.home.switchroom.link, "taking-here-1"
    await link.originate(
        OriginateRequest(
            id_, f"PJSIP/{far.SENDS}@trunk", DialplanPlace("switchroom-originate", id_), caller_number=far.OURS
        )
    )
    taking = await room.taking
    name = (await link.state()).channels[id_].channel.name
    while not await link.fax_pages(name):  # noqa: ASYNC110  Asterisk tells it only when asked
        await asyncio.sleep(LOOK)
    gone = asyncio.Event()
    room.home.switchroom.switchboard.when_hung_up(id_, gone.set)
    taking.cancel()
    await gone.wait()
    word = await left_word(link, id_)
    assert word is not None
    return Came(call=id_, taken=await word.taken(room.folder / f"{id_}.tif"))


async def taken_back(room: Room) -> Came:
    async def began() -> None:
        raise TakenBackError

    number = room.number(far.FAX)
    return Came(await room.send(number, began=began), number=number)


# ---- in processes of their own, which are killed


@asynccontextmanager
async def sender(*args: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.asterisk.fax_sender", *args, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def says(process: asyncio.subprocess.Process, *wanted: str) -> str:
    """Return the first line that begins so."""
    assert process.stdout is not None
    while line := (await process.stdout.readline()).decode().strip():
        if line.startswith(wanted):
            return line
    raise AssertionError(f"it ended without saying {wanted}")


def killed(number: str, at: str) -> Callable[[Room], Awaitable[Came]]:
    """Kill the process when it says this; another one is asked what became of the fax."""

    async def scene(room: Room) -> Came:
        data = await asyncio.to_thread(_folder, room.folder, at)
        came = Came(call=room.calls.new_call(), number=number)
        try:
            async with sender("send", str(data), number, came.call) as one:
                await says(one, at)
                one.kill()
            async with sender("recover", str(data), came.call) as other:
                came.told = await says(other, "{", "null", "refused")
                if came.told.startswith("refused"):
                    came.told += " " + await says(other, "{", "null")
                assert await other.wait() == 0
        finally:
            if (pid := running_pid(layout(data / "asterisk"))) is not None:
                os.kill(pid, signal.SIGKILL)
        came.pages = [complete_pages(data / f"{number}.tif")]
        return came

    return scene


def _folder(folder: Path, name: str) -> Path:
    made = folder / name.replace(" ", "-")
    made.mkdir()
    return made


SCENES: dict[str, Callable[[Room], Awaitable[Came]]] = {
    "through": through,
    "as data": as_data,
    "busy": calling(far.BUSY),
    "rings": calling(far.RINGS),
    "wrong number": calling(far.WRONG),
    "refused": calling(far.REFUSED),
    "congested": calling(far.CONGESTED),
    "a voice listens": calling(far.LISTENS),
    "a voice puts down": calling(far.PUTS_DOWN),
    "breaks off": breaks_off,
    "cancelled": cancelled,
    "cancelled at once": cancelled_at_once,
    "taken back": taken_back,
    "dropped": dropped,
    "receiving is cut": receiving_is_cut,
    "killed in page 2": killed(far.DATA, "page 1"),
    "killed while it rings": killed(far.ANSWERS_LATE, "ringing"),
}
