"""How each receiver is doing, for people: what the database knows, and what the process at work knows besides.

Changes nothing. Works without a process that sends, too: then nothing is known of breakers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from config.connectors import Connector
from crm_bridge.connectors import store
from crm_bridge.connectors.model import BreakerState, ReceiverState, WaitingState
from crm_bridge.connectors.shelf import reader_of
from ledger.database import Database
from ledger.journal_reads import JournalReads


@dataclass(frozen=True)
class AtWork:
    """A receiver that this process sends to; `next_probe` in seconds, while its breaker is open."""

    breaker: BreakerState
    next_probe: float | None


def nobody(_receiver: str) -> AtWork | None:
    """Say that this process sends to none."""
    return None


async def states(
    db: Database,
    journal: JournalReads,
    connectors: Mapping[str, Connector],
    at_work: Callable[[str], AtWork | None] = nobody,
) -> list[ReceiverState]:
    """Return how each receiver is doing, those too that are not among the connectors. Raises DatabaseError."""
    # In this order: who is not behind has everything that it says below.
    newest = await journal.newest_seq()
    positions = {name: await journal.position(reader_of(name)) for name in connectors}
    async with db.reading() as session:
        counted = await store.count(session)
        told = await store.list_told(session)
        names = sorted({*connectors, *counted, *told})
        oldest = {name: await store.oldest(session, name) for name in names if counted.get(name)}
    found = []
    for name in names:
        connector, work = connectors.get(name), at_work(name)
        kept, how = counted.get(name, {}), told.get(name, store.Told())
        found.append(
            ReceiverState(
                name=name,
                kind="" if connector is None else connector.kind,
                breaker=BreakerState.CLOSED if work is None else work.breaker,
                next_probe=None if work is None else work.next_probe,
                behind=max(0, newest - positions[name]) if name in positions and name in told else 0,
                waiting=kept.get(WaitingState.WAITING, 0),
                failed=kept.get(WaitingState.FAILED, 0),
                oldest=oldest.get(name),
                last_success=how.success,
                last_error=how.error,
                last_error_at=how.error_at,
                known=name in told,
                host="" if connector is None else urlsplit(connector.url).hostname or "",
                alarm=900.0 if connector is None else connector.alarm,
                here=work is not None,
            )
        )
    return found
