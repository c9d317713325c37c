"""Owns how often somebody may try: counts for each key that shrink again with time, in bounded memory.

Pure: the time is passed in, and what is tried is unknown here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Used:
    tries: float
    at: float


class _Counts:
    """How much of each key is used, one try less every `refill` seconds; remembers at most `bound` keys.

    When the memory is full the key that was quiet the longest is forgotten, and begins anew.
    """

    def __init__(self, refill: float, bound: int) -> None:
        self._refill = refill
        self._bound = bound
        self._used: OrderedDict[str, _Used] = OrderedDict()

    def __len__(self) -> int:
        return len(self._used)

    def used(self, key: str, now: float) -> float:
        used = self._used.get(key)
        return max(0.0, used.tries - (now - used.at) / self._refill) if used is not None else 0.0

    def note(self, key: str, tries: float, now: float) -> None:
        self._used.pop(key, None)
        if tries > 0:
            self._used[key] = _Used(tries, now)
            if len(self._used) > self._bound:
                self._used.popitem(last=False)


class Allowance:
    """`tries` at once for each key, then one more every `refill` seconds: what goes beyond is refused."""

    def __init__(self, tries: int, refill: float, bound: int = 10_000) -> None:
        self._tries = tries
        self._refill = refill
        self._counts = _Counts(refill, bound)

    def __len__(self) -> int:
        """Count the keys that are remembered."""
        return len(self._counts)

    def take(self, key: str, now: float) -> float:
        """Use one try and return 0, or use none and return the seconds until there is one again."""
        used = self._counts.used(key, now)
        if used > self._tries - 1:
            return (used - (self._tries - 1)) * self._refill
        self._counts.note(key, used + 1, now)
        return 0.0

    def left(self, key: str, now: float) -> float:
        """Return how many tries there are now; those missing come back one by one."""
        return self._tries - self._counts.used(key, now)

    def give_back(self, key: str, now: float) -> None:
        """Return a try: it was a good one."""
        self._counts.note(key, self._counts.used(key, now) - 1, now)


class Brake:
    """`tries` at once for each key, then each more is slower by `step` seconds, up to `longest`; none is refused."""

    def __init__(self, tries: int, refill: float, step: float, longest: float, bound: int = 10_000) -> None:
        self._tries = tries
        self._step = step
        self._longest = longest
        #: More are not counted, so that the brake is loose again soon after the last one.
        self._most = tries + longest / step
        self._counts = _Counts(refill, bound)

    def __len__(self) -> int:
        """Count the keys that are remembered."""
        return len(self._counts)

    def take(self, key: str, now: float) -> float:
        """Use one try and return the seconds it has to wait."""
        used = min(self._most, self._counts.used(key, now) + 1)
        self._counts.note(key, used, now)
        return min(self._longest, max(0.0, used - self._tries) * self._step)

    def give_back(self, key: str, now: float) -> None:
        """Return a try: it was a good one."""
        self._counts.note(key, self._counts.used(key, now) - 1, now)
