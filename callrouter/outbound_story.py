"""What the journal tells of a call that we placed: how far it came, for whom, and how it ended. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from callrouter import events as ev
from callrouter.calls import Call, CallState, Talk
from callrouter.events import Event, Outcome
from ivr.conversation import Reply


class Stage(StrEnum):
    """How far such a call has come."""

    PERSON = "the person's phone rings"
    NUMBER = "the number rings"
    TALKING = "talking"
    ENDED = "ended"


_STATES = {
    Stage.PERSON: CallState.OFFERED,
    Stage.NUMBER: CallState.RINGING,
    Stage.TALKING: CallState.TALKING,
    Stage.ENDED: CallState.ENDED,
}


@dataclass(frozen=True)
class Placed:
    """A call that we placed for a person. `result` says how it ended, '' while it goes on; `talked` in seconds."""

    id: str
    person: str
    number: str
    began: datetime
    about: str = ""
    stage: Stage = Stage.PERSON
    answered: datetime | None = None
    ended: datetime | None = None
    result: str = ""
    talked: float = 0.0

    def as_call(self) -> Call:
        """Return it as any other call is told: who talked, how long, and how it ended."""
        was_answered = self.answered is not None or self.result == Reply.ANSWERED
        since = self.answered or self.began
        talks = (Talk(self.person, "", since, self.talked if self.ended else None),) if was_answered else ()
        return Call(
            id=self.id,
            offered_at=self.began,
            state=_STATES[self.stage],
            destination=f"number {self.number}",
            rung=(self.person,),
            answered_by=self.person if was_answered else "",
            answered_at=self.answered,
            talks=talks,
            ended_at=self.ended,
            outcome=Outcome.ANSWERED if was_answered and self.ended else None,
        )


def placed_of(story: Sequence[Event]) -> Placed | None:
    """Return the call that a story tells of; None for a story of any other call."""
    placed: Placed | None = None
    for event in story:
        if isinstance(event, ev.OutboundBegun) and placed is None:
            placed = Placed(event.call, event.agent, event.number, event.at, event.about)
        elif placed is not None and placed.stage is not Stage.ENDED:
            placed = _after(placed, event)
    return placed


def _after(placed: Placed, event: Event) -> Placed:
    match event:
        case ev.OutboundRinging() if placed.stage is Stage.PERSON:
            return replace(placed, stage=Stage.NUMBER)
        case ev.OutboundAnswered():
            return replace(placed, stage=Stage.TALKING, answered=placed.answered or event.at)
        case ev.OutboundEnded():
            return replace(placed, stage=Stage.ENDED, ended=event.at, result=event.reply, talked=event.talked)
        case _:
            return placed
