"""Owns finding an Asterisk on this machine or bringing one in; must not know how it is configured."""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pbx import debian
from pbx.errors import NoAsterisk

PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "asterisk-moh-opsound-gsm")
SUITE = "sid"  # the only suite of Debian that carries the current long-term Asterisk

OLDEST_SAFE: Mapping[int, tuple[int, int, int]] = {20: (20, 20, 1), 22: (22, 10, 1), 23: (23, 4, 1)}
"""Per major version the first release with the security fixes of June 2026; newer majors have them all."""

_DEADLINE = 10.0


@dataclass(frozen=True)
class Installation:
    """One Asterisk that can be started."""

    version: str
    number: tuple[int, ...]
    command: tuple[str, ...]
    """The words that start it, its own loader and libraries included."""
    modules: Path
    data: Path
    music: Path
    origin: Literal["found", "brought in"]

    @property
    def sounds(self) -> Path:
        return self.data / "sounds"

    @property
    def warning(self) -> str | None:
        """Say what is unsafe about this version, or None."""
        return version_warning(self.number)


def default_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that things brought in are kept in, for all projects of this user."""
    if named := environment.get("SWITCHROOM_CACHE"):
        return Path(named).expanduser()
    return Path(environment.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "switchroom"


def parse_version(said: str) -> tuple[str, tuple[int, ...]]:
    """Return version text and number out of what `asterisk -V` says; raises NoAsterisk."""
    found = re.match(r"Asterisk (?:certified[/-])?((\d+)(?:\.(\d+))?(?:\.(\d+))?\S*)", said.strip())
    if found is None:
        raise NoAsterisk(f"no version in {said.strip()[:100]!r}")
    return found[1], tuple(int(part) for part in found.groups()[1:] if part is not None)


def version_warning(number: tuple[int, ...]) -> str | None:
    """Say which security fixes a version lacks, or None when it has all we know of."""
    written = ".".join(str(part) for part in number)
    safe = OLDEST_SAFE.get(number[0])
    if safe is None and number[0] > max(OLDEST_SAFE):
        return None
    if safe is None:
        return (
            f"Asterisk {written} gets no security fixes any more, those of June 2026 are missing among others; "
            "use 22.10.1 or newer"
        )
    if number < safe:
        needed = ".".join(str(part) for part in safe)
        return f"Asterisk {written} lacks the security fixes of June 2026; use {needed} or newer"
    return None


async def find_installed(path: Path | None = None) -> Installation | None:
    """Return the Asterisk of this machine, or the one whose program is named, or None.

    Raises NoAsterisk when the program is not there, does not run or has no modules.
    """
    program = path or next((Path(found) for found in _candidates()), None)
    if program is None:
        return None
    version, number = parse_version(await _ask_version((str(program),)))
    modules, data = await asyncio.to_thread(_find_folders)
    return Installation(version, number, (str(program),), modules, data, data / "moh", "found")


async def bring_in(cache: Path, progress: debian.ProgressTo) -> Installation:
    """Bring Asterisk with its sounds into the cache folder, or use the one that is there already.

    Raises a BringInError. The version is the one of Debian on the day it was brought in.
    """
    root = (await asyncio.to_thread(cache.absolute)) / "asterisk"
    await debian.unpack(PACKAGES, suite=SUITE, into=root, progress=progress)
    return await asyncio.to_thread(_look_at, root)


def _look_at(root: Path) -> Installation:
    modules = next(iter(root.glob("usr/lib/*/asterisk/modules")), None)
    if modules is None:
        raise NoAsterisk(f"no modules under {root}")
    libraries = modules.parent.parent
    # Where an architecture keeps its loader: x86-64 in lib64, others in lib.
    places = ("usr/lib64/ld-linux*", "usr/lib/ld-linux*", "usr/lib/*/ld-linux*")
    loaders = [file for place in places for file in sorted(root.glob(place))]
    if not loaders:
        raise NoAsterisk(f"no program loader under {root}")
    data = root / "usr/share/asterisk"
    _link_english(data / "sounds")
    stamp = debian.read_stamp(root)
    packaged = stamp.versions.get("asterisk", "") if stamp else ""
    version, number = parse_version("Asterisk " + re.sub(r"^\d+:", "", packaged))  # without Debian's epoch
    command = (str(loaders[0]), "--library-path", str(libraries), str(root / "usr/sbin/asterisk"))
    return Installation(version, number, command, modules, data, data / "moh", "brought in")


def _link_english(sounds: Path) -> None:
    """Do what the package's own script would have done: without it no prompt is found."""
    link = sounds / "en"
    if not link.exists():
        voice = next(iter(sorted(sounds.glob("en_*"))), None)
        if voice is not None:
            with contextlib.suppress(FileExistsError):  # another process was faster
                link.symlink_to(voice.name)


def _candidates() -> list[str]:
    # sbin is often not in the PATH of a plain user
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("asterisk", path=places)
    return [found] if found else []


async def _ask_version(command: tuple[str, ...]) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, "-V", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
    except OSError as cannot:
        raise NoAsterisk(str(cannot)) from cannot
    try:
        async with asyncio.timeout(_DEADLINE):
            said, _ = await process.communicate()
    except TimeoutError as silent:
        process.kill()
        await process.wait()
        raise NoAsterisk(f"{command[0]} -V does not end") from silent
    return said.decode(errors="replace")


def _find_folders() -> tuple[Path, Path]:
    """Return modules and data folder: what the machine's asterisk.conf says, else where builds put them."""
    named: dict[str, str] = {}
    configuration = Path("/etc/asterisk/asterisk.conf")
    try:
        text = configuration.read_text(errors="replace")
    except OSError:
        text = ""
    for key, value in re.findall(r"^\s*(ast\w+dir)\s*=>?\s*([^;\s]+)", text, re.MULTILINE):
        named[key] = value
    modules = [Path(named["astmoddir"])] if "astmoddir" in named else []
    modules += sorted(Path("/usr/lib").glob("*/asterisk/modules"))
    modules += [Path("/usr/lib/asterisk/modules"), Path("/usr/lib64/asterisk/modules")]
    data = [Path(named["astdatadir"])] if "astdatadir" in named else []
    data += [Path("/usr/share/asterisk"), Path("/var/lib/asterisk")]
    found_modules = next((folder for folder in modules if (folder / "chan_pjsip.so").exists()), None)
    if found_modules is None:
        raise NoAsterisk("its modules with chan_pjsip.so are nowhere to be found")
    found_data = next((folder for folder in data if (folder / "sounds").is_dir()), data[0])
    return found_modules, found_data
