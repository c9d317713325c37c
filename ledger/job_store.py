"""Owns the SQL of jobs. Knows no rule: who may try how often is decided by the runner."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from ledger.tables import jobs
from ledger.upsert import insert_into

KEY_LENGTH = 200
Row = Mapping[Any, Any]  # a row by column name


async def add(
    session: AsyncSession, key: str, kind: str, payload: Mapping[str, Any], run_at: datetime, now: datetime
) -> bool:
    """Insert a waiting job; return False when the key is there already."""
    row = {"key": key, "kind": kind, "payload": payload, "run_at": run_at, "created_at": now}
    statement = insert_into(session, jobs).values(**row, attempts=0, failures=0, state="waiting")
    added = await session.execute(statement.on_conflict_do_nothing().returning(jobs.c.key))
    return added.first() is not None


async def find(session: AsyncSession, key: str) -> Row | None:
    """Return the row of `key`, or None."""
    return (await session.execute(sa.select(jobs).where(jobs.c.key == key))).mappings().first()


async def list_in(session: AsyncSession, state: str, kind: str | None, limit: int) -> Sequence[Row]:
    """List rows in `state`, the earliest first."""
    query = sa.select(jobs).where(jobs.c.state == state).order_by(jobs.c.run_at, jobs.c.key).limit(limit)
    return (await session.execute(query if kind is None else query.where(jobs.c.kind == kind))).mappings().all()


async def count(session: AsyncSession) -> dict[str, int]:
    """Count rows by state."""
    rows = await session.execute(sa.select(jobs.c.state, sa.func.count()).group_by(jobs.c.state))
    return {state: number for state, number in rows}  # noqa: C416 - rows are tuples only at run time


async def claim(
    session: AsyncSession,
    kinds: Collection[str],
    besides: Collection[str],
    holder: str,
    now: datetime,
    until: datetime,
    limit: int,
) -> Sequence[Row]:
    """Lease up to `limit` jobs that are due, or whose holder let the lease run out, to `holder`.

    The keys in `besides` are left alone: the holder still works on them.
    """
    due = (
        sa.select(jobs.c.key)
        .where(jobs.c.kind.in_(kinds), jobs.c.key.not_in(besides), _is_due(now))
        .order_by(jobs.c.run_at)
        .limit(limit)
        .with_for_update(skip_locked=True)  # PostgreSQL only; SQLite has one writer anyway
        .cte("due")  # as a plain subquery PostgreSQL may run it again and again, and lock more than `limit`
    )
    claimed = await session.execute(
        sa.update(jobs)
        .where(jobs.c.key.in_(sa.select(due.c.key)))
        .values(
            state="running",
            lease_by=holder,
            lease_until=until,
            attempts=jobs.c.attempts + 1,
            failures=sa.case((jobs.c.state == "running", jobs.c.failures + 1), else_=jobs.c.failures),
        )
        .returning(jobs)
    )
    return sorted(claimed.mappings().all(), key=lambda row: row["run_at"])


async def next_due(session: AsyncSession, kinds: Collection[str], besides: Collection[str]) -> datetime | None:
    """Return when the next job is due or the next lease runs out; None when there is nothing to wait for."""
    ours = jobs.c.kind.in_(kinds) & jobs.c.key.not_in(besides)
    waiting = sa.select(sa.func.min(jobs.c.run_at)).where(ours, jobs.c.state == "waiting")
    leased = sa.select(sa.func.min(jobs.c.lease_until)).where(ours, jobs.c.state == "running")
    times = [await session.scalar(query) for query in (waiting, leased)]
    return min((time for time in times if time is not None), default=None)


async def extend(session: AsyncSession, keys: Collection[str], holder: str, until: datetime) -> set[str]:
    """Extend the leases `holder` still has; return their keys."""
    extended = await session.execute(
        sa.update(jobs)
        .where(jobs.c.key.in_(keys), jobs.c.lease_by == holder)
        .values(lease_until=until)
        .returning(jobs.c.key)
    )
    return set(extended.scalars())


async def hurry(session: AsyncSession, keys: Collection[str], now: datetime) -> bool:
    """Make waiting jobs due that were to wait longer; tell whether there were any."""
    later = jobs.c.key.in_(keys) & (jobs.c.state == "waiting") & (jobs.c.run_at > now)
    hurried = await session.execute(sa.update(jobs).where(later).values(run_at=now).returning(jobs.c.key))
    return hurried.first() is not None


async def end(session: AsyncSession, key: str, holder: str, state: str, why: str | None, now: datetime) -> bool:
    """Put a job of `holder` into a final state; return False when the lease went to somebody else."""
    return await _leave(session, key, holder, state=state, last_error=why, ended_at=now)


async def put_back(session: AsyncSession, key: str, holder: str, run_at: datetime, why: str, *, failed: bool) -> bool:
    """Let a job of `holder` wait until `run_at`; return False when the lease went to somebody else."""
    failures = jobs.c.failures + int(failed)
    return await _leave(session, key, holder, state="waiting", last_error=why, run_at=run_at, failures=failures)


async def release(session: AsyncSession, key: str, holder: str) -> bool:
    """Give a job back as if it had not been taken."""
    return await _leave(session, key, holder, state="waiting", attempts=jobs.c.attempts - 1)


async def run_again(session: AsyncSession, key: str, now: datetime) -> bool:
    """Let a failed job wait again with no attempts; return False when there is none."""
    again = await session.execute(
        sa.update(jobs)
        .where(jobs.c.key == key, jobs.c.state == "failed")
        .values(state="waiting", attempts=0, failures=0, run_at=now, ended_at=None)
        .returning(jobs.c.key)
    )
    return again.first() is not None


async def forget_done(session: AsyncSession, before: datetime, limit: int) -> int:
    """Delete up to `limit` done jobs that ended before a time."""
    old = sa.select(jobs.c.key).where(jobs.c.state == "done", jobs.c.ended_at < before).limit(limit)
    deleted = await session.execute(sa.delete(jobs).where(jobs.c.key.in_(old)).returning(jobs.c.key))
    return len(deleted.all())


async def forget(session: AsyncSession, keys: Collection[str]) -> None:
    """Delete jobs of these keys, but those that run."""
    await session.execute(sa.delete(jobs).where(jobs.c.key.in_(keys), jobs.c.state != "running"))


async def forget_beginning(session: AsyncSession, kind: str, beginnings: Collection[str]) -> None:
    """Delete jobs of a kind whose keys begin so, but those that run; the beginnings are of one length."""
    for length in {len(beginning) for beginning in beginnings}:
        begins = sa.func.substr(jobs.c.key, 1, length).in_(beginnings)
        await session.execute(sa.delete(jobs).where(jobs.c.kind == kind, begins, jobs.c.state != "running"))


def _is_due(now: datetime) -> sa.ColumnElement[bool]:
    return ((jobs.c.state == "waiting") & (jobs.c.run_at <= now)) | (
        (jobs.c.state == "running") & (jobs.c.lease_until < now)
    )


async def _leave(session: AsyncSession, key: str, holder: str, **values: object) -> bool:
    left = await session.execute(
        sa.update(jobs)
        .where(jobs.c.key == key, jobs.c.lease_by == holder, jobs.c.state == "running")
        .values(lease_by=None, lease_until=None, **values)
        .returning(jobs.c.key)
    )
    return left.first() is not None
