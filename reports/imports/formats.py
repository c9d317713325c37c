"""What a source was imported with, and the format made of it: so its lines are read the same at any later time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from reports.imports.cdr import Cdr
from reports.imports.cdr_contact import Inbound, Reading
from reports.imports.cel import Cel
from reports.imports.model import Format, Kind, Names
from reports.imports.numbers import Numbers
from reports.imports.queue_log import QueueLog


@dataclass(frozen=True)
class Options:
    """What is said of a source at its import. `zone` is the clock of the machine that wrote the files.

    `country` is that of numbers without one, and `inside` says that calls from extensions count in a queue_log;
    `departments` and `people` are our names for queues and agents of the file; the rest is for CDR files only.
    """

    zone: str = "UTC"
    country: str = ""
    inside: bool = False
    departments: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    columns: str = ""
    contexts: tuple[str, ...] = ()
    trunks: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    menus: bool = True

    def agree_with(self, other: Options, kind: Kind) -> bool:
        """Tell whether lines read with these options and with those are of one source; a queue_log needs no zone.

        Nobody gives options for our own Asterisk's events: they follow the site.
        """
        return kind is Kind.CEL or self == (replace(other, zone=self.zone) if kind is Kind.QUEUE_LOG else other)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        told = {**asdict(self), "departments": dict(self.departments), "people": dict(self.people)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}


def options_from(stored: Mapping[str, Any]) -> Options:
    """Read options back; what a later version wrote beside is left out."""
    known: dict[str, Any] = {name: stored[name] for name in Options.__dataclass_fields__ if name in stored}
    for name in ("contexts", "trunks", "numbers"):
        known[name] = tuple(known.get(name, ()))
    return Options(**known)


def reading_of(options: Options) -> Reading:
    """Return what these options say of rows, and of the names in them."""
    inbound = Inbound(frozenset(options.contexts), frozenset(options.trunks), frozenset(options.numbers))
    names = Names(options.departments, options.people)
    return Reading(inbound, options.menus, names, Numbers(options.country, options.inside))


def format_of(kind: str, options: Options) -> Format:
    """Return the format of a source."""
    reading, zone = reading_of(options), ZoneInfo(options.zone)
    if kind == Kind.QUEUE_LOG:
        return QueueLog(zone, reading.names, reading.numbers)
    if kind == Kind.CEL:
        return Cel(reading.numbers)
    return Cdr(zone, reading, options.columns)
