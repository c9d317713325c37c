"""When the caller of a `FakeCall` presses which key: by a script or by the second.

Owns nothing but that; the clock is the channel's, and what a key does is the server's.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Press:
    """A key pressed at a second of the call. It is lost if nobody listens then, as on a real line."""

    key: str
    at: float


class Keys:
    """What is still to be pressed."""

    def __init__(self, presses: str | Sequence[Press]) -> None:
        self._script: deque[str | float] = deque()
        self._timed: deque[Press] = deque()
        if not isinstance(presses, str):
            self._timed.extend(sorted(presses, key=lambda press: press.at))
            return
        for word in presses.split():
            if word.startswith("w"):
                self._script.append(float(word[1:]))
            else:
                self._script.extend(word)

    def next(self, now: float, seconds: float, listens: str) -> tuple[str, float]:
        """Return the key that comes within `seconds` and after how long; or no key, and `seconds`."""
        while self._timed and self._timed[0].at <= now + seconds:
            press = self._timed.popleft()
            if press.at >= now and press.key in listens:
                return press.key, press.at - now
        passed = 0.0
        while self._script:
            head = self._script[0]
            if isinstance(head, str):
                if head not in listens:
                    break
                self._script.popleft()
                return head, passed
            if head > seconds - passed:
                self._script[0] = head - (seconds - passed)
                break
            passed += head
            self._script.popleft()
        return "", seconds
