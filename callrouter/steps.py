"""Steps of a dialogue, as the journal tells them.

Owns the one translation between the words of `ivr` and the journal's. Must not know whose call it is.
"""

from __future__ import annotations

from callrouter import events as ev
from ivr import steps
from ivr.steps import Step
from ledger.clock import Clock


def as_event(step: Step, call: str, clock: Clock) -> ev.Event:
    """Return a step of the dialogue as the journal tells it."""
    at = clock.now()
    match step:
        case steps.MenuEntered(menu):
            return ev.MenuEntered(at=at, call=call, menu=menu)
        case steps.PromptPlayed(text, language, menu, purpose, whole):
            return ev.PromptHeard(
                at=at, call=call, text=text, language=language, menu=menu, purpose=purpose, whole=whole
            )
        case steps.KeysPressed(keys, menu, status):
            return ev.KeysPressed(at=at, call=call, keys=keys, menu=menu, status=status)
        case steps.FactNamed(name, value):
            return ev.FactNamed(at=at, call=call, name=name, value=value)
        case steps.LanguageChosen(language):
            return ev.LanguageChosen(at=at, call=call, language=language)
        case steps.BranchTaken(origin, to, why):
            return ev.BranchTaken(at=at, call=call, origin=origin, to=to, why=why)
