"""The SQL of what other systems have not got yet. Knows no rule but one: of each lane that waits, the first has a
time in `next_at`, and what is behind it gets one when it has become the first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge.connectors.model import Occasion, Waiting, WaitingState
from ledger.tables import BigId, JsonValue, UtcDateTime, metadata
from ledger.upsert import insert_into

receivers = sa.Table(
    "connector_receivers",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("last_success", UtcDateTime),
    sa.Column("last_error", sa.Text, nullable=False),
    sa.Column("last_error_at", UtcDateTime),
)

waiting = sa.Table(
    "connector_waiting",
    metadata,
    sa.Column("receiver", sa.String(32), primary_key=True),
    sa.Column("entry", sa.String(64), primary_key=True),
    sa.Column("lane", sa.String(200), nullable=False),
    sa.Column("seq", BigId, nullable=False, autoincrement=False),
    sa.Column("call", sa.String(200), nullable=False),
    sa.Column("customer", sa.String(64), nullable=False),
    sa.Column("payload", JsonValue, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("parked_at", UtcDateTime, nullable=False),
    sa.Column("next_at", UtcDateTime),
    sa.Column("last_reply", sa.Text, nullable=False),
    sa.CheckConstraint("state IN ('waiting', 'failed')", name="state"),
    sa.Index(None, "receiver", "state", "next_at"),
    sa.Index(None, "receiver", "state", "lane", "seq"),
    sa.Index(None, "receiver", "state", "seq"),
    sa.Index(None, "call", "receiver", "state"),
    sa.Index(None, "customer"),
)

#: How many values one statement asks for; SQLite takes 32,766 parameters, older builds 999.
_AT_ONCE = 400
_W = waiting.c


@dataclass(frozen=True)
class Told:
    """How a receiver did since last time; what is None stays as it was."""

    success: datetime | None = None
    error: str = ""
    error_at: datetime | None = None


async def join(session: AsyncSession, receiver: str, now: datetime) -> bool:
    """Remember a receiver; return False when it was known already."""
    statement = insert_into(session, receivers).values(name=receiver, since=now, last_error="")
    joined = await session.execute(statement.on_conflict_do_nothing().returning(receivers.c.name))
    return joined.first() is not None


async def put_told(session: AsyncSession, receiver: str, told: Told) -> None:
    """Write how a receiver did."""
    values: dict[str, Any] = {} if told.success is None else {"last_success": told.success}
    if told.error_at is not None:
        values |= {"last_error": told.error, "last_error_at": told.error_at}
    if values:
        await session.execute(sa.update(receivers).where(receivers.c.name == receiver).values(values))


async def list_told(session: AsyncSession) -> dict[str, Told]:
    """Return how each receiver did last."""
    rows = await session.execute(sa.select(receivers))
    return {row.name: Told(row.last_success, row.last_error, row.last_error_at) for row in rows}


async def park(session: AsyncSession, rows: Sequence[Waiting]) -> None:
    """Keep these; what is kept already stays as it is."""
    for begin in range(0, len(rows), _AT_ONCE):
        await session.execute(
            insert_into(session, waiting).on_conflict_do_nothing(),
            [_row(row) for row in rows[begin : begin + _AT_ONCE]],
        )


async def lanes_waiting(session: AsyncSession, receiver: str, occasions: Sequence[Occasion]) -> dict[str, str]:
    """Return by lane and by call (both are keys) the lane that waits, of these occasions."""
    found: dict[str, str] = {}
    lanes = {lane for o in occasions for lane in (o.lane, *o.earlier_lanes)}
    for column, keys in ((_W.lane, lanes), (_W.call, {o.call for o in occasions if o.call})):
        asked = sorted(keys)
        for begin in range(0, len(asked), _AT_ONCE):
            query = (
                sa.select(_W.call, _W.lane)
                .distinct()
                .where(*_waits(receiver), column.in_(asked[begin : begin + _AT_ONCE]))
            )
            for call, lane in await session.execute(query):
                found[lane] = lane
                if call:
                    found[call] = lane
    return found


async def due_lanes(
    session: AsyncSession, receiver: str, until: datetime | None, but: Collection[str], limit: int
) -> list[str]:
    """List lanes whose time comes until then, or whenever it does, the longest due first."""
    query = sa.select(_W.lane).where(*_waits(receiver), _W.next_at.is_not(None)).order_by(_W.next_at, _W.seq)
    if until is not None:
        query = query.where(_W.next_at <= until)
    if but:
        query = query.where(_W.lane.not_in(sorted(but)))
    rows = (await session.execute(query.limit(limit * 2))).scalars()  # a lane may have two that are due
    return list(dict.fromkeys(rows))[:limit]


async def next_due(session: AsyncSession, receiver: str, but: Collection[str]) -> tuple[bool, datetime | None]:
    """Say whether anything waits, and when the first lane's time comes that is not one of `but`."""
    query = sa.select(_W.next_at).where(*_waits(receiver), _W.next_at.is_not(None)).order_by(_W.next_at).limit(1)
    if but:
        query = query.where(_W.lane.not_in(sorted(but)))
    first = await session.scalar(query)
    if first is not None:
        return True, first
    return (await session.scalar(sa.select(_W.seq).where(*_waits(receiver)).limit(1))) is not None, None


async def list_lane(session: AsyncSession, receiver: str, lane: str, limit: int) -> list[Waiting]:
    """List the first that wait in a lane, in order."""
    query = sa.select(waiting).where(*_waits(receiver), _W.lane == lane).order_by(_W.seq).limit(limit)
    return [_waiting(row) for row in (await session.execute(query)).mappings()]


async def remove(session: AsyncSession, receiver: str, entries: Sequence[str]) -> None:
    """Remove what has arrived."""
    for begin in range(0, len(entries), _AT_ONCE):
        some = entries[begin : begin + _AT_ONCE]
        await session.execute(sa.delete(waiting).where(_W.receiver == receiver, _W.entry.in_(some)))


async def put_attempt(
    session: AsyncSession, receiver: str, entry: str, attempts: int, reply: str, next_at: datetime | None
) -> None:
    """Write what came of an attempt: it waits until `next_at`, or has failed where that is None."""
    state = WaitingState.FAILED if next_at is None else WaitingState.WAITING
    values = {"attempts": attempts, "last_reply": reply, "next_at": next_at, "state": state.value}
    await session.execute(sa.update(waiting).where(_W.receiver == receiver, _W.entry == entry).values(values))


async def promote(session: AsyncSession, receiver: str, lane: str, now: datetime) -> None:
    """Give the first of a lane its time where it has none."""
    await session.execute(_promotion(receiver, now).where(_W.lane == lane))


async def promote_all(session: AsyncSession, receiver: str, now: datetime) -> None:
    """Do so for every lane; takes a while where much waits."""
    await session.execute(_promotion(receiver, now))


def _promotion(receiver: str, now: datetime) -> sa.Update:
    before = waiting.alias()
    earlier = sa.exists().where(
        before.c.receiver == _W.receiver, before.c.lane == _W.lane, before.c.state == _W.state, before.c.seq < _W.seq
    )
    return sa.update(waiting).where(*_waits(receiver), _W.next_at.is_(None), ~earlier).values(next_at=now)


async def make_due(session: AsyncSession, receiver: str, now: datetime) -> None:
    """Let the first of every lane go now."""
    statement = sa.update(waiting).where(*_waits(receiver), _W.next_at > now).values(next_at=now)
    await session.execute(statement)


async def forget_attempts(session: AsyncSession, receiver: str) -> None:
    """Count the tries of what waits from anew."""
    await session.execute(sa.update(waiting).where(*_waits(receiver), _W.attempts > 0).values(attempts=0))


async def retry_failed(session: AsyncSession, receiver: str, entry: str | None, now: datetime) -> int:
    """Let what has failed, one or all of it, wait again from anew; return how many."""
    statement = sa.update(waiting).where(_W.receiver == receiver, _W.state == WaitingState.FAILED.value)
    if entry is not None:
        statement = statement.where(_W.entry == entry)
    changed = await session.execute(
        statement.values(state=WaitingState.WAITING.value, attempts=0, next_at=now).returning(_W.seq)
    )
    return len(changed.all())


async def hurry(session: AsyncSession, receiver: str, entry: str, now: datetime) -> int:
    """Let one that waits for its time go now; return 0 when it is not there or not the first of its lane."""
    statement = sa.update(waiting).where(*_waits(receiver), _W.entry == entry, _W.next_at.is_not(None))
    return len((await session.execute(statement.values(next_at=now).returning(_W.seq))).all())


async def drop(session: AsyncSession, receiver: str, entry: str) -> list[str]:
    """Remove one thing; return its lane."""
    statement = sa.delete(waiting).where(_W.receiver == receiver, _W.entry == entry)
    return list((await session.execute(statement.returning(_W.lane))).scalars())


async def drop_all(session: AsyncSession, receiver: str, state: WaitingState, until: int) -> int:
    """Remove all that is in one state, up to number `until` of the journal; return how many."""
    statement = sa.delete(waiting).where(_W.receiver == receiver, _W.state == state.value, _W.seq <= until)
    return len((await session.execute(statement.returning(_W.seq))).all())


async def newest(session: AsyncSession, receiver: str, state: WaitingState) -> int:
    """Return the journal's number of the last thing in one state, 0 when there is none."""
    query = sa.select(sa.func.max(_W.seq)).where(_W.receiver == receiver, _W.state == state.value)
    return await session.scalar(query) or 0


async def forget(session: AsyncSession, receiver: str) -> bool:
    """Remove a receiver and all that is kept for it; return False when there was none."""
    await session.execute(sa.delete(waiting).where(_W.receiver == receiver))
    gone = await session.execute(sa.delete(receivers).where(receivers.c.name == receiver).returning(receivers.c.name))
    return gone.first() is not None


async def find_kept(session: AsyncSession, receiver: str, entry: str) -> Waiting | None:
    """Return what is kept of one event, None when nothing is."""
    query = sa.select(waiting).where(_W.receiver == receiver, _W.entry == entry)
    row = (await session.execute(query)).mappings().first()
    return None if row is None else _waiting(row)


async def erase(session: AsyncSession, customer: str, calls: Collection[str], now: datetime) -> int:
    """Remove all copies of what concerns a customer, or one of these calls, for every receiver; return how many."""
    asked = sorted(calls)
    which = [_W.customer == customer] if customer else []
    which += [_W.call.in_(asked[begin : begin + _AT_ONCE]) for begin in range(0, len(asked), _AT_ONCE)]
    removed: list[tuple[str, str]] = []
    for condition in which:
        statement = sa.delete(waiting).where(condition).returning(_W.receiver, _W.lane)
        removed += [(row.receiver, row.lane) for row in await session.execute(statement)]
    for receiver, lane in set(removed):
        await promote(session, receiver, lane, now)
    return len(removed)


async def list_kept(session: AsyncSession, receiver: str, state: WaitingState, after: int, limit: int) -> list[Waiting]:
    """List what is kept for a receiver, by the journal's order, after number `after`."""
    query = sa.select(waiting).where(_W.receiver == receiver, _W.state == state.value, _W.seq > after)
    return [_waiting(row) for row in (await session.execute(query.order_by(_W.seq).limit(limit))).mappings()]


async def count(session: AsyncSession) -> dict[str, dict[WaitingState, int]]:
    """Count what is kept, by receiver and state."""
    counted: dict[str, dict[WaitingState, int]] = {}
    query = sa.select(_W.receiver, _W.state, sa.func.count()).group_by(_W.receiver, _W.state)
    for receiver, state, number in await session.execute(query):
        counted.setdefault(receiver, {})[WaitingState(state)] = number
    return counted


async def oldest(session: AsyncSession, receiver: str) -> datetime | None:
    """Return when the first that waits had happened."""
    query = sa.select(waiting).where(*_waits(receiver)).order_by(_W.seq).limit(1)
    row = (await session.execute(query)).mappings().first()
    return None if row is None else _waiting(row).occasion.at


def _waits(receiver: str) -> tuple[sa.ColumnElement[bool], ...]:
    return _W.receiver == receiver, _W.state == WaitingState.WAITING.value


def _row(row: Waiting) -> dict[str, Any]:
    occasion = row.occasion
    return {
        "receiver": row.receiver,
        "entry": occasion.id,
        "lane": occasion.lane,
        "seq": occasion.seq,
        "call": occasion.call,
        "customer": "" if occasion.customer is None else occasion.customer.id,
        "payload": occasion.payload(),
        "state": row.state.value,
        "attempts": row.attempts,
        "parked_at": row.parked_at,
        "next_at": row.next_at,
        "last_reply": row.last_reply,
    }


def _waiting(row: Mapping[str, Any] | sa.RowMapping) -> Waiting:
    return Waiting(
        receiver=row["receiver"],
        occasion=Occasion.of(row["payload"]),
        state=WaitingState(row["state"]),
        attempts=row["attempts"],
        parked_at=row["parked_at"],
        next_at=row["next_at"],
        last_reply=row["last_reply"],
    )
