"""Two hundred real calls, and a publication in the midst of them: who hears the new menu, and is anybody disturbed.

Half of the callers press themselves through menus without end, the others wait in a line; then an admin publishes a
site in which a key leads elsewhere, with `./switchroom publish`. Newcomers call at once.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench._callers import Caller, CallFailed, Line, open_line
from bench._server import Server, up
from callrouter import archive
from callrouter import events as ev
from ledger.database import Database
from ledger.journal_reads import JournalReads

_HERE: Final = Path(__file__).parent
_CARRIER, _NUMBER = "127.0.0.2", "+37052130000"
CALLERS: Final = 200
#: Who call right after the publication.
NEWCOMERS: Final = 10
#: New calls a second, and hang-ups a second.
_RATE: Final = 20.0
#: Callers go on for so long before the publication, and after it, seconds.
_BEFORE, _AFTER = 3.0, 10.0
#: Silence that tells a caller that the prompt is over, and how long to wait for the next sound.
_OVER, _NEXT = 0.7, 8.0
#: A longer break in what a caller hears is a failure, seconds.
_LONGEST_GAP: Final = 2.0
_PUBLISHING: Final = 120.0
#: What the draft changes: key 2 of the first menu leads to a menu that was not there.
_WAS, _IS = "keys: {1: deserted, 2: below}", "keys: {1: deserted, 2: other}"
_OTHER: Final = """
  other:
    say: {en: "This is new."}
    keys: {2: back}
    silence: {tries: 9, go: hangup}
    mistake: {go: hangup}

departments:
"""


@dataclass
class _Calls:
    """What the callers tell afterwards."""

    failures: Counter[str] = field(default_factory=Counter)
    #: Whose sound broke off before anything was published: the machine has too much to do.
    broke_off_before: int = 0
    callers: list[Caller] = field(default_factory=list)
    there: int = 0
    all_there: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    #: Seconds from a key to the sound of what it led to, from the publication's beginning on.
    reactions: list[float] = field(default_factory=list)
    #: How late the callers' own packets went out from then on, seconds: the machine's share of what goes wrong.
    late: list[float] = field(default_factory=list)
    late_before: float = 0.0


async def measured(folder: Path) -> dict[str, float]:
    """Let the callers in, publish, let newcomers in, and read the journal. Raises what the publication says."""
    site, data = folder / "switch-site", folder / "switch-data"
    shutil.copytree(_HERE / "site", site)
    async with up(site, data) as server:
        calls = _Calls()
        version = await _versions(data)
        seconds = await _live(server, calls, site)
        after = await _versions(data)
    assert len(after) == len(version) + 1
    wrong = await _told(data, version[-1], after[-1])
    for what, count in (calls.failures + wrong).items():
        print(f"{count} x {what}", file=sys.stderr)
    reactions = sorted(calls.reactions) or [float("nan")]
    return {
        "switch_callers": float(CALLERS),
        "switch_newcomers": float(NEWCOMERS),
        "switch_publish_seconds": seconds,
        "switch_broke_off_before": float(calls.broke_off_before),
        "switch_disturbed": float(calls.failures.total()),
        "switch_told_otherwise": float(wrong.total()),
        "switch_keys_timed": float(len(calls.reactions)),
        "switch_key_to_sound_p95_ms": reactions[int(len(reactions) * 0.95)] * 1000,
        "switch_callers_late_worst_before_ms": calls.late_before * 1000,
        "switch_callers_late_worst_ms": max(calls.late, default=0.0) * 1000,
    }


async def _live(server: Server, calls: _Calls, site: Path) -> float:
    """Live all calls; return how long the publication took."""
    async with open_line(_CARRIER, server.sip) as line, asyncio.TaskGroup() as living:
        for number in range(CALLERS):
            living.create_task(_call(line, calls, number), name=f"caller {number}")
            await asyncio.sleep(1 / _RATE)
        async with asyncio.timeout(60):
            await calls.all_there.wait()
        line.late.clear()
        await asyncio.sleep(_BEFORE)
        menus = site / "site.yaml"
        text = menus.read_text(encoding="utf-8").replace(_WAS, _IS).replace("\ndepartments:\n", _OTHER, 1)
        menus.write_text(text, encoding="utf-8")
        calls.reactions.clear()
        calls.late_before = max(line.late, default=0.0)
        line.late.clear()
        for caller in calls.callers:
            calls.broke_off_before += caller.sound.longest_gap > _LONGEST_GAP
            caller.sound.longest_gap = 0.0
        seconds = await _publish(site, server.data)
        for number in range(CALLERS, CALLERS + NEWCOMERS):
            living.create_task(_call(line, calls, number), name=f"newcomer {number}")
            await asyncio.sleep(1 / _RATE)
        await asyncio.sleep(_AFTER)
        calls.late = line.late[:]
        calls.over.set()
    return seconds


async def _publish(site: Path, data: Path) -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "publish", str(site), "--data", str(data), "--why", "bench",
        cwd=_HERE.parent, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_PUBLISHING):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"it was not published: {said.decode(errors='replace')[-2000:]}")
    return time.perf_counter() - began


async def _call(line: Line, calls: _Calls, number: int) -> None:
    """Live one call until all are told to go; what goes wrong is counted, and ends this call only."""
    caller = line.caller(_ani(number), _NUMBER)
    is_new = number >= CALLERS
    try:
        await caller.dial()
        if is_new or number % 2:
            await _press(caller, calls, "2")
        else:
            await _press(caller, calls, "1")
        calls.callers.append(caller)
        _arrived(calls, is_new=is_new)
        while not calls.over.is_set():
            if is_new or number % 2:
                await _press(caller, calls, "2")
            else:
                await _until(calls.over, 1.0)
        gap = caller.sound.longest_gap  # who leaves presses nothing more, and hears a menu wait for him
        await _until(asyncio.Event(), number % CALLERS / _RATE)  # they leave one after the other
        await caller.hang_up()
        if gap > _LONGEST_GAP:
            raise CallFailed(f"the sound broke off in {'a menu' if is_new or number % 2 else 'line'}")
    except CallFailed as failure:
        calls.failures[str(failure)] += 1
        _arrived(calls, is_new=is_new)
    finally:
        caller.close()


def _arrived(calls: _Calls, *, is_new: bool) -> None:
    calls.there += not is_new
    if calls.there >= CALLERS:
        calls.all_there.set()


async def _until(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, and no longer than so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


async def _press(caller: Caller, calls: _Calls, key: str) -> None:
    """Hear the prompt to its end, press the key, and hear what comes."""
    await caller.hear(_NEXT)
    await caller.hear_silence(_OVER, _NEXT)
    released = await caller.press(key)
    calls.reactions.append(await caller.hear(_NEXT) - released)


def _ani(number: int) -> str:
    return f"+3706{number:07}"


async def _versions(data: Path) -> list[str]:
    """Return the versions that were published so far, by their files alone."""
    files = sorted((data / "site" / "publications").glob("[0-9]*.json"))
    return [str(json.loads(file.read_text())["version"]) for file in files]


async def _told(data: Path, old: str, new: str) -> Counter[str]:
    """Return what the journal tells of these calls that should not be."""
    async with await Database.open(data / "switchroom.db") as database:
        entries = await JournalReads(database).read(limit=1_000_000)
    wrong: Counter[str] = Counter()
    newcomers = {_ani(number) for number in range(CALLERS, CALLERS + NEWCOMERS)}
    is_new: dict[str, bool] = {}
    ended = 0
    for event in archive.events_of(entries):
        match event:
            case ev.CallOffered():
                is_new[event.call] = event.ani in newcomers
                wrong["calls on the wrong version"] += event.site != (new if is_new[event.call] else old)
            case ev.MenuEntered(menu="below" | "other"):
                wrong["menus of the wrong version"] += (event.menu == "other") != is_new[event.call]
            case ev.CallFailed():
                wrong["calls that failed"] += 1
            case ev.CallEnded():
                ended += 1
                wrong["calls that did not end as the caller wished"] += event.hung_up_first != "caller"
            case _:
                pass
    wrong["calls that are missing"] += abs(len(is_new) - CALLERS - NEWCOMERS) + abs(ended - CALLERS - NEWCOMERS)
    return +wrong
