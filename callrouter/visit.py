"""A visit: one caller being served, and how the call will have ended as far as is known by now.

Owns what reception remembers of a caller between two destinations. Decides nothing about where they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from callrouter.closures import Closure
from callrouter.events import Outcome, Party
from callrouter.fax_tones import FaxTone
from callrouter.receiving import Received
from callrouter.waiting import Wakeable
from config.values import Destination
from ivr.conversation import CallerGone, LineLost
from ivr.fax_came import Came
from ivr.interpreter import Dialogue


@dataclass(frozen=True)
class Arrival:
    """A call as Asterisk announces it. Numbers and names are the caller's word: never trusted, only shown."""

    call: str
    did: str
    ani: str = ""
    ani_name: str = ""
    channel: str = ""
    uniqueid: str = ""


@dataclass
class Ending:
    """How the call will have ended, as far as is known."""

    outcome: Outcome = Outcome.UNSERVED
    by: Party = Party.US
    abandoned_in: str = ""
    estimated: bool = False


@dataclass
class Visit:
    """One caller being served: the call, its dialogue and how it stands."""

    conversation: Wakeable
    dialogue: Dialogue
    arrival: Arrival
    priority: int
    tone: FaxTone
    ending: Ending = field(default_factory=Ending)
    #: Where the caller is, for the day he hangs up.
    place: str = "menu"
    #: No message could be written, or no fax machine was there; he is led elsewhere once, not again and again.
    was_refused: bool = False
    #: Where a transferred caller goes whom the colleague does not answer, the nearest first.
    instead: list[Destination] = field(default_factory=list)
    #: The call goes on in another conversation: after a blind transfer, or as a fax.
    goes_on: bool = False
    #: The door closed by hand before which he was told so, once for each.
    told_closed: Closure | None = None
    #: It was a fax machine that called a number for people.
    is_machine: bool = False

    def move_to(self, conversation: Wakeable, tone: FaxTone, at: datetime) -> None:
        """Go on in another conversation with the same caller."""
        self.conversation, self.tone, self.goes_on = conversation, tone, False
        self.dialogue = self.dialogue.moved_to(conversation, at)
        self.ending.by = Party.US

    def caller_is_gone(self, gone: CallerGone) -> None:
        """Say how the call has ended now that nobody is there any more."""
        if isinstance(gone, LineLost):
            unserved = self.ending.outcome is Outcome.UNSERVED
            self.ending = Ending(Outcome.FAILED if unserved else self.ending.outcome, Party.UNKNOWN, estimated=True)
        elif self.ending.outcome is Outcome.UNSERVED:
            closed = self.dialogue.met_closed and self.place == "menu"
            outcome = Outcome.CLOSED if closed else Outcome.ABANDONED
            self.ending = Ending(outcome, Party.CALLER, "" if closed else self.place)
        elif self.ending.by is Party.US:
            self.ending.by = Party.CALLER

    def took_fax(self, received: Received) -> None:
        """Say how the call has ended after a fax, or the attempt of one."""
        by = Party.CALLER if received.gone else Party.US
        if received.came is Came.PAGES:
            self.ending = Ending(Outcome.FAX, by)
        elif self.ending.outcome is not Outcome.UNSERVED:
            self.ending.by = by
        elif received.came is Came.REFUSED:
            self.ending = Ending(Outcome.FAILED, by)
        else:
            self.ending = Ending(Outcome.ABANDONED, by, self.place)
