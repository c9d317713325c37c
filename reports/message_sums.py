"""Messages summed up while they are read, one by one: by box, by age, and by who handled them. Pure.

Keeps the oldest open ones only; what is kept grows with boxes and people, not with messages.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from reports.message_metrics import CLASSES, age_now, age_until_handled, class_of
from reports.messages import Fate, Kind, Message

#: Open messages of a kind that a report lists one by one.
MOST: Final = 500


@dataclass
class Ages:
    """How old messages were when they were handled, seconds."""

    number: int = 0
    total: float = 0.0
    longest: float | None = None

    def add(self, age: float) -> bool:
        """Add an age, and tell whether none was longer so far."""
        self.number += 1
        self.total += age
        if self.longest is not None and age <= self.longest:
            return False
        self.longest = age
        return True

    @property
    def average(self) -> float | None:
        return self.total / self.number if self.number else None


@dataclass
class BoxSums:
    """What came into one box, or into several. `handled_empty` are those of the handled in which there was nothing."""

    fates: Counter[Fate] = field(default_factory=Counter)
    gone: int = 0
    handled_empty: int = 0
    ages: Ages = field(default_factory=Ages)
    #: The page of the one that waited longest.
    slowest: str = ""

    @property
    def came_in(self) -> int:
        return self.fates.total() + self.gone

    def add(self, message: Message) -> None:
        self.fates[message.fate] += 1
        if message.fate is Fate.HANDLED and message.empty:
            self.handled_empty += 1
        age = age_until_handled(message)
        if age is not None and self.ages.add(age):
            self.slowest = message.page


@dataclass
class Handler:
    """What one person handled."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    ages: Ages = field(default_factory=Ages)


@dataclass
class MessageSums:
    """All of it, as of `now`."""

    now: datetime
    boxes: dict[tuple[str, Kind], BoxSums] = field(default_factory=dict)
    kinds: dict[Kind, BoxSums] = field(default_factory=lambda: {kind: BoxSums() for kind in Kind})
    total: BoxSums = field(default_factory=BoxSums)
    #: Handled ones by the class of their age, and by kind; open ones by the class of their age up to now.
    classes: dict[Kind, list[int]] = field(default_factory=lambda: {kind: [0] * len(CLASSES) for kind in Kind})
    open_classes: list[int] = field(default_factory=lambda: [0] * len(CLASSES))
    handlers: dict[str, Handler] = field(default_factory=dict)
    oldest_open: dict[Kind, list[Message]] = field(default_factory=lambda: {kind: [] for kind in Kind})

    def add(self, message: Message) -> None:
        """Add a message; those of a kind come the oldest first."""
        for sums in self._sums_of(message.box, message.kind):
            sums.add(message)
        age = age_until_handled(message)
        if age is not None:
            self.classes[message.kind][class_of(age)] += 1
            handler = self.handlers.setdefault(message.handled_by, Handler())
            handler.kinds[message.kind] += 1
            handler.ages.add(age)
        elif message.fate is Fate.OPEN:
            self.open_classes[class_of(age_now(message, self.now))] += 1
            if len(oldest := self.oldest_open[message.kind]) < MOST:
                oldest.append(message)

    def add_gone(self, box: str, kind: Kind, number: int) -> None:
        """Add messages that are no longer kept."""
        if number:
            for sums in self._sums_of(box, kind):
                sums.gone += number

    def open_ones(self) -> list[Message]:
        """List the open ones, the oldest first."""
        found = [message for oldest in self.oldest_open.values() for message in oldest]
        return sorted(found, key=lambda message: message.place)[:MOST]

    def _sums_of(self, box: str, kind: Kind) -> tuple[BoxSums, BoxSums, BoxSums]:
        return self.boxes.setdefault((box, kind), BoxSums()), self.kinds[kind], self.total
