"""Arrivals: how a fax that came in becomes safe, once however often it is brought.

Owns the step from a file that Asterisk wrote to a file and a row of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from callrouter.faxes import LeftFax
from config.schema import Site
from fax import store
from fax.model import Direction, Fax, State, Step, TextState
from fax.work import PAPER
from ledger.clock import Clock
from ledger.database import Database
from ledger.jobs import Job, Jobs
from ledger.spool import Spool, SpoolFile
from ledger.spool_register import SpoolRegister
from ledger.storable import storable_text

#: More than any line brings in a day: what is too large to be shown is kept all the same, and delivered as it came.
MOST_BYTES = 512 << 20


@dataclass(frozen=True)
class Arrivals:
    """Takes faxes in. One for the server."""

    db: Database
    spool: Spool
    register: SpoolRegister
    jobs: Jobs
    site: Callable[[], Site]
    clock: Clock

    async def keep(self, left: LeftFax) -> Fax:
        """Make a fax safe: file, then row and work in one transaction. One without pages is a failed one, without file.

        Raises LedgerError and OSError.
        """
        id_ = id_of(left)
        name = f"{id_}.tif"
        file = await self.spool.adopt(left.path, name=name, limit=MOST_BYTES) if left.fax.pages else None
        fax = self._fax(left, id_, file)
        async with self.db.writing() as session:
            if await store.add(session, fax):
                broke = f"the line broke off: {fax.why}" if fax.state is State.PARTIAL else fax.why
                detail = f"{fax.pages} pages" + (f", {broke}" if broke else "")
                await store.add_step(session, id_, Step(left.at, fax.state.value, detail=detail))
                if file is not None:
                    now = self.clock.now()
                    await self.register.record(session, file, now, fax.keep_until)
                    detail = f"{file.size} bytes, SHA-256 {file.sha256}"
                    await store.add_step(session, id_, Step(now, "stored", detail=detail))
                    await self.jobs.add(session, Job(PAPER, f"{PAPER} {id_}", {"fax": id_}))
        return fax

    def _fax(self, left: LeftFax, id_: str, file: SpoolFile | None) -> Fax:
        came, site = left.fax, self.site()
        return Fax(
            id=id_,
            direction=Direction.IN,
            box=left.box,
            state=State.RECEIVED if came.ok else State.PARTIAL if file is not None else State.FAILED,
            at=left.at,
            keep_until=left.at + timedelta(days=site.faxbox(left.box).keep),
            number=storable_text(left.ani),
            name=storable_text(left.ani_name),
            station=storable_text(came.station),
            did=storable_text(left.did),
            call=storable_text(left.call),
            file=file.name if file is not None else "",
            pages=came.pages,
            of=came.pages,
            seconds=left.seconds,
            rate=came.rate,
            dots=came.resolution,
            ecm=came.ecm,
            t38=came.t38,
            why=storable_text(came.why),
            facts={storable_text(name): storable_text(fact) for name, fact in left.facts.items()},
            menus=tuple(storable_text(menu) for menu in left.menus),
            text_state=TextState.WAITING if file is not None and site.fax.read else TextState.OFF,
        )


def id_of(left: LeftFax) -> str:
    """Return the id that this fax has, however often it is kept."""
    return Spool.name_for(storable_text(f"fax of {left.call} in {left.path.name}"))
