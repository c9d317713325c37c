"""The figures of a set of calls: for the whole site, and for each department.

Owns which calls each formula of `metrics` is given, and the balances that must hold. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from callrouter.events import Outcome
from reports import metrics
from reports.model import CallRecord, Left, Unknown

#: The seconds within which a department answers, where the site does not say.
TARGET = 20.0


@dataclass(frozen=True)
class SiteFigures:
    """All calls, each counted once. Waits and talk are in seconds, the service level is a share from 0 to 1."""

    offered: int
    answered: int
    abandoned: int
    abandoned_in_menu: int
    abandoned_in_queue: int
    abandoned_elsewhere: int
    voicemail: int
    fax: int
    closed: int
    unserved: int
    unknown_number: int
    failed: int
    in_progress: int
    joined_a_line: int
    answered_within: int
    service_level: float | None
    average_wait: float | None
    longest_wait: float | None
    talk_time: float | None

    @property
    def imbalance(self) -> int:
        """Return how many calls are missing from the outcomes: 0 when all is well."""
        return self.offered - (
            self.answered + self.abandoned + self.voicemail + self.fax + self.closed + self.unserved
            + self.unknown_number + self.failed + self.in_progress
        )  # fmt: skip


@dataclass(frozen=True)
class DepartmentFigures:
    """One department's line: every stay in it. `target` is the seconds within which it means to answer."""

    name: str
    target: float
    offered: int
    answered: int
    abandoned: int
    voicemail: int
    moved_on: int
    failed: int
    waiting: int
    answered_within: int
    service_level: float | None
    average_wait: float | None
    longest_wait: float | None
    talk_time: float | None

    @property
    def imbalance(self) -> int:
        """Return how many stays are missing from the ways to leave: 0 when all is well."""
        return self.offered - (
            self.answered + self.abandoned + self.voicemail + self.moved_on + self.failed + self.waiting
        )


def site_figures(calls: Sequence[CallRecord], targets: Mapping[str, float]) -> SiteFigures:
    """Return the figures of all these calls.

    The service level is of the calls that joined a line and wait no more: answered by a department within its own
    target, measured by the caller's wait in all lines together.
    """
    answered = [call for call in calls if call.outcome is Outcome.ANSWERED]
    waits = [metrics.wait_for_answer(call) for call in answered]
    in_line = [call for call in calls if call.stays and all(stay.left is not Left.WAITING for stay in call.stays)]
    within = sum(metrics.count_within(_wait(call), _target(call, targets)) for call in in_line if _served(call))

    def ended(outcome: Outcome) -> int:
        return metrics.count_outcome(calls, outcome)

    return SiteFigures(
        offered=len(calls),
        answered=len(answered),
        abandoned=ended(Outcome.ABANDONED),
        abandoned_in_menu=metrics.count_abandoned(calls, "menu"),
        abandoned_in_queue=metrics.count_abandoned(calls, "queue"),
        abandoned_elsewhere=metrics.count_outcome(calls, Outcome.ABANDONED)
        - metrics.count_abandoned(calls, "menu")
        - metrics.count_abandoned(calls, "queue"),
        voicemail=ended(Outcome.VOICEMAIL),
        fax=ended(Outcome.FAX),
        closed=ended(Outcome.CLOSED),
        unserved=ended(Outcome.UNSERVED),
        unknown_number=ended(Outcome.UNKNOWN_NUMBER),
        failed=ended(Outcome.FAILED),
        in_progress=metrics.count_in_progress(calls),
        joined_a_line=len(in_line),
        answered_within=within,
        service_level=metrics.service_level(within, len(in_line)),
        average_wait=metrics.average_wait([wait for wait in waits if wait is not None]),
        longest_wait=metrics.longest_wait([wait for call in calls for wait in _waits(call)]),
        talk_time=metrics.talk_time([talk.talked for call in calls for talk in call.talks if talk.talked is not None]),
    )


def department_figures(calls: Sequence[CallRecord], name: str, target: float) -> DepartmentFigures:
    """Return the figures of one department, of the stays in its line."""
    stays = [stay for call in calls for stay in call.stays if stay.department == name]
    answered = [stay.waited for stay in stays if stay.left is Left.ANSWERED]
    known = [waited for waited in answered if waited is not None]
    waiting = metrics.count_left(stays, Left.WAITING)
    within = metrics.count_within(known, target)
    talks = [t.talked for call in calls for t in call.talks if t.department == name and t.talked is not None]
    return DepartmentFigures(
        name=name,
        target=target,
        offered=len(stays),
        answered=len(answered),
        abandoned=metrics.count_left(stays, Left.ABANDONED),
        voicemail=metrics.count_left(stays, Left.VOICEMAIL),
        moved_on=metrics.count_left(stays, Left.MOVED_ON),
        failed=metrics.count_left(stays, Left.FAILED),
        waiting=waiting,
        answered_within=within,
        service_level=metrics.service_level(within, len(stays) - waiting),
        average_wait=metrics.average_wait(known),
        longest_wait=metrics.longest_wait([stay.waited for stay in stays if stay.waited is not None]),
        talk_time=metrics.talk_time(talks),
    )


def _served(call: CallRecord) -> bool:
    return any(stay.left is Left.ANSWERED for stay in call.stays)


def _wait(call: CallRecord) -> list[float]:
    """Return the caller's wait from the first line up to the answer of one, all lines together; [] if not known."""
    total = 0.0
    for stay in call.stays:
        if stay.waited is None:
            return []
        total += stay.waited
        if stay.left is Left.ANSWERED:
            break
    return [] if Unknown.WAIT in call.unknown else [total]


def _waits(call: CallRecord) -> list[float]:
    """Return every wait of the caller that is over: up to the first answer, and in each line."""
    found = [stay.waited for stay in call.stays if stay.waited is not None]
    first = metrics.wait_for_answer(call)
    is_over = found and not any(stay.left is Left.WAITING for stay in call.stays)
    together = _wait(call) if _served(call) else [sum(found)] if is_over else []
    return [*found, *together, *([] if first is None else [first])]


def _target(call: CallRecord, targets: Mapping[str, float]) -> float:
    by = next(stay.department for stay in call.stays if stay.left is Left.ANSWERED)
    return targets.get(by, TARGET)
