"""Makes the transmission report of a fax that was sent: its facts, the picture of page one, and the PDF of both."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.schema import Site
from fax.documents import aside
from fax.documents.model import Attempt as Row
from fax.documents.model import Report, Resolution
from fax.model import Attempt, Fax
from fax.outcome import became, outcome_of, pages_through, said_of
from fax.paper import aside as paper
from fax.paper.errors import PaperError
from ledger.errors import LedgerError
from ledger.log import Log
from ledger.spool import Spool

#: Dots across the picture; on the report it is 56 mm wide.
PICTURE_WIDTH = 400
_PICTURE_SECONDS = 30.0
#: A report does not wait longer for its turn to have a picture drawn: people wait for it.
_TURN_SECONDS = 10.0
_RESOLUTIONS = {"standard": Resolution.STANDARD, "fine": Resolution.FINE, "super fine": Resolution.SUPERFINE}

_log = Log(__name__)

#: Draws a page of a TIFF, by its number, so many dots wide, as a PNG; raises PaperError.
Picture = Callable[[Path, int, int], Awaitable[bytes]]


async def picture_of(tiff: Path, page: int, width: int) -> bytes:
    """Draw a page in a process of its own, not waiting long for it."""
    return await paper.picture(tiff, page, width, deadline=_PICTURE_SECONDS)


@dataclass(frozen=True)
class Confirmation:
    """Draws reports. `looking` bounds the processes that look at paper."""

    spool: Spool
    looking: asyncio.Semaphore
    picture: Picture = picture_of

    async def report(self, fax: Fax, attempts: Sequence[Attempt], site: Site) -> bytes:
        """Return the report as a PDF: the same facts, the same bytes. Raises DocumentLost."""
        return await aside.report(facts(fax, attempts, site, await self._page_one(fax)))

    async def _page_one(self, fax: Fax) -> bytes:
        """A report without the picture is better than none."""
        if not fax.file:
            return b""
        try:
            async with asyncio.timeout(_TURN_SECONDS) as turn, self.looking:
                turn.reschedule(None)  # drawing has its own deadline
                return await self.picture(self.spool.path_of(fax.file), 1, PICTURE_WIDTH)
        except (PaperError, LedgerError, OSError) as error:  # of which TimeoutError is one
            _log.warning("a report has no picture of page one", fax=fax.id, error=type(error).__name__)
            return b""


def facts(fax: Fax, attempts: Sequence[Attempt], site: Site, picture: bytes = b"") -> Report:
    """Say what stands on the report; times are the site's."""
    box, fate = site.faxbox(fax.box), became(fax, attempts)
    ours = fax.did or box.number or ""
    zone = site.company.zone
    ended = (fax.ended_at or fax.at).astimezone(zone)
    talked = any(attempt.began_sending_at is not None for attempt in attempts)
    return Report(
        outcome=fate.outcome,
        said=fate.words,
        reference=fax.id,
        company=site.company.name,
        subject=fax.subject,
        at=f"{ended:%A} {ended.day} {ended:%B %Y, %H:%M} ({site.company.timezone})",
        our_number=ours,
        our_station=box.station or ours,
        their_number=f"{fax.number} ({fax.name})" if fax.name else fax.number,
        their_station=fax.station,
        pages_sent=pages_through(fax, attempts),
        pages=fax.of,
        resolution=_RESOLUTIONS.get(fax.quality, fax.resolution),
        bits_per_second=fax.rate or None,
        seconds=fax.seconds or None,
        ecm=fax.ecm if talked and fax.rate else None,
        attempts=tuple(
            Row(
                at=_short(attempt.began_at.astimezone(zone)),
                outcome=outcome_of(attempt),
                said=said_of(attempt),
                pages=attempt.pages,
                seconds=attempt.seconds or None,
            )
            for attempt in attempts
            if attempt.result is not None
        ),
        picture=picture,
    )


def _short(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M}"
