"""What the pages need of the running server, and nothing more; tests put it together without an Asterisk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from callrouter.chronicle import Chronicle
from callrouter.outbound import Ended
from callrouter.roster import Roster
from callrouter.waiting_room import WaitingRoom
from config.schema import Site
from crm_bridge.model import NotPossible
from crm_bridge.web.room import PlaceCall
from fax.service import FaxService
from ivr.agi.server import Counters
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.journal import Journal
from ledger.spool import Spool
from ledger.web.items import CallBack as CallBackPort
from reports.asking import Facts
from reports.issuing import Issuing
from reports.web.room import Directly, Maker
from server.closure_office import ClosureOffice
from server.customer_room import CustomerRoom
from server.privacy_office import PrivacyOffice
from server.studio.room import StudioRoom
from voicemail.service import Voicemail

if TYPE_CHECKING:
    from server.switchroom import Switchroom


class Outgoing(Protocol):
    """The side of the calls we place that programs use."""

    async def call(self, person: str, written: str, about: str, ended: Ended) -> str:
        """Let the person's phone ring, then the number; return the call's id. Raises CannotCall."""

    async def hang_up(self, id_: str) -> bool:
        """End a call that was placed; False if none of this id goes on. Raises CannotCall."""


class AgiDoor(Protocol):
    """The side of the AGI server that can be looked at."""

    counters: Counters

    @property
    def sessions(self) -> int:
        """Count the sessions running now."""

    @property
    def accepting(self) -> bool:
        """Tell whether new calls are let in."""


@dataclass(frozen=True)
class Parts:
    """The parts behind the pages. `site` gives the version that is served now."""

    data: Path
    version: str
    site: Callable[[], Site]
    clock: Clock
    database: Database
    journal: Journal
    chronicle: Chronicle
    roster: Roster
    room: WaitingRoom
    agi: AgiDoor
    pbx_reachable: Callable[[], bool]
    #: Messages, their mails and their files; a server without them shows no inbox.
    voicemail: Voicemail | None = None
    deliveries: Deliveries | None = None
    spool: Spool | None = None
    call_back: CallBackPort | None = None
    #: Faxes; a server without them shows none.
    faxes: FaxService | None = None
    fax_call_back: CallBackPort | None = None
    #: Customers and who is connected; a server without them shows none.
    customers: CustomerRoom | None = None
    customer_call: PlaceCall | None = None
    #: Gives persons what is known of them, and forgets them.
    privacy: PrivacyOffice | None = None
    #: Places calls for programs; a server without it places none.
    outgoing: Outgoing | None = None
    #: Makes what makes reports, of the facts behind them; a server without it shows none.
    report_maker: Callable[[Facts], Maker] | None = None
    #: Reports that were issued; a server without it issues none.
    issuing: Issuing | None = None
    #: Closes doors by hand; a server without it closes none.
    closures: ClosureOffice | None = None
    #: What admins work on; a server without a draft shows them nothing to edit.
    studio: StudioRoom | None = None

    @classmethod
    def of(cls, switchroom: Switchroom) -> Parts:
        """Pick them from the running server."""
        from server.call_back import CallBack
        from server.switchroom import VERSION

        return cls(
            data=switchroom.settings.data,
            version=VERSION,
            site=lambda: switchroom.site,
            clock=switchroom.clock,
            database=switchroom.database,
            journal=switchroom.journal,
            chronicle=switchroom.chronicle,
            roster=switchroom.roster,
            room=switchroom.room,
            agi=switchroom.agi,
            pbx_reachable=lambda: switchroom.switchboard.reachable,
            voicemail=switchroom.mailroom.voicemail,
            deliveries=switchroom.mailroom.deliveries,
            spool=switchroom.spool,
            faxes=switchroom.faxroom.service,
            call_back=CallBack(switchroom.outbound, switchroom.mailroom.voicemail),
            fax_call_back=CallBack(switchroom.outbound, switchroom.faxroom.service),
            customers=switchroom.customer_room,
            privacy=switchroom.privacy_office,
            customer_call=CallBack(switchroom.outbound, refusal=NotPossible),
            outgoing=switchroom.outbound,
            report_maker=Directly,
            issuing=switchroom.issuing,
            closures=switchroom.closures,
            studio=switchroom.studio,
        )
