"""The parts of a server that move to another version, of which each only writes down that it was asked to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config.schema import Site
from ivr.attendant import snapshot
from ledger.clock import Clock
from server.data_folder import write_note
from server.moving import Moving
from server.settings import Settings

#: What is done when a server goes over, in this order.
GOING_OVER = (
    "words of closures", "asterisk", "snapshot", "note", "desks", "roster", "waiting room", "journal",
    "closures told", "phones", "schedules",
)  # fmt: skip


@dataclass
class House:
    """All parts that move, which only write down that they were asked to, and `tell` what they have done."""

    tell: Callable[[str], object] = lambda _: None
    steps: list[str] = field(default_factory=list)

    def done(self, step: str) -> None:
        self.steps.append(step)
        self.tell(step)

    def part(self, **methods: str) -> Any:  # Any: each stands for another class
        """Return a part whose methods are these steps."""

        def slow(step: str) -> Any:
            async def run(*_: object) -> SimpleNamespace:
                self.done(step)
                return SimpleNamespace(phones={})

            return run

        def quick(step: str) -> Any:
            return lambda *_, **__: self.done(step)

        made = {name: (slow if name in _SLOW else quick)(step) for name, step in methods.items()}
        return SimpleNamespace(**made, older_sites=lambda: ())

    def moving(self, settings: Settings, clock: Clock, at_start: Site) -> Moving:
        closures = self.part(follow="words of closures", tell_attendant="closures told")
        return Moving(
            at_start, settings, clock, self.part(tell="journal"), self.part(follow="asterisk"),
            self.part(state="phones"), self.part(use="roster"), self.part(use="waiting room"),
            self.part(open="desks"), self.part(plan="schedules"), closures,
        )  # fmt: skip


_SLOW = frozenset({"follow", "tell_attendant", "state", "plan"})


def watched(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count the writing of the two files among the steps."""
    write, note = snapshot.write, write_note

    def write_snapshot(path: Path, shot: snapshot.Snapshot) -> None:
        write(path, shot)
        house.done("snapshot")

    def write_the_note(*arguments: Any) -> None:  # Any: as they are
        note(*arguments)
        house.done("note")

    monkeypatch.setattr(snapshot, "write", write_snapshot)
    monkeypatch.setattr("server.moving.write_note", write_the_note)
