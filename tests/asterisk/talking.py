"""Whether two who were put through reach each other: by a key, and by ear.

What a busy machine swallows of a sound or a key is said once more; nothing is judged by a single try.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

from pbx import tones
from pbx.softphone_call import SoftCall
from tests.asterisk.house import PATIENT


async def joined(one: SoftCall, other: SoftCall) -> None:
    """Wait until a key crosses from one to the other; one that is pressed while both are being joined is lost."""
    async with asyncio.timeout(PATIENT):
        before = len(other.keys_heard)
        while len(other.keys_heard) == before:
            await one.keys("5")
            assert await other.lasts(0.2), "the call ended before both were joined"


async def hears(call: SoftCall, hz: float, folder: Path, least: float = 0.5) -> None:
    """Listen until a steady tone was heard for so long; raises TimeoutError if it never is."""
    async with asyncio.timeout(PATIENT):
        while True:
            path = folder / f"{uuid4().hex}.wav"
            await call.start_recording(path)
            assert await call.lasts(least + 0.7), "the call ended while it was listened to"
            await call.stop_recording()
            if await asyncio.to_thread(tones.hears, path, hz, least):
                return


async def talk(one: SoftCall, other: SoftCall, folder: Path) -> None:
    """Let both sides say a tone, for more than a second, until each hears the other."""
    await one.play_tone(700)
    await other.play_tone(440)
    await asyncio.gather(hears(one, 440, folder), hears(other, 700, folder))
    await one.be_silent()
    await other.be_silent()
