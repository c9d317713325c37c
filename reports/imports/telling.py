"""What the words of every format share: a sentence with the line that it is from, and how times are said. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.text import seconds

#: Says what a department or person is called.
Called = Callable[[str], str]


@dataclass(frozen=True)
class Sentence:
    """What happened, in words; `line` is what its source has of it, '' for what follows from several lines."""

    at: datetime
    text: str
    line: str = ""


@dataclass(frozen=True)
class Told:
    """What the lines of one contact say, and the lines that could not be read any more."""

    sentences: tuple[Sentence, ...]
    unread: tuple[str, ...] = ()


#: Puts the kept lines of one contact into words.
Words = Callable[[Sequence[str], Called], Told]


def for_time(value: float | None) -> str:
    """Say how long something took; Asterisk writes whole seconds in most places.

    >>> for_time(8.0), for_time(8.25), for_time(192.0), for_time(None)
    ('8 s', '8.2 s', '3 min 12 s', 'a time that is not known')
    """
    if value is None:
        return "a time that is not known"
    return f"{value:.0f} s" if value < 60 and value == int(value) else seconds(value)
