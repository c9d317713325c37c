"""Moves the parts of a running server to another version of the site: what can fail first, then all in one moment.

Owns which parts follow, in which order, and which need a restart. When it happens is decided in `live_site`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import structlog

from callrouter import events as ev
from callrouter.ami.asterisk_pbx import AsteriskPbx
from callrouter.ami.errors import AmiError
from callrouter.chronicle import Chronicle
from callrouter.roster import Roster
from callrouter.waiting_room import WaitingRoom
from config.schema import Site
from ivr.attendant import snapshot
from ledger.clock import Clock
from ledger.errors import LedgerError
from pbx.errors import PbxError
from reports.issuing import Issuing
from server.closure_office import ClosureOffice
from server.data_folder import SiteNote, note_of, write_note
from server.live_site import Served
from server.settings import Settings
from server.telephone import Telephone
from server.versions_in_use import VersionsInUse

log = structlog.get_logger(__name__)

#: How long Asterisk may take to tell the state of phones, and the journal to store a line, seconds.
PATIENCE = 10.0

#: What of the site is read at a start only, as an admin calls it.
_AT_START: tuple[tuple[str, Callable[[Site], object]], ...] = (
    ("company: country", lambda site: site.company.country),
    ("database", lambda site: site.database),
    ("web: bind, port", lambda site: (site.web.bind, site.web.port)),
    ("pbx: bind, sip_port, binary", lambda site: (site.pbx.bind, site.pbx.sip_port, site.pbx.binary)),
    ("speech", lambda site: site.speech),
    ("fax: at_once", lambda site: site.fax.at_once),
    ("mail: alarm_after", lambda site: site.mail.alarm_after if site.mail is not None else None),
)


def needs_restart(at_start: Site, now: Site) -> tuple[str, ...]:
    """Name the parts of the site that differ from what the server was started with, and are read at a start only."""
    return tuple(name for name, part in _AT_START if part(at_start) != part(now))


@dataclass(frozen=True)
class Moving:
    """The parts that follow. `at_start` is the site that the server was started with."""

    at_start: Site
    settings: Settings
    clock: Clock
    chronicle: Chronicle
    telephone: Telephone
    link: AsteriskPbx
    roster: Roster
    room: WaitingRoom
    versions: VersionsInUse
    issuing: Issuing
    closures: ClosureOffice

    async def prepare(self, new: Served) -> None:
        """Tell Asterisk, the emergency attendant and the command line of the new version.

        Raises PbxError, OSError.
        """
        await self.closures.follow(new.site)
        await self.telephone.follow(new.site, self.settings)
        await self._write(new)

    async def go_back(self, old: Served) -> None:
        """Tell them of the old version again; what cannot be told is logged."""
        try:
            await self._write(old)
            await self.telephone.follow(old.site, self.settings)
        except (PbxError, OSError) as error:
            log.error("not everything could be put back to the version that is served", error=str(error))

    def switch(self, new: Served) -> None:
        """Let new calls have the new version; callers and agents keep their places and states."""
        self.versions.open(new.site, new.book)
        older = self.versions.older_sites()
        self.roster.use(new.site, older)
        self.room.use(new.site, older)

    async def settle(self, new: Served, old: Served) -> None:
        """Journal it, plan the reports of new schedules, and ask what the phones of new people do."""
        tell_published(self.chronicle, new, old.site.version, self.clock)
        await self.closures.tell_attendant()
        with suppress(AmiError, TimeoutError):  # Asterisk tells of all phones whenever it is found again
            async with asyncio.timeout(PATIENCE):
                for phone, state in (await self.link.state()).phones.items():
                    if phone not in old.site.people:
                        self.roster.phone_changed(phone, state)
        try:
            await self.issuing.plan()
        except LedgerError as error:
            log.error("the schedules of reports could not be planned; they are at the next start", error=str(error))

    async def _write(self, version: Served) -> None:
        shot = snapshot.Snapshot(version.site, version.book, self.settings.drop.absolute())
        await asyncio.to_thread(snapshot.write, self.settings.snapshot, shot)
        await asyncio.to_thread(write_note, self.settings.data, self._note(version.site))

    def _note(self, site: Site) -> SiteNote:
        """Return what commands are told: of the database and the country, what this server works with."""
        country = self.at_start.company.country
        return replace(note_of(site), database=self.at_start.database, country=country)


def tell_published(chronicle: Chronicle, served: Served, previous: str, clock: Clock) -> None:
    """Journal that this is served; the same publication is journaled once, however often it is told."""
    one = served.publication
    event = ev.SitePublished(
        at=clock.now(), number=one.number, version=one.version, who=one.who, why=one.why, previous=previous,
        back_to=one.back_to or 0,
    )  # fmt: skip
    chronicle.tell(event, id=f"publication {one.number}")
