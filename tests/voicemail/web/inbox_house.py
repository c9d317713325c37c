"""An inbox for tests: the real rules on the real ledger, with accounts before it and recordings that can be heard."""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from callrouter.messages import LeftMessage
from crm_bridge import store as crm
from crm_bridge.model import Customer
from ledger.delivery_model import Refused
from ledger.web.finding import Named
from server.accounts import Role
from tests.server.web.office import PASSWORD, Office, open_office
from tests.voicemail.house import SITE, House, Told, house
from voicemail.model import NotPossible
from voicemail.sound.model import Examined, Sound
from voicemail.transcription.model import Transcript, Word

SECONDS = 6.0
PEAKS = tuple(round(50 + 45 * math.sin(n / 9) * math.cos(n / 31)) for n in range(400))
SPOKEN = Examined(Sound(SECONDS, 5.0, -10.0, -20.0, speaks=True), PEAKS, repaired=False)
#: Spread over the six seconds, so that a test can tell which one is spoken; the last but one is doubtful.
WORDS = tuple(
    Word(text, 0.2 + n * 0.8, 0.9 + n * 0.8, sure)
    for n, (text, sure) in enumerate(
        (("please", 0.97), ("call", 0.95), ("me", 0.9), ("about", 0.93), ("invoice", 0.88), ("Petraitis", 0.41),
         ("today", 0.91))
    )
)  # fmt: skip
SAID = Transcript(" ".join(word.text for word in WORDS), WORDS, "en", "vosk small-en", SECONDS)


def write_tone(path: Path, seconds: float = SECONDS) -> Path:
    """Write a recording in which something is heard."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(_tone(seconds))
    return path


@cache
def _tone(seconds: float) -> bytes:
    count = int(seconds * 8000)
    samples = (int(9000 * math.sin(n * 0.35) * (0.4 + 0.6 * abs(math.sin(n / 3000)))) for n in range(count))
    return struct.pack(f"<{count}h", *samples)


class Ringing:
    """The way to call back, as far as the page sees it."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, str]] = []
        self.busy = False

    async def call_back(self, person: str, number: str, _message: Named) -> None:
        if self.busy:
            raise NotPossible("your phone is busy")
        self.rung.append((person, number))


@dataclass
class InboxHouse:
    """The mailroom and the office in front of it."""

    home: House
    office: Office
    ringing: Ringing

    async def leave(
        self, mailbox: str = "billing", name: str = "Ona", number: str = "+37060000001", *, wait: bool = True,
        examined: Examined = SPOKEN, said: Transcript | Exception = SAID, results: int = 0, **more: object,
    ) -> str:  # fmt: skip
        """Leave a message and return its id; wait until the mailroom has done what it does with it."""
        self.home.told.examined.append(examined)
        self.home.told.said.append(said)
        self._count += 1
        left: LeftMessage = self.home.left(mailbox, f"m{self._count}", ani=number, ani_name=name, **more)
        write_tone(left.path)
        id_ = (await self.home.voicemail.keep(left)).partition(".")[0]
        if wait:
            await self.home.steps(id_, self._last(mailbox, examined))
            if not SITE.mailbox(mailbox).transcribe or not examined.sound.speaks:
                self.home.told.said.clear()
        return id_

    async def refused_mail(self, reply: str = "550 5.1.1 no such user") -> str:
        """Leave a message whose mail the server refuses."""
        self.home.told.results.append(Refused(reply))
        return await self.leave("support", "Jonas")

    async def customer(self, name: str, number: str) -> None:
        """Write somebody into the customers' files."""
        async with self.home.db.writing() as session:
            await crm.add_customers(session, [Customer(f"c {number}", self.home.clock.now(), name, (number,))])

    def _last(self, mailbox: str, examined: Examined) -> str:
        if not examined.sound.speaks:
            return "found empty"
        if self.home.told.results:
            return "refused" if isinstance(self.home.told.results[0], Refused) else "not mailed"
        return "mailed" if SITE.mailbox(mailbox).mail else "transcribed"

    _count: int = 0


@asynccontextmanager
async def inbox_house(folder: Path) -> AsyncIterator[InboxHouse]:
    """Open it: Alice works for billing, Bob for support; sue supervises, admin administers."""
    ringing = Ringing()
    async with (
        open_office(folder, site=SITE) as office,
        house(office.parts.database, folder, Told()) as home,
    ):
        await office.hire()
        await office.accounts.add("bob", PASSWORD, Role.OPERATOR, person="bob")
        await office.accounts.add("nemo", PASSWORD, Role.OPERATOR)
        office.parts = replace(
            office.parts,
            clock=home.clock,
            voicemail=home.voicemail,
            deliveries=home.deliveries,
            spool=home.spool,
            call_back=ringing,
        )
        yield InboxHouse(home, office, ringing)
