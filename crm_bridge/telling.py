"""Every change of a customer goes into the journal too, from where it reaches whoever is connected.

Owns the job that carries it there: it is added in the transaction of the change, so neither is without the other.
What was written is not in it, only what was changed: the journal is kept, and forgets nobody.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.events import CustomerChanged, Event
from ledger.ids import new_id
from ledger.jobs import Decision, Done, Job, JobRecord, Jobs

KIND = "crm.tell"
#: Changes of one job; ids and names of fields, so they stay below what a job may carry.
_MOST = 250


class Tell(Protocol):
    """The way into the journal, such as `Chronicle.record`; what is told under an id is told once."""

    def __call__(self, event: Event, *, id: str) -> Awaitable[object]:
        """Store the event or raise LedgerError; the answer can be awaited and comes when it is on disk."""


@dataclass(frozen=True)
class Change:
    """A change of one customer; `data` is what it takes to understand it, without what was written."""

    customer: str
    change: str
    data: Mapping[str, Any] = field(default_factory=dict)  # whatever JSON may hold


async def owe(session: AsyncSession, jobs: Jobs, changes: Sequence[Change], by: str, at: datetime) -> None:
    """Promise to tell these changes, in the caller's transaction and in this order."""
    for begin in range(0, len(changes), _MOST):
        id_ = new_id()
        some = [[c.customer, c.change, dict(c.data)] for c in changes[begin : begin + _MOST]]
        payload = {"at": at.isoformat(), "by": by, "changes": some}
        await jobs.add(session, Job(KIND, f"{KIND} {id_}", payload, run_at=at))


def handler(tell: Tell) -> Callable[[JobRecord], Awaitable[Decision]]:
    """Return what does these jobs; done twice, it tells once."""

    async def told(job: JobRecord) -> Decision:
        at, by = datetime.fromisoformat(job.payload["at"]), job.payload["by"]
        # All are told before any is waited for: in their order, and in one group of the journal.
        acknowledged = [
            tell(
                CustomerChanged(at=at, customer=customer, change=change, by=by, data=data),
                id=f"{job.key.removeprefix(KIND).strip()}-{number}",
            )
            for number, (customer, change, data) in enumerate(job.payload["changes"])
        ]
        for acknowledgement in acknowledged:
            await acknowledgement
        return Done()

    return told
