"""The stage: phones that play the scenes, and what they themselves saw and heard.

Owns the phones' side only: it does not know what the journal says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pbx.softphone import Phones
from pbx.softphone_call import SoftCall
from pbx.softphone_errors import CallEnded, SoftphoneError, TooLate
from pbx.softphone_phone import Phone
from server.demo.scenes import OPERATORS, TONES, Scene

#: The longest a scene may take, seconds.
SCENE_DEADLINE = 75.0
#: How long the tone of a mailbox takes, and a breath, seconds.
TONE = 1.0
#: How long a phone rings, while its operator looks at the desk, seconds.
RINGS = 2.0
#: How long an operator talks to a caller before passing him on, seconds.
SAID_WHY = 1.5

#: Waits until the caller of a number is about to hear the tone of a mailbox.
Tone = Callable[[str], Awaitable[None]]


@dataclass
class Witness:
    """What the phones say of one call: who rang, who answered, and where the sound was recorded."""

    scene: Scene
    rang: list[str] = field(default_factory=list)
    #: In their order: a caller who is passed on has two.
    answered: list[str] = field(default_factory=list)
    at_caller: Path | None = None
    at_operator: Path | None = None
    trouble: str = ""


class Stage:
    """The phones of the demo. Operators answer after a second; every party says a tone of its own."""

    def __init__(
        self,
        phones: Phones,
        server: str,
        folder: Path,
        *,
        extensions: Mapping[str, str],
        words: Mapping[str, Path],
        tone: Tone,
    ) -> None:
        """`extensions` are the operators', by name; `words` are what callers say after the tone, by their numbers.

        `tone` waits until a caller hears it.
        """
        self.witnesses: dict[str, Witness] = {}
        self._phones = phones
        self._server = server
        self._folder = folder
        self._extensions = extensions
        self._words = words
        self._tone = tone
        self._operators: dict[str, Phone] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def log_in(self, secrets: Mapping[str, str]) -> None:
        """Register the operators' phones and dial the code that logs each in."""
        for name in OPERATORS:
            phone = await self._phones.register(name, secrets[name], self._server)
            self._operators[name] = phone
            code = await phone.call("*11")
            await code.confirmed()
            await code.ended(15.0)
            self._start(self._operate(name, phone))

    async def play(self, scene: Scene) -> None:
        """Let one caller live the scene; trouble is noted, not raised, so that the other scenes go on."""
        witness = self.witnesses[scene.caller] = Witness(scene)
        try:
            async with asyncio.timeout(SCENE_DEADLINE):
                await self._call(scene, witness)
        except (SoftphoneError, TimeoutError) as error:
            witness.trouble = f"{type(error).__name__}: {error}"

    async def close(self) -> None:
        """End what the operators were doing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _call(self, scene: Scene, witness: Witness) -> None:
        phone = await self._phones.caller(scene.caller, scene.name, server=self._server)
        call = await phone.call(scene.to)
        await call.confirmed(10.0)
        witness.at_caller = self._folder / f"heard-by-{scene.caller.lstrip('+')}.wav"
        await call.start_recording(witness.at_caller)
        if scene.hangs_up_after is not None:
            keys = asyncio.create_task(call.keys(scene.keys)) if scene.keys else None
            if await call.lasts(scene.hangs_up_after):
                await call.hang_up()
            if keys is not None:
                await asyncio.gather(keys, return_exceptions=True)
        elif scene.says is not None:
            await call.keys(scene.keys)
            await self._leave_message(scene, call)
        else:
            if scene.keys:
                await call.keys(scene.keys)
            await call.play_tone(TONES[scene.caller])
            await self._talk(scene, call, witness)
        await phone.close()

    async def _leave_message(self, scene: Scene, call: SoftCall) -> None:
        """Speak after the tone and keep what was said; who says nothing waits until the other side hangs up."""
        await self._tone(scene.caller)
        if scene.says:
            await call.lasts(TONE)
            await call.play_through(self._words[scene.caller], SCENE_DEADLINE)
            await call.keys("# w1 1")
        await call.ended(SCENE_DEADLINE)

    async def _talk(self, scene: Scene, call: SoftCall, witness: Witness) -> None:
        """Stay until somebody has answered and been talked to, or until the other side hangs up."""
        while len(witness.answered) < (2 if scene.passed_on else 1):
            if not await call.lasts(0.1):
                return
        if await call.lasts(scene.talks):
            with suppress(CallEnded):
                await call.hang_up()

    async def _operate(self, name: str, phone: Phone) -> None:
        while True:
            try:
                call = await phone.incoming(3600.0)
            except TooLate:
                continue
            self._start(self._answer(name, call))

    async def _answer(self, name: str, call: SoftCall) -> None:
        witness = self.witnesses.get(call.number)
        if witness is not None:
            witness.rang.append(name)
        with suppress(SoftphoneError):
            if not await call.lasts(RINGS):
                return
            await call.answer()
            await call.play_tone(OPERATORS[name])
            if witness is not None:
                witness.answered.append(name)
                witness.at_operator = self._folder / f"heard-by-{name}-from-{call.number.lstrip('+')}.wav"
                await call.start_recording(witness.at_operator)
                if witness.scene.passed_on and witness.answered == [name] and await call.lasts(SAID_WHY):
                    (other,) = OPERATORS.keys() - {name}
                    await call.transfer(self._extensions[other])
            await call.ended(SCENE_DEADLINE)

    def _start(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)  # type: ignore[arg-type]  # coroutines of ours, above
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
