"""How any item is shown: names for people, its deliveries, the marks of what became of it.

Pure: time, site and deliveries are given. Wording only; the form is in the templates.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Generic, Protocol
from zoneinfo import ZoneInfo

from ledger.delivery_model import Delivery
from ledger.items import ItemT, Step
from ledger.web.deliveries import IsLate, Mark, ShownDelivery, mark_of, shown, worst
from ledger.web.times import by_day, exact

_CHANNELS: Mapping[str, str] = {"mail": "Mail", "folder": "Folder", "webhook": "Web-hook"}


class Person(Protocol):
    """Somebody of the site."""

    @property
    def name(self) -> str: ...


class ItemView(ABC, Generic[ItemT]):
    """Shows items as they are at one moment, by the names of one site."""

    def __init__(self, zone: ZoneInfo, people: Mapping[str, Person], now: datetime, is_late: IsLate) -> None:
        self._zone = zone
        self._people = people
        self._now = now
        self._is_late = is_late

    @abstractmethod
    def row(self, item: ItemT, name: str, deliveries: Iterable[Delivery]) -> object:
        """Return an item as a row; `name` is the customer's, '' if it is not known."""

    def person(self, name: str) -> str:
        """Return what somebody is called."""
        known = self._people.get(name)
        return known.name if known is not None else name

    def delivery(self, delivery: Delivery) -> ShownDelivery:
        """Return a delivery and what its receiver said."""
        told = shown(delivery, late=self._is_late(delivery), now=self._now, zone=self._zone)
        return replace(told, receiver=self.masked(told.receiver), reply=self.masked(told.reply))

    def steps(self, steps: Iterable[Step]) -> list[tuple[Step, str, str]]:
        """Return a ledger's steps with the day they begin, '' while it goes on, and the time of each."""
        return by_day([replace(step, detail=self.masked(step.detail)) for step in steps], self._zone)

    def marks(self, item: ItemT, deliveries: Iterable[Delivery]) -> tuple[Mark, ...]:
        """Return who has handled or deleted an item, and which of its deliveries is in trouble."""
        marks = []
        if item.handled_at is not None:
            marks.append(Mark(f"Handled by {item.handled_by}", "good", exact(item.handled_at, self._zone)))
        if item.deleted_at is not None:
            marks.append(Mark(f"Deleted by {item.deleted_by}", "calm", exact(item.deleted_at, self._zone)))
        if (troubled := worst(deliveries, self._is_late)) is not None:
            mark = mark_of(troubled, late=self._is_late(troubled))
            why = self.masked(f"{troubled.receiver}: {troubled.last_reply}")
            marks.append(Mark(f"{_CHANNELS.get(troubled.channel, 'Delivery')}: {mark.word.lower()}", mark.tone, why))
        return tuple(marks)

    def masked(self, text: str) -> str:
        """Return a text without what this person must not see of it."""
        return text


def shortened(text: str, most: int) -> str:
    """Return a text as one line of at most so many letters.

    >>> shortened("please  call Maria", 11)
    'please cal…'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
