"""A report that was issued: what was asked, by which definition, and what became of it. Values only; knows no table."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from reports.period import Period
from reports.rules import Above, Below, Definition, Rule

#: What the ledger calls our deliveries and our jobs; what people order by hand is made apart from what is scheduled.
KIND, DUE, MAKE, MAKE_ASKED = "report", "report due", "report make", "report make asked"
#: A delivery that tells that a report was not made.
FAILURE = "report failure"
#: Is woken when something becomes of an issued report.
TOPIC = "reports issued"
#: An issued report and its files are kept for so long.
KEPT = timedelta(days=400)
#: Made so long after it was due, a report is said to be late.
LATE = timedelta(minutes=15)
#: Letters of the account that asked; see `asker`.
_MOST_BY = 64


class State(StrEnum):
    """Where an issued report stands."""

    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What is done of one that is being made; each begins at a share of the whole, see `SHARES`."""

    WAITING = "waiting"
    READING = "reading"
    COUNTING = "counting"
    DRAWING = "drawing"
    KEEPING = "keeping"


SHARES: Mapping[Step, float] = {
    Step.WAITING: 0.0,
    Step.READING: 0.05,
    Step.COUNTING: 0.15,
    Step.DRAWING: 0.6,
    Step.KEEPING: 0.95,
}


@dataclass(frozen=True)
class Order:
    """What is to be made. `departments` are those that who asks may see, None for all.

    `schedule` is '' for a report that somebody asked for by hand, `moment` when a schedule's was due. `to` are the
    addresses that it is mailed to. `issued` is the id of the report, once it is made.
    """

    report: str
    period: Period
    form: str
    definition: Definition
    by: str = ""
    department: str = ""
    person: str = ""
    minutes: int = 60
    departments: frozenset[str] | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    to: tuple[str, ...] = ()
    schedule: str = ""
    moment: datetime | None = None
    issued: str = field(default="", compare=False)

    @property
    def within(self) -> frozenset[str] | None:
        """The departments whose calls are in it; None for all."""
        return frozenset({self.department}) if self.department else self.departments

    def asked(self) -> dict[str, Any]:
        """Return what it was asked with besides time and definition, as JSON values."""
        return {
            "zone": str(self.period.zone),
            "department": self.department,
            "person": self.person,
            "minutes": self.minutes,
            "departments": None if self.departments is None else sorted(self.departments),
            "more": dict(self.more),
            "to": list(self.to),
        }


@dataclass(frozen=True)
class Said:
    """A figure of the head in words."""

    title: str
    value: str
    sub: str = ""


@dataclass(frozen=True)
class Summary:
    """What lists and mails say of a report that is made. `name` is what its file is called."""

    title: str = ""
    company: str = ""
    period: str = ""
    scope: str = ""
    name: str = ""
    head: tuple[Said, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} | {
            "head": [[figure.title, figure.value, figure.sub] for figure in self.head]
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Summary:
        """Return what `plain` made, or an empty one."""
        return cls(
            **{name: str(plain.get(name, "")) for name in ("title", "company", "period", "scope", "name")},
            head=tuple(Said(*figure) for figure in plain.get("head", ())),
            warnings=tuple(plain.get("warnings", ())),
            notes=tuple(plain.get("notes", ())),
        )


@dataclass(frozen=True)
class Issued:
    """A report that was issued. `file` and `document` are names in the spool, once it is ready."""

    id: str
    order: Order
    asked_at: datetime
    state: State = State.MAKING
    step: Step = Step.WAITING
    progress: float = 0.0
    why: str = ""
    made_at: datetime | None = None
    file: str = ""
    document: str = ""
    summary: Summary = Summary()

    @property
    def late(self) -> bool:
        """Tell whether a scheduled report was made long after it was due."""
        moment, at = self.order.moment, self.made_at or self.asked_at
        return moment is not None and at - moment > LATE

    def may_be_seen_by(self, departments: frozenset[str] | None) -> bool:
        """Tell whether somebody who may see these departments, None for all, may see it."""
        within = self.order.within
        return departments is None or (within is not None and within <= departments)


def asker(account: str) -> str:
    """Return the account that asks as it is kept with a report: a token's may be longer than what a row holds.

    >>> asker("sue"), len(asker("token " + "x" * 64))
    ('sue', 64)
    """
    if len(account) <= _MOST_BY:
        return account
    mark = hashlib.sha256(account.encode()).hexdigest()[:12]
    return f"{account[: _MOST_BY - 13]}-{mark}"


def definition_plain(definition: Definition) -> dict[str, Any]:
    """Return a definition as JSON values."""
    rule = definition.rule
    return {
        "targets": dict(definition.targets),
        "short": definition.short,
        "rule": {one.name: getattr(rule, one.name) for one in fields(rule)},
    }


def definition_from(plain: Mapping[str, Any]) -> Definition:
    """Return the definition that `definition_plain` wrote."""
    rule = dict(plain["rule"])
    made = Rule(**rule | {"above": Above(rule["above"]), "below": Below(rule["below"])})
    return Definition(dict(plain["targets"]), plain["short"], made)


def period_from(start: datetime, end: datetime, zone: str) -> Period:
    """Return a stored period."""
    return Period(start, end, ZoneInfo(zone))
