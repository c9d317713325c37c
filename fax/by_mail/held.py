"""Owns which mails wait for another try, so that one that cannot be read does not stand before all others. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ledger.backoff import Backoff

#: Those beyond are tried with every round, which is no harm but work.
MOST = 1_000
_WAITS = Backoff(first=60.0, longest=600.0, attempts=1_000_000)


@dataclass(frozen=True)
class _Waiting:
    tries: int
    until: float


class Held:
    """Mails that failed, by UID, as long as the folder keeps its UIDVALIDITY; times are of a monotonic clock."""

    def __init__(self) -> None:
        self._validity = 0
        self._waiting: dict[int, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def due(self, validity: int, there: Collection[int], now: float) -> list[int]:
        """Return those of a folder that may be tried now, in their order; forget those that are there no more."""
        if validity != self._validity:
            self._validity, self._waiting = validity, {}
        still = set(there)
        self._waiting = {uid: waiting for uid, waiting in self._waiting.items() if uid in still}
        return [uid for uid in there if uid not in self._waiting or self._waiting[uid].until <= now]

    def tries(self, uid: int) -> int:
        """Return how often a mail failed."""
        return self._waiting[uid].tries if uid in self._waiting else 0

    def failed(self, uid: int, now: float) -> None:
        """Let a mail wait, longer with each failure."""
        tries = self.tries(uid) + 1
        if uid in self._waiting or len(self._waiting) < MOST:
            self._waiting[uid] = _Waiting(tries, now + (_WAITS.delay(tries, 1.0) or _WAITS.longest))

    def done(self, uid: int) -> None:
        """Forget a mail that is seen to."""
        self._waiting.pop(uid, None)
