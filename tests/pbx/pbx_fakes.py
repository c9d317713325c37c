"""The other side of Asterisk's doors, for tests: a FastAGI server, an AMI listener, a bell for scripts to ring."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pbx.installation import Installation
from pbx.plan import PbxPlan, Phone, Ports, free_ports
from pbx.supervisor import Asterisk

DEADLINE = 30.0


def make_plan(**changes: Any) -> PbxPlan:  # Any: whatever field a test wants to change
    """A plan with two phones; every part can be changed by name."""
    values: dict[str, Any] = {
        "phones": (
            Phone("alice", "101", "secret-of-alice", "Alice Doe"),
            Phone("front-desk", "102", "secret-of-desk", "Jonė Žukaitė", "lt"),
        ),
        "ports": Ports(sip=5060, ami=5038, rtp_low=10000, rtp_high=11999),
        "agi_port": 4573,
        "agi_token": "token-of-agi",
        "ami_secret": "secret-of-ami",
        "ami_originate_secret": "secret-of-originate",
    }
    return PbxPlan(**{**values, **changes})


@asynccontextmanager
async def running(
    installation: Installation, folder: Path, **changes: Any
) -> AsyncIterator[Asterisk]:  # Any: as in make_plan
    """Run an Asterisk for one test; it dies with the test's process at the latest."""
    asterisk = Asterisk(installation, make_plan(**{"ports": free_ports(), **changes}), folder, dies_with_us=True)
    await asterisk.start(60.0)
    try:
        yield asterisk
    finally:
        if asterisk.is_running:
            await asterisk.stop(graceful=0.0)


@dataclass(frozen=True)
class AgiCall:
    """One call that knocked at the FastAGI server."""

    script: str
    arguments: tuple[str, ...]
    header: dict[str, str]
    reader: asyncio.StreamReader = field(repr=False)
    writer: asyncio.StreamWriter = field(repr=False)

    async def command(self, text: str) -> str:
        self.writer.write(text.encode() + b"\n")
        while True:
            line = (await self.reader.readline()).decode().rstrip("\n")
            if line != "HANGUP":
                return line


Behaviour = Callable[[AgiCall], Awaitable[None]]


async def finish(call: AgiCall) -> None:
    """Do as the real server does at a good end."""
    await call.command('SET VARIABLE SWITCHROOM_DONE "1"')


async def die(call: AgiCall) -> None:
    """Close without the mark, as a killed server does."""


class AgiServer:
    """Takes calls, remembers them, and behaves per script as the test says; unknown scripts finish."""

    def __init__(self) -> None:
        self.port = 0
        self.behaviours: dict[str, Behaviour] = {}
        self._calls: asyncio.Queue[AgiCall] = asyncio.Queue(1000)
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()

    async def next_call(self) -> AgiCall:
        async with asyncio.timeout(DEADLINE):
            return await self._calls.get()

    @property
    def more(self) -> int:
        """Calls that came and were not asked for by the test."""
        return self._calls.qsize()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        header: dict[str, str] = {}
        while line := (await reader.readline()).decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            header[name] = value
        arguments = tuple(value for name, value in header.items() if name.startswith("agi_arg_"))
        call = AgiCall(header["agi_network_script"], arguments, header, reader, writer)
        self._calls.put_nowait(call)
        await self.behaviours.get(call.script, finish)(call)
        writer.close()


class AmiListener:
    """Hears every event of one Asterisk and waits for the one a test is about."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    @asynccontextmanager
    async def connect(cls, port: int, user: str, secret: str) -> AsyncIterator[Self]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        listener = cls(reader, writer)
        try:
            await listener.act(Action="Login", Username=user, Secret=secret)
            yield listener
        finally:
            writer.close()

    async def act(self, **fields: str) -> dict[str, str]:
        """Send an action and return its response."""
        text = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._writer.write(text.encode() + b"\r\n")
        return await self.until(lambda message: "Response" in message)

    async def until(self, is_it: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """Read on until the wanted message."""
        async with asyncio.timeout(DEADLINE):
            while True:
                block = (await self._reader.readuntil(b"\r\n\r\n")).decode()
                message = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
                if is_it(message):
                    return message

    async def hung_up(self, channel: str) -> dict[str, str]:
        """Wait until a channel whose name begins like this is gone."""
        return await self.until(
            lambda message: message.get("Event") == "Hangup" and message["Channel"].startswith(channel)
        )


class Bell:
    """A named pipe that a shell script writes a line into, and that a test waits at."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path, 0o600)
        # Open for both, so that it neither blocks nor ends with the first writer.
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    async def rung(self) -> str:
        loop = asyncio.get_running_loop()
        came: asyncio.Future[bytes] = loop.create_future()

        def on_ring() -> None:
            if not came.done():
                came.set_result(os.read(self._descriptor, 4096))

        loop.add_reader(self._descriptor, on_ring)
        try:
            async with asyncio.timeout(DEADLINE):
                return (await came).decode().rstrip("\n")
        finally:
            loop.remove_reader(self._descriptor)

    def is_silent(self) -> bool:
        try:
            os.read(self._descriptor, 4096)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        os.close(self._descriptor)
