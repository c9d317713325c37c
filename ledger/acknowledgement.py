"""Owns the promise an appended entry comes with: on disk, or said not to be."""

import asyncio
from collections.abc import Callable, Generator

from ledger.errors import NotStored


class Ack:
    """Await it to know that the entry is on disk; it raises NotStored when it is not. Nobody has to."""

    def __init__(self, hurry: Callable[[], None]) -> None:
        """`hurry` is called when somebody begins to wait for it."""
        self._future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hurry = hurry

    def __await__(self) -> Generator[object, None, None]:
        if not self._future.done():
            self._hurry()
        # Shielded: one waiter that is cancelled takes nothing from the others.
        return asyncio.shield(self._future).__await__()

    @property
    def done(self) -> bool:
        """Say whether it is decided."""
        return self._future.done()

    def stored(self) -> None:
        """Tell whoever awaits that the entry is on disk."""
        if not self._future.done():
            self._future.set_result(None)

    def failed(self, why: object) -> None:
        """Tell whoever awaits that the entry is on no disk."""
        if not self._future.done():
            self._future.set_exception(NotStored(why))
            self._future.exception()  # looked at: asyncio must not complain when nobody awaits
