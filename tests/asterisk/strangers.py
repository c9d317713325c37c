"""Strangers at the FastAGI door, in a process of their own: the server that they besiege lends them no time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


async def talk(port: int, said: bytes, wait: float) -> None:
    """Connect, say something, and stay for so long or until cut off."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return
    try:
        writer.write(said)
        async with asyncio.timeout(wait):
            await writer.drain()
            await reader.read()
    except (OSError, TimeoutError):
        pass
    finally:
        writer.transport.abort()


HEADER = (
    b"agi_network: yes\nagi_network_script: inbound\nagi_channel: PJSIP/trunk-1\nagi_uniqueid: 1.1\n"
    b"agi_arg_1: guessed\nagi_arg_2: +37052110000\n\n"
)

STRANGERS: dict[str, tuple[bytes, float]] = {
    "say nothing": (b"", 10.0),
    "say half": (HEADER[:40], 10.0),
    "say far too much": (b"agi_network: " + b"y" * 1_000_000, 10.0),
    "go at once": (b"", 0.0),
    "guess the token": (HEADER, 10.0),
}
WAVES = 10
WAVE = [visit for name, visit in STRANGERS.items() for _ in range(50 if name == "guess the token" else 6)]
COUNT = WAVES * len(WAVE)
#: From one wave to the next, seconds: the siege lasts as long as several keys of a caller.
BETWEEN = 0.6


class Crowd:
    """The process; it waits at some distance until it is told the port."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def begin(self, port: int) -> None:
        """Let them come, wave after wave."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{port}\n".encode())
        await self._process.stdin.drain()

    @property
    def here(self) -> bool:
        """Whether some are still at the door."""
        return self._process.returncode is None

    async def ended(self, deadline: float = 60.0) -> int:
        """Wait until the last has gone, and return the status."""
        async with asyncio.timeout(deadline):
            return await self._process.wait()


@asynccontextmanager
async def crowd() -> AsyncIterator[Crowd]:
    """Start the process, and end it in any case."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.asterisk.strangers", cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    try:
        yield Crowd(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _come(port: int) -> None:
    async with asyncio.TaskGroup() as talks:
        for _ in range(WAVES):
            for said, wait in WAVE:
                talks.create_task(talk(port, said, wait))
            await asyncio.sleep(BETWEEN)


if __name__ == "__main__":
    asyncio.run(_come(int(sys.stdin.readline())))
