"""Real SIP phones for tests and the demo: they register, call, answer, press keys, speak and record.

Phones live in worker processes, because their library may abort its process. Knows nothing of Asterisk: a phone may
as well call another phone.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from types import TracebackType
from typing import Self

from pbx import softphone_wire as wire
from pbx.softphone_errors import DEADLINE, PhoneGone, WorkerGone
from pbx.softphone_phone import Phone
from pbx.softphone_process import Worker


class _Group:
    """The phones of one worker."""

    worker: Worker
    room: int

    def __init__(self, keys: itertools.count[int]) -> None:
        self.phones: dict[str, Phone] = {}
        self._keys = keys

    @classmethod
    async def start(cls, keys: itertools.count[int], calls_each: int) -> _Group:
        group = cls(keys)
        group.worker, ready = await Worker.start(group.hear)
        group.room = min(ready.phones, ready.calls // calls_each)
        return group

    def has_room(self) -> bool:
        return self.worker.gone is None and len(self.phones) < self.room

    def new_key(self, prefix: str) -> str:
        return f"{prefix}-{next(self._keys)}"

    @property
    def gone(self) -> WorkerGone | None:
        return self.worker.gone

    async def ask(self, command: wire.Command) -> wire.Done:
        return await self.worker.ask(command)

    def forget(self, key: str) -> None:
        self.phones.pop(key, None)

    def hear(self, message: wire.Message | WorkerGone) -> None:
        match message:
            case WorkerGone():
                for phone in self.phones.values():
                    phone.take_worker_gone(message)
            case wire.Registration(key) | wire.Incoming(key) | wire.Lamp(key):
                if (known := self.phones.get(key)) is not None:
                    known.take(message)
            case wire.Ready() | wire.Done() | wire.Refused():
                pass  # the worker's own affair
            case _:
                for phone in self.phones.values():
                    if phone.knows(message.call):
                        phone.take(message)
                        break


class Phones:
    """All the phones of a test or a demo; `async with` it, and no process is left behind.

    A worker's library has room for four calls, so workers are started as they are needed, and every phone is promised
    its share: two phones to a worker with two calls each unless told otherwise. When a worker crashes, everybody who
    waits for one of its phones gets WorkerGone; nothing is restarted behind your back.
    """

    def __init__(self, calls_each: int = 2) -> None:
        """Start nothing yet; a phone shall hold at most so many calls, 1 to 4."""
        if not 1 <= calls_each <= 4:
            raise ValueError("a phone holds one to four calls")
        self._calls_each = calls_each
        self._groups: list[_Group] = []
        self._keys = itertools.count(1)
        self._placing = asyncio.Lock()
        self._closed = False

    async def __aenter__(self) -> Self:
        """Start nothing yet; the first phone does."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close everything."""
        await self.close()

    async def register(
        self,
        name: str,
        secret: str,
        server: str,
        *,
        display: str = "",
        bind: str = "127.0.0.1",
        expires: int = 60,
        asks_for_lamp: bool = False,
        deadline: float = DEADLINE,
    ) -> Phone:
        """Bring up a phone and register it at `server` (host:port); raises RegistrationRefused or TooLate.

        One that asks for its message lamp subscribes to it; any other shows what it is told without having asked.
        """
        wanted = wire.AddPhone("", name, display or name, bind, server, secret, expires, asks_for_lamp=asks_for_lamp)
        return await self._place(wanted, deadline)

    async def caller(
        self,
        number: str,
        name: str = "",
        *,
        server: str,
        bind: str = "127.0.0.2",
        port: int = 0,
        deadline: float = DEADLINE,
    ) -> Phone:
        """Bring up a trunk's caller: it does not register and calls from `bind` with this number and name.

        With a `port` it can also play the carrier who takes our calls, whatever number they are for.
        """
        return await self._place(wire.AddPhone("", number, name, bind, server, port=port), deadline)

    def worker_pids(self) -> tuple[int, ...]:
        """List the processes, for measurements and for tests of their death."""
        return tuple(group.worker.pid for group in self._groups)

    async def close(self) -> None:
        """Hang up, unregister, and end the workers."""
        async with self._placing:
            self._closed = True
            groups, self._groups = self._groups, []
        await asyncio.gather(*(group.worker.close() for group in groups))
        for group in groups:
            for phone in list(group.phones.values()):
                await phone.leave()

    async def _place(self, wanted: wire.AddPhone, deadline: float) -> Phone:
        async with self._placing:
            if self._closed:
                raise PhoneGone
            group = await self._with_room_for(wanted)
            key = group.new_key("phone")
            phone = group.phones[key] = Phone(group, key, wanted.server, wanted.user)
        await phone.add(dataclasses.replace(wanted, phone=key, calls=self._calls_each), deadline)
        return phone

    async def _with_room_for(self, wanted: wire.AddPhone) -> _Group:
        for group in self._groups:
            # The library finds the phone for an incoming call by its user name: not twice in one worker.
            if group.has_room() and all(phone.user != wanted.user for phone in group.phones.values()):
                return group
        group = await _Group.start(self._keys, self._calls_each)
        self._groups.append(group)
        return group
