"""What the tests of messages share: a site whose mail goes to us, voices, a post office, the ledger from outside."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from callrouter import events as ev
from ivr import phrases
from pbx.installation import default_cache
from pbx.softphone_call import Recording, SoftCall
from server.demo import voices
from server.demo.mail_server import CaughtMail, MailCatcher
from server.switchroom import Switchroom
from tests.asterisk.house import PATIENT, House
from tests.asterisk.listening import when_heard

SITE = Path(__file__).parent / "voicemail_site"

MENU = "+37052110000"
SALES = "+37052110004"
CAREFUL = "+37052110006"
SCRIBE = "+37052110007"
PAIR = "+37052110008"

#: The tone, and what the way to the phone takes; seconds.
TONE = 0.8

#: What callers say, one each, so that nobody is taken for another.
SAID = {
    "short": "Hello, this is Mary. Please send me the new price list today.",
    "other": "Good morning, the parcel has not arrived. My name is Peter.",
    "long": (
        "Hello, this is John Miller from the city library. We have ordered three printers in October. "
        "Two of them arrived last week, but the third one is still missing. Please call me back tomorrow morning. "
        "I am in the office from nine to five. Thank you very much and goodbye."
    ),
}


async def render_voices() -> dict[str, Path]:
    """Let a voice say the sentences; they are kept for the next time."""
    return await voices.render(default_cache() / "prompts", SAID)


def site_with_mail(folder: Path, port: int) -> Path:
    """Copy the site and let its mail go to this port. Its carrier has an address that no other test has."""
    site = folder / "site"
    shutil.copytree(SITE, site)
    (site / "mail.yaml").write_text(
        f"mail: {{server: 127.0.0.1, port: {port}, security: none, sender: switchroom@test.example}}\n"
    )
    (site / "pbx.yaml").write_text(f"pbx: {{trunk: 127.{10 + os.getpid() % 200}.{os.getpid() // 200 % 250}.2}}\n")
    return site


class PostOffice(MailCatcher):
    """A real mail server with moods: it refuses addresses, takes only so much, hangs, or hangs up after the dot."""

    def __init__(self) -> None:
        super().__init__()
        self.refuses: set[str] = set()
        #: Parts of the subjects of mails to which, once, nothing is answered though they are kept.
        self.forgets: set[str] = set()
        self.hangs = False
        self.hung = asyncio.Event()

    def takes(self, size: int) -> None:
        """Announce this size to the clients to come."""
        self._size_limit = size

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or refuse; aiosmtpd calls this."""
        if address in self.refuses:
            return "550 5.1.1 Nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep a mail and say so; or keep it and say nothing, or hang; aiosmtpd calls this."""
        if self.hangs:
            self.hung.set()
            await asyncio.Event().wait()  # until the client is gone
        answer = await super().handle_DATA(server, session, envelope)
        for part in [part for part in self.forgets if part in self.mails[-1].subject]:
            self.forgets.remove(part)
            assert server.transport is not None
            server.transport.close()
        return answer

    def of(self, caller: str) -> list[CaughtMail]:
        """Return the mails about a caller."""
        return [mail for mail in self.mails if caller in mail.subject]

    async def about(self, caller: str, number: int = 1, deadline: float = 60.0) -> list[CaughtMail]:
        """Wait for so many mails about a caller."""
        try:
            async with asyncio.timeout(deadline), self._came:
                await self._came.wait_for(lambda: len(self.of(caller)) >= number)
        except TimeoutError:
            came = [mail.subject for mail in self.mails]
            raise TimeoutError(f"{len(self.of(caller))} of {number} mails about {caller} came: {came}") from None
        return self.of(caller)


@dataclass(frozen=True)
class Ledger:
    """The ledger of a server as a stranger reads it, whoever runs: there is nothing to await but the disk."""

    data: Path

    def rows(self, sql: str, *given: object) -> list[tuple[Any, ...]]:
        """Read; blocks."""
        ledger = sqlite3.connect(f"file:{self.data / 'switchroom.db'}?mode=ro", uri=True, timeout=PATIENT)
        try:
            return ledger.execute(sql, given).fetchall()
        finally:
            ledger.close()

    def wait(self, sql: str, *given: object, deadline: float) -> list[tuple[Any, ...]]:
        """Wait until there are such rows, and look often; blocks."""
        end = time.monotonic() + deadline
        while not (found := self.rows(sql, *given)):
            if time.monotonic() > end:
                raise TimeoutError(f"no rows in {deadline:g} s: {sql} {given}")
            time.sleep(0.002)
        return found

    async def until(self, sql: str, *given: object, deadline: float = PATIENT) -> list[tuple[Any, ...]]:
        """Wait until there are such rows."""
        return await asyncio.to_thread(self.wait, sql, *given, deadline=deadline)

    async def message(self, caller: str, deadline: float = PATIENT) -> str:
        """Wait until somebody's message is kept, and return its id."""
        found = await self.until("SELECT id FROM voicemail_messages WHERE ani_name = ?", caller, deadline=deadline)
        return str(found[0][0])

    async def idle(self, deadline: float = 60.0) -> None:
        """Wait until nobody has anything to do any more: what did not happen by then will not."""
        busy = "SELECT 1 FROM jobs WHERE state IN ('waiting', 'running')"
        await self.until(f"SELECT 1 WHERE NOT EXISTS ({busy})", deadline=deadline)

    def drop(self) -> list[str]:
        """List what lies in the drop folder; blocks."""
        return sorted(path.name for path in (self.data / "drop").iterdir())

    async def nothing_dropped(self) -> None:
        """Wait until nothing lies in the drop folder: it is taken from there only after it is in the ledger."""
        end = time.monotonic() + PATIENT
        while (left := await asyncio.to_thread(self.drop)) and time.monotonic() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert left == []

    def sound(self, message: str) -> Path:
        """Return where a message's sound lies."""
        name = str(self.rows("SELECT file FROM voicemail_messages WHERE id = ?", message)[0][0])
        return self.data / "spool" / name[14:16] / name


def complete(file: Path) -> None:
    """Wait until Asterisk has written all of a recording, and says so in its head; blocks."""
    end = time.monotonic() + PATIENT
    while int.from_bytes(file.read_bytes()[40:44], "little") != file.stat().st_size - 44 or file.stat().st_size < 45:
        assert time.monotonic() < end, "the recording does not end"
        time.sleep(0.05)


async def leave(home: House, to: str, voice: Path | None, name: str, number: str, keys: str = "#") -> SoftCall:
    """Let a customer call, speak after the tone and press keys; return the call, which goes on."""
    call = await home.call(to, number, name)
    await tone(home, number)
    assert await call.lasts(TONE)
    if voice is not None:
        await call.play_through(voice)
    if keys:
        await call.keys(keys)
    return call


async def tone(home: House, number: str, times: int = 1) -> None:
    """Wait until the caller of this number hears the tone, for the so manieth time."""
    calls: set[str] = set()
    heard = 0

    def look(event: ev.Event) -> bool:
        nonlocal heard
        if isinstance(event, ev.CallOffered) and event.ani == number:
            calls.add(event.call)
        heard += isinstance(event, ev.MessageBegun) and event.call in calls
        return heard >= times

    await home.watch.until(look)


async def hears(
    call: SoftCall, recording: Recording, sound: Path, deadline: float = PATIENT, since: float = 0.0
) -> float:
    """Listen until a sound (a path without suffix) is heard, and return the second of the recording where it began."""
    async with asyncio.timeout(deadline):
        while (begins := await asyncio.to_thread(when_heard, recording.path, sound, since)) is None:
            assert await call.lasts(0.2), f"the call ended, and {sound.name} was not heard"
    return begins


def phrase(server: Switchroom, name: str) -> Path:
    """Return the sound of one of our phrases, without suffix."""
    return server.book.path_of(phrases.phrase(server.site, name, "en"))
