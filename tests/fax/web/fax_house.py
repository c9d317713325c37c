"""Fax pages for tests: the real rules on the real ledger and real paper, with accounts before them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.schema import Site
from crm_bridge import store as crm
from crm_bridge.model import Customer
from fax.model import Direction, NotPossible, Order, Progress, State
from ledger.delivery_model import Refused
from ledger.web.finding import Named
from server.accounts import Role
from tests.fax.house import BROKEN_OFF, SITE, TWO_PAGES, FakeLine, House, house
from tests.server.web.office import PASSWORD, Office, open_office


class Ringing:
    """The way to call back, as far as the page sees it."""

    def __init__(self) -> None:
        self.rung: list[tuple[str, str]] = []
        self.busy = False

    async def call_back(self, person: str, number: str, _fax: Named) -> None:
        if self.busy:
            raise NotPossible("your phone is busy")
        self.rung.append((person, number))


@dataclass
class FaxHouse:
    """The fax room and the office in front of it."""

    home: House
    office: Office
    ringing: Ringing
    #: Pages of the faxes that come in now, by call.
    coming: dict[str, int] = field(default_factory=dict)
    #: What the pages take for the site.
    site: Site = SITE

    async def receive(
        self, box: str = "billing", name: str = "Ona", number: str = "+37060000001", *, source: Path = TWO_PAGES,
        wait: bool = True, **more: object,
    ) -> str:  # fmt: skip
        """Receive a fax and return its id; wait until its pages are made and were brought to its receivers."""
        self._count += 1
        left = self.home.left(box, source, f"f{self._count}", **more)
        id_ = await self.home.service.keep(replace(left, ani=number, ani_name=name))
        if wait and left.fax.pages:
            await self.home.until(id_, lambda fax: bool(fax.pdf))
            await self.tried(id_)
        return id_

    async def tried(self, id_: str) -> None:
        """Wait until every delivery of a fax was tried."""
        async with asyncio.timeout(30):
            while True:
                tries = await self.home.deliveries.attempts([d.id for d in await self.home.service.deliveries_of(id_)])
                ended = {attempt.delivery for attempt in tries if attempt.ended_at is not None}
                if len(ended) == len(SITE.faxbox((await self.home.service.get(id_)).box).deliver):
                    return
                await asyncio.sleep(0.01)

    async def partial(self, **more: object) -> str:
        """Receive a fax whose line broke after page one."""
        return await self.receive(source=BROKEN_OFF, pages=1, ok=False, why="the line broke off", **more)  # type: ignore[arg-type]

    async def nothing(self, **more: object) -> str:
        """Have a fax fail before its first page."""
        return await self.receive(pages=0, ok=False, why="the machines found no common speed", **more)  # type: ignore[arg-type]

    async def order(self, wait: State | None = None, **more: object) -> str:
        """Order a fax and return its id; wait until it is in a state."""
        about: dict[str, object] = {"box": "billing", "number": "+370 600 00007", "sent_by": "alice"}
        document = self.home.document("Užsakymas 12\n\n50 dėžių popieriaus.\fAntras puslapis.\n".encode())
        fax = await self.home.service.submit(Order(**{**about, **more}), document)  # type: ignore[arg-type]
        if wait is not None:
            await self.home.until(fax.id, lambda fax: fax.state is wait)
        return fax.id

    async def refused(self, reply: str = "550 5.1.1 no such user") -> str:
        """Receive a fax that its receiver refuses."""
        self.home.road.results.append(Refused(reply))
        return await self.receive("support", "Jonas")

    def comes(
        self, call: str = "c-9", box: str = "billing", number: str = "+37060000005", did: str = "+37052000009"
    ) -> None:
        """A fax begins to come in."""

        async def pages() -> int | None:
            return self.coming[call]

        self.coming[call] = 0
        now = self.home.clock.now()
        progress = Progress(call, Direction.IN, box, number, now, doing="receiving", did="+37052000009")
        self.home.service.under_way.begin(progress, pages)

    async def page_through(self, call: str = "c-9") -> None:
        """A page more of it is there."""
        self.coming[call] += 1
        await self.home.service.under_way.look()

    async def customer(self, name: str, number: str) -> None:
        """Write somebody into the customers' files."""
        async with self.home.db.writing() as session:
            await crm.add_customers(session, [Customer(f"c {number}", self.home.clock.now(), name, (number,))])

    _count: int = 0


@asynccontextmanager
async def fax_house(folder: Path, line: FakeLine | None = None) -> AsyncIterator[FaxHouse]:
    """Open it: Alice works for billing, Bob for support; sue supervises, admin administers."""
    ringing = Ringing()
    async with (
        open_office(folder, site=SITE) as office,
        house(office.parts.database, folder, line=line) as home,
    ):
        await office.hire()
        await office.accounts.add("bob", PASSWORD, Role.OPERATOR, person="bob")
        await office.accounts.add("nemo", PASSWORD, Role.OPERATOR)
        opened = FaxHouse(home, office, ringing)
        office.parts = replace(
            office.parts,
            site=lambda: opened.site,
            clock=home.clock,
            deliveries=home.deliveries,
            spool=home.spool,
            faxes=home.service,
            fax_call_back=ringing,
        )
        yield opened
