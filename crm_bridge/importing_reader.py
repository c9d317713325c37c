"""Reads files as an import needs it: in a process of their own, which makes the rows ready for the site as well.

What it makes of them is said in `importing_ready`, which that process loads without database and event loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from config.customers import CustomerSettings
from crm_bridge import importing_ready
from crm_bridge.exchange import aside
from crm_bridge.exchange.aside import Preparing
from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.plan import Plan, Wishes
from crm_bridge.exchange.rows import Batch, Mark, Preview


class ReadyReader:
    """Reads files in a process of their own, which makes their rows ready for a site as well."""

    def __init__(self, settings: CustomerSettings, country: str) -> None:
        values = {"settings": settings.model_dump(mode="json"), "country": country}
        self._preparing = Preparing(importing_ready.__name__, values, importing_ready.unpack)

    async def look(self, path: Path, country: str, *, own: Collection[str], wishes: Wishes, limits: Limits) -> Preview:
        """Return the first rows, as `aside.look` does."""
        return await aside.look(path, country, own=own, wishes=wishes, limits=limits)

    def reading(
        self, path: Path, plan: Plan, *, after: Mark, limits: Limits
    ) -> AbstractAsyncContextManager[AsyncIterator[Batch]]:
        """Read a file by a plan; rows come ready."""
        return aside.reading(path, plan, after=after, limits=limits, preparing=self._preparing)
