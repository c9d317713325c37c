"""Owns how long to wait before trying again. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Waits that double from `first` to `longest` seconds, for `attempts` attempts in all."""

    first: float = 5.0
    longest: float = 3600.0
    attempts: int = 12

    def delay(self, attempt: int, chance: float) -> float | None:
        """Return the wait after failed attempt number `attempt`, from 1; None when it was the last.

        `chance` from 0 to 1 spreads it over the upper half, so that what failed together does not return together:
        with the defaults attempt 3 waits from 10 to 20 seconds.
        """
        if attempt >= self.attempts:
            return None
        whole = min(self.first * 2.0 ** min(attempt - 1, 60), self.longest)
        return whole * (0.5 + 0.5 * chance)
