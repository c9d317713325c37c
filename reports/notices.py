"""Brings together what a mail about an issued report holds: what it says of itself, and its file; or why it failed.

Owns what goes along. The words are `mail`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage

from config.schema import Site
from ledger.delivery_model import Delivery, NothingToSend
from ledger.errors import FileTooLarge, LedgerError
from ledger.log import Log
from ledger.spool import Spool
from reports.forms.named import media_type
from reports.issued import Issued, State
from reports.mail import Attached, compose
from reports.mail_of_failure import compose_failure

#: The largest attachment, bytes; in a mail it takes a third more.
MOST_BYTES = 12 * 1024 * 1024
_log = Log(__name__)


@dataclass(frozen=True)
class Notices:
    """The composer of mails about issued reports; `find` looks one up."""

    find: Callable[[str], Awaitable[Issued | None]]
    spool: Spool
    site: Callable[[], Site]

    async def compose(self, delivery: Delivery, *, small: bool) -> EmailMessage:
        """Write one mail. Raises NothingToSend when the report is gone."""
        site = self.site()
        one = await self.find(delivery.about)
        if one is None or one.state is not State.READY:
            raise NothingToSend("the report is not there any more")
        if site.mail is None:
            raise NothingToSend("the site names no mail server")
        file, why = await self._file(one, small=small)
        # In a thread: writing a large attachment into a mail takes a tenth of a second.
        return await asyncio.to_thread(
            compose, one, site, site.mail, receiver=delivery.receiver, id_=delivery.id, file=file, why_no_file=why
        )

    async def _file(self, one: Issued, *, small: bool) -> tuple[Attached | None, str]:
        """Read the file, or say in a clause why it does not go along."""
        if small:
            return None, "the mail server takes no mail of this size"
        try:
            content = await self.spool.read(one.file, MOST_BYTES)
        except FileTooLarge:
            return None, f"it is larger than the {MOST_BYTES >> 20} MB that go by mail"
        except (LedgerError, OSError) as error:
            _log.error("the file of a report cannot be read for a mail", file=one.file, error=type(error).__name__)
            return None, "it could not be read"
        return Attached(one.summary.name, content, media_type(one.summary.name)), ""


@dataclass(frozen=True)
class FailureNotices:
    """The composer of mails that tell that a report was not made; `find` looks one up."""

    find: Callable[[str], Awaitable[Issued | None]]
    site: Callable[[], Site]

    async def compose(self, delivery: Delivery, *, small: bool) -> EmailMessage:
        """Write one mail. Raises NothingToSend when the report is gone, or is being made after all."""
        del small  # nothing is attached
        site = self.site()
        one = await self.find(delivery.about)
        if one is None or one.state is not State.FAILED:
            raise NothingToSend("there is no failure to tell of any more")
        if site.mail is None:
            raise NothingToSend("the site names no mail server")
        return compose_failure(
            one, site, site.mail, receiver=delivery.receiver, id_=delivery.id, at=delivery.created_at
        )
