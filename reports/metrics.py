"""The formulas of every figure, each with its definition, unit, clock and exclusions. Pure.

The words: a call is *offered to the site* when it comes in, *offered to a department* when the caller joins its line.
A call with two departments is offered to both, and once more when it comes back; the site counts every call once.
A call belongs wholly to the day on which it came in. A ratio or mean of nothing is None, never 0 and never 100 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from callrouter.events import Outcome
from reports.model import CallRecord, Left, Offer, Stay

#: An agent who did one of these let a call go by that was his to take.
MISSED = frozenset({"no answer", "busy"})


def count_outcome(calls: Iterable[CallRecord], outcome: Outcome) -> int:
    """Count the calls that ended so.

    Formula: number of calls whose one outcome is this. Unit: calls. Clock: none.
    Exclusions: calls in progress; they have no outcome yet. A call that an agent answered and then passed on to a
    mailbox counts as voicemail here, and as answered in the agent's department.
    """
    return sum(call.outcome is outcome for call in calls)


def count_abandoned(calls: Iterable[CallRecord], place: str) -> int:
    """Count the calls whose caller gave up in `place`: menu, queue, ringing or voicemail.

    Formula: number of calls with outcome abandoned whose caller was there at the hang-up. Unit: calls.
    Exclusions: none; short abandons are counted, whatever their wait. A caller who hangs up in a menu after having
    heard that nobody is there counts as closed.
    """
    return sum(call.outcome is Outcome.ABANDONED and call.abandoned_in == place for call in calls)


def count_in_progress(calls: Iterable[CallRecord]) -> int:
    """Count the calls that have not ended, as far as the journal knows. Unit: calls."""
    return sum(call.ended_at is None for call in calls)


def count_left(stays: Iterable[Stay], left: Left) -> int:
    """Count the stays in a line that ended so. Unit: stays; a caller who comes back stays twice."""
    return sum(stay.left is left for stay in stays)


def count_within(waits: Iterable[float], target: float) -> int:
    """Count the waits of at most `target` seconds.

    >>> count_within([5.0, 20.0, 20.1], target=20.0)
    2
    """
    return sum(wait <= target for wait in waits)


def service_level(within: int, offered: int) -> float | None:
    """Return the service level, in the variant that counts every abandon: answered within T ÷ offered.

    Formula: answered within target ÷ offered, abandoned, moved on and failed included. Unit: a share from 0 to 1.
    Clock: starts when the caller joins the line (not at the first ring of the call), ends at the agent's answer.
    Exclusions: callers who still wait; they are not judged yet. Not one abandon is excluded, however short: the
    variant without abandons is higher.

    Five callers joined a line, two were answered within the target:

    >>> service_level(within=2, offered=5)
    0.4
    >>> service_level(within=0, offered=0) is None
    True
    """
    return None if offered == 0 else within / offered


def average_wait(waits: Sequence[float]) -> float | None:
    """Return the average speed of answer (ASA).

    Formula: Σ wait of answered ÷ number answered. Unit: seconds.
    Clock: starts when the caller joins a line (where there was none: when the phone rings), ends at the answer.
    Exclusions: all who were not answered; their wait is in `longest_wait`.

    >>> average_wait([4.0, 8.0])
    6.0
    >>> average_wait([]) is None
    True
    """
    return sum(waits) / len(waits) if waits else None


def longest_wait(waits: Sequence[float]) -> float | None:
    """Return the longest wait, of those who were answered and of those who were not.

    Formula: max of all waits that are over. Unit: seconds. Clock: as in `average_wait`, up to the end of waiting.
    Exclusions: who still waits, and whose end of waiting nobody saw.

    >>> longest_wait([4.0, 31.5, 8.0])
    31.5
    >>> longest_wait([]) is None
    True
    """
    return max(waits, default=None)


def talk_time(talks: Sequence[float]) -> float | None:
    """Return the talk time, hold included.

    Formula: Σ seconds from an agent's answer to the end of that conversation. Unit: seconds.
    Clock: starts at the answer of each agent, ends when this agent or the caller leaves. It is the customer's
    conversation, not the leg: menus, waiting, ringing and wrap-up are not in it.
    Exclusions: conversations under way.

    >>> talk_time([60.0, 30.0])
    90.0
    >>> talk_time([]) is None
    True
    """
    return sum(talks) if talks else None


def average_talk(talks: Sequence[float]) -> float | None:
    """Return the mean talk time: Σ talk ÷ number of conversations that are over. Unit: seconds.

    >>> average_talk([60.0, 30.0])
    45.0
    """
    return sum(talks) / len(talks) if talks else None


def count_missed(offers: Iterable[Offer]) -> int:
    """Count the ringings that an agent let go by: no answer (RNA) or declined. Unit: ringings.

    Exclusions: phones that could not be reached, and ringing that ended because a colleague answered or the
    caller gave up.
    """
    return sum(offer.reply in MISSED for offer in offers)
