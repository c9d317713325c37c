"""PINs asked for by phone: the asking, and the lock on a phone that guesses.

Owns both for every dialogue that begins with a PIN. Which PIN is right, and what it opens, is not known here; neither
PIN nor keys are written anywhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from config.schema import Collect, Wait
from config.values import Destination
from ivr import digits
from ivr.conversation import NOTHING, Conversation, Heard
from ledger.clock import Clock
from ledger.log import Log

#: Wrong PINs that a phone may send, and how long it is locked then, seconds; each further time twice as long.
MOST_WRONG, LOCKED_FOR, LONGEST_LOCK = 3, 300.0, 86_400.0
#: So often somebody who presses nothing is asked.
MOST_ASKED = 3

_PIN = Collect(name="pin", least=1, most=12, secret=True, go=Destination(kind="hangup"))
_PIN_CLOCKS = Wait(first_key=8.0, between_keys=4.0, whole=30.0)
_log = Log(__name__)


@dataclass
class _Lock:
    """Wrong PINs of one phone."""

    wrong: int = 0
    locks: int = 0
    until: float = 0.0


@dataclass
class PinLocks:
    """Remembers which phones guess. One for each thing that PINs open; there are as many phones as the site has."""

    clock: Clock
    #: What is locked, for the log.
    what: str
    _locks: dict[str, _Lock] = field(default_factory=dict)

    def is_locked(self, phone: str) -> bool:
        """Tell whether this phone may not even try now."""
        lock = self._locks.get(phone)
        return lock is not None and self.clock.monotonic() < lock.until

    def right(self, phone: str) -> None:
        """Forget the wrong PINs of a phone that knew the right one."""
        self._locks.pop(phone, None)

    def wrong(self, phone: str) -> None:
        """Count a wrong PIN; too many lock the phone for a while."""
        lock = self._locks.setdefault(phone, _Lock())
        lock.wrong += 1
        if lock.wrong >= MOST_WRONG:
            lock.wrong = 0
            lock.until = self.clock.monotonic() + min(LOCKED_FOR * 2.0**lock.locks, LONGEST_LOCK)
            lock.locks = min(lock.locks + 1, 20)
            _log.warning(f"too many wrong PINs: the phone is locked out of {self.what} for now", person=phone)


async def ask_pin(conversation: Conversation, pressed: Heard, ask: Callable[[], Awaitable[Heard]]) -> str | None:
    """Return what was entered, beginning with what is pressed already; None when nothing was, again and again."""
    first = pressed
    for _ in range(MOST_ASKED):
        first = first or await ask()
        entry = await digits.collect_keys(conversation, first, digits.number(_PIN), _PIN_CLOCKS)
        if entry.text:
            return entry.text
        first = NOTHING
    return None


async def admitted(
    conversation: Conversation, locks: PinLocks, phone: str, pin: str, say: Callable[[str], Awaitable[Heard]]
) -> bool:
    """Ask for one PIN until it is right; says itself why a phone is not let in. `say` plays a phrase of ours."""
    pressed = NOTHING
    while not locks.is_locked(phone):
        entered = await ask_pin(conversation, pressed, lambda: say("inbox_pin"))
        if entered is None:
            return False
        if hmac.compare_digest(pin, entered):
            locks.right(phone)
            return True
        locks.wrong(phone)
        pressed = await say("inbox_pin_wrong")
    await say("inbox_locked")
    return False
