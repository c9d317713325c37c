"""Owns visiting a mailbox from the event loop: each step in a thread of the visit's own, each with a deadline.

A step that is late is not waited for: its connection is cut, and with that its thread ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from config.faxes import FaxByMail
from fax.by_mail.errors import MailboxAway
from fax.by_mail.mailbox import Mailbox
from fax.by_mail.model import Drawer, Found, Limits

T = TypeVar("T")

_FAREWELL = 5.0


class Visit:
    """One visit to a mailbox, for `async with`; `validity` is the folder's UIDVALIDITY."""

    def __init__(self, settings: FaxByMail, limits: Limits) -> None:
        self.validity = 0
        self._limits = limits
        self._mailbox = Mailbox(settings)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mailbox of faxes")

    async def __aenter__(self) -> Self:
        try:
            self.validity = await self._do(self._limits.open_seconds, self._mailbox.open)
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()

    async def waiting(self) -> list[int]:
        """Return the UIDs of the mails that are still to do."""
        return await self._do(self._limits.step_seconds, self._mailbox.waiting)

    async def find(self, uid: int) -> Found | None:
        """Return the size and header of a mail; None when it is gone. Raises MailStuck."""
        return await self._do(self._limits.step_seconds, lambda: self._mailbox.find(uid, self._limits.header_bytes))

    async def fetch(self, uid: int, into: Path) -> int:
        """Write a mail to a new file; return its length, 0 when it is gone. Raises MailStuck."""
        return await self._do(
            self._limits.fetch_seconds, lambda: self._mailbox.fetch(uid, into, self._limits.mail_bytes)
        )

    async def put_away(self, uid: int, drawer: Drawer) -> None:
        """Take a mail out of those that are still to do. Raises MailStuck."""
        await self._do(self._limits.step_seconds, lambda: self._mailbox.put_away(uid, drawer))

    async def _leave(self) -> None:
        try:
            await self._do(_FAREWELL, self._mailbox.close)
        except MailboxAway:
            pass  # then it is cut
        finally:
            self._mailbox.cut()
            self._thread.shutdown(wait=False, cancel_futures=True)

    async def _do(self, seconds: float, step: Callable[[], T]) -> T:
        """Have a step done. Raises what it raises, and MailboxAway when it is late."""
        doing = asyncio.get_running_loop().run_in_executor(self._thread, step)
        doing.add_done_callback(_forget)
        try:
            await asyncio.wait([doing], timeout=seconds)
        except asyncio.CancelledError:
            self._mailbox.cut()
            raise
        if not doing.done():
            self._mailbox.cut()
            raise MailboxAway(f"the server took longer than {seconds:g} s")
        return doing.result()


def _forget(done: asyncio.Future[T]) -> None:
    """Look at what nobody waits for any more, so that it is not reported as forgotten."""
    if not done.cancelled():
        done.exception()
