"""Speech on its way into a mailbox: said by real SIP phones, through G.711, recorded by Asterisk, kept in the spool.

Knows neither what is said nor who writes it down.
"""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from callrouter.calls import Call
from callrouter.events import Event, MessageBegun, MessageTaken
from pbx.installation import default_cache
from pbx.softphone import Phones
from pbx.softphone_errors import CallEnded
from server.settings import Settings
from server.switchroom import Switchroom, running

SITE: Final = Path(__file__).parent / "speech_site"
LINE: Final = "+37052150000"
#: From "the tone is about to sound" until somebody speaks: the tone, and what the way to the phone takes; seconds.
TONE: Final = 1.0
#: For anything but speaking, and for speaking; seconds.
DEADLINE: Final = 15.0
LONGEST: Final = 290.0


class CutShort(Exception):
    """Less was recorded than was said: what is missing then would not be the telephone's doing."""


class _Left:
    """What is told of one caller's message."""

    def __init__(self, number: str) -> None:
        self.begun: asyncio.Future[MessageBegun] = asyncio.get_running_loop().create_future()
        self.taken: asyncio.Future[MessageTaken] = asyncio.get_running_loop().create_future()
        self._number = number

    def hear(self, event: Event, call: Call | None) -> None:
        if call is None or call.ani != self._number:
            return
        if isinstance(event, MessageBegun) and not self.begun.done():
            self.begun.set_result(event)
        elif isinstance(event, MessageTaken) and not self.taken.done():
            self.taken.set_result(event)


async def leave_messages(sounds: Sequence[Path], data: Path) -> list[Path]:
    """Leave each sound (mono, 16 bits, 8 kHz) as a message, all at once; return their files in the spool below `data`.

    Brings up a server with its Asterisk and a phone for each, and ends them. Raises CutShort.
    """
    settings = Settings(SITE, data, cache=default_cache(), asterisk_dies_with_us=True, drain=1.0)
    async with running(settings) as switchroom, Phones() as phones:
        async with asyncio.TaskGroup() as group:
            callers = [
                group.create_task(_leave(switchroom, phones, f"+3706000{number:04}", sound))
                for number, sound in enumerate(sounds, 1)
            ]
        return [caller.result() for caller in callers]


async def _leave(switchroom: Switchroom, phones: Phones, number: str, sound: Path) -> Path:
    left = _Left(number)
    stop = switchroom.chronicle.watch(left.hear)
    try:
        server = f"127.0.0.1:{switchroom.telephone.plan.ports.sip}"
        phone = await phones.caller(number, server=server, bind=switchroom.site.pbx.trunk)
        call = await phone.call(LINE)
        async with asyncio.timeout(DEADLINE):
            await left.begun
        await call.lasts(TONE)
        try:
            await call.play_through(sound, LONGEST)
            await call.keys("#")
        except CallEnded as error:
            raise CutShort(f"{sound.stem}: the message was taken for ended before it was") from error
        async with asyncio.timeout(DEADLINE):
            taken = await left.taken
        await call.ended()
    finally:
        stop()
    if taken.seconds < (said := await asyncio.to_thread(_seconds, sound)):
        raise CutShort(f"{sound.stem}: {said:.1f} s were said and {taken.seconds:.1f} s recorded")
    return switchroom.spool.path_of(taken.file)


def _seconds(sound: Path) -> float:
    with wave.open(str(sound)) as file:
        return float(file.getnframes() / file.getframerate())
