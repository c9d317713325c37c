"""Runs rehearsals to their end where no event loop runs."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Return what comes of it; raises RuntimeError where an event loop runs already: await it there.

    Not `asyncio.run`: that describes its whole result when it puts back what Ctrl-C does, and a report is long.
    """
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()
