"""Two hundred callers at once, in menus and in line: does every call go well, and what does the server take for it.

The server is `./switchroom up` in a process of its own, with its Asterisk. Half of the callers press themselves
through menus without end; the others wait in a line where nobody serves, under music and announcements. Every caller
sends sound all the time. A call has failed if it was not answered, if a key led to nothing, if the sound broke off, or
if it ended before the caller hung up; and the journal must tell of the same calls and keys.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import uvloop

from bench._callers import Caller, CallFailed, Line, open_line
from bench._server import Cost, Server, cost, idle, up
from callrouter import archive
from callrouter import events as ev
from ledger.database import Database
from ledger.journal_reads import JournalReads
from server.terminal import log_to

SITE: Final = Path(__file__).parent / "site"
ROOT: Final = Path(__file__).resolve().parents[1]
#: Where the carrier's calls come from, and the number that leads to the menus.
CARRIER, NUMBER = "127.0.0.2", "+37052130000"
CALLERS: Final = 200
#: New calls a second, and hang-ups a second.
RATE: Final = 20.0
#: Seconds for which all are there at once.
TOGETHER: Final = 30.0
#: The goal for the memory of our own process, in MB.
LIMIT_MB: Final = 300.0
#: Silence that tells a caller that the prompt is over, and how long to wait for the next sound.
OVER, NEXT = 0.7, 5.0
#: A longer break in what a caller hears is a failure, seconds.
LONGEST_GAP: Final = 2.0


@dataclass
class Crowd:
    """What the callers tell afterwards."""

    failures: Counter[str] = field(default_factory=Counter)
    #: Seconds from letting a key go to the first sound of what it led to.
    reactions: list[float] = field(default_factory=list)
    keys: int = 0
    packets: int = 0
    longest_gap: float = 0.0


async def _call(line: Line, crowd: Crowd, number: int, until: float) -> None:
    """Live one call; what goes wrong is counted, and ends this call only."""
    caller = line.caller(f"+3706{number:07}", NUMBER)
    try:
        await caller.dial()
        if number % 2:
            await _walk(caller, crowd, until)
        else:
            await _wait(caller, crowd, until)
        await caller.hang_up()
        crowd.packets += caller.sound.packets
        crowd.longest_gap = max(crowd.longest_gap, caller.sound.longest_gap)
        if caller.sound.longest_gap > LONGEST_GAP:
            raise CallFailed("the sound broke off")
    except CallFailed as failure:
        crowd.failures[str(failure)] += 1
    finally:
        caller.close()


async def _walk(caller: Caller, crowd: Crowd, until: float) -> None:
    """Go down into a menu and up again, over and over."""
    while asyncio.get_running_loop().time() < until:
        await _press(caller, crowd, "2")


async def _wait(caller: Caller, crowd: Crowd, until: float) -> None:
    """Stand in line where nobody serves."""
    await _press(caller, crowd, "1")
    while asyncio.get_running_loop().time() < until:
        await caller.hear(NEXT)
        await asyncio.sleep(1.0)


async def _press(caller: Caller, crowd: Crowd, key: str) -> None:
    """Hear the prompt to its end, press the key, and hear what comes."""
    await caller.hear(NEXT)
    await caller.hear_silence(OVER, NEXT)
    released = await caller.press(key)
    crowd.keys += 1
    crowd.reactions.append(await caller.hear(NEXT) - released)


async def _crowd(server: Server) -> tuple[Crowd, dict[str, float]]:
    """Bring the callers together, look what they cost while all are there, and let them go."""
    crowd, loop = Crowd(), asyncio.get_running_loop()
    together = loop.time() + CALLERS / RATE + 2.0
    async with open_line(CARRIER, server.sip) as line, asyncio.TaskGroup() as calls:
        for number in range(CALLERS):
            until = together + TOGETHER + number / RATE
            calls.create_task(_call(line, crowd, number, until), name=f"caller {number}")
            await asyncio.sleep(1 / RATE)
        await asyncio.sleep(together - loop.time())
        line.late.clear()
        crowd.reactions.clear()
        async with _lag(server) as lags:
            before = cost(server.pid), cost(server.asterisk_pid), time.process_time(), idle()
            began = loop.time()
            await asyncio.sleep(TOGETHER - 1.0)
            took = loop.time() - began
            after = cost(server.pid), cost(server.asterisk_pid), time.process_time(), idle()
        figures = {
            **_used("server", before[0], after[0], took),
            **_used("asterisk", before[1], after[1], took),
            **_spread("loop_lag", [lag / 1000 for lag in lags]),
            **_spread("key_to_sound", crowd.reactions),
            "keys_timed": len(crowd.reactions),
            "callers_cpu_percent": (after[2] - before[2]) / took * 100,
            "machine_idle_percent": (after[3] - before[3]) / took * 100,
            **_spread("callers_late", line.late),
        }
    return crowd, figures | {"sip_sent_again": line.sent_again}


@asynccontextmanager
async def _lag(server: Server) -> AsyncIterator[list[float]]:
    """Knock at the server's door while the block runs; the list is filled when it is left."""
    waits: list[float] = []
    host, port = server.agi
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench._lag", host, str(port),
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield waits
        async with asyncio.timeout(30):
            said, _ = await process.communicate(b"enough")
        waits.extend(json.loads(said))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _told_otherwise(data: Path, crowd: Crowd) -> Counter[str]:
    """Return how many calls the journal tells of in another way than the callers do, and why."""
    async with await Database.open(data / "switchroom.db") as database:
        entries = await JournalReads(database).read(limit=1_000_000)
    told: Counter[type[ev.Event]] = Counter()
    wrong: Counter[str] = Counter()
    for event in archive.events_of(entries):
        told[type(event)] += 1
        if isinstance(event, ev.CallEnded) and (event.outcome, event.hung_up_first) != ("abandoned", "caller"):
            wrong[f"ended as {event.outcome}"] += 1
    for kind, expected in {
        ev.CallOffered: CALLERS, ev.CallEnded: CALLERS, ev.CallQueued: CALLERS // 2, ev.CallFailed: 0,
        ev.KeysPressed: crowd.keys,
    }.items():  # fmt: skip
        if told[kind] != expected:
            wrong[f"{told[kind]} {kind.__name__} instead of {expected}"] += abs(told[kind] - expected)
    return wrong


def _used(name: str, before: Cost, after: Cost, seconds: float) -> dict[str, float]:
    return {
        f"{name}_rss_mb": after.rss,
        f"{name}_most_rss_mb": after.most_rss,
        f"{name}_cpu_percent": (after.cpu - before.cpu) / seconds * 100,
    }


def _spread(name: str, seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds) or [float("nan")]
    return {
        f"{name}_p50_ms": ordered[len(ordered) // 2] * 1000,
        f"{name}_p95_ms": ordered[int(len(ordered) * 0.95)] * 1000,
    }


async def measure() -> dict[str, float]:
    """Start the server, let the crowd in, and stop everything."""
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        data = Path(folder) / "data"
        async with up(SITE, data) as server:
            alone = cost(server.pid)
            crowd, figures = await _crowd(server)
        otherwise = await _told_otherwise(data, crowd)
    for what, count in (crowd.failures + otherwise).items():
        print(f"{count} x {what}", file=sys.stderr)
    return {
        "callers": CALLERS,
        "failed": sum(crowd.failures.values()),
        "told_otherwise": sum(otherwise.values()),
        "server_rss_alone_mb": alone.rss,
        **figures,
        "keys": crowd.keys,
        "packets_heard": crowd.packets,
        "longest_gap_ms": crowd.longest_gap * 1000,
    }


def run() -> dict[str, float]:
    """Return failed calls (goal 0), the server's memory in MB (goal 300 at most), and what else was seen."""
    log_to(level="warning")
    figures = uvloop.run(measure())
    figures["limit_mb"] = LIMIT_MB
    figures["ratio"] = figures["server_most_rss_mb"] / LIMIT_MB
    figures["ok"] = float(figures["failed"] == figures["told_otherwise"] == 0 and figures["ratio"] <= 1.0)
    return figures


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in run().items()}))
