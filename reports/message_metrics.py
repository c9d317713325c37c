"""The formulas of figures about messages, voicemail and fax alike, with their definitions. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from reports.messages import Fate, Message

_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
#: Where one class of ages ends and the next begins, seconds; a class for what is older is behind the last.
EDGES: Final = (15 * _MINUTE, _HOUR, 4 * _HOUR, _DAY, 3 * _DAY)
#: What each class is called.
CLASSES: Final = (
    "under 15 min", "15 min to 1 h", "1 to 4 h", "4 h to 1 day", "1 to 3 days", "3 days and more",
)  # fmt: skip


def count_came_in(messages: Collection[Message], gone: int) -> int:
    """Count the voicemails and faxes that came in.

    Formula: handled + still open + empty + deleted + no longer kept. Unit: messages.
    Clock: a message belongs to the moment at which it was complete, also where the call began the day before.
    Exclusions: faxes that we sent. One that was moved is counted once, in the box where it lies now.
    Source: the boxes themselves; the journal for what is no longer in one.
    """
    return len(messages) + gone


def count_handled(messages: Iterable[Message]) -> int:
    """Count the messages that somebody marked as handled.

    Formula: messages with a mark, whoever set it. Unit: messages. Clock: as of when the report was made.
    Exclusions: what was reopened or moved to another box since, and what was deleted.
    """
    return sum(message.fate is Fate.HANDLED for message in messages)


def count_open(messages: Iterable[Message]) -> int:
    """Count the messages that wait for somebody.

    Formula: neither handled nor deleted nor empty. Unit: messages. Clock: as of when the report was made.
    Exclusions: none; one that was listened to or looked at, but not marked as handled, is open.
    """
    return sum(message.fate is Fate.OPEN for message in messages)


def count_empty(messages: Iterable[Message]) -> int:
    """Count the messages with nothing in them: nobody spoke, or no page of the fax came through.

    Formula: empty, neither handled nor deleted. Unit: messages. Clock: as of when the report was made.
    Exclusions: a fax of which some pages came is not empty, though its line broke off.
    """
    return sum(message.fate is Fate.EMPTY for message in messages)


def age_until_handled(message: Message) -> float | None:
    """Return the age at which a message was handled.

    Formula: moment of the mark − moment at which it came in. Unit: seconds.
    Clock: every hour counts, nights, weekends and holidays too; where it was marked twice, the last mark. A message
    that was moved to another box is as old as before.
    Exclusions: what is not handled; its age up to now is in the list of open ones.
    """
    if message.fate is not Fate.HANDLED or message.handled_at is None:
        return None
    # A clock that was set back makes nothing younger than new.
    return max(0.0, (message.handled_at - message.came_at).total_seconds())


def age_now(message: Message, now: datetime) -> float:
    """Return how old a message is, in seconds."""
    return max(0.0, (now - message.came_at).total_seconds())


def count_gone(told: Collection[str], there: Collection[str]) -> int:
    """Count the messages of which the journal tells, and which are no longer in a box.

    Formula: told by the journal − still in a box. Unit: messages. Clock: as of when the report was made.
    Exclusions: none. A box keeps what comes for as long as the site says, what was deleted for two weeks, and nothing
    of somebody who was forgotten. Whether they were handled is not known, so they are in no age.
    """
    return len(set(told) - set(there))


def class_of(age: float) -> int:
    """Return the number of the class of ages.

    >>> [CLASSES[class_of(age)] for age in (0.0, 899.9, 900.0, 86_400.0, 1e9)]
    ['under 15 min', 'under 15 min', '15 min to 1 h', '1 to 3 days', '3 days and more']
    """
    return bisect_right(EDGES, age)
