"""What a caller lives before a door that somebody closed by hand: the words, then where the site leads callers of a
closed door.

Owns that order. Which doors are closed is in `closures`; who made the sound of the words is not known here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from callrouter import events as ev
from callrouter.closures import SPOKEN, Closure, Closures, Extent
from callrouter.ports import Story
from callrouter.visit import Visit
from callrouter.waiting import Elsewhere
from callrouter.waiting_room import WaitingRoom
from config.schema import Number, Site
from config.values import Destination, Prompt, e164
from ivr import phrases
from ivr.closed_way import closed_way
from ivr.conversation import Utterance
from ivr.speech.spoken import Spoken
from ledger.clock import Clock

#: What is said where the words of a closure have no sound any more.
OTHERWISE = "nobody_here"


class Sounds(Protocol):
    """Where the sound is of what is in no version of the site, or not in that of the caller."""

    def find(self, spoken: Spoken) -> Utterance | None:
        """Return what is played for these words; None if there is no sound of them."""

    def recording(self, name: str, language: str) -> Utterance | None:
        """Return what is played for a recording of this name; None if there is none any more."""


@dataclass(frozen=True)
class ClosedDoor:
    """Turns callers away from what is closed by hand."""

    closures: Closures
    sounds: Sounds
    chronicle: Story
    clock: Clock

    async def at_number(self, visit: Visit, number: Number) -> Elsewhere | None:
        """Return where a caller goes instead, once told; None if the number is open.

        A number of a fax machine is no line for people: only its own closure closes it.
        """
        site, arrival = visit.dialogue.site, visit.arrival
        dialled = e164(arrival.did, site.company.country) or arrival.did
        closure = self.closures.at_number(dialled)
        if closure is None or (number.entry.kind == "fax" and closure.scope.extent is Extent.LINE):
            return None
        to = await self._turn_away(visit, closure, closed_way(site, number.entry))
        self.chronicle.tell(
            ev.BranchTaken(
                at=self.clock.now(), call=arrival.call, origin="number dialled", to=str(site.resolve(to.destination)),
                why=to.why,
            )
        )  # fmt: skip
        return to

    def keeps_out(self, visit: Visit, department: str) -> Closure | None:
        """Return what is closed by hand before this caller and a department."""
        arrival = visit.arrival
        dialled = e164(arrival.did, visit.dialogue.site.company.country) or arrival.did
        return self.closures.at_department(department, dialled)

    async def at_department(self, visit: Visit, department: str) -> Elsewhere | None:
        """Return where a caller goes instead, once told; None if the department is open."""
        closure = self.keeps_out(visit, department)
        if closure is None:
            return None
        there = Destination(kind="department", name=department)
        return await self._turn_away(visit, closure, closed_way(visit.dialogue.site, there))

    async def _turn_away(self, visit: Visit, closure: Closure, to: Destination) -> Elsewhere:
        dialogue = visit.dialogue
        # From here on a hang-up is one of a caller who met a closed door, not of one who gave up.
        visit.place, dialogue.met_closed = "menu", True
        if visit.told_closed is not closure:
            said, text = self._words(dialogue.site, closure, dialogue.language)
            visit.told_closed = closure
            self.chronicle.tell(
                ev.PromptHeard(
                    at=self.clock.now(), call=visit.arrival.call, text=text, language=said.language, purpose="closed"
                )
            )
            await visit.conversation.play([said.utterance], interruptible=False)
        until = closure.until.astimezone(dialogue.site.company.zone)
        why = f"closed: {closure.scope.name or 'the line'}, by {closure.who}, until {until:%Y-%m-%d %H:%M}"
        return Elsewhere(to, why)

    def _words(self, site: Site, closure: Closure, language: str) -> tuple[_Said, str]:
        recorded = self.sounds.recording(closure.play, language) if closure.play else None
        if recorded is not None:
            return _Said(recorded, language), "a message spoken by phone" if closure.play.startswith(
                SPOKEN
            ) else closure.play
        texts = dict(closure.say)
        if texts:
            spoken = phrases.spoken(site, Prompt(texts=texts), language)
            found = self.sounds.find(spoken)
            if found is not None:
                return _Said(found, spoken.language), spoken.text
        instead = phrases.phrase(site, OTHERWISE, language)
        return _Said(instead, instead.language), instead.text


@dataclass(frozen=True)
class _Said:
    """What is played, and in which language."""

    utterance: Utterance
    language: str


def waking(room: WaitingRoom, closures: Closures, chronicle: Story) -> Callable[[], None]:
    """Return what wakes those who wait in a line that was closed just now; whose phone rings already is served."""

    def wake() -> None:
        for ticket in room.waiting():
            call = chronicle.calls.get(ticket.call)
            if ticket.offer is None and closures.at_department(ticket.department, call.did if call else ""):
                ticket.wake()

    return wake
