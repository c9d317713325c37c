"""The formulas of every figure, each with its definition, unit, clock and exclusions. Pure.

The words: a call is *offered to the site* when it comes in, *offered to a department* when the caller joins its line.
A call with two departments is offered to both, and once more when it comes back; the site counts every call once.
A call belongs wholly to the day on which it came in. A ratio or mean of nothing is None, never 0 and never 100 %.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from callrouter.events import Outcome
from ivr.conversation import Reply
from reports.model import CallRecord, Left, Stay, Transfer, Unknown


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


def wait_for_answer(call: CallRecord) -> float | None:
    """Return how long a caller waited for the first answer, in seconds.

    All lines before that answer are added up, and nothing after it: who is passed on and waits again was answered
    before. None without an answer, and where nobody told.
    """
    if Unknown.WAIT in call.unknown or not (call.answered_by or call.talks or call.outcome is Outcome.ANSWERED):
        return None
    at = call.answered_at or (call.talks[0].since if call.talks else None)
    before = [stay for stay in call.stays if at is None or stay.joined_at <= at]
    by = next((n for n, stay in enumerate(before) if stay.left is Left.ANSWERED), None)
    waits = [stay.waited for stay in (before if by is None else before[: by + 1])]
    if by is None:  # a person was called, not a line
        if len(before) == len(call.stays) and len(call.talks) <= 1:
            return call.waited
        waits.append(next((offer.rang for offer in call.offers if offer.reply == Reply.ANSWERED), None))
    known = [wait for wait in waits if wait is not None]
    return sum(known) if len(known) == len(waits) else None


def average_wait(waits: Sequence[float]) -> float | None:
    """Return the average speed of answer (ASA).

    Formula: Σ wait of answered ÷ number answered. Unit: seconds.
    Clock: starts when the caller joins a line (where there was none: when the phone rings), ends at the first answer;
    of a department, in its own line alone.
    Exclusions: all who were not answered, and waits after an answer, of callers who were passed on: those are in
    `longest_wait`. Waits that nobody told of.

    >>> average_wait([4.0, 8.0])
    6.0
    >>> average_wait([]) is None
    True
    """
    return sum(waits) / len(waits) if waits else None


def longest_wait(waits: Sequence[float]) -> float | None:
    """Return the longest wait, of those who were answered and of those who were not.

    Formula: max of all waits that are over, in all lines up to the first answer together, and in one line after it.
    Unit: seconds. Clock: as in `average_wait`, up to the end of waiting.
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


def count_offered(calls: Iterable[CallRecord]) -> int:
    """Count the calls that came in.

    Formula: number of calls that reached a number of ours, each once, however many departments and people it had.
    Unit: calls. Clock: the moment the call came in says to which day, hour and interval it belongs, whole.
    Exclusions: calls between colleagues, and calls that we placed.
    """
    return sum(1 for _ in calls)


def count_stays(stays: Iterable[Stay]) -> int:
    """Count the times that a caller joined a department's line.

    Formula: number of stays in the line. Unit: stays; a caller who comes back stays twice, and one who overflows is
    offered to both departments. Clock: the day and hour of the whole call.
    Exclusions: calls that rang at a person directly, without a line.
    """
    return sum(1 for _ in stays)


def count_short(stays: Iterable[Stay], short: float) -> int:
    """Count the abandons so short that the caller did not really wait.

    Formula: number of stays that the caller gave up within the site's time for short abandons. Unit: stays.
    Clock: from joining the line to the hang-up.
    Exclusions: none; they are among the abandoned as well.
    """
    return sum(stay.left is Left.ABANDONED and stay.waited is not None and stay.waited <= short for stay in stays)


def count_overflowed(stays: Iterable[Stay]) -> int:
    """Count the stays that were led on to somewhere else than a mailbox.

    Formula: number of stays that ended by the department's overflow, a full line or a key, with the caller led on.
    Unit: stays. Exclusions: messages left, which count as voicemail.
    """
    return count_left(stays, Left.MOVED_ON)


def count_transfers(transfers: Iterable[Transfer]) -> int:
    """Count the times that an agent passed a caller on.

    Formula: number of transfers: blind, attended, or early, while the colleague's phone still rang. Unit: transfers.
    Clock: the day and hour of the whole call. Exclusions: overflow, and destinations that a menu chose.
    """
    return sum(1 for _ in transfers)


def share(part: int, of: int) -> float | None:
    """Return a part of a whole as a share from 0 to 1; None of nothing.

    >>> share(1, 4), share(0, 0)
    (0.25, None)
    """
    return None if of == 0 else part / of


def repeats(calls: Sequence[tuple[str, int]], within: int) -> int:
    """Count the calls that came after another one from the same number within the time.

    Formula: number of calls whose number had called before, less than this time ago. Unit: calls.
    Clock: from the one call's coming in to the other's. Exclusions: calls without a number.
    Source: repeat call rate, as contact centres measure it: by number, since the reason is not known.

    >>> repeats([("+3701", 0), ("+3702", 10), ("+3701", 50), ("", 60), ("", 61)], within=86_400)
    1
    """
    last: dict[str, int] = {}
    found = 0
    for ani, second in sorted(calls, key=lambda call: call[1]):
        if ani and ani in last and second - last[ani] < within:
            found += 1
        last[ani] = second
    return found


def first_contact_resolution(answered: Iterable[str], again: Collection[str]) -> float | None:
    """Return the share of answered calls after which the caller did not call again.

    Formula: answered calls whose number does not come in again within seven days ÷ answered calls with a number.
    Unit: a share from 0 to 1. Clock: seven days from the call's coming in.
    Exclusions: calls without a number. That somebody was content and called about something else is not known.
    Source: first contact resolution by repeat, the measure that needs no survey.

    >>> first_contact_resolution(["a", "b", "c", "d"], {"b"})
    0.75
    """
    calls = list(answered)
    return share(sum(call not in again for call in calls), len(calls))


def reached_nobody(calls: Sequence[CallRecord]) -> int:
    """Count the tries of callers who gave up, found us closed, came to no end, or were cut off by our fault.

    Formula: number of calls with one of these outcomes, of a number that nobody has spoken to since: it neither got
    through, nor left a message or fax, nor answered a call of ours. Unit: calls; the report has a line for each
    number. Clock: from the last try's coming in, up to the moment the report was made; a conversation counts whose
    end is in it, whenever it began, and so does a call under way. Exclusions: calls without a number.
    """
    gone = (Outcome.ABANDONED, Outcome.CLOSED, Outcome.UNSERVED, Outcome.FAILED)
    served = (Outcome.ANSWERED, Outcome.VOICEMAIL, Outcome.FAX)
    count = 0
    for number in {call.ani for call in calls if call.ani}:
        theirs = sorted((call for call in calls if call.ani == number), key=lambda call: call.offered_at)
        tries = [call for call in theirs if call.outcome in gone]
        if tries and not any(
            call.ended_at is None or (call.outcome in served and call.ended_at >= tries[-1].offered_at)
            for call in theirs
        ):
            count += len(tries)
    return count
