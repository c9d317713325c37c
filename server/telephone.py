"""The telephone side of the server: which Asterisk, with which settings, started or taken over.

Owns the translation of the site into a plan for `pbx`. Calls are not its business.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from callrouter.ami.asterisk_pbx import AsteriskPbx
from callrouter.ami.settings import AmiSettings
from config.schema import Site
from pbx import secrets
from pbx.installation import Installation, bring_in, find_installed
from pbx.plan import PbxPlan, Phone, Ports, free_ports
from pbx.render import layout, write_whole
from pbx.supervisor import Asterisk
from pbx.traces import read_ports
from server.progress import Show
from server.settings import Settings


class NoAsterisk(Exception):
    """The Asterisk that the site names under `pbx: binary:` cannot be used."""


@dataclass
class Telephone:
    """A running Asterisk and the secrets it was given."""

    asterisk: Asterisk
    secrets: secrets.Secrets

    @property
    def plan(self) -> PbxPlan:
        return self.asterisk.plan

    async def follow(self, site: Site, settings: Settings) -> bool:
        """Tell Asterisk what is different in another version of the site; False if nothing is.

        Phones that are registered stay so, calls go on; who is new gets a secret. Raises CommandFailed, BadPlan,
        BadSecrets, OSError, and Asterisk then has what it had.
        """
        kept = await asyncio.to_thread(secrets.load_or_create, settings.data, site.people)
        plan = await asyncio.to_thread(plan_for, site, settings, kept, self.plan.agi_port)
        # Where it listens cannot change while it runs.
        plan = replace(plan, ports=self.plan.ports, bind_address=self.plan.bind_address)
        if plan == self.plan:
            return False
        await self.asterisk.change(plan)
        self.secrets = kept
        return True

    def link(self) -> AsteriskPbx:
        """Return our ears and hands there; its `run` is a task of the caller's."""
        ami = self.plan.ports.ami
        return AsteriskPbx(
            AmiSettings("127.0.0.1", ami, "switchroom", self.secrets.ami),
            AmiSettings("127.0.0.1", ami, "switchroom-originate", self.secrets.ami_originate, events=False),
        )


async def installation(site: Site, cache: Path, show: Show) -> Installation:
    """Return the Asterisk to use: the one the site names, one on this machine, or one brought in."""
    if site.pbx.binary is not None:
        found = await find_installed(Path(site.pbx.binary))
        if found is None:
            raise NoAsterisk(f"{site.pbx.binary} is no Asterisk that can be started")
        return found
    found = await find_installed()
    if found is not None:
        return found
    return await bring_in(cache, lambda progress: show(progress.step, progress.done))


async def start(site: Site, settings: Settings, installed: Installation, agi_port: int) -> Telephone:
    """Start Asterisk with this site's phones, or take over the one that a dead process of ours left running."""
    kept = await asyncio.to_thread(secrets.load_or_create, settings.data, site.people)
    plan = await asyncio.to_thread(plan_for, site, settings, kept, agi_port)
    asterisk = Asterisk(installed, plan, settings.asterisk, dies_with_us=settings.asterisk_dies_with_us)
    await asterisk.start()
    return Telephone(asterisk, kept)


def plan_for(site: Site, settings: Settings, kept: secrets.Secrets, agi_port: int) -> PbxPlan:
    """Say what Asterisk is to be told about this site. Blocks."""
    attendant = write_attendant(settings)
    ports = _ports(site, settings)
    return PbxPlan(
        phones=tuple(
            Phone(
                name, person.phone, kept.phones[name], person.name, _asterisks(person.language or site.company.language)
            )
            for name, person in site.people.items()
        ),
        ports=ports,
        agi_port=agi_port,
        agi_token=kept.agi_token,
        ami_secret=kept.ami,
        ami_originate_secret=kept.ami_originate,
        trunk_address=site.pbx.trunk,
        attendant_command=attendant,
        attendants_at_once=site.emergency.attendants,
        emergency_phones=site.emergency.phones,
        bind_address=site.pbx.bind,
    )


def write_attendant(settings: Settings) -> Path:
    """Write the program that Asterisk starts for the emergency attendant: our Python on our snapshot. Blocks."""
    root = Path(__file__).resolve().parent.parent
    path = settings.data / "attendant" / "attendant.sh"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = shlex.quote(str(path.parent.absolute() / "attendant.log"))
    # Asterisk's own loader path must not reach Python, and Python needs nothing else of the environment.
    text = (
        "#!/bin/sh\n"
        "# Started by Asterisk when Switchroom does not answer. Written by Switchroom; changes are lost.\n"
        f"cd {shlex.quote(str(root))} || exit 1\n"
        "umask 077\n"
        "# A caller's name may be in any encoding.\n"
        f"exec env -u LD_LIBRARY_PATH PYTHONIOENCODING=utf-8:replace {shlex.quote(sys.executable)} -m ivr.attendant "
        f"{shlex.quote(str(settings.snapshot.absolute()))} 2>>{log}\n"
    )
    write_whole(path, text)
    path.chmod(0o700)
    return path.absolute()


def _asterisks(language: str) -> str:
    """Return the code of a language as Asterisk writes it: en_GB for en-GB."""
    return language.replace("-", "_")


def _ports(site: Site, settings: Settings) -> Ports:
    """Keep the ports of before, so that phones and carriers need not be told anew; else take free ones."""
    kept = read_ports(layout(settings.asterisk))
    found = kept or free_ports(address=site.pbx.bind)
    if site.pbx.sip_port:
        found = Ports(site.pbx.sip_port, found.ami, found.rtp_low, found.rtp_high)
    return found
