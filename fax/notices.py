"""Brings together what leaves the house about a fax: mails, files for folders, and what web-hooks are posted.

Owns what goes along and under which name. The words of the mails are another file's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC
from email.message import EmailMessage
from typing import Protocol

from config.schema import Site
from fax.confirmation import Picture, picture_of
from fax.mail import Attached, compose_received, compose_sent
from fax.model import UNDER_WAY, Attempt, Fax, NoSuchFax, State
from fax.paper.errors import PaperError
from fax.promises import REPORT
from ledger.delivery_model import Delivery, Given, NothingToSend
from ledger.errors import FileTooLarge, LedgerError
from ledger.log import Log
from ledger.posting import Posting
from ledger.spool import Spool

#: The largest attachment, bytes; in a mail it takes a third more.
MOST_BYTES = 12 * 1024 * 1024
#: The largest picture of page one that goes into a mail, bytes, and its width in dots: twice what is shown.
MOST_PICTURE, PICTURE_WIDTH = 400_000, 640
#: A mail does not wait longer for the customer's name, nor for the picture and its turn to be drawn, seconds.
NAME_SECONDS, PICTURE_SECONDS = 3.0, 5.0
#: Letters of what stands on the pages, as a web-hook is told.
MOST_TEXT = 20_000
_TOO_LARGE = f"the file is larger than the {MOST_BYTES >> 20} MB that go by mail"

_log = Log(__name__)


class Faxes(Protocol):
    """Where faxes are looked up."""

    async def get(self, id_: str) -> Fax:
        """Return a fax; raises NoSuchFax."""

    async def attempts(self, id_: str) -> list[Attempt]:
        """List its calls, in order."""


class Notices:
    """The composer of mails about faxes, and the giver and poster of those that came in."""

    def __init__(
        self,
        faxes: Faxes,
        spool: Spool,
        site: Callable[[], Site],
        name_of: Callable[[str, str], Awaitable[str]],
        looking: asyncio.Semaphore,
        picture: Picture = picture_of,
        picture_seconds: float = PICTURE_SECONDS,
    ) -> None:
        """`name_of` tells the customer's name by the number and that of ours, '' if it is not known.

        `looking` bounds processes.
        """
        self._picture_seconds = picture_seconds
        self._faxes = faxes
        self._spool = spool
        self._site = site
        self._name_of = name_of
        self._looking = looking
        self._picture = picture

    async def compose(self, delivery: Delivery, *, small: bool) -> EmailMessage:
        """Write one mail; raises NothingToSend when the fax is gone."""
        site = self._site()
        fax = await self._fax(delivery)
        if site.mail is None:
            raise NothingToSend("the site names no mail server")
        # In a thread: writing a large attachment into a mail takes a tenth of a second.
        if delivery.kind == REPORT:
            report, why = await self._attached(fax.report, report_name(fax, site), small=small)
            return await asyncio.to_thread(
                compose_sent, fax, await self._faxes.attempts(fax.id), site, site.mail,
                receiver=delivery.receiver, id_=delivery.id, receiver_name=await self._name(fax),
                report=report, why_no_report=why if fax.report else "it could not be made",
            )  # fmt: skip
        given = self._given(fax, site)
        document, why = await self._attached(fax.pdf or fax.file, given.name, given.media_type, small=small)
        return await asyncio.to_thread(
            compose_received, fax, site, site.mail,
            receiver=delivery.receiver, id_=delivery.id, sender_name=await self._name(fax),
            picture=await self._page_one(fax), document=document, why_no_pdf=why or fax.why,
        )  # fmt: skip

    async def give(self, delivery: Delivery) -> Given:
        """Say which file a folder gets: the PDF, or the fax as it came where there is none. Raises NothingToSend."""
        return self._given(await self._fax(delivery), self._site())

    async def post(self, delivery: Delivery) -> Posting:
        """Say what a web-hook is posted, signed as its box says. Raises NothingToSend."""
        site = self._site()
        fax = await self._fax(delivery)
        box = site.faxbox(fax.box)
        hook = next((receiver for receiver in box.deliver if receiver.webhook == delivery.receiver), None)
        if hook is None:  # whoever took it out of the site wants nothing sent there any more, and unsigned least of all
            raise NothingToSend(f"fax box {fax.box} names this web-hook no more")
        given = self._given(fax, site)
        facts = facts_of(fax, site, await self._name(fax)) | {"delivery": delivery.id, "document": given.name}
        return Posting(delivery.receiver, "fax", facts, given, hook.secret)

    async def _fax(self, delivery: Delivery) -> Fax:
        try:
            fax = await self._faxes.get(delivery.about)
        except NoSuchFax:
            raise NothingToSend("the fax is not there any more") from None
        if fax.deleted_at is not None:
            raise NothingToSend(f"{fax.deleted_by} deleted the fax")
        if fax.state in UNDER_WAY:
            raise NothingToSend("the fax is still under way")
        return fax

    def _given(self, fax: Fax, site: Site) -> Given:
        if fax.pdf:
            return Given(file_name(fax, site, ".pdf"), self._spool.path_of(fax.pdf))
        if fax.file:
            return Given(file_name(fax, site, ".tif"), self._spool.path_of(fax.file), "image/tiff")
        raise NothingToSend("no page of the fax arrived")

    async def _attached(
        self, file: str, name: str, media_type: str = "application/pdf", *, small: bool
    ) -> tuple[Attached | None, str]:
        """Read a file for a mail, or say in a clause why it does not go along."""
        if small:
            return None, "the mail server takes no mail of this size"
        if not file:
            return None, ""
        try:
            return Attached(name, await self._spool.read(file, MOST_BYTES), media_type), ""
        except FileTooLarge:
            return None, _TOO_LARGE
        except (LedgerError, OSError) as error:
            _log.error("a file of a fax cannot be read for a mail", file=file, error=type(error).__name__)
            return None, "the file could not be read"

    async def _page_one(self, fax: Fax) -> bytes | None:
        """A mail without the picture is better than none."""
        if not fax.file:
            return None
        try:
            async with asyncio.timeout(self._picture_seconds), self._looking:
                page = await self._picture(self._spool.path_of(fax.file), 1, PICTURE_WIDTH)
        except (PaperError, LedgerError, OSError) as error:  # of which TimeoutError is one
            _log.warning("a mail has no picture of page one", fax=fax.id, error=type(error).__name__)
            return None
        return page if len(page) <= MOST_PICTURE else None

    async def _name(self, fax: Fax) -> str:
        """Nor does anything wait for the customer's name."""
        if not fax.number:
            return fax.name
        try:
            async with asyncio.timeout(NAME_SECONDS):
                return await self._name_of(fax.number, fax.did) or fax.name
        except Exception as error:  # noqa: BLE001 - the customers' files are another feature; said, and done without
            _log.warning("a customer's name could not be looked up", fax=fax.id, error=type(error).__name__)
            return fax.name


def file_name(fax: Fax, site: Site, suffix: str) -> str:
    """Name a fax for people: when it came, from which number, and what tells it from all others."""
    at = fax.at.astimezone(site.company.zone)
    digits = "".join(digit for digit in fax.number if digit in "0123456789")[:20]
    return f"{at:%Y-%m-%d-%H%M}-{digits or 'unknown'}-{fax.id[:8]}{suffix}"


def report_name(fax: Fax, site: Site) -> str:
    """Name a transmission report for people."""
    return f"report-{file_name(fax, site, '.pdf')}"


def facts_of(fax: Fax, site: Site, name: str) -> dict[str, object]:
    """Say what a web-hook is told. `station` is what the sender's machine calls itself: a stranger's word."""
    pages = site.mail.pages if site.mail is not None else None
    return {
        "id": fax.id,
        "box": fax.box,
        "box_name": site.faxbox(fax.box).name or fax.box,
        "received_at": fax.at.astimezone(UTC).isoformat(timespec="seconds"),
        "number": fax.number,
        "name": name,
        "station": fax.station,
        "dialled": fax.did,
        "call": fax.call,
        "pages": fax.pages,
        "partial": fax.state is State.PARTIAL,
        "why": fax.why,
        "seconds": round(fax.seconds, 1),
        "rate": fax.rate,
        "dpi": list(fax.dots),
        "resolution": fax.quality,
        "ecm": fax.ecm,
        "t38": fax.t38,
        "facts": dict(fax.facts),
        "menus": list(fax.menus),
        "text": fax.text[:MOST_TEXT],
        "link": f"{pages.rstrip('/')}/fax/{fax.id}" if pages else "",
    }
