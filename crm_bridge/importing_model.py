"""What an import is: whose file, how it is read, by which rule, how far it has come. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from crm_bridge.exchange.limits import Limits
from crm_bridge.exchange.plan import Field, Plan, Wishes
from crm_bridge.exchange.rows import Mark, Refused, Row

#: Of a file, bytes.
LARGEST = 100_000_000
#: Rows refused, or not taken in full, that are kept with their cells; the rest is counted.
MOST_TOLD = 10_000
#: A transaction holds the database for less than 0.1 s: whoever tells of a call waits no longer for its turn.
LIMITS = Limits(bytes=LARGEST, together=500)


class NoSuchImport(Exception):
    """There is no import of this id."""


class Rule(StrEnum):
    """What becomes of a row whose customer is there already, which is so only where it is certain."""

    SKIP = "skip"
    JOIN = "join"
    ADD = "add"


class State(StrEnum):
    """Where an import stands."""

    DRAFT = "draft"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNDOING = "undoing"
    UNDONE = "undone"


UNDER_WAY = frozenset({State.WAITING, State.RUNNING, State.UNDOING})
#: What was brought by one that stands so can be taken back.
CAN_BE_UNDONE = frozenset({State.DONE, State.CANCELLED, State.FAILED})


@dataclass(frozen=True)
class Counts:
    """What became of rows. `companies` were made because rows named them; `removed` and `kept` count an undo."""

    added: int = 0
    joined: int = 0
    known: int = 0
    refused: int = 0
    warned: int = 0
    companies: int = 0
    removed: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Import:
    """One import. `file_name` is what its owner calls the file, `file` what we do, '' once it is gone.

    `done` are the bytes read, `mark` the last row whose fate is on disk. `why` says what stopped it, or what it waits
    for. `undone_by` took it back.
    """

    id: str
    by: str
    at: datetime
    file_name: str
    size: int
    digest: str
    file: str = ""
    plan: Plan | None = None
    wishes: Wishes = field(default_factory=Wishes)
    rule: Rule = Rule.SKIP
    state: State = State.DRAFT
    began: datetime | None = None
    ended: datetime | None = None
    done: int = 0
    mark: Mark = field(default_factory=Mark)
    counts: Counts = field(default_factory=Counts)
    why: str = ""
    undone_by: str = ""

    @property
    def share(self) -> float:
        """How much of it is done, 0..1; of an undo, how much is taken back."""
        if self.state in (State.UNDOING, State.UNDONE):
            of = self.counts.added + self.counts.joined + self.counts.companies
            return min(1.0, (self.counts.removed + self.counts.kept) / of) if of else 1.0
        return min(1.0, self.done / self.size) if self.size else 0.0

    def left(self, now: datetime) -> float | None:
        """Say how many seconds it will go on if it goes on as until now; None where nobody can know."""
        share = self.share
        if self.began is None or self.state not in UNDER_WAY or share < 0.02:
            return None
        return max(0.0, (now - self.began).total_seconds() * (1 - share) / share)


class Fated(StrEnum):
    """What a row of the preview would become."""

    NEW = "new"
    JOIN = "join"
    SKIP = "skip"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Fate:
    """What would become of one row, and why; `customer` is the one that is there, `called` its name.

    `company` is the organisation it would belong to, and `company_is_new` says that there is none of this name yet.
    """

    row: Row | Refused
    fated: Fated
    why: str = ""
    customer: str = ""
    called: str = ""
    company: str = ""
    company_is_new: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """An import before it begins: how its file is read, and what its first rows would become."""

    plan: Plan
    rule: Rule
    fates: tuple[Fate, ...]
    own: Mapping[str, str] = field(default_factory=dict)  # the site's own fields: label by name


@dataclass(frozen=True)
class Told:
    """A row that was refused, or (`taken`) came in without all that it said."""

    row: Refused
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Before:
    """What a row of a file brought when the file came before: to whom, '' for one who is gone, and by which imports.

    `part` is the key's next part, for what it brings when it is read otherwise.
    """

    customer: str
    imports: tuple[str, ...]
    part: int


def wishes_as_dict(wishes: Wishes) -> dict[str, Any]:
    """Return wishes as values of JSON; `wishes_of` reads them."""
    meanings = {str(index): [field.value, label] for index, (field, label) in wishes.meanings.items()}
    return {
        "encoding": wishes.encoding,
        "delimiter": wishes.delimiter,
        "header": wishes.header,
        "meanings": meanings,
    }


def wishes_of(said: Mapping[str, Any]) -> Wishes:
    """Return the wishes of `wishes_as_dict`."""
    meanings = {int(index): (Field(field), str(label)) for index, (field, label) in said.get("meanings", {}).items()}
    return Wishes(said.get("encoding"), said.get("delimiter"), said.get("header"), meanings)
