"""What a call costs beside a dialplan written by hand: CPU, calls a second, and how soon a prompt follows a key.

The same call (answer, a menu with one key, two prompts, the end) goes through Switchroom, with the journal on, and
through a native dialplan in the same Asterisk with the same prompt files: native, ours, ours, native. SIPp makes the
crowd; a few callers among it measure what they hear. CPU is what the processes used, by /proc/<pid>/stat.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench._probe import Voice, seconds_to_prompt
from bench._sipp import KEY_AFTER, Served, Sipp
from config.load import require_site
from config.schema import Site
from ivr import phrases
from ivr.speech.store import PromptStore
from pbx.installation import default_cache
from pbx.render import layout
from pbx.traces import read_ports, running_pid
from server.settings import Settings
from server.telephone import installation

ROOT: Final = Path(__file__).resolve().parents[1]
SITE: Final = Path(__file__).with_name("ivr_site")
OURS: Final = "+37052140000"
NATIVE: Final = "+37052149999"
RATE: Final = 40.0
#: Calls of one crowd, of which there are four.
CALLS: Final = 280
#: Callers who listen, one call after the other, while the crowd calls.
EARS: Final = 4
#: What is still to be written down after the last call, seconds.
SETTLE: Final = 0.7
#: Offered to find out how many go through: more than either can carry.
FLOOD: Final = 150.0
FLOODED: Final = 600
DEADLINE: Final = 40.0
CPU_LIMIT, RATE_LIMIT, ADDED_LIMIT_MS = 1.25, 0.8, 10.0


@dataclass
class Used:
    """What one way of serving took: CPU seconds of both processes, calls, and the ears' milliseconds."""

    asterisk: float = 0.0
    python: float = 0.0
    calls: int = 0
    bad: int = 0
    to_prompt: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """A running server with its Asterisk, and the crowd."""

    sipp: Sipp
    server: str
    python: int
    asterisk: int
    voice: Voice

    async def crowd(self, number: str, used: Used) -> None:
        """Let a crowd call a number, and add up what it took."""
        asterisk, python = cpu_seconds(self.asterisk), cpu_seconds(self.python)
        calling = asyncio.create_task(
            self.sipp.call(self.server, number, rate=RATE, calls=CALLS, deadline=DEADLINE), name="crowd"
        )
        ears = [asyncio.create_task(self._ear(number, calling), name="ear") for _ in range(EARS)]
        served = await calling
        heard = [found for ear in await asyncio.gather(*ears) for found in ear]
        await asyncio.sleep(SETTLE)
        used.asterisk += cpu_seconds(self.asterisk) - asterisk
        used.python += cpu_seconds(self.python) - python
        used.to_prompt += [ms for ms in heard if ms is not None]
        used.calls += served.good + served.bad + len(heard)
        used.bad += served.bad + heard.count(None)

    async def _ear(self, number: str, crowd: asyncio.Task[Served]) -> list[float | None]:
        """Call again and again while the crowd does; return milliseconds from key to prompt, None for a bad call."""
        times: list[float | None] = []
        while not crowd.done():
            try:
                heard = await asyncio.to_thread(seconds_to_prompt, self.server, number, self.voice, KEY_AFTER)
            except (OSError, ValueError):
                times.append(None)
            else:
                times.append(1000 * heard)
        return times

    async def flood(self, number: str) -> float:
        """Offer more calls than can be carried, and return how many a second were served to the end."""
        began = time.monotonic()
        served = await self.sipp.call(self.server, number, rate=FLOOD, calls=FLOODED, deadline=DEADLINE)
        return served.good / (time.monotonic() - began)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process and its threads have used, user's and system's."""
    numbers = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def prompts(site: Site, cache: Path) -> tuple[Path, Path, Path]:
    """Return the files of menu, thanks and goodbye, without suffix."""
    store = PromptStore(Settings(site=SITE, data=Path(), cache=cache).prompts)
    main, end = site.menus["main"], site.menus["end"]
    texts = (main.say, main.keys["1"].say, end.say)
    menu, thanks, bye = (store.path_of(phrases.spoken(site, text, "en")) for text in texts if text is not None)
    return menu, thanks, bye


async def teach(data: Path, site: Site, lines: list[str]) -> None:
    """Add lines to the dialplan of the running Asterisk. Raises RuntimeError if it does not take them."""
    installed = await installation(site, default_cache(), lambda what, done: None)
    configuration = str(layout(data / "asterisk").configuration)
    for line in lines:
        process = await asyncio.create_subprocess_exec(
            *installed.command, "-C", configuration, "-rx", f"dialplan add extension {line}",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(DEADLINE):
            said, _ = await process.communicate()
        if process.returncode != 0 or b"added into" not in said:
            raise RuntimeError(f"Asterisk does not take {line!r}: {said.decode(errors='replace')[:200]}")


def by_hand(menu: Path, thanks: Path, bye: Path) -> list[str]:
    """Write the same call as a dialplan, as people do."""
    steps = [
        ("s", "Answer()"),
        ("s", f"BackGround({menu})"),
        ("s", "WaitExten(4)"),
        ("s", "Hangup()"),
        ("1", f"Playback({thanks})"),
        ("1", f"Playback({bye})"),
        ("1", "Hangup()"),
    ]
    numbered = [
        (place, sum(other == place for other, _ in steps[:n]) + 1, step) for n, (place, step) in enumerate(steps)
    ]
    lines = [f"{place},{number},{step} into bench" for place, number, step in numbered]
    return [*lines, f"{NATIVE},1,Goto(bench,s,1) into switchroom-trunk"]


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Bench]:
    """Start the server as in production, with the dialplan by hand beside it; both are gone afterwards."""
    data, site = folder / "data", await asyncio.to_thread(require_site, SITE)
    sipp = await Sipp.bring_in(default_cache(), folder)
    with (folder / "up.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "server", "up", "--site", str(SITE), "--data", str(data), "--drain", "1",
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(120):
            while b"serves" not in (line := await process.stdout.readline()):
                if not line:
                    raise RuntimeError((folder / "up.log").read_text()[-2000:])
        menu, thanks, bye = prompts(site, default_cache())
        await teach(data, site, by_hand(menu, thanks, bye))
        places = layout(data / "asterisk")
        ports, asterisk = read_ports(places), running_pid(places)
        assert ports is not None and asterisk is not None
        voice = Voice.of(thanks, menu)
        yield Bench(sipp, f"127.0.0.1:{ports.sip}", process.pid, asterisk, voice)
    finally:
        await _end(process, data)


async def _end(process: asyncio.subprocess.Process, data: Path) -> None:
    """End the server, and Asterisk with it: it would outlive a server that had to be killed."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(30):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
    asterisk = await asyncio.to_thread(running_pid, layout(data / "asterisk"))
    if asterisk is not None:
        os.kill(asterisk, signal.SIGKILL)


async def measure() -> dict[str, float]:
    """Run all crowds and return the figures."""
    native, ours = Used(), Used()
    with tempfile.TemporaryDirectory(prefix="switchroom-bench-") as folder:
        async with serving(Path(folder)) as bench:
            await bench.sipp.call(bench.server, OURS, rate=RATE, calls=40, deadline=DEADLINE)  # warm up
            for number, used in ((NATIVE, native), (OURS, ours), (OURS, ours), (NATIVE, native)):
                await bench.crowd(number, used)
            rate_native, rate_ours = await bench.flood(NATIVE), await bench.flood(OURS)
    return figures(native, ours, rate_native, rate_ours)


def figures(native: Used, ours: Used, rate_native: float, rate_ours: float) -> dict[str, float]:
    """Return all figures by name; CPU is per call."""
    native_cpu = 1000 * native.asterisk / native.calls
    asterisk, python = 1000 * ours.asterisk / ours.calls, 1000 * ours.python / ours.calls
    cpu_ratio = (asterisk + python) / native_cpu
    rate_ratio = rate_ours / rate_native
    added = percentile(ours.to_prompt, 0.95) - percentile(native.to_prompt, 0.95)
    good = not native.bad + ours.bad
    return {
        "native_cpu_ms": native_cpu,
        "ours_cpu_ms": asterisk + python,
        "asterisk_cpu_ms": asterisk,
        "python_cpu_ms": python,
        "cpu_ratio": cpu_ratio,
        "rate_native": rate_native,
        "rate_ours": rate_ours,
        "rate_ratio": rate_ratio,
        "key_to_prompt_native_p95_ms": percentile(native.to_prompt, 0.95),
        "key_to_prompt_ours_p95_ms": percentile(ours.to_prompt, 0.95),
        "key_to_prompt_added_p50_ms": percentile(ours.to_prompt, 0.5) - percentile(native.to_prompt, 0.5),
        "key_to_prompt_added_p95_ms": added,
        "calls": native.calls + ours.calls,
        "calls_failed": native.bad + ours.bad,
        "ok": float(good and cpu_ratio <= CPU_LIMIT and rate_ratio >= RATE_LIMIT and added <= ADDED_LIMIT_MS),
    }


def percentile(values: list[float], part: float) -> float:
    """Return the value below which this part of the values lies."""
    return sorted(values)[int(len(values) * part)]


def run() -> dict[str, float]:
    """Return a call's CPU in milliseconds, calls a second under a flood, and the milliseconds from key to prompt."""
    return asyncio.run(measure())


if __name__ == "__main__":
    print(json.dumps({name: round(value, 3) for name, value in run().items()}))
