"""Owns saying what is wrong with Asterisk here, and the mend; changes nothing."""

import asyncio
import re
import shutil
import socket
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pbx.ami_probe import may_log_in
from pbx.errors import CommandFailed
from pbx.installation import Installation
from pbx.modules import REQUIRED, WANTED
from pbx.plan import PbxPlan, is_free
from pbx.supervisor import Asterisk

CONTEXTS = (
    "switchroom-trunk",
    "switchroom-phones",
    "switchroom-transferred",
    "switchroom-originate",
    "switchroom-entry",
    "switchroom-survival",
)
_LEAST_DISK = 2 * 10**9
_FAX = ("SEND", "RECEIVE", "T.38", "G.711", "GATEWAY")


@dataclass(frozen=True)
class Check:
    """One thing looked at: `ok` is None when it could not be known or is only worth a thought."""

    name: str
    ok: bool | None
    found: str
    mend: str = ""


async def examine(asterisk: Asterisk) -> list[Check]:
    """Look at everything about one Asterisk, running or not; never raises for what it finds."""
    installation, plan = asterisk.installation, asterisk.plan
    running = asterisk.is_running
    checks = [
        check_version(installation),
        *await asyncio.to_thread(_on_disk, installation, asterisk.places.folder),
        check_clock(datetime.now(UTC)),
        *await asyncio.to_thread(_ports, plan, running),
    ]
    if not running:
        return [*checks, Check("running", None, "Asterisk does not run", "start it with `switchroom up`")]
    checks += [
        await _ask(asterisk, "modules", "module show", check_modules),
        await _ask(asterisk, "fax", "fax show capabilities", check_fax),
        await _ask(asterisk, "dialplan", "dialplan show", check_dialplan),
        await _check_ami("AMI events", plan.ports.ami, "switchroom", plan.ami_secret),
        await _check_ami("AMI originate", plan.ports.ami, "switchroom-originate", plan.ami_originate_secret),
    ]
    return checks


def check_version(installation: Installation) -> Check:
    """Judge the version: an old one works, but lacks security fixes."""
    if warning := installation.warning:
        return Check("version", None, installation.version, warning)
    return Check("version", True, f"{installation.version}, {installation.origin}")


def check_modules(said: str) -> Check:
    """Judge what `module show` lists."""
    running = set(re.findall(r"^(\w+)\.so\b.*\s\d+\s+Running\s", said, re.MULTILINE))
    mend = "install Asterisk's complete package of modules, and read log/asterisk.log for the reason"
    if missing := sorted(set(REQUIRED) - running):
        return Check("modules", False, f"not running: {', '.join(missing)}", mend)
    if missing := sorted(set(WANTED) - running):
        return Check("modules", None, f"not running: {', '.join(missing)}", mend)
    return Check("modules", True, f"{len(running)} running")


def check_fax(said: str) -> Check:
    """Judge what `fax show capabilities` lists."""
    found = re.search(r"Type\s*: Spandsp.*?Capabilities\s*: ([^\n]*)", said, re.DOTALL)
    missing = [word for word in _FAX if found is None or word not in found[1].split()]
    if missing:
        return Check("fax", False, f"missing: {' '.join(missing)}", "install and load res_fax_spandsp")
    return Check("fax", True, f"Spandsp {' '.join(_FAX)}")


def check_dialplan(said: str) -> Check:
    """Judge what `dialplan show` lists."""
    missing = [name for name in CONTEXTS if f"[ Context '{name}' created by" not in said]
    if missing:
        return Check("dialplan", False, f"missing: {', '.join(missing)}", "include switchroom.conf in extensions.conf")
    return Check("dialplan", True, f"{len(CONTEXTS)} contexts")


def check_clock(now: datetime) -> Check:
    """Judge clock and time zones: opening hours and reports depend on both."""
    if not 2025 <= now.year <= 2060:
        return Check("clock", False, f"the year is {now.year}", "set the clock and switch on NTP")
    try:
        zoneinfo.ZoneInfo("Europe/Vilnius")
    except zoneinfo.ZoneInfoNotFoundError:
        return Check("clock", False, "no time zones", "install the package tzdata")
    return Check("clock", True, now.strftime("%Y-%m-%d %H:%M UTC"))


def check_disk(free: int) -> Check:
    """Judge the free bytes where messages and faxes are kept."""
    found = f"{free / 10**9:.1f} GB free"
    if free < _LEAST_DISK:
        return Check("disk", False, found, "make room: nothing can be recorded on a full disk")
    return Check("disk", True, found)


def _on_disk(installation: Installation, folder: Path) -> list[Check]:
    there = next(part for part in [folder, *folder.parents] if part.exists())
    beep = next(iter(installation.sounds.glob("en/beep.*")), None)
    music = next((file for file in installation.music.glob("*") if file.is_file()), None)
    mend = "install asterisk-core-sounds-en-gsm and asterisk-moh-opsound-gsm"
    return [
        Check("sounds", True, str(installation.sounds / "en"))
        if beep
        else Check("sounds", False, f"no beep under {installation.sounds / 'en'}", mend),
        Check("music", True, str(installation.music))
        if music
        else Check("music", None, f"no music in {installation.music}", mend),
        check_disk(shutil.disk_usage(there).free),
    ]


def _ports(plan: PbxPlan, running: bool) -> list[Check]:
    wanted: list[tuple[str, str, int, socket.SocketKind]] = [
        ("SIP port", plan.bind_address, plan.ports.sip, socket.SOCK_DGRAM),
        ("AMI port", "127.0.0.1", plan.ports.ami, socket.SOCK_STREAM),
    ]
    checks = []
    for name, address, port, kind in wanted:
        free = is_free(address, port, kind)
        if running:
            found = f"{port} {'is not listened on' if free else 'listens'}"
            checks.append(Check(name, not free, found, "read log/asterisk.log" if free else ""))
        else:
            mend = "" if free else "end the program that holds it, or name another port"
            checks.append(Check(name, free, f"{port} {'is free' if free else 'is taken'}", mend))
    return checks


async def _ask(asterisk: Asterisk, name: str, command: str, judge: Callable[[str], Check]) -> Check:
    try:
        return judge(await asterisk.cli(command))
    except CommandFailed as silent:
        return Check(name, None, silent.detail, "see whether Asterisk still runs")


async def _check_ami(name: str, port: int, user: str, secret: str) -> Check:
    mend = "include switchroom-manager.conf in manager.conf and reload it"
    answer = await may_log_in(port, user, secret)
    if answer == "silent":
        return Check(name, False, f"no answer on port {port}", mend)
    if answer == "no":
        return Check(name, False, f"the user {user} is refused", mend)
    return Check(name, True, f"the user {user} may log in")
