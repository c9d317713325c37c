"""Keeps Python's collector of garbage from walking a site again and again while it is being read.

Knows nothing of what is read.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let no garbage be collected meanwhile, in any thread: for a second of work that makes none.

    A large site is some million objects, all of which stay. Each time some of them were made, the collector would look
    at all of them: half of the time that it takes to read one.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
