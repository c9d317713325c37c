"""`doctor`: what is wrong on this machine, and the mend."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from config.load import load_site
from config.schema import Site
from ivr import phrases
from ivr.speech.store import PromptStore
from ledger.database import Database
from ledger.errors import LedgerError
from pbx import doctor, secrets
from pbx.doctor import Check
from pbx.errors import PbxError
from pbx.supervisor import Asterisk
from server import telephone
from server.commands import doctor_connectors, doctor_fax_mail, doctor_published
from server.data_folder import DATABASE
from server.settings import Settings
from server.terminal import environment, foreseen, progress, put_json, stdout

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "config" / "acme"
#: Where no server runs, Asterisk is started for the examination; AGI then leads nowhere.
NO_AGI = 9


def run(site: Path | None, data: Path | None, *, json: bool) -> int:
    """Examine everything, of no site the one that callers hear; 0 if nothing is wrong, 1 if something is."""
    folder = site or doctor_published.folder(data, environment()) or SAMPLE
    with foreseen():
        checks = asyncio.run(_examine(folder, data, is_draft=site is not None))
    if json:
        put_json([{"name": c.name, "ok": c.ok, "found": c.found, "mend": c.mend} for c in checks])
    else:
        for check in checks:
            mark, style = {True: ("✔", "green"), False: ("✘", "red"), None: ("?", "yellow")}[check.ok]
            stdout.print(f"{mark} {check.name:<16} {check.found}", style=style)
            if check.mend and check.ok is not True:
                stdout.print(f"    mend: {check.mend}")
    return 1 if any(check.ok is False for check in checks) else 0


async def _examine(folder: Path, data: Path | None, *, is_draft: bool) -> list[Check]:
    loaded = await asyncio.to_thread(load_site, folder, environment())
    checks = [_python(), _site(folder, loaded.site, len(loaded.findings))]
    if data is not None and (wrong := await asyncio.to_thread(_no_folder, data)) is not None:
        checks.append(wrong)
        data = None
    if data is not None:
        own = loaded.site if is_draft else None
        checks.append(await asyncio.to_thread(doctor_published.examine, own, folder, data, environment()))
    if loaded.site is None:
        return checks
    if data is not None:
        checks.append(await _ledger(loaded.site, data))
        checks += await doctor_connectors.examine(loaded.site, data)
    checks += await doctor_fax_mail.examine(loaded.site)
    with tempfile.TemporaryDirectory(prefix="switchroom-doctor-") as temporary:
        place = data if data is not None and (data / "asterisk").is_dir() else Path(temporary)
        settings = Settings(folder, place, asterisk_dies_with_us=True)
        checks.append(await asyncio.to_thread(_voices, loaded.site, settings))
        checks += await _asterisk(loaded.site, settings)
    return checks


async def _asterisk(site: Site, settings: Settings) -> list[Check]:
    """Examine the running Asterisk, or one that is started for the purpose."""
    try:
        with progress() as show:
            installed = await telephone.installation(site, settings.cache, show)
    except (PbxError, telephone.NoAsterisk) as error:
        return [Check("Asterisk", False, str(error), "see the message")]
    kept = await asyncio.to_thread(secrets.load_or_create, settings.data, site.people)
    plan = await asyncio.to_thread(telephone.plan_for, site, settings, kept, NO_AGI)
    asterisk = Asterisk(installed, plan, settings.asterisk, dies_with_us=True)
    ours = not await asterisk.attach()
    try:
        if ours:
            await asterisk.start()
        return await doctor.examine(asterisk)
    except PbxError as error:
        return [Check("Asterisk", False, str(error), "see its last words above")]
    finally:
        if ours and asterisk.is_running:
            await asterisk.stop(graceful=0)


async def _ledger(site: Site, data: Path) -> Check:
    try:
        async with await Database.open(site.database or data / "switchroom.db", migrate=False) as database:
            await database.ping()
    except LedgerError as error:
        return Check("ledger", False, str(error), "start the server once, it makes the database")
    return Check("ledger", True, "the database answers")


def _no_folder(data: Path) -> Check | None:
    """Say what is wrong with a data folder that is none; one that is not there yet is made by the server."""
    if data.is_dir() or not data.exists():
        return None
    mend = "give --data the folder that the server is started with"
    if data.name == DATABASE:
        mend = f"give --data the folder that it is in: --data {data.parent}"
    return Check("data", False, f"{data} is a file, not a folder", mend)


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check("Python", sys.version_info >= (3, 11), version, "install Python 3.11 or newer")


def _site(folder: Path, site: Site | None, findings: int) -> Check:
    mend = f"./switchroom check {folder}"
    if site is None:
        return Check("site", False, f"{folder} cannot be used", mend)
    if findings:
        return Check("site", None, f"{site.company.name}: {findings} findings", mend)
    return Check("site", True, f"{site.company.name}, version {site.version}")


def _voices(site: Site, settings: Settings) -> Check:
    wanted = phrases.everything(site)
    missing = PromptStore(settings.prompts).missing(wanted)
    if missing:
        return Check("prompts", None, f"{len(missing)} of {len(wanted)} not rendered yet", "the server does at start")
    return Check("prompts", True, f"{len(wanted)} rendered")
