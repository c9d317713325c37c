"""The background work on a fax: its names, and how often it is done anew when a process broke down over it.

Knows no handler. A disk that was full, and a server that was restarted, are nobody's third try.
"""

from __future__ import annotations

from collections.abc import Iterable

from fax import store
from fax.model import Step
from ledger.clock import Clock
from ledger.database import Database

#: Of one that is sent: making its pages, calling, and what is owed at its end. Of one that came: its PDF, and its text.
PREPARE, SEND, REPORT, PAPER, READ = "fax.prepare", "fax.send", "fax.report", "fax.paper", "fax.read"
#: So many processes may break down over one work, and the wait before the next, seconds.
MOST_BREAKDOWNS, BETWEEN_TRIES = 3, 5.0
#: Until the disk has room again, seconds.
NO_ROOM = 30.0

_BROKE_DOWN = {
    PREPARE: "making pages broke down",
    REPORT: "drawing the report broke down",
    PAPER: "making a PDF broke down",
    READ: "reading broke down",
}


def keys_of(ids: Iterable[str]) -> list[str]:
    """Return the keys of all work there may be on faxes."""
    return [f"{kind} {id_}" for id_ in ids for kind in (PREPARE, SEND, REPORT, PAPER, READ)]


async def broke_down(db: Database, clock: Clock, kind: str, id_: str, why: str) -> bool:
    """Note in the ledger of a fax that a process broke down over it; say whether another may try."""
    what = _BROKE_DOWN[kind]
    async with db.writing() as session:
        if await store.find(session, id_, lock=True) is None:
            return False
        before = sum(step.what == what for step in await store.steps_of(session, id_))
        await store.add_step(session, id_, Step(clock.now(), what, detail=why))
    return before + 1 < MOST_BREAKDOWNS
