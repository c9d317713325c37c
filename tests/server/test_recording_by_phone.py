"""Speaking a recording by phone: the very dialogue, with a simulated admin on virtual time and takes in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from config.schema import Site
from ivr.conversation import Taken
from ivr.simulator import Simulator, script
from ivr.speech.spoken import Spoken
from ivr.speech.take_model import Measured
from ivr.speech.takes import BadTake
from ledger.clock import ManualClock
from server.studio.audit import Acted
from server.studio.prompts.by_phone import Speaking
from server.studio.prompts.draft_recordings import DraftRecordings
from server.studio.prompts.take_store import Take, TakeStore
from tests.server.sounds import voice

PIN = "7301#"
SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "languages": ["en"]},
        "numbers": {"+370 5 200 0000": {"menu": "hello"}},
        "menus": {"hello": {"play": "welcome", "go": "sales"}},
        "departments": {"sales": {}},
        "people": {"ann": {"name": "Ann", "phone": 101}},
        "by_phone": {"recording": {"pin": "7301"}},
    }
)
GOOD = Measured(3.0, -6.0, -20.0, 0.0, 0.0, 0.0)
SILENT = Measured(3.0, -96.0, -96.0, 0.0, 3.0, 0.0)


@dataclass
class FakeStore(TakeStore):
    """Reads nothing: each take in turn is as it was told to be, then good; None is no sound at all."""

    coming: list[Measured | None] = field(default_factory=list)
    dropped: int = 0
    #: What happens while the take is trimmed and levelled, each once.
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    async def add(self, sent: Path, name: str, language: str) -> Take:
        measured = self.coming.pop(0) if self.coming else GOOD
        if measured is None:
            raise BadTake("no sound")
        return Take("0" * 16, name, language, self.folder / "take.wav", measured)

    async def finish(self, take: Take, *, trim: bool, level: bool) -> Path:
        assert trim and level, "nobody on a phone can do it by hand"
        voice(self.folder / "take.done", 3.0)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return self.folder / "take.done"

    async def drop(self, take: Take) -> None:
        self.dropped += 1


@dataclass(frozen=True)
class LockedRecordings(DraftRecordings):
    """Recordings of which one is kept only by whoever holds the lock of the draft."""

    writing: asyncio.Lock

    def keep(self, finished: Path, language: str, name: str, site: Site, expected: str | None = None) -> Path:
        assert self.writing.locked(), "somebody else may write at this moment"
        return super().keep(finished, language, name, site, expected)


class Speaker(Simulator):
    """A simulated admin whose recordings are files."""

    def recording_path(self) -> str:
        return str(self.folder / "spoken.wav")

    folder: Path


class Room:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = FakeStore(folder / "takes")
        self.file = folder / "draft" / "recordings" / "en" / "welcome.wav"
        voice(self.file, 1.0)
        voice(folder / "spoken.wav", 3.0)
        self.before = self.file.read_bytes()
        writing = asyncio.Lock()
        recordings = LockedRecordings(folder / "draft", folder / "numbers.json", writing)
        self.told: list[Acted] = []
        self.speaking = Speaking(recordings, self.store, self._draft, ManualClock(), self.told.append, writing)

    async def _draft(self) -> Site:
        return SITE

    async def dial(self, keys: str, site: Site = SITE, hangs_up_at: float | None = None) -> list[str]:
        """Let a person press keys; return what was said, sounds as ♪."""
        phone = Speaker(script(keys, gap=0.3), hangs_up_at=hangs_up_at)
        phone.folder = self.folder
        await self.speaking.serve(phone, site, "ann")
        heard = [sound.utterance for sound in phone.heard]
        return [said.text if isinstance(said, Spoken) else "♪" if isinstance(said, Taken) else "?" for said in heard]

    @property
    def is_new(self) -> bool:
        return self.file.read_bytes() != self.before


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def heard(words: list[str], *parts: str) -> None:
    """All of these were heard, in this order."""
    rest = iter(words)
    for part in parts:
        assert any(part in word for word in rest), (part, words)


async def test_a_recording_is_spoken_heard_and_kept(room: Room) -> None:
    words = await room.dial(f"w1 {PIN} w3 1# w8 # w5 1")
    heard(
        words,
        "PIN",
        "number of the recording",
        "One.",
        "♪",
        "after the tone",
        "♪",
        "To keep it, press 1",
        "Kept in the draft",
    )
    assert room.is_new
    assert room.store.dropped == 1
    assert [(deed.who, deed.about) for deed in room.told] == [("ann", "en/welcome")]


async def test_it_is_heard_again_and_spoken_again(room: Room) -> None:
    words = await room.dial(f"w1 {PIN} w3 1# w8 # w5 3 w5 2 w8 # w5 1")
    heard(words, "♪", "after the tone", "♪", "press 1", "♪", "after the tone", "♪", "press 1", "Kept")
    assert room.is_new
    assert room.store.dropped == 2


async def test_what_somebody_else_kept_meanwhile_is_heard_before_it_is_replaced(room: Room) -> None:
    def kept_by_another(seconds: float) -> None:
        voice(room.file, seconds)
        room.before = room.file.read_bytes()

    room.store.meanwhile = [lambda: kept_by_another(2.0)]
    words = await room.dial(f"w1 {PIN} w3 1# w8 # w5 1")
    heard(words, "press 1", "else has recorded it", "One.", "♪", "♪", "press 1")
    assert not room.is_new and room.told == [], "nobody pressed 1 again"

    room.store.meanwhile = [lambda: kept_by_another(2.5)]
    words = await room.dial(f"w1 {PIN} w3 1# w8 # w5 1 w12 1")
    heard(words, "else has recorded it", "Kept in the draft")
    assert room.is_new and len(room.told) == 1


@pytest.mark.parametrize("take", [SILENT, None], ids=["nothing is heard", "no sound at all"])
async def test_what_nobody_would_hear_is_not_kept(room: Room, take: Measured | None) -> None:
    room.store.coming = [take, take, take]
    words = await room.dial(f"w1 {PIN} w3 1# w8 # w12 # w12 #")
    heard(words, "after the tone", "cannot be used", "after the tone", "cannot be used")
    assert not room.is_new


@pytest.mark.parametrize("keys", ["9# w6 8# w6 7#", "0# w6 000# w6 99#"], ids=["unknown", "zero"])
async def test_an_unknown_number_is_said_so_and_asked_again(room: Room, keys: str) -> None:
    words = await room.dial(f"w1 {PIN} w3 {keys}")
    assert sum("no recording of that number" in word for word in words) == 3
    assert not room.is_new


async def test_who_hangs_up_before_keeping_it_changes_nothing(room: Room) -> None:
    await room.dial(f"w1 {PIN} w3 1# w8 #", hangs_up_at=18.0)
    assert not room.is_new


async def test_who_presses_nothing_changes_nothing(room: Room) -> None:
    await room.dial(f"w1 {PIN} w3 1# w8 #")
    assert not room.is_new
    assert room.store.dropped == 1


async def test_wrong_pins_lock_the_phone(room: Room) -> None:
    heard(await room.dial("w1 1# w5 2# w5 3# w5 4"), "not right", "not right", "too many wrong")
    heard(await room.dial(f"w1 {PIN} w3 1#"), "too many wrong")


async def test_a_site_without_a_pin_takes_nothing_by_phone(room: Room) -> None:
    words = await room.dial(f"w1 {PIN}", site=SITE.model_copy(update={"by_phone": type(SITE.by_phone)()}))
    assert words == ["That is not possible now."]
