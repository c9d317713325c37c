"""Small sites and simulated callers for the tests of the menus: every prompt lasts two seconds of virtual time."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import config
from config.load import require_site
from config.schema import Site
from config.values import Destination
from ivr.conversation import CallerGone, Recorded, Utterance
from ivr.interpreter import Dialogue, Outcome
from ivr.simulator import Press, Simulator
from ivr.steps import BranchTaken, KeysPressed, Step

T = TypeVar("T")
ZONE = ZoneInfo("Europe/Vilnius")
#: A Tuesday morning on which every office of these tests is open.
OPEN = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)
PROMPT = 2.0


def acme() -> Site:
    """Return the sample site."""
    return require_site(Path(config.__file__).parent / "acme")


def site(menus: Mapping[str, Any], **parts: Any) -> Site:
    """Return a site of these menus; whatever else it needs is small."""
    return Site.model_validate(
        {
            "company": {"name": "Test", "timezone": "Europe/Vilnius", "languages": ["en", "lt"]},
            "numbers": {"+370 5 200 0000": {"menu": next(iter(menus), "none")}},
            "menus": menus,
            "departments": {"sales": {}, "night": {}},
            "people": {
                "alice": {"name": "Alice", "phone": 101},
                "bob": {"name": "Bob", "phone": 102},
            },
            "hours": {"office": {"open": ["mon-fri 09:00-18:00"], "closed_on": ["2026-11-25"]}},
            **parts,
        }
    )


def finish(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that must wait for nothing real; what the core awaits ends in the simulator."""
    try:
        work.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    work.close()
    raise AssertionError("the pure core waited for something outside")


@dataclass(frozen=True)
class Walk:
    """What came of one simulated call; `outcome` is None when the caller hung up."""

    outcome: Outcome | None
    steps: list[Step]
    dialogue: Dialogue
    caller: Simulator

    @property
    def destination(self) -> str:
        return str(self.outcome.destination) if self.outcome else "caller gone"

    @property
    def heard(self) -> list[tuple[float, str]]:
        """When each sound began, and what it was; cut ones end in a dash."""
        return [(sound.at, words(sound.utterance) + ("" if sound.whole else "–")) for sound in self.caller.heard]

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.heard]

    @property
    def branches(self) -> list[str]:
        return [f"{s.origin} > {s.to}: {s.why}" for s in self.steps if isinstance(s, BranchTaken)]

    @property
    def keys(self) -> list[tuple[str, str]]:
        return [(s.keys, s.status) for s in self.steps if isinstance(s, KeysPressed)]


def words(utterance: Utterance) -> str:
    """Return a text as it is, and a recording in brackets with its language."""
    if isinstance(utterance, Recorded):
        return f"[{utterance.name} {utterance.language}]"
    return utterance.text


def walk(
    place: Site,
    start: str | Destination = "main",
    presses: Sequence[tuple[float, str]] = (),
    *,
    at: datetime = OPEN,
    language: str | None = None,
    hangs_up_at: float | None = None,
) -> Walk:
    """Lead one caller through the menus; presses are (seconds since the beginning, key)."""
    caller = Simulator([Press(when, key) for when, key in presses], hangs_up_at=hangs_up_at, duration=lambda _: PROMPT)
    steps: list[Step] = []
    dialogue = Dialogue(place, caller, at=at, language=language, note=steps.append)
    destination = start if isinstance(start, Destination) else Destination.model_validate(start)
    try:
        outcome: Outcome | None = finish(dialogue.follow(destination))
    except CallerGone:
        outcome = None
    return Walk(outcome, steps, dialogue, caller)
