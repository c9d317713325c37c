"""Reads files in this process, for tests of what comes after: a process of its own takes half a second to begin."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from crm_bridge.exchange import look as looking
from crm_bridge.exchange import reading as reading_rows
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.plan import Plan, Wishes
from crm_bridge.exchange.rows import Batch, Mark, Preview


async def look(path: Path, country: str, *, own: Collection[str], wishes: Wishes, limits: Limits) -> Preview:
    """Look at a file."""
    return looking.look(path, country, own=own, wishes=wishes, limits=limits)


@asynccontextmanager
async def reading(path: Path, plan: Plan, *, after: Mark, limits: Limits) -> AsyncGenerator[AsyncIterator[Batch]]:
    """Read a file by a plan."""

    async def batches() -> AsyncGenerator[Batch]:
        for batch in reading_rows.read(path, plan, limits, after):
            yield batch

    async with aclosing(batches()) as some:
        yield some
