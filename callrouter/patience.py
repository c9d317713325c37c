"""How long somebody on the line is kept in silence for the disk: a full one must not leave him there for ever.

Owns this one wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog

from ledger.errors import LedgerError

log = structlog.get_logger(__name__)

#: How long a caller may wait in silence for the disk, seconds.
PATIENCE = 3.0


async def on_disk(told: Awaitable[object], call: str) -> None:
    """Wait until what was told of a call is on disk, but not for ever; what took too long is logged."""
    try:
        async with asyncio.timeout(PATIENCE):
            await told
    except (TimeoutError, LedgerError) as error:
        log.error("what is told of a call is not on disk yet", call_id=call, error=str(error) or "too slow")
