"""Early transfers: where a caller goes whom an agent passed on while the colleague's phone still rang.

Owns this one decision, and the moment of waiting before it: to the colleague if possible, else back, never nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from callrouter.roster import Roster
from callrouter.switchboard import Switchboard, call_id
from callrouter.waiting import Wakeable
from config.schema import Site
from config.values import Destination
from ivr.conversation import CallerGone

#: How long the agent's own call may take to let go of a phone, seconds. What rings for it is ended, so it takes
#: milliseconds.
LET_GO = 2.0


@dataclass(frozen=True)
class EarlyTransfer:
    """Decides for one version of the site."""

    site: Site
    roster: Roster
    switchboard: Switchboard

    async def destination(self, conversation: Wakeable, uniqueid: str, written: str) -> Destination | None:
        """Return where this caller is to go on; None if the caller hung up meanwhile.

        `written` is the extension the agent's phone asked for, which not every phone says. The journal knows
        afterwards who passed the caller on, and why anybody else than the colleague is rung.
        """
        asked = self.site.extension(written) or (written if written in self.site.people else "")
        passed = self.switchboard.take_up(uniqueid, asked)
        try:
            trouble = await self._until_free(conversation, passed.to) if passed.to else "not known who was asked"
            if not trouble:
                return _person(passed.to)
            back = await self._back(conversation, uniqueid, passed.by)
        except CallerGone:
            return None
        self.switchboard.led_back(uniqueid, passed.to, str(self.site.resolve(back)), trouble)
        return back

    async def _back(self, conversation: Wakeable, uniqueid: str, by: str) -> Destination:
        """Return the agent who passed the caller on, or else the line, or else the number the caller came from."""
        if by in self.site.people and not await self._until_free(conversation, by):
            return _person(by)
        call = self.switchboard.chronicle.calls.get(call_id(uniqueid))
        department = call.departments[-1] if call is not None and call.departments else ""
        if department in self.site.departments:
            return Destination(kind="department", name=department)
        number = self.site.find_number(call.did) if call is not None else None
        return number.entry if number is not None else _person(by)

    async def _until_free(self, conversation: Wakeable, name: str) -> str:
        """Let the caller hear music until this phone can ring, for a moment at most; return why it cannot, or ''."""
        until = conversation.elapsed + LET_GO
        with self.roster.phone_watched(name, conversation.wake):
            while (trouble := self.roster.phone_trouble(name)) and (left := until - conversation.elapsed) > 0:
                await conversation.listen(left, music=True)
        return trouble


def _person(name: str) -> Destination:
    return Destination(kind="person", name=name)
