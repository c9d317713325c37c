"""A caller who types the keys, line by line: the medium of `try` without a script.

Owns how lines become key presses on the simulator's clock. It knows no terminal, only somebody to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ivr.conversation import NOTHING, CallerGone, HandedOver, HandOver, Heard, Recording, Taking, Utterance
from ivr.simulator import KEY_GAP, Press, Simulator, guess_duration

#: Gives the next line, '' for silence, None when the caller hangs up. It may block: there is no event loop here.
Ask = Callable[[], str | None]


class TypedCaller:
    """A simulated caller whose script is written while the call goes on; time passes only on the simulator's clock.

    A line is a burst of keys: those that one menu does not take are typed ahead into the next prompts. After a
    burst the caller pauses, so that the end of a line also ends an entry.
    """

    def __init__(self, ask: Ask, duration: Callable[[Utterance], float] = guess_duration) -> None:
        self._ask = ask
        self._presses: list[Press] = []
        self._caller = Simulator(self._presses, duration=duration)
        self._in_entry = False

    @property
    def elapsed(self) -> float:
        return self._caller.elapsed

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

    async def record(self, taking: Taking) -> Recording:
        return await self._caller.record(taking)

    async def hand_over(self, to: HandOver) -> HandedOver:
        return await self._caller.hand_over(to)

    async def hangup(self) -> None:
        await self._caller.hangup()

    def _type(self) -> None:
        line = self._ask()
        if line is None:
            raise CallerGone
        keys = [letter for letter in line if letter in "0123456789*#"]
        self._presses += [Press(self.elapsed + KEY_GAP * n, key) for n, key in enumerate(keys, start=1)]
