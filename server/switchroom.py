"""The whole server, put together: every part is made here and nowhere else.

Owns the order of starting and stopping. No rule of any feature is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import structlog

import crm_bridge.jobs
import reports.records
import reports.spans_projection
from callrouter import archive, closed_door
from callrouter import events as ev
from callrouter.ami.asterisk_pbx import AsteriskPbx
from callrouter.chronicle import Chronicle
from callrouter.closed_door import ClosedDoor
from callrouter.closing_by_phone import CODE as CLOSE
from callrouter.closing_by_phone import Closing
from callrouter.connector import Connector
from callrouter.fax_calls import FaxCalls
from callrouter.outbound import Outbound
from callrouter.reception import Arrival, Reception
from callrouter.recovery import Recovery
from callrouter.roster import Roster
from callrouter.switchboard import Switchboard
from callrouter.waiting_room import WaitingRoom
from config.recordings import Recordings
from config.schema import Site
from config.versions.store import VersionStore
from ivr.agi.server import AgiServer
from ivr.agi.session import AgiSession
from ivr.attendant import snapshot
from ivr.prompt_book import PromptBook
from ivr.speech.store import PromptStore
from ledger.clock import Clock, SystemClock
from ledger.database import Database
from ledger.errors import NotStored
from ledger.journal import Journal
from ledger.mailer import MailServer
from ledger.spool import Spool
from pbx import secrets
from pbx.render import layout
from reports.imports.backfill import BackFill
from reports.issuing import Issuing
from server import data_folder, live_site, telephone
from server.closure_office import ClosureOffice, keeping_doors
from server.customer_room import CustomerRoom
from server.customer_room import working as working_on_customers
from server.data_folder import note_of, write_note
from server.fax_keeper import FaxKeeper
from server.faxroom import Faxroom, calling, faxroom
from server.front_desk import FrontDesk
from server.import_room import working_on_imports
from server.keeper import Keeper
from server.lamps import Lamps
from server.live_site import LiveSite
from server.mailroom import Mailroom, mailroom
from server.messages import MessageKeeper
from server.moving import Moving, tell_published
from server.postroom import again_and_again, open_for_business, postroom
from server.privacy_office import Premises, PrivacyOffice
from server.progress import Show, silent
from server.report_post import issuing_reports
from server.report_room import definition_of
from server.settings import Settings
from server.studio.prompts.by_phone import CODE as SPEAK
from server.studio.prompts.by_phone import speaking
from server.studio.room import StudioRoom
from server.telephone import Telephone
from server.versions_in_use import VersionsInUse
from voicemail.phone import Listening

log = structlog.get_logger(__name__)

VERSION = "0.1.0"
#: How often it is looked whether calls of a time in which we saw nothing can be filled in, seconds.
LOOK_FOR_GAPS = 600.0
#: How often the drop folder is looked into for reports of the emergency attendant, seconds.
LOOK_FOR_REPORTS = 5.0
#: Background work that broke down begins anew after so long, seconds.
BREAK_DOWN_PAUSE = 30.0
#: How long Asterisk gets to hang up what is left when we stop, seconds.
STOP_ASTERISK = 2.0
#: How long Asterisk may take to tell us its state after it has started, seconds.
LINK_DEADLINE = 20.0


@dataclass
class Switchroom:
    """A running server and its parts."""

    settings: Settings
    live: LiveSite
    clock: Clock
    database: Database
    journal: Journal
    spool: Spool
    chronicle: Chronicle
    roster: Roster
    room: WaitingRoom
    connector: Connector
    versions: VersionsInUse
    switchboard: Switchboard
    agi: AgiServer
    agi_port: int
    telephone: Telephone
    link: AsteriskPbx
    recovery: Recovery
    mailroom: Mailroom
    outbound: Outbound
    faxroom: Faxroom
    customer_room: CustomerRoom
    privacy_office: PrivacyOffice
    issuing: Issuing
    closures: ClosureOffice
    studio: StudioRoom

    @property
    def site(self) -> Site:
        """The site that new calls get."""
        return self.live.now()

    @property
    def book(self) -> PromptBook:
        """The sounds of that site."""
        return self.live.served.book

    async def drain(self) -> int:
        """Take no more calls and let those in progress end, for as long as the settings allow.

        Returns how many were still going on; they fall to the emergency attendant when the server closes.
        """
        self.agi.stop_accepting()
        return await self.agi.drain(self.settings.drain)


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    show: Show = silent,
    clock: Clock | None = None,
    menu_time: Callable[[Arrival], datetime] | None = None,
    mail_server: MailServer | None = None,
    publish: bool = False,
) -> AsyncIterator[Switchroom]:
    """Start everything in the order it needs, and stop it in the reverse. A `mail_server` goes before the site's.

    What is served is what was published last; with `publish` the folder, whenever it has changed.
    Raises what the parts raise: `SiteUnusable`, `DatabaseError`, `PbxError`, each with what to do about it.
    """
    clock = clock or SystemClock()
    await asyncio.to_thread(_folders, settings)
    async with AsyncExitStack() as stack:
        stack.enter_context(data_folder.only_server(settings.data))
        live = await live_site.at_start(VersionStore(settings.versions), settings, clock, show, publish=publish)
        site = live.at_start
        shot = snapshot.Snapshot(site, live.served.book, settings.drop.absolute())
        await asyncio.to_thread(snapshot.write, settings.snapshot, shot)
        installed = await telephone.installation(site, settings.cache, show)

        show("opening the ledger", None)
        database = await stack.enter_async_context(
            await Database.open(site.database or settings.data / "switchroom.db")
        )
        journal = await stack.enter_async_context(await Journal.open(database, settings.data / "journal"))
        before = await archive.last_known(journal)
        spool = await Spool.open(settings.spool)
        post = postroom(site, database, clock)
        mail = await stack.enter_async_context(mailroom(live.now, database, spool, clock, post))
        faxes = await stack.enter_async_context(faxroom(live.now, database, spool, clock, post))
        issuing = await stack.enter_async_context(issuing_reports(live.now, database, spool, clock, post))
        await stack.enter_async_context(
            open_for_business(post, live.now, database, clock, server=mail_server, spool=spool)
        )
        chronicle = Chronicle(journal)
        customers = CustomerRoom.of(live.now, database, journal, clock)
        await stack.enter_async_context(working_on_customers(customers, database, chronicle, clock))
        privacy = PrivacyOffice.of(
            Premises(
                live.now, clock, database, journal, chronicle, spool, post.deliveries, customers, settings.data,
                settings.drop,
            )
        )  # fmt: skip
        await stack.enter_async_context(privacy.working())
        await stack.enter_async_context(working_on_imports(customers.cabinet, settings.data))
        roster = Roster(site, chronicle, clock)
        stack.callback(roster.close)
        roster.restore(await archive.agent_states(journal))
        room = WaitingRoom(site, roster, chronicle, clock)
        stack.callback(room.close)
        doors = await stack.enter_async_context(
            keeping_doors(
                live.now, chronicle, journal, clock, PromptStore(settings.prompts),
                lambda: Recordings(live.served.folder), settings.snapshot.parent,
            )
        )  # fmt: skip
        doors.closures.watch(closed_door.waking(room, doors.closures, chronicle))
        unfinished = await archive.unfinished_calls(journal, clock.now())

        kept = await asyncio.to_thread(secrets.load_or_create, settings.data, site.people)
        open_desk: asyncio.Future[FrontDesk] = asyncio.get_running_loop().create_future()

        async def serve(session: AgiSession) -> None:
            # An Asterisk that is taken over may send us a call before the desk is open: it waits that moment.
            await (await asyncio.shield(open_desk)).serve(session)

        agi = AgiServer(serve, token=kept.agi_token)
        agi_port = await agi.start("127.0.0.1")
        stack.push_async_callback(agi.close)

        show("starting Asterisk", None)
        phone = await telephone.start(site, settings, installed, agi_port)
        fate = _Fate(stop=not phone.asterisk.adopted)
        stack.push_async_callback(_leave, phone, fate)
        keeping = asyncio.create_task(Keeper(phone.asterisk, clock).keep(), name="keeper of Asterisk")
        stack.push_async_callback(_cancel, keeping)
        link = phone.link()
        switchboard = Switchboard(link, chronicle, clock)
        connector = Connector(roster, chronicle, clock, switchboard.hang_up)
        keeper = MessageKeeper(mail.voicemail, settings.drop)
        fax_keeper = FaxKeeper(faxes.service, settings.drop, keeper.process, clock)
        fax_calls = FaxCalls(link, switchboard, chronicle, clock)
        recovery = Recovery(
            chronicle, journal, switchboard, clock, settings.drop, mail.voicemail, keeper.process,
            faxes=faxes.service, word=fax_keeper.word(link),
        )  # fmt: skip
        stack.push_async_callback(recovery.close)

        def reception(version: Site) -> Reception:
            return Reception(
                version,
                roster=roster,
                room=room,
                connector=connector,
                chronicle=chronicle,
                messages=keeper,
                faxes=fax_keeper,
                clock=clock,
                left_open=lambda arrival: recovery.watch(arrival.call, arrival.uniqueid),
                menu_time=menu_time,
                door=ClosedDoor(doors.closures, doors, chronicle, clock),
            )

        versions = VersionsInUse(reception, site, live.served.book)
        studio = StudioRoom.of(settings, live)  # one for pages and phones, so that one of them writes at a time
        outbound = Outbound(live.now, link, roster, chronicle, clock)
        stack.push_async_callback(outbound.close)
        listening = Listening(mail.voicemail, spool, clock, outbound.connect)
        open_desk.set_result(
            FrontDesk(
                versions,
                roster,
                switchboard,
                keeper.place,
                listening=listening,
                outbound=outbound,
                fax_calls=fax_calls,
                dialogues={
                    CLOSE: Closing(doors, clock).serve,
                    SPEAK: speaking(studio, clock, journal).serve,
                },
            )
        )

        switchboard.serve(roster, connector)
        ears = asyncio.create_task(link.run(), name="ami")
        stack.push_async_callback(_stop_link, link, ears, switchboard)
        async with asyncio.timeout(LINK_DEADLINE):
            await switchboard.found.wait()
        recovery.take_up(unfinished)
        await stack.enter_async_context(
            calling(faxes, fax_calls, live.now, database, spool, clock, settings.fax_drafts)
        )
        stack.callback(fax_calls.stop)
        background: dict[str, Callable[[], Awaitable[None]]] = {
            "attendant reports": partial(_look_for_reports, recovery),
            "call records": reports.records.Projection(journal, database, lambda: definition_of(live.now())).run,
            "people's times": reports.spans_projection.Projection(journal, database).run,
            "message lamps": Lamps(mail.voicemail, link, live.now).run,
            "customers": crm_bridge.jobs.Projection(journal, database, site.company.country).run,
        }
        events_file, country = layout(settings.asterisk).channel_events, site.company.country
        filling = BackFill(database, journal, lambda: definition_of(live.now()), events_file, clock, country)
        for name, work in background.items():
            stack.push_async_callback(_cancel, asyncio.create_task(_for_ever(work, name), name=name))

        await asyncio.to_thread(write_note, settings.data, note_of(site))
        after = before.isoformat() if before is not None else ""
        started = chronicle.tell(ev.ServerStarted(at=clock.now(), site=site.version, version=VERSION, after=after))
        tell_published(chronicle, live.served, "", clock)
        await stack.enter_async_context(
            again_and_again(partial(_fill_gaps, filling, started), LOOK_FOR_GAPS, "back-fill")
        )
        live.move_with(Moving(site, settings, clock, chronicle, phone, link, roster, room, versions, issuing, doors))
        looking = again_and_again(partial(live.look, told=False), live_site.LOOK, "publications")
        await stack.enter_async_context(looking)
        yield Switchroom(
            settings, live, clock, database, journal, spool, chronicle, roster, room, connector, versions,
            switchboard, agi, agi_port, phone, link, recovery, mail, outbound, faxes, customers,
            privacy, issuing, doors, studio,
        )  # fmt: skip
        fate.stop = True
        await chronicle.tell(ev.ServerStopped(at=clock.now()))


def _folders(settings: Settings) -> None:
    for folder in (settings.data, settings.drop, settings.cache):
        folder.mkdir(parents=True, exist_ok=True)
    Path(settings.data).chmod(0o700)


async def _for_ever(work: Callable[[], Awaitable[None]], name: str, pause: float = BREAK_DOWN_PAUSE) -> None:
    """Run work that should never end by itself; if it does, say so and begin it anew: calls go on meanwhile."""
    while True:
        try:
            await work()
        except Exception as error:  # not foreseen; but nobody would miss this work until it is late
            log.exception("background work broke down and begins anew", work=name, kind=type(error).__name__)
        await asyncio.sleep(pause)


async def _fill_gaps(filling: BackFill, started: Awaitable[object]) -> None:
    """Fill what can be filled, once the start is in the journal: the latest gap ends with it."""
    with suppress(NotStored):
        await started
    await filling.look()


async def _look_for_reports(recovery: Recovery, pause: float = LOOK_FOR_REPORTS) -> None:
    """Take what the emergency attendant left, now and whenever it leaves more."""
    while True:
        try:
            await recovery.take_reports()
        except OSError as error:
            log.error("the drop folder cannot be read", error=str(error))
        except Exception as error:  # not foreseen; but what callers left waits there
            log.exception("the drop folder cannot be looked into for now", kind=type(error).__name__)
        await asyncio.sleep(pause)


@dataclass
class _Fate:
    """What becomes of Asterisk when we end: one that was taken over stays if we never came to serve."""

    stop: bool


async def _leave(phone: Telephone, fate: _Fate) -> None:
    """Stop Asterisk, or let it go. Who wanted calls to end by themselves has drained before."""
    if fate.stop:
        await phone.asterisk.stop(graceful=STOP_ASTERISK)
    else:
        phone.asterisk.let_go()


async def _stop_link(link: AsteriskPbx, ears: asyncio.Task[None], switchboard: Switchboard) -> None:
    await switchboard.close()
    link.stop()
    await _cancel(ears)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
