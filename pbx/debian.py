"""Owns bringing Debian packages into a folder: no root, nothing of the system touched, signatures checked.

Knows apt and dpkg; must not know which program is inside the packages.
"""

import asyncio
import contextlib
import fcntl
import json
import re
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pbx import apt, errors

STAMP = ".switchroom-packages.json"
DEADLINE = 30 * 60.0
"""Seconds for everything; a slow line needs minutes for the 80 MB of Asterisk."""

_UNPACKED_PER_DOWNLOADED = 4  # measured 3.4 for Asterisk; the rest is reserve


@dataclass(frozen=True)
class Progress:
    """How far a long step is; `done` runs from 0 to 1 over the whole work."""

    step: str
    done: float


@dataclass(frozen=True)
class Stamp:
    """What a completed folder holds, kept in it as a file."""

    suite: str
    packages: tuple[str, ...]
    """What was asked for."""
    versions: dict[str, str]
    """What that brought along, name to version."""


ProgressTo = Callable[[Progress], None]


def read_stamp(into: Path) -> Stamp | None:
    """Return what a completed folder holds, or None when it is not complete."""
    try:
        kept = json.loads((into / STAMP).read_text())
        return Stamp(kept["suite"], tuple(kept["packages"]), kept["versions"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


async def unpack(packages: Sequence[str], *, suite: str, into: Path, progress: ProgressTo) -> None:
    """Bring `packages` and all they need into the folder `into`; do nothing when they are there already.

    Leaves `into` complete or not at all; a broken download is kept beside it and continued by the next run.
    Raises a BringInError that says what to do.
    """
    wanted = (suite, tuple(sorted(packages)))
    if _is_complete(into, wanted):
        return
    try:
        async with asyncio.timeout(DEADLINE):
            await asyncio.to_thread(into.parent.mkdir, parents=True, exist_ok=True)
            async with _only_one(into.with_name(into.name + ".lock"), progress):
                if _is_complete(into, wanted):  # the other process has just done it
                    return
                await _bring(packages, suite, into, progress)
    except TimeoutError as too_long:
        raise errors.BringInTimeout from too_long


async def _bring(packages: Sequence[str], suite: str, into: Path, progress: ProgressTo) -> None:
    world = await asyncio.to_thread(apt.AptWorld.build, into.with_name(into.name + ".apt"), suite)
    progress(Progress("reading the package lists", 0.0))
    await world.run("update", "-q")
    versions = _chosen(await world.run("install", "-q", "--simulate", *packages))
    missing = await world.run("install", "-qq", "--print-uris", *packages)
    await asyncio.to_thread(_check_space, world.archives, _size(missing))

    def on_line(line: str) -> None:
        # apt speaks "dlstatus:<item>:<percent>:<text>" to the status descriptor
        if found := re.match(r"dlstatus:\d+:([\d.]+):", line):
            progress(Progress("downloading packages", min(0.05 + 0.55 * float(found[1]) / 100, 0.6)))

    progress(Progress("downloading packages", 0.05))
    await world.run("install", "-q", "--download-only", "-o", "APT::Status-Fd=1", *packages, on_line=on_line)

    part = into.with_name(into.name + ".part")
    await asyncio.to_thread(_remove, part)
    await asyncio.to_thread(part.mkdir)
    for index, (name, version) in enumerate(sorted(versions.items())):
        progress(Progress("unpacking packages", 0.6 + 0.4 * index / len(versions)))
        await _unpack_one(world.archive(name, version), part)
    stamp = Stamp(suite, tuple(sorted(packages)), versions)
    await asyncio.to_thread(_complete, part, into, stamp)
    await asyncio.to_thread(_remove, world.folder)
    progress(Progress("ready", 1.0))


async def _unpack_one(archive: Path | None, part: Path) -> None:
    if archive is None:
        raise errors.UnpackFailed("apt did not leave a package where it was told to")
    try:
        await apt.unpack_archive(archive, part)
    except errors.UnpackFailed:
        await asyncio.to_thread(archive.unlink, missing_ok=True)  # a damaged file must come again
        raise


def _chosen(simulated: str) -> dict[str, str]:
    """Return name to version of what apt would install: lines `Inst NAME (VERSION ORIGIN [ARCHITECTURE])`."""
    chosen = re.findall(r"^Inst (\S+) \((\S+) ", simulated, re.MULTILINE)
    if not chosen:
        raise errors.BringInError("apt chose no packages at all")
    return dict(chosen)


def _size(uris: str) -> int:
    """Return the bytes still to fetch: lines `'URI' FILE SIZE HASH`, complete files are not among them."""
    return sum(int(size) for size in re.findall(r"^'\S+' \S+\.deb (\d+) ", uris, re.MULTILINE))


def _check_space(archives: Path, to_fetch: int) -> None:
    there = sum(file.stat().st_size for file in archives.glob("*.deb"))
    needed = to_fetch + (to_fetch + there) * _UNPACKED_PER_DOWNLOADED
    free = shutil.disk_usage(archives).free
    if free < needed:
        raise errors.DiskFull(f"{needed // 10**6} MB needed, {free // 10**6} MB free")


def _is_complete(into: Path, wanted: tuple[str, tuple[str, ...]]) -> bool:
    stamp = read_stamp(into)
    return stamp is not None and (stamp.suite, stamp.packages) == wanted


def _complete(part: Path, into: Path, stamp: Stamp) -> None:
    (part / STAMP).write_text(json.dumps(asdict(stamp), indent=1))
    _remove(into)  # an older selection; two folders cannot be exchanged in one step
    part.rename(into)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


@contextlib.asynccontextmanager
async def _only_one(lock: Path, progress: ProgressTo) -> AsyncIterator[None]:
    """Hold the lock file; asked for again and again, because a thread stuck in flock cannot be cancelled."""
    with lock.open("a") as held:
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                progress(Progress("waiting for another process that is bringing in the same", 0.0))
                await asyncio.sleep(0.2)
        yield
