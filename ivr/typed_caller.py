"""A caller who types the keys, line by line: the medium of `try` without a script.

Owns how lines become key presses on the simulator's clock. It knows no terminal, only somebody to ask.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ivr.conversation import NOTHING, CallerGone, FaxTaken, HandedOver, HandOver, Heard, Recording, Taking, Utterance
from ivr.simulator import KEY_GAP, MOST_KEYS, BadScript, Press, Simulator, guess_duration

KEYS = "0123456789*#"
#: Gives the next line, '' for silence, None when the caller hangs up. It may block: there is no event loop here.
Ask = Callable[[], str | None]


def keys_of(line: str) -> str:
    """Return the keys of a line, without the blanks between them.

    Raises:
        BadScript: there is something else in it, or it is longer than 200 keys.
    """
    keys = "".join(line.split())
    for key in keys:
        if key not in KEYS:
            raise BadScript(f"{key!r} is no key of a telephone: type digits, * and #, or nothing for silence")
    if len(keys) > MOST_KEYS:
        raise BadScript(f"more than {MOST_KEYS} keys in a line")
    return keys


def not_pressed(presses: Sequence[Press], second: float) -> str:
    """Return the keys of a script that were still to come at `second`, when the walk was over."""
    return "".join(press.key for press in presses if press.at > second)


class TypedCaller:
    """A simulated caller whose script is written while the call goes on; time passes only on the simulator's clock.

    A line is a burst of keys: those that one menu does not take are typed ahead into the next prompts. After a
    burst the caller pauses, so that the end of a line also ends an entry. `speaks` is how long a message is.
    """

    def __init__(
        self, ask: Ask, duration: Callable[[Utterance], float] = guess_duration, *, speaks: float = math.inf
    ) -> None:
        self._ask = ask
        self._presses: list[Press] = []
        self._caller = Simulator(self._presses, duration=duration, speaks=speaks)
        self._in_entry = False

    @property
    def elapsed(self) -> float:
        return self._caller.elapsed

    @property
    def not_pressed(self) -> str:
        """The keys that were typed ahead and not asked for any more."""
        return not_pressed(self._presses, self.elapsed)

    async def play(self, utterances: Sequence[Utterance], *, interruptible: bool = True) -> Heard:
        heard = await self._caller.play(utterances, interruptible=interruptible)
        self._in_entry = bool(heard)
        return heard

    async def listen(self, seconds: float, *, music: bool = False) -> Heard:
        typed_ahead = bool(self._presses) and self._presses[-1].at > self.elapsed
        if not typed_ahead:
            if self._in_entry:
                self._in_entry = False
                return await self._caller.listen(seconds, music=music)
            self._type()
        heard = await self._caller.listen(seconds, music=music)
        self._in_entry = heard is not NOTHING
        return heard

    def recording_path(self) -> str:
        return self._caller.recording_path()

    async def record(self, taking: Taking, path: str) -> Recording:
        return await self._caller.record(taking, path)

    async def discard(self, path: str) -> None:
        await self._caller.discard(path)

    async def take_fax(self, path: str, *, station: str) -> FaxTaken:
        return await self._caller.take_fax(path, station=station)  # which finds no machine

    async def fax_is_known(self) -> None:
        await self._caller.fax_is_known()

    async def hand_over(self, to: HandOver) -> HandedOver:
        return await self._caller.hand_over(to)

    async def hangup(self) -> None:
        await self._caller.hangup()

    def _type(self) -> None:
        line = self._ask()
        if line is None:
            raise CallerGone
        self._presses += [Press(self.elapsed + KEY_GAP * n, key) for n, key in enumerate(keys_of(line), start=1)]
