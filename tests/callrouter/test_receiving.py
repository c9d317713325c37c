"""Receiving a fax: what is told, kept and said of pages, of machines that fail, and of people without one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from callrouter import events as ev
from callrouter import patience
from callrouter.chronicle import Chronicle
from callrouter.faxes import LeftFax, told_once
from callrouter.receiving import Received, Receiving
from ivr.agi import fax
from ivr.agi.fake_fax import tiff
from ivr.conversation import CallerGone, EndedBy, FaxTaken, LineLost, Recording
from ivr.fax_came import Came, came, is_only_tone
from ivr.interpreter import Dialogue
from ivr.simulator import Simulator
from ivr.steps import PromptPlayed, Step
from ledger.clock import ManualClock
from ledger.errors import DatabaseUnavailable, SpoolFull
from tests.callrouter.fax_shelf import FaxShelf
from tests.callrouter.memory_book import MemoryBook
from tests.ivr.ivr_sites import OPEN, site

CALL, DID, ANI = "1795309200-42", "+37052000009", "+37060000001"
SITE = site(
    {"main": {"say": "Main.", "keys": {1: {"go": {"fax": "billing"}}}}},
    numbers={DID: {"go": {"fax": "billing"}}},
    faxboxes={"billing": {"departments": ["sales"], "station": "ACME 5 200"}, "orders": {"departments": ["sales"]}},
)
TWO = FaxTaken("", 2, ok=True, station="+370 5 233", rate=14_400, resolution=(204, 196), ecm=True)
BROKEN = replace(TWO, pages=1, ok=False, why="The call dropped prematurely", gone=True)
BEGAN = replace(TWO, pages=0, ok=False, why="The call dropped prematurely", gone=True)
VOICE = FaxTaken("", rate=14_400, ecm=True, why="Disconnected after permitted retries")
NOBODY = replace(VOICE, gone=True)
FULL = FaxTaken("", why=fax.NO_ROOM)
LOST = FaxTaken("", 1, why=fax.LINE_LOST, gone=True)


class Machine(Simulator):
    """A caller of whom exactly this comes, and what lay on our side when Asterisk began."""

    def __init__(self, fax: FaxTaken) -> None:
        super().__init__(fax=fax)
        self.stations: list[str] = []
        #: What was kept when it was said that what became of the fax is known.
        self.known: list[int] = []
        self.shelf: FaxShelf | None = None

    async def fax_is_known(self) -> None:
        self.known.append(len(self.shelf.kept) if self.shelf is not None else 0)

    async def take_fax(self, path: str, *, station: str) -> FaxTaken:
        self.stations.append(station)
        self.faxed.append(path)
        assert self.fax is not None
        if self.fax.pages:
            await asyncio.to_thread(Path(path).write_bytes, tiff(self.fax.pages))
        return replace(self.fax, path=path)


@dataclass
class Line:
    """One call on its way to a fax box."""

    drop: Path
    book: MemoryBook = field(default_factory=MemoryBook)
    clock: ManualClock = field(default_factory=ManualClock)
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chronicle = Chronicle(self.book)
        self.shelf = FaxShelf(self.drop)
        self.chronicle.tell(ev.CallOffered(at=self.clock.now(), call=CALL, did=DID, ani=ANI, ani_name="Jonas"))

    def receive(
        self, caller: Simulator, *, box: str = "billing", path: tuple[str, ...] = (), heard: bool = False
    ) -> Awaitable[Received]:
        dialogue = Dialogue(SITE, caller, at=OPEN, note=self.steps.append)
        dialogue.path = list(path)
        receiving = Receiving(self.chronicle, self.shelf, self.clock)
        return receiving.receive(caller, dialogue, call=CALL, box=box, note=self.steps.append, heard=heard)

    @property
    def said(self) -> list[str]:
        return [step.text for step in self.steps if isinstance(step, PromptPlayed)]

    @property
    def received(self) -> list[ev.Event]:
        return self.book.told(ev.FaxReceived)


@pytest.fixture
async def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


@pytest.mark.parametrize(
    ("fax", "heard", "result", "kept"),
    [
        pytest.param(TWO, False, Received(Came.PAGES, False), (2, True, ""), id="all of it"),
        pytest.param(BROKEN, False, Received(Came.PAGES, True), (1, False, BROKEN.why), id="a part of it"),
        pytest.param(BEGAN, False, Received(Came.NOTHING, True), (0, False, BEGAN.why), id="a machine, and no page"),
        pytest.param(VOICE, True, Received(Came.NOTHING, False), (0, False, VOICE.why), id="its tone, and no more"),
        pytest.param(FULL, False, Received(Came.REFUSED, False), (0, False, fax.NO_ROOM), id="our disk is full"),
        pytest.param(VOICE, False, Received(Came.VOICE, False), None, id="a voice"),
    ],
)
async def test_what_comes_of_it(
    line: Line, fax: FaxTaken, heard: bool, result: Received, kept: tuple[int, bool, str] | None
) -> None:
    assert await line.receive(Machine(fax), heard=heard) == result
    faxes = list(line.shelf.kept.values())
    assert [(left.fax.pages, left.fax.ok, left.fax.why) for left in faxes] == ([kept] if kept else [])
    for id_, left in line.shelf.kept.items():
        assert (left.call, left.box, left.did, left.ani, left.ani_name) == (CALL, "billing", DID, ANI, "Jonas")
        assert line.shelf.bytes_of[id_] == (tiff(left.fax.pages) if left.fax.pages else b"")
    assert [(e.fax, e.pages, e.ok, e.why, e.box) for e in line.received if isinstance(e, ev.FaxReceived)] == [
        (id_, *kept, "billing") for id_ in line.shelf.kept if kept
    ]
    assert [entry.id for entry in line.book.entries][2:] == [told_once(id_) for id_ in line.shelf.kept]
    assert list(line.drop.iterdir()) == []
    assert (line.shelf.begun, line.shelf.over) == ([(CALL, "billing", ANI, DID)], [CALL])


@pytest.mark.parametrize(
    ("fax", "error"),
    [
        pytest.param(NOBODY, CallerGone, id="hung up, and nobody knows who it was"),
        pytest.param(LOST, LineLost, id="the line broke, and Asterisk may write on"),
    ],
)
async def test_of_who_is_gone_nothing_is_kept_now(line: Line, fax: FaxTaken, error: type[CallerGone]) -> None:
    with pytest.raises(CallerGone) as gone:
        await line.receive(Machine(fax))
    assert type(gone.value) is error
    assert line.shelf.kept == {}
    assert line.received == []
    assert line.shelf.over == [CALL]


@pytest.mark.parametrize(
    ("fax", "known"),
    [
        pytest.param(TWO, [1], id="once it is kept"),
        pytest.param(BROKEN, [1], id="a part of it, too"),
        pytest.param(BEGAN, [1], id="once it is kept that nothing came"),
        pytest.param(VOICE, [0], id="of a voice nothing is kept"),
    ],
)
async def test_asterisk_keeps_its_word_until_the_fax_is_kept(line: Line, fax: FaxTaken, known: list[int]) -> None:
    machine = Machine(fax)
    machine.shelf = line.shelf
    await line.receive(machine)
    assert machine.known == known


async def test_who_dies_before_the_fax_is_kept_finds_asterisks_word(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(TWO)
    keeping = asyncio.Event()

    async def keep(_fax: LeftFax) -> str:
        keeping.set()
        return await asyncio.Future()

    monkeypatch.setattr(line.shelf, "keep", keep)
    receiving = asyncio.ensure_future(line.receive(machine))
    await keeping.wait()
    receiving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiving
    assert machine.known == []


async def test_the_journal_knows_the_file_before_anything_comes(line: Line) -> None:
    line.book.prompt = False
    machine = Machine(TWO)
    receiving = asyncio.ensure_future(line.receive(machine))
    await line.book.kept_open.wait()
    assert machine.faxed == []
    [begun] = line.book.told(ev.FaxBegun)
    for acknowledged in line.book.open:
        acknowledged.set_result(None)
    line.book.prompt = True
    await receiving
    assert isinstance(begun, ev.FaxBegun)
    assert (begun.call, begun.box, [begun.file]) == (CALL, "billing", [Path(path).name for path in machine.faxed])


async def test_a_disk_that_does_not_answer_keeps_nobody_waiting(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.01)
    line.book.prompt = False
    assert await line.receive(Machine(TWO)) == Received(Came.PAGES, False)


@pytest.mark.parametrize("error", [DatabaseUnavailable(), SpoolFull(), OSError(28, "No space left on device")], ids=str)
async def test_what_cannot_be_kept_stays_where_it_is(line: Line, error: Exception) -> None:
    line.shelf.fails = error
    machine = Machine(TWO)
    assert await line.receive(machine) == Received(Came.PAGES, False)
    assert machine.known == []
    assert line.received == []
    assert [str(path) for path in line.drop.iterdir()] == machine.faxed


@pytest.mark.parametrize(
    ("path", "heard", "fax", "said"),
    [
        pytest.param((), False, TWO, [], id="a machine hears nothing"),
        pytest.param(("main",), False, TWO, ["Please start your fax machine now."], id="from a menu"),
        pytest.param(("main",), True, TWO, [], id="a machine that was heard in a menu"),
        pytest.param((), False, VOICE, ["We did not hear a fax machine."], id="a voice"),
    ],
)
async def test_what_is_said(line: Line, path: tuple[str, ...], heard: bool, fax: FaxTaken, said: list[str]) -> None:
    await line.receive(Machine(fax), path=path, heard=heard)
    assert line.said == said


@pytest.mark.parametrize(
    ("box", "station"),
    [pytest.param("billing", "ACME 5 200", id="as it says"), pytest.param("orders", DID, id="our number")],
)
async def test_who_we_say_that_we_are(line: Line, box: str, station: str) -> None:
    machine = Machine(TWO)
    await line.receive(machine, box=box)
    assert machine.stations == [station]


@pytest.mark.parametrize(
    ("fax", "what"),
    [
        pytest.param(FaxTaken("", station="X"), Came.NOTHING, id="it said who it is"),
        pytest.param(FaxTaken("", t38=True), Came.NOTHING, id="it sent data"),
        pytest.param(FaxTaken("", resolution=(204, 98)), Came.NOTHING, id="it began a page"),
        pytest.param(FaxTaken("", rate=14_400), Came.VOICE, id="the rate is no sign"),
        pytest.param(FaxTaken("", why=fax.NO_MODEM), Came.REFUSED, id="no modem"),
    ],
)
def test_the_signs_of_a_machine(fax: FaxTaken, what: Came) -> None:
    assert came(fax) is what


@pytest.mark.parametrize(
    ("seconds", "nothing_said"),
    [
        pytest.param(None, True, id="not even a recording"),
        pytest.param(0.44, True, id="the tone alone"),
        pytest.param(1.4, True, id="a click and the tone"),
        pytest.param(4.0, False, id="words and the tone"),
    ],
)
def test_what_a_machine_ended_is_a_message_or_none(seconds: float | None, nothing_said: bool) -> None:
    recording = None if seconds is None else Recording("message.wav", seconds, EndedBy.HANGUP)
    assert is_only_tone(recording) is nothing_said
