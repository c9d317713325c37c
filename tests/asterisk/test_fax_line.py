"""Faxes over a real Asterisk, both ways: pages, resolutions, senders who break off, voices, data instead of sound.

A fax takes its time, so all of them are under way at once, and each test waits for one of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from PIL import Image, ImageChops

from callrouter.outbound import Outbound
from callrouter.reception import Arrival, Reception
from ivr.agi import fax
from ivr.agi.fax_file import complete_pages
from ivr.agi.leg import AgiLeg
from ivr.conversation import CallerGone, FaxTaken
from tests.asterisk.fax_machines import put_down
from tests.asterisk.house import House, house, patience

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(400)]

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "fax"
STANDARD, FINE, SUPERFINE = (
    FIXTURES / f"{name}-2pages.tif" for name in ("standard-204x98", "fine-204x196", "superfine-204x391")
)
OURS, THEIRS = "+370 5 211 0000", "+370 5 233 4455"
#: Two pages take twenty seconds, super fine thirty.
DEADLINE = 120.0

#: A fax machine that speaks T.38, on this very Asterisk: what it sends to itself comes in as from a trunk.
MACHINE = """
[fax-machine]
type=endpoint
context=switchroom-trunk
transport=transport-udp
aors=fax-machine
from_user=fax-machine
identify_by=username
disallow=all
allow=ulaw,alaw
direct_media=no
t38_udptl=yes
t38_udptl_ec=redundancy
t38_udptl_maxdatagram=400

[fax-machine]
type=aor
contact=sip:{server}
"""


@dataclass
class Call:
    """One call to a number that takes a fax."""

    number: str
    file: Path
    #: What is done before the fax.
    first: Callable[[AgiLeg], Awaitable[object]] | None = None
    to_send: Path | None = None
    began: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    # What came of it; `there` tells whether the caller was still there afterwards.
    taken: FaxTaken | None = None
    sent: fax.FaxSent | None = None
    there: bool = False

    async def take(self, leg: AgiLeg) -> None:
        self.began.set()
        try:
            if self.first is not None:
                await self.first(leg)
            self.taken = await leg.take_fax(str(self.file), station=OURS)
            await leg.listen(0.1)
            self.there = True
            await leg.listen(4.0)  # the machine hangs up of itself
            await leg.hangup()
        except CallerGone:
            return
        finally:
            if self.to_send is None:
                self.over.set()

    async def send(self, leg: AgiLeg) -> None:
        assert self.to_send is not None
        self.sent = await leg.send_fax(str(self.to_send), station=THEIRS, header="")
        self.over.set()


@dataclass
class Exchange:
    """Takes a fax of every caller instead of the reception, and sends one where a call of ours is answered."""

    home: House
    folder: Path
    calls: dict[str, Call] = field(default_factory=dict)

    async def receive(self, leg: AgiLeg, arrival: Arrival) -> None:
        await self.calls[arrival.did.removeprefix("+")].take(leg)

    async def place(self, leg: AgiLeg, id_: str) -> None:
        await self.calls[id_.removeprefix("fax-")].send(leg)

    def call(self) -> Call:
        """Name a call to a number of its own."""
        number = str(37052119000 + len(self.calls))
        return self.calls.setdefault(number, Call(number, self.folder / f"{number}.tif"))

    async def cli(self, command: str) -> str:
        return await self.home.switchroom.telephone.asterisk.cli(command)

    async def dial(self, call: Call, application: str, *, as_data: bool = False) -> None:
        """Call the number, and let the calling side run something."""
        sip = f"PJSIP/fax-machine/sip:{call.number}@{self.home.server}"
        await self.cli(f"channel originate {sip if as_data else f'Local/{call.number}@switchroom-trunk'} {application}")

    async def hang_up(self, call: Call) -> None:
        """Hang up as the machine that sends."""
        await put_down(self.cli, call.number)


# ---- what happens, all of it at once


async def sends(exchange: Exchange, call: Call, file: Path = STANDARD) -> None:
    await exchange.dial(call, f"application SendFAX {file}")


async def we_send(exchange: Exchange, call: Call, file: Path, *, as_data: bool = False) -> None:
    call.to_send = file
    await exchange.dial(call, f"extension fax-{call.number}@switchroom-originate", as_data=as_data)


async def breaks_off(exchange: Exchange, call: Call) -> None:
    await sends(exchange, call, FINE)
    while complete_pages(call.file) < 1:  # noqa: ASYNC110  another process writes it: there is nothing else to await
        await asyncio.sleep(0.05)
    await exchange.hang_up(call)


async def hangs_up_in_our_tone(exchange: Exchange, call: Call) -> None:
    await sends(exchange, call)
    await call.began.wait()
    await asyncio.sleep(1.0)  # of three seconds
    await exchange.hang_up(call)


async def is_gone_when_we_begin(exchange: Exchange, call: Call) -> None:
    async def first(leg: AgiLeg) -> None:
        with suppress(CallerGone):
            listening = asyncio.ensure_future(leg.listen(10.0))
            await exchange.hang_up(call)
            await listening

    call.first = first
    await sends(exchange, call)


async def speaks(exchange: Exchange, call: Call) -> None:
    await (await exchange.home.caller()).call(call.number)


SCENES: dict[str, Callable[[Exchange, Call], Awaitable[None]]] = {
    "standard": sends,
    "fine": lambda exchange, call: we_send(exchange, call, FINE),
    "super fine as data": lambda exchange, call: we_send(exchange, call, SUPERFINE, as_data=True),
    "breaks off": breaks_off,
    "hangs up in our tone": hangs_up_in_our_tone,
    "is gone when we begin": is_gone_when_we_begin,
    "a voice": speaks,
}


class Stage:
    """The scenes, under way."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._scenes = {name: asyncio.create_task(self.play(scene), name=name) for name, scene in SCENES.items()}

    async def play(self, scene: Callable[[Exchange, Call], Awaitable[None]]) -> Call:
        """Let a scene happen, and return its call when that is over."""
        async with asyncio.timeout(patience(DEADLINE)):
            call = self.exchange.call()
            await scene(self.exchange, call)
            await call.over.wait()
            return call

    async def scene(self, name: str) -> Call:
        return await self._scenes[name]

    async def end(self) -> None:
        for task in self._scenes.values():
            task.cancel()
        await asyncio.gather(*self._scenes.values(), return_exceptions=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    # Signs that mean something to Asterisk's applications are no matter in a path.
    folder = tmp_path_factory.mktemp('faxes, "odd" ')
    with pytest.MonkeyPatch.context() as patch:
        async with house(tmp_path_factory.mktemp("house")) as home:
            exchange = Exchange(home, folder)
            patch.setattr(Reception, "receive", lambda _, leg, arrival, __: exchange.receive(leg, arrival))
            patch.setattr(Outbound, "serve", lambda _, *args: exchange.place(*args))
            await asyncio.to_thread(add_machine, home)
            await exchange.cli("module reload res_pjsip.so")
            stage = Stage(exchange)
            yield stage
            await stage.end()


def add_machine(home: House) -> None:
    """Give Asterisk's configuration a fax machine more."""
    file = next(home.switchroom.settings.asterisk.rglob("pjsip.conf"))
    file.write_text(file.read_text() + MACHINE.format(server=home.server))


def densities(file: Path) -> list[tuple[int, int]]:
    """Return the width of each page in dots, and its dots per inch downwards, as its tags say."""
    with Image.open(file) as pages:
        return [(pages.size[0], round(pages.info["dpi"][1])) for _ in each(pages)]


def identical(file: Path, original: Path) -> bool:
    """Tell whether the pages of a file are those of the original, dot for dot."""
    with Image.open(file) as came, Image.open(original) as went:
        return all(
            not ImageChops.difference(one.convert("L"), other.convert("L")).getbbox()
            for one, other in zip(each(came), each(went), strict=True)
        )


def each(pages: Image.Image) -> list[Image.Image]:
    copies = []
    for number in range(pages.n_frames):  # type: ignore[attr-defined]  # a TIFF has it
        pages.seek(number)
        copies.append(pages.copy())
    return copies


async def test_two_pages_standard(stage: Stage) -> None:
    call = await stage.scene("standard")
    assert call.taken == FaxTaken(str(call.file), 2, True, rate=14_400, resolution=(204, 98), ecm=True)
    assert call.there
    assert densities(call.file) == [(1728, 98)] * 2
    assert identical(call.file, STANDARD)


async def test_two_pages_fine_from_ourselves(stage: Stage) -> None:
    call = await stage.scene("fine")
    assert call.taken == FaxTaken(str(call.file), 2, True, THEIRS, 14_400, (204, 196), ecm=True)
    assert call.there
    assert call.sent is not None
    assert call.sent == fax.FaxSent(
        True, 2, 2, 14_400, (204, 196), True, False, OURS, call.sent.seconds, "", "SUCCESS"
    )  # fmt: skip
    assert 10.0 < call.sent.seconds < patience(DEADLINE)
    assert densities(call.file) == [(1728, 196)] * 2
    assert identical(call.file, FINE)


async def test_two_pages_super_fine_as_data(stage: Stage) -> None:
    call = await stage.scene("super fine as data")
    assert call.taken is not None
    assert (call.taken.pages, call.taken.ok, call.taken.t38, call.taken.resolution) == (2, True, True, (204, 391))
    assert call.sent is not None
    assert (call.sent.pages, call.sent.ok, call.sent.t38, call.sent.resolution) == (2, True, True, (204, 391))
    assert densities(call.file) == [(1728, 391)] * 2
    assert identical(call.file, SUPERFINE)


async def test_who_breaks_off_after_a_page_leaves_that_page(stage: Stage) -> None:
    call = await stage.scene("breaks off")
    assert call.taken == FaxTaken(
        str(call.file), 1, False, rate=14_400, resolution=(204, 196), ecm=True, gone=True,
        why="The call dropped prematurely",
    )  # fmt: skip
    assert not call.there
    assert densities(call.file) == [(1728, 196)]


async def test_who_hangs_up_in_our_tone_leaves_nothing(stage: Stage) -> None:
    call = await stage.scene("hangs up in our tone")
    assert call.taken is not None
    assert (call.taken.pages, call.taken.ok, call.taken.gone) == (0, False, True)
    assert not call.file.exists()


async def test_nothing_is_taken_of_who_is_gone(stage: Stage) -> None:
    call = await stage.scene("is gone when we begin")
    assert call.taken is None


async def test_a_voice_is_there_again_after_half_a_minute(stage: Stage) -> None:
    call = await stage.scene("a voice")
    assert call.taken is not None
    assert (call.taken.pages, call.taken.ok, call.taken.gone) == (0, False, False)
    assert call.taken.why
    assert call.there
    assert not call.file.exists()


async def test_no_fax_is_longer_than_the_limit(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SCENES:
        await stage.scene(name)
    monkeypatch.setattr(fax, "LONGEST", 7.0)
    call = await stage.play(sends)
    assert call.taken is not None
    assert (call.taken.pages, call.taken.ok, call.taken.gone) == (0, False, True)
    assert call.taken.why == "The call dropped prematurely"
