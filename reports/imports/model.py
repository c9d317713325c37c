"""The values of an import: where a file is from, what its lines came to, what was not understood. Knows no format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from reports.model import CallRecord

#: Longer names of queues and agents do not fit the tables of reports.
LONGEST_NAME = 40
#: A contact with more lines than this has a fault of its own; the rest is left out and counted on the record.
MOST_LINES = 2_000


class ImportRefused(Exception):
    """This file cannot be imported; the text says why and what would help."""


class Kind(StrEnum):
    """The kinds of files, named as in the records made of them."""

    QUEUE_LOG = "queue_log"
    CDR = "cdr"
    #: Channel events of our own Asterisk, for back-fill.
    CEL = "cel"


@dataclass(frozen=True)
class Source:
    """Files of one kind from one Asterisk; `host` is '' for the site's own, whose ids our journal has as well."""

    kind: Kind
    host: str = ""

    @property
    def name(self) -> str:
        """Return the name that its records carry, such as "queue_log" or "cdr@old-pbx"."""
        return f"{self.kind}@{self.host}" if self.host else self.kind.value

    def contact(self, key: str) -> str:
        """Return the id of a contact of this source; the same however often its file is read."""
        return f"{self.name}:{key}"


@dataclass(frozen=True)
class Entry:
    """A line that was understood: which contact's it is (`key`), and its text in the form that is kept.

    `again` is True where the same line twice in one second is two things that happened; else it counts once.
    """

    key: str
    text: str
    at: datetime
    again: bool = False


@dataclass(frozen=True)
class Fault:
    """A line that was not understood, or not wholly: the text is what stood there, cut short."""

    line: int
    text: str
    why: str


class AgentWord(StrEnum):
    """What a file says of an agent."""

    LOGGED_IN = "logged in"
    LOGGED_OUT = "logged out"
    PAUSED = "paused"
    READY = "ready"
    #: The PBX itself, then of nobody: who was logged in to it before may not be any more.
    STARTED = "started"


@dataclass(frozen=True)
class AgentMoment:
    """An agent's state changed, by the source's own words; `queue` is the one line it is about, '' for all.

    The start of the PBX is nobody's: `agent` is ''.
    """

    at: datetime
    agent: str
    state: AgentWord
    reason: str = ""
    queue: str = ""


@dataclass(frozen=True)
class Parsed:
    """What one line of a file came to; empty for a line that says nothing of contacts.

    `aside` names, in a few words, why a line that was understood makes no contact; these are counted.
    """

    entry: Entry | None = None
    moments: tuple[AgentMoment, ...] = ()
    fault: Fault | None = None
    aside: str = ""


@dataclass(frozen=True)
class Names:
    """What queues and agents of the file are called here; who is not named keeps the name."""

    departments: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)

    def department(self, queue: str) -> str:
        """Return our name of a queue."""
        return self.departments.get(queue, queue)[:LONGEST_NAME]

    def person(self, agent: str) -> str:
        """Return our name of an agent."""
        return self.people.get(agent, agent)[:LONGEST_NAME]


class Format(Protocol):
    """One form of file: how a line is read, and what a contact's lines amount to. Pure, but for what `begin` saw."""

    def begin(self, first: Sequence[str]) -> None:
        """Look at the first lines of the file before any is parsed. Raises ImportRefused where that says enough."""

    def parse(self, number: int, text: str) -> Parsed:
        """Return what a line says; never raises for what a file may hold."""

    def record(self, contact: str, source: str, lines: Sequence[str]) -> CallRecord | None:
        """Return the record of a contact's kept lines, in any order; None where they are none of a customer's call.

        A line counts as often as it is given if its entry said `again`, else once. As long as the lines do not end
        it, it has not ended.
        """
