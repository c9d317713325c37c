"""Digits in place of those that the journal does not tell, since they are secret or belong to somebody forgotten.

Owns making an entry of the same length that a menu takes, or refuses, as it did that of the caller. Pure.
"""

from __future__ import annotations

from callrouter.backtest.past import Answer
from config.schema import Collect
from ivr.digits import Status, Verdict, luhn, number

_KEYS = frozenset("0123456789*#")
#: What stands in the journal for each digit of a secret.
MASK = "•"


def is_keys(text: str) -> bool:
    """Tell whether this is what somebody pressed, and not what hides it."""
    return _KEYS.issuperset(text)


def keys_for(collect: Collect, answer: Answer) -> str | None:
    """Return digits for an answer that is hidden; None where there are none that come to the same.

    An answer that was taken is one that is taken here, if its length can be; of one that was refused only its length
    is known.
    """
    length = len(answer.keys) if set(answer.keys) == {MASK} else collect.shortest
    if answer.status != Status.MATCH:
        return _refused(collect, length)
    starts = next((start for start in collect.starts_with if len(start) <= length), "")
    for last in "0123456789":
        digits = (starts.ljust(length - 1, "0") + last)[:length] if len(starts) < length else starts
        if collect.check == "none" or luhn(digits):
            return digits
    return starts.ljust(length, "0")


def _refused(collect: Collect, length: int) -> str | None:
    judge = number(collect)
    for digit in "987654321":
        digits = digit * length
        if judge(digits) not in (Verdict.ENOUGH, Verdict.COMPLETE):
            return digits
    return None
