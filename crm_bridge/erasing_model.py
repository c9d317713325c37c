"""Persons who are forgotten and exports of what is known of one, as people see them. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


class NoSuchErasure(Exception):
    """There is no erasure of this id."""


class NoSuchExport(Exception):
    """There is no export of this id, or its time is over."""


@dataclass(frozen=True)
class Erasure:
    """Forgetting one person: how far it is, what went, and what is left.

    `customer` is '' once it is over: then nothing of it names the person. `step` is the last one done, `waits` says
    why it cannot go on for now. `counts` is what went, by kind; `stays` where words of theirs were still found, by
    place. `certificate` is a file in the spool, '' while there is none.
    """

    id: str
    pseudonym: str
    by: str
    asked_at: datetime
    customer: str = ""
    ended_at: datetime | None = None
    step: str = ""
    waits: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    stays: Mapping[str, int] = field(default_factory=dict)
    certificate: str = ""


@dataclass(frozen=True)
class Preview:
    """What would go if a person were forgotten now, by kind. `why_not` says why it cannot be done now, '' if it can."""

    customer: str
    name: str
    counts: Mapping[str, int]
    #: Numbers and addresses that others have too, so that calls of them stay.
    shared: int = 0
    why_not: str = ""


@dataclass(frozen=True)
class Export:
    """All that is known of one person, in one file; `done` of `of` parts are in it, `until` then it is kept.

    `file` is its name in the spool, '' while it is made and once it is gone; `why` says why it came to nothing.
    """

    id: str
    customer: str
    by: str
    asked_at: datetime
    ended_at: datetime | None = None
    doing: str = ""
    done: int = 0
    of: int = 0
    file: str = ""
    size: int = 0
    until: datetime | None = None
    why: str = ""
