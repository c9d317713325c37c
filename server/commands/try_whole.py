"""`try` of a whole call: its keys, who is there, when the caller hangs up, whether a fax machine calls.

Owns how it is told, from its first ring to its end; a walk whose keys are typed on the way is in `try_call`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from callrouter import story
from callrouter.events import Outcome
from callrouter.rehearsal.call import Rehearsal, rehearse
from callrouter.rehearsal.finish import finish
from callrouter.rehearsal.situation import PATIENCE, SPEAKS, Situation, Stage
from config.schema import Site
from ivr.conversation import Utterance
from ivr.typed_caller import not_pressed
from reports.text import printable
from server.commands.offered import offered
from server.studio.trying.walk import MOST_ALIKE, tell
from server.terminal import Foreseen, complain, put, put_json


@dataclass(frozen=True)
class Around:
    """What is not as usual: the words of `Situation`, as the command line has them."""

    hang_up: float | None = None
    speaks: float = SPEAKS
    fax: bool = False
    #: None is everybody.
    logged_in: Sequence[str] | None = None
    busy: Sequence[str] = ()
    away: Sequence[str] = ()
    waiting: int = 0

    @classmethod
    def said(
        cls, hang_up: float | None, speaks: float, fax: bool, logged_in: str | None, busy: str, away: str, waiting: int
    ) -> Around:
        """Return it as the options of the command have it; names are parted by commas."""
        there = None if logged_in is None else _names(logged_in)
        return cls(hang_up, speaks, fax, there, _names(busy), _names(away), waiting)

    @property
    def is_usual(self) -> bool:
        """Tell whether nothing was said."""
        return self == Around()

    def situation(self, site: Site, usual: Situation) -> Situation:
        """Return the call in this situation. Raises `Foreseen` for who is not there and for a time that never comes."""
        for name in (*(self.logged_in or ()), *self.busy, *self.away):
            if name not in site.people:
                raise Foreseen(f"nobody is called {name[:100]!r}; {offered(name, site.people)}")
        for seconds in (self.hang_up or 0.0, self.speaks):
            if not 0 <= seconds <= PATIENCE:
                raise Foreseen(f"{seconds:g} is no time: write seconds, up to {PATIENCE:g}")
        return Situation(
            usual.to,
            usual.at,
            usual.caller,
            usual.presses,
            hangs_up=self.hang_up,
            speaks=self.speaks,
            is_fax=self.fax,
            logged_in=self.logged_in,
            busy=self.busy,
            away=self.away,
            waiting=self.waiting,
        )


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def run(site: Site, situation: Situation, keys: str, duration: Callable[[Utterance], float], *, json: bool) -> int:
    """Tell the whole call; return 0, or 1 when the number dialled is not in use."""
    walked = finish(rehearse(Stage(site), situation, duration=duration))
    if json:
        put_json(as_json(walked, keys))
    elif walked.outcome != Outcome.UNKNOWN_NUMBER:
        _tell(walked)
    return not_in_use(site) if walked.outcome == Outcome.UNKNOWN_NUMBER else 0


def not_in_use(site: Site) -> int:
    """Say which numbers are in use, where another was dialled; return what the command ends with then."""
    complain(f"the number dialled is not in use; {offered('', site.numbers)}")  # numbers all look alike
    return 1


def steps_of(walked: Rehearsal) -> list[dict[str, Any]]:
    """Return each step with its reason: why a door is open or closed, why somebody did not ring."""
    return [
        {
            "second": round(one.second, 3),
            "at": one.at.isoformat(),
            "kind": one.kind,
            "text": one.text,
            "reason": one.door,
            "not_rung": dict(one.why_not),
        }
        for one in tell(walked, walked.situation.presses, lambda _: "")
    ]


def as_json(walked: Rehearsal, keys: str) -> dict[str, Any]:
    """Return the call as `try --json` prints every call."""
    situation = walked.situation
    return {
        "to": situation.to,
        "from": situation.caller,
        "at": situation.at.isoformat(),
        "keys": keys,
        "unused_keys": list(not_pressed(situation.presses, walked.seconds)),
        "path": list(walked.path),
        "facts": walked.facts,
        "destination": walked.destination,
        "prompts": [{"text": p.text, "language": p.language, "whole": p.whole} for p in walked.prompts],
        "outcome": walked.destination.split(" ")[0] or walked.outcome,
        "why": walked.why,
        "then": {
            "outcome": walked.outcome,
            "stops": list(walked.stops),
            "answered_by": walked.answered_by,
            "mail": list(walked.mail),
        },
        "steps": steps_of(walked),
    }


def _tell(walked: Rehearsal) -> None:
    for line in _lines(walked):
        put(printable(line))
    facts = ", ".join(f"{name}: {value}" for name, value in walked.facts.items())
    put()
    put(f"path         {' > '.join(walked.path) or '-'}")
    put(f"facts        {facts or '-'}")
    put(f"destination  {walked.destination or walked.outcome.replace('_', ' ')} ({walked.why})")
    if (box := _unsent(walked)) and not walked.situation.is_fax:
        put(f"then         the fax box {box} takes a fax: try it with --fax")
    if walked.mail:
        put(f"mail         {', '.join(walked.mail)}")
    if unused := not_pressed(walked.situation.presses, walked.seconds):
        put(f"keys not used: {' '.join(unused)}")


def _lines(walked: Rehearsal) -> Iterator[str]:
    """Yield a line a step, with why a door is open or closed; what comes again and again is told twice and counted."""
    zone = walked.site.company.zone
    doors = {(one.second, one.text): one.door for one in tell(walked, walked.situation.presses, lambda _: "")}
    told = ""
    for words, alike in groupby((step for step in walked.steps if step.words), key=lambda step: step.words):
        run = list(alike)
        for step in run[:MOST_ALIKE]:
            door = doors.get((step.second, words), "")
            # The same door is passed at the menu and on the way behind it; once is enough.
            reason = f" [{door}]" if door not in ("", told) else ""
            told = door or told
            yield from (line + reason for line in story.tell([step.event], zone))
        if (more := len(run) - MOST_ALIKE) > 0:
            last = run[-1].event.at.astimezone(zone)
            yield f"            … and {'once' if more == 1 else f'{more} times'} more, the last at {last:%H:%M:%S}"


def _unsent(walked: Rehearsal) -> str:
    """Return the fax box that was listened at in vain; '' where there was none, or a fax came."""
    boxes = [name for stop in walked.stops for kind, _, name in [stop.partition(" ")] if kind == "fax"]
    return boxes[-1] if boxes and walked.outcome != Outcome.FAX else ""
