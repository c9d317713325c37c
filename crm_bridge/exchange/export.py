"""Owns an export as a stream of bytes, some customers at a time. Knows neither who keeps them nor who reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Protocol

from crm_bridge.exchange.model import NewCustomer

#: Written at once, so few that the event loop is not held up.
_AT_ONCE = 50


class Form(Protocol):
    """How customers are written: `CsvExport` and `VcardExport`."""

    @property
    def content_type(self) -> str: ...

    def begin(self) -> bytes: ...

    def some(self, customers: Iterable[NewCustomer]) -> bytes: ...


async def export(customers: AsyncIterable[NewCustomer], form: Form) -> AsyncIterator[bytes]:
    """Yield customers as a file, piece by piece; others have their turn between two pieces."""
    yield form.begin()
    some: list[NewCustomer] = []
    async for customer in customers:
        some.append(customer)
        if len(some) == _AT_ONCE:
            yield form.some(some)
            some = []
            await asyncio.sleep(0)
    yield form.some(some)
