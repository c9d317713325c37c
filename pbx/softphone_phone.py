"""One SIP phone as tests and the demo see it: registering, dialling, taking calls, going away.

Knows its calls and a way to ask its worker. Does not know processes or other phones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from pbx import softphone_wire as wire
from pbx.softphone_call import SoftCall
from pbx.softphone_errors import DEADLINE, PhoneGone, RegistrationRefused, SoftphoneError, TooLate, WorkerGone

_MAX_UNANSWERED: Final = 64
"""Incoming calls of one phone that nobody took with `incoming`; the oldest are forgotten beyond."""


class Home(Protocol):
    """Where a phone lives: the group of phones that share a worker."""

    @property
    def gone(self) -> WorkerGone | None:
        """Tell whether the worker is gone, and why."""

    async def ask(self, command: wire.Command) -> wire.Done:
        """Ask the worker; raises CommandRefused, WorkerGone or TooLate."""

    def new_key(self, prefix: str) -> str:
        """Make a name that is used once."""

    def forget(self, key: str) -> None:
        """Let a phone go that is closed."""


class Phone:
    """One SIP phone, with an address of its own."""

    def __init__(self, home: Home, key: str, server: str, user: str) -> None:
        """Use Phones.register or Phones.caller instead."""
        self.server = server
        self.user = user
        self.address = ""
        self._home = home
        self._key = key
        self._calls: dict[str, SoftCall] = {}
        self._arrived: list[SoftCall] = []
        self._registration: wire.Registration | None = None
        self._lamp: wire.Lamp | None = None
        self._changed = asyncio.Event()
        self._auto: Callable[[SoftCall], Awaitable[None]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.forgotten_calls = 0

    @property
    def uri(self) -> str:
        """Tell the address at which this phone can be called without a server."""
        return f"sip:{self.user}@{self.address}"

    @property
    def registered(self) -> bool:
        """Tell whether the registrar knows the phone."""
        return self._registration is not None and self._registration.active

    @property
    def lamp(self) -> wire.Lamp | None:
        """Tell what the message lamp shows; None until the PBX has said it."""
        return self._lamp

    @property
    def calls(self) -> tuple[SoftCall, ...]:
        """List the calls that are not over."""
        return tuple(call for call in self._calls.values() if call.end is None)

    async def call(self, to: str, headers: Mapping[str, str] | None = None) -> SoftCall:
        """Dial a number at the phone's server, or any `sip:` address."""
        made = SoftCall(self, self._home.new_key("out"), number=to)
        self._calls[made.key] = made  # its events may come before the reply
        try:
            done = await self.ask(wire.Dial(self._key, made.key, self.uri_of(to), dict(headers or {})))
        except SoftphoneError:
            self._calls.pop(made.key, None)
            raise
        made.made_at = done.at
        return made

    async def incoming(self, deadline: float = DEADLINE) -> SoftCall:
        """Wait for the next incoming call that was not taken yet; its caller may have given up by now."""
        await self._until("an incoming call", deadline, lambda: bool(self._arrived))
        return self._arrived.pop(0)

    def auto_answer(self, after: float = 0.0, tone_hz: float | None = None) -> None:
        """Answer every call from now on, after so many seconds, and say a steady tone if one is given.

        The calls can still be fetched with `incoming`.
        """

        async def answer(call: SoftCall) -> None:
            if not await call.lasts(after):
                return
            await call.answer()
            if tone_hz is not None:
                await call.play_tone(tone_hz)

        self._auto = answer

    def stop_auto_answer(self) -> None:
        """Let incoming calls ring again."""
        self._auto = None

    async def became_registered(self, deadline: float = DEADLINE) -> None:
        """Wait until the registrar knows the phone, as after a restart of Asterisk."""
        await self._until("the registration", deadline, lambda: self.registered)

    async def lamp_shows(self, new: int, old: int, deadline: float = DEADLINE, since: float = 0.0) -> wire.Lamp:
        """Wait until the message lamp was told to show these numbers, at `since` (time.monotonic) or later."""
        await self._until("the message lamp", deadline, lambda: self._lamp_shows(new, old, since))
        assert self._lamp is not None
        return self._lamp

    async def unregister(self, deadline: float = DEADLINE) -> None:
        """Say goodbye to the registrar, and wait until it has answered."""
        if self.registered:
            await self.ask(wire.Unregister(self._key))
            await self._until("the goodbye's answer", deadline, lambda: not self.registered)

    async def vanish(self) -> None:
        """Stop answering the network without a word, as a pulled cable would; the phone is of no use afterwards."""
        await self.ask(wire.Vanish(self._key))
        for call in self.calls:
            await call.ended()
        await self.ask(wire.RemovePhone(self._key))
        await self.leave()

    async def close(self) -> None:
        """Hang up, unregister and give the phone's place free."""
        if self._closed:
            return
        try:
            for call in self.calls:
                await call.hang_up()
            await self.unregister()
            await self.ask(wire.RemovePhone(self._key))
        finally:
            await self.leave()

    # --------------------------------------------------------------------------------------- for calls and group

    def uri_of(self, to: str) -> str:
        """Write a number as an address at the phone's server; an address stays as it is."""
        return to if to.startswith("sip:") else f"sip:{to}@{self.server}"

    async def ask(self, command: wire.Command) -> wire.Done:
        """Ask the worker; raises PhoneGone, CommandRefused, WorkerGone or TooLate."""
        if self._closed:
            raise PhoneGone
        return await self._home.ask(command)

    async def add(self, command: wire.AddPhone, deadline: float) -> None:
        """Bring the phone into being, and register it if it has a secret."""
        try:
            self.address = (await self.ask(command)).value
            if command.secret:
                await self._until("the registration", deadline, lambda: self._registration is not None)
                assert self._registration is not None
                if not self._registration.active:
                    raise RegistrationRefused(self._registration.code, self._registration.reason)
        except BaseException:
            await self._discard()
            raise

    def take(self, event: wire.PhoneEvent | wire.CallEvent) -> None:
        """Note an event of the worker."""
        match event:
            case wire.Registration():
                self._registration = event
            case wire.Lamp():
                self._lamp = event
            case wire.Incoming():
                call = SoftCall(
                    self,
                    event.call,
                    number=event.number,
                    name=event.name,
                    headers=event.headers,
                    made_at=event.at,
                )
                self._calls[event.call] = call
                self._arrive(call)
            case wire.Referred():
                new = SoftCall(self, event.new, made_at=event.at)
                self._calls[event.new] = new
                if (old := self._calls.get(event.call)) is not None:
                    old.take_referred(new)
            case _:
                if (known := self._calls.get(event.call)) is not None:
                    known.take(event)
                if isinstance(event, wire.Ended):
                    self._calls.pop(event.call, None)
        self._changed.set()

    def knows(self, call: str) -> bool:
        """Tell whether the call is one of this phone's."""
        return call in self._calls

    def take_worker_gone(self, gone: WorkerGone) -> None:
        """Note that nothing more will ever come, and tell the calls."""
        for call in self._calls.values():
            call.take_worker_gone(gone)
        self._changed.set()

    async def leave(self) -> None:
        """Note that the phone is no more; whoever still waits for it is told."""
        self._closed = True
        self._registration = None
        self._home.forget(self._key)
        self._changed.set()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _discard(self) -> None:
        try:
            if self.address and self._home.gone is None:
                await self.ask(wire.RemovePhone(self._key))
        finally:
            await self.leave()

    def _arrive(self, call: SoftCall) -> None:
        self._arrived.append(call)
        if len(self._arrived) > _MAX_UNANSWERED:
            self._arrived.pop(0)
            self.forgotten_calls += 1
        if self._auto is not None:
            task = asyncio.ensure_future(self._answer(self._auto, call))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _answer(self, auto: Callable[[SoftCall], Awaitable[None]], call: SoftCall) -> None:
        try:
            await auto(call)
        except SoftphoneError:
            return  # the caller was quicker, or the worker is gone, which every waiter is told

    def _lamp_shows(self, new: int, old: int, since: float) -> bool:
        lamp = self._lamp
        return lamp is not None and (lamp.new, lamp.old) == (new, old) and lamp.at >= since

    async def _until(self, what: str, deadline: float, look: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(deadline):
                while not look():
                    if (gone := self._home.gone) is not None:
                        raise WorkerGone(gone.detail)
                    if self._closed:
                        raise PhoneGone
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise TooLate(what, deadline) from None
