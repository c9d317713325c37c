"""Receiving a fax: the call's part of it, from where it will lie to the moment it is safe.

Owns what is told of it, and what counts as a fax: before Asterisk begins, the journal knows the file; a voice leaves
nothing; a machine always leaves a trace, if only that it failed. What Asterisk says of it stays with Asterisk until it
is written down here: who finds the file of a dead process asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from callrouter import events as ev
from callrouter.faxes import Faxes, LeftFax, told_once
from callrouter.patience import on_disk
from callrouter.ports import Story
from ivr.agi.fax import LINE_LOST
from ivr.conversation import CallerGone, Conversation, LineLost
from ivr.fax_came import Came, came
from ivr.fax_prompts import no_fax_machine, start_fax
from ivr.interpreter import Dialogue
from ivr.steps import Note
from ledger.clock import Clock
from ledger.errors import LedgerError

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Received:
    """What came of it; `gone` says that the other side has hung up."""

    came: Came
    gone: bool


@dataclass(frozen=True)
class Receiving:
    """Takes faxes of callers into fax boxes."""

    chronicle: Story
    faxes: Faxes
    clock: Clock

    async def receive(
        self, conversation: Conversation, dialogue: Dialogue, *, call: str, box: str, note: Note, heard: bool
    ) -> Received:
        """Take a fax; `heard` says that a machine was heard already.

        Raises CallerGone for one who hung up and may have been a person, LineLost for a line that broke: what Asterisk
        has written by then is taken in when it writes no more.
        """
        known = self.chronicle.calls[call]
        if dialogue.path and not heard:
            await start_fax(conversation, dialogue.site, dialogue.language, note)
        path = self.faxes.place()
        await on_disk(self.chronicle.tell(ev.FaxBegun(at=self.clock.now(), call=call, box=box, file=path.name)), call)
        rules, began = dialogue.site.faxbox(box), self.clock.monotonic()
        self.faxes.began(call, box, known.ani, known.did, path)
        try:
            fax = await conversation.take_fax(str(path), station=rules.station or rules.number or known.did)
        finally:
            self.faxes.ended(call)
        if fax.why == LINE_LOST:
            raise LineLost
        what = came(fax, heard=heard)
        if what is not Came.VOICE:
            seconds = self.clock.monotonic() - began
            if await self._keep(LeftFax.of(known, box=box, fax=fax, at=self.clock.now(), seconds=seconds)):
                await conversation.fax_is_known()
            return Received(what, fax.gone)
        await conversation.fax_is_known()
        if fax.gone:
            raise CallerGone
        await no_fax_machine(conversation, dialogue.site, dialogue.language, note)
        return Received(what, fax.gone)

    async def _keep(self, left: LeftFax) -> bool:
        """Have it kept; False if that cannot be done for now."""
        try:
            id_ = await self.faxes.keep(left)
        except (LedgerError, OSError) as error:
            # It stays where it was received, and is taken in when that can be done.
            log.error("a fax could not be kept for now", call_id=left.call, error=str(error))
            return False
        await on_disk(self.chronicle.tell(received(left, id_), id=told_once(id_)), left.call)
        try:
            await self.faxes.done(left)
        except OSError as error:
            log.error("a fax that is safe could not be removed from the drop folder", error=str(error))
        return True


def received(left: LeftFax, id_: str) -> ev.FaxReceived:
    """Return the event that tells of a fax which is kept under this id."""
    fax = left.fax
    return ev.FaxReceived(at=left.at, call=left.call, box=left.box, fax=id_, pages=fax.pages, ok=fax.ok, why=fax.why)
