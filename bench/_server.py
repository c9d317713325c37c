"""`./switchroom up` as a process beside a benchmark, and what it and its Asterisk cost.

It is asked to end when the benchmark ends, however that ends; then it ends its Asterisk. Knows nothing of calls.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import re
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pbx.render import layout
from pbx.traces import running_pid

_ROOT: Final = Path(__file__).resolve().parents[1]
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PR_SET_PDEATHSIG: Final = 1
#: Seconds to bring in and start everything, and to end it.
_START, _END = 300.0, 30.0


@dataclass(frozen=True)
class Cost:
    """What a process has used so far: seconds of processor, and memory in MB, now and at most."""

    cpu: float
    rss: float
    most_rss: float


@dataclass(frozen=True)
class Server:
    """A running server and its Asterisk, by their process ids."""

    pid: int
    asterisk_pid: int
    data: Path

    @property
    def sip(self) -> tuple[str, int]:
        """Return where phones and carriers reach it."""
        return "127.0.0.1", int(json.loads((self.data / "asterisk" / "ports.json").read_text())["sip"])

    @property
    def agi(self) -> tuple[str, int]:
        """Return where Asterisk reaches the server."""
        text = (self.data / "asterisk" / "switchroom-globals.conf").read_text()
        found = re.search(r"(?m)^SWITCHROOM_AGI\s*=>?\s*(\S+):(\d+)", text)
        assert found is not None
        return found[1], int(found[2])


@asynccontextmanager
async def up(site: Path, data: Path) -> AsyncIterator[Server]:
    """Run the server until the block is left; raises RuntimeError, with its last words, if it does not start."""
    log = data.with_name(data.name + ".log")
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench._server", str(os.getpid()), str(site), str(data),
            cwd=_ROOT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=file,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(_START):
            while b"serves" not in (line := await process.stdout.readline()):
                if not line:
                    raise RuntimeError(f"the server did not start: {_tail(log)}")
        asterisk = running_pid(layout(data / "asterisk"))
        assert asterisk is not None
        yield Server(process.pid, asterisk, data)
    finally:
        await _end(process, data)


async def _end(process: asyncio.subprocess.Process, data: Path) -> None:
    if process.returncode is None:
        process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(_END):
                await process.wait()
    if process.returncode is None:
        process.kill()
        await process.wait()
    left = running_pid(layout(data / "asterisk"))
    if left is not None:
        os.kill(left, signal.SIGKILL)


def cost(pid: int) -> Cost:
    """Read what a process has used so far; raises FileNotFoundError when it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = Path(f"/proc/{pid}/status").read_text()

    def megabytes(name: str) -> float:
        found = re.search(rf"(?m)^{name}:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    return Cost((int(fields[11]) + int(fields[12])) / _TICKS, megabytes("VmRSS"), megabytes("VmHWM"))


def idle() -> float:
    """Return the seconds for which the machine's processors had nothing to do, since it started."""
    return int(Path("/proc/stat").read_text().split(maxsplit=5)[4]) / _TICKS


def _tail(path: Path) -> str:
    return path.read_text(errors="replace")[-2000:]


def _main(parent: int, site: Path, data: Path) -> int:
    """Be the server: `up` itself, but asked to end when our parent is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        return 1
    # As most machines begin a program, whatever the limit is where this is measured.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    from server.commands import up as command

    return command.run(site, data, 1.0)


if __name__ == "__main__":
    sys.exit(_main(int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])))
