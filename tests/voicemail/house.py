"""A mailroom for tests: the real ledger, spool and rules; an ear and a gauge that say what they are told."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from callrouter.messages import LeftMessage
from config.schema import Site
from ledger.clock import ManualClock
from ledger.database import Database
from ledger.deliveries import KIND as DELIVER
from ledger.deliveries import Deliveries
from ledger.delivery_model import Accepted, Delivery, Result
from ledger.job_runner import JobRunner
from ledger.jobs import Jobs
from ledger.spool import Spool
from voicemail.jobs import MessageJobs
from voicemail.model import Message
from voicemail.promises import KIND
from voicemail.service import Voicemail
from voicemail.sound.errors import SoundError
from voicemail.sound.model import Examined, Sound
from voicemail.transcription.model import Transcript, Word

SPOKEN = Examined(Sound(3.0, 2.0, -10.0, -20.0, speaks=True), (1, 50, 100), repaired=False)
SILENT = Examined(Sound(3.0, 0.0, -90.0, -90.0, speaks=False), (0, 0, 0), repaired=False)
WORDS = (Word("please", 0.1, 0.4, 0.9), Word("call", 0.5, 0.8, 0.95), Word("Maria", 1.0, 1.4, 0.3))
SAID = Transcript("please call Maria", WORDS, "en", "fake 1", 3.0)

SITE = Site.model_validate(
    {
        "company": {"name": "Acme", "country": "LT", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
        "numbers": {"+370 5 200 0000": {"go": {"voicemail": "billing"}}},
        "departments": {"billing": {"name": "Billing"}, "support": {}},
        "people": {
            "alice": {"name": "Alice Doe", "phone": "101", "departments": ["billing"]},
            "bob": {"name": "Bob Roe", "phone": "102", "departments": ["support"]},
        },
        "mailboxes": {
            "billing": {"mail": ["billing@acme.example", "boss@acme.example"], "pin": "4711", "keep": "30d"},
            "support": {"transcribe": False, "mail": ["support@acme.example"]},
            "alice": {"pin": "8888"},
        },
        "mail": {"server": "127.0.0.1", "sender": "switchroom@acme.example"},
    }
)


def write_wav(path: Path, seconds: float = 3.0) -> Path:
    """Write a recording as Asterisk would."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0\0" * int(seconds * 8000))
    return path


@dataclass
class Told:
    """An ear, a gauge and a road that do what they are told, one thing each time, else what is usual."""

    examined: list[Examined | SoundError] = field(default_factory=list)
    said: list[Transcript | Exception] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    carried: list[Delivery] = field(default_factory=list)

    async def examine(self, _path: Path) -> Examined:
        found = self.examined.pop(0) if self.examined else SPOKEN
        if isinstance(found, SoundError):
            raise found
        return found

    async def transcribe(self, _path: Path, _language: str) -> Transcript:
        said = self.said.pop(0) if self.said else SAID
        if isinstance(said, Exception):
            raise said
        return said

    async def carry(self, delivery: Delivery) -> Result:
        self.carried.append(delivery)
        return self.results.pop(0) if self.results else Accepted("250 ok")


@dataclass
class House:
    """The parts, and words for what tests do with them."""

    db: Database
    spool: Spool
    folder: Path
    clock: ManualClock
    told: Told
    voicemail: Voicemail
    deliveries: Deliveries
    jobs: Jobs
    runner: JobRunner

    def left(self, mailbox: str = "billing", name: str = "m1", **more: object) -> LeftMessage:
        """Record something, as Asterisk would."""
        path = write_wav(self.folder / f"{name}.wav")
        about: dict[str, object] = {
            "call": "c-1", "did": "+37052000000", "ani": "+37060000001", "ani_name": "Ona", "language": "en",
            "facts": {"intent": "invoice"}, "menus": ("main",),
        }  # fmt: skip
        return LeftMessage(mailbox, path, self.clock.now(), 3.0, **{**about, **more})  # type: ignore[arg-type]

    async def keep(self, mailbox: str = "billing", name: str = "m1", **more: object) -> str:
        """Leave a message and return its id."""
        return (await self.voicemail.keep(self.left(mailbox, name, **more))).partition(".")[0]

    async def until(self, id_: str, wanted: Callable[[Message], bool]) -> Message:
        """Wait until a message is so."""
        changed = asyncio.Event()
        stop = self.voicemail.watch(lambda _: changed.set())
        try:
            async with asyncio.timeout(20):
                while not wanted(message := await self.voicemail.get(id_)):
                    await changed.wait()
                    changed.clear()
            return message
        finally:
            stop()

    async def steps(self, id_: str, last: str, times: int = 1) -> list[str]:
        """Wait until something happened to a message so often, and return all that did; of mails nobody is told."""
        async with asyncio.timeout(20):
            while True:
                steps = [step.what for step in await self.voicemail.ledger(id_)]
                if steps.count(last) >= times:
                    return steps
                await asyncio.sleep(0.01)

    def pass_time(self, **more: float) -> None:
        self.clock.advance(timedelta(**more).total_seconds())
        self.runner.look()


@asynccontextmanager
async def house(db: Database, folder: Path, told: Told | None = None, *, works: bool = True) -> AsyncIterator[House]:
    """Put the parts together; without `works` nobody does the jobs."""
    told = told or Told()
    clock = ManualClock()
    spool = await Spool.open(folder / "spool")
    jobs, deliveries = Jobs(db, clock), Deliveries(db, clock)
    voicemail = Voicemail(db, spool, jobs, deliveries, lambda: SITE, clock)
    deliveries.serve({"mail": told}, {KIND: voicemail.delivery_ended}, locks={KIND: voicemail.lock})
    work = MessageJobs(voicemail, db, spool, jobs, deliveries, lambda: SITE, clock, told, told.examine)
    runner = JobRunner(db, {**work.handlers(), DELIVER: deliveries.run}, clock)
    made = House(db, spool, folder, clock, told, voicemail, deliveries, jobs, runner)
    if not works:
        yield made
        return
    async with runner:
        yield made
