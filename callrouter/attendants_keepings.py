"""What callers left with the emergency attendant: a message, a fax, or a fax that failed.

Owns that it is kept with what was known of its caller. The telling is in `attendant_story`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from callrouter import events as ev
from callrouter import messages as message_ids
from callrouter.attendant_story import Told, time_of
from callrouter.calls import Call, fold
from callrouter.faxes import LeftFax, told_once
from callrouter.left_behind import FAX, fax_of
from callrouter.left_faxes import FaxLedger
from callrouter.messages import LeftMessage, Messages
from callrouter.receiving import received
from callrouter.switchboard import call_id
from ivr.agi import fax_file
from ivr.agi.fax import LINE_LOST
from ivr.attendant.report import Report
from ivr.conversation import FaxTaken
from ivr.fax_came import Came, came
from ledger.clock import Clock
from ledger.drop_folder import Drop


@dataclass(frozen=True)
class AttendantsKeepings:
    """Keeps what lies beside reports. All of it raises LedgerError or OSError where that cannot be done now."""

    clock: Clock
    messages: Messages
    faxes: FaxLedger

    async def keep(self, report: Report, drop: Drop, story: list[ev.Event]) -> list[Told]:
        """Keep what came with a report, and return what is to be told of it; `story` is what is known of the call."""
        about = fold(story)
        kept = []
        if drop.media is not None and drop.media.suffix != FAX:
            kept.append(await self._message(report, drop.media, about))
        fax = await _fax(report, drop)
        if fax is not None and came(fax) is not Came.VOICE:
            kept.append(await self._fax(report, fax, about))
        return kept

    async def _message(self, report: Report, media: Path, about: Call | None) -> Told:
        at, seconds = time_of(report.ended, self.clock), report.seconds
        if about is None:
            left = LeftMessage(report.mailbox, media, at, seconds)
        else:
            left = LeftMessage.of(about, mailbox=report.mailbox, path=media, at=at, seconds=seconds)
        file = await self.messages.keep(left)
        call = call_id(report.uniqueid)
        taken = ev.MessageTaken(at=at, call=call, mailbox=report.mailbox, file=file, seconds=seconds)
        # By its file, for there may be two beside one report.
        return message_ids.told_once(file), taken

    async def _fax(self, report: Report, fax: FaxTaken, about: Call | None) -> Told:
        at, box = time_of(report.ended, self.clock), report.faxbox
        left = LeftFax(box, fax, at) if about is None else LeftFax.of(about, box=box, fax=fax, at=at)
        left = replace(left, call=call_id(report.uniqueid))
        id_ = await self.faxes.keep(left)
        return told_once(id_), received(left, id_)


async def _fax(report: Report, drop: Drop) -> FaxTaken | None:
    """Return the fax that lies beside a report, or of which there is nothing but the report."""
    if drop.media is not None and drop.media.suffix == FAX:
        whole = await asyncio.to_thread(fax_file.complete_pages, drop.media)
        if not report.fax:  # the attendant died meanwhile
            return FaxTaken(str(drop.media), whole, why=LINE_LOST, gone=True)
        fax = fax_of(report.fax, drop.media.parent)
        return replace(fax, path=str(drop.media), pages=min(fax.pages, whole), ok=fax.ok and fax.pages <= whole)
    if not report.fax or drop.sidecar is None:
        return None
    fax = fax_of(report.fax, drop.sidecar.parent)
    return None if fax.pages else fax
