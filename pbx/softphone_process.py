"""One softphone worker process seen from asyncio: starting it, asking it, hearing its events, noticing its death.

Knows the lines of softphone_wire, but not what phones and calls are made of them.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from pbx import softphone_wire as wire
from pbx.softphone_errors import DEADLINE, CommandRefused, TooLate, WorkerGone

_START_SECONDS: Final = 30.0
_QUIT_SECONDS: Final = 3.0
_LAST_WORDS: Final = 20
_PROGRAM: Final = (sys.executable, "-m", "pbx.softphone_worker")
_ROOT: Final = Path(__file__).resolve().parent.parent

Listener = Callable[[wire.Message | WorkerGone], None]
"""Gets every event in order, and at the very end WorkerGone; must not raise."""


class Worker:
    """A running worker process."""

    def __init__(self, process: asyncio.subprocess.Process, listener: Listener) -> None:
        """Use `Worker.start` instead."""
        self._process = process
        self._listener = listener
        self._asked = 0
        self._waiting: dict[int, asyncio.Future[wire.Done]] = {}
        self._ready: asyncio.Future[wire.Ready] = asyncio.get_running_loop().create_future()
        self._last_words: deque[str] = deque(maxlen=_LAST_WORDS)
        self._gone: WorkerGone | None = None
        self._reader = asyncio.create_task(self._read(), name="softphone worker")

    @classmethod
    async def start(cls, listener: Listener, program: Sequence[str] = _PROGRAM) -> tuple[Worker, wire.Ready]:
        """Start a worker and wait until its library is up; raises WorkerGone or TooLate."""
        process = await asyncio.create_subprocess_exec(
            *program,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=2 * wire.MAX_LINE,
            env={**os.environ, "PYTHONPATH": _import_path()},
            start_new_session=True,  # a Ctrl-C in the terminal is ours to handle, in order
        )
        worker = cls(process, listener)
        try:
            async with asyncio.timeout(_START_SECONDS):
                return worker, await asyncio.shield(worker._ready)
        except TimeoutError:
            await worker.kill()
            raise TooLate("the softphone worker's start", _START_SECONDS) from None
        except BaseException:
            await worker.kill()
            raise

    @property
    def pid(self) -> int:
        """Tell the process id."""
        return self._process.pid

    @property
    def gone(self) -> WorkerGone | None:
        """Tell whether the worker is gone, and what it said last."""
        return self._gone

    async def ask(self, command: wire.Command, deadline: float = DEADLINE) -> wire.Done:
        """Send a command and wait for its reply; raises CommandRefused, WorkerGone or TooLate."""
        if self._gone is not None:
            raise WorkerGone(self._gone.detail)
        self._asked += 1
        number = self._asked
        reply: asyncio.Future[wire.Done] = asyncio.get_running_loop().create_future()
        self._waiting[number] = reply
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(wire.encode_command(number, command))
            async with asyncio.timeout(deadline):
                with suppress(ConnectionError):  # the reader notices, and says it better
                    await self._process.stdin.drain()
                return await reply
        except TimeoutError:
            raise TooLate(f"the softphone's reply to {type(command).__name__}", deadline) from None
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Let the worker hang up, unregister and end; kill it if it does not."""
        if self._gone is None:
            with suppress(WorkerGone, TooLate, CommandRefused):
                await self.ask(wire.Quit(), _QUIT_SECONDS)
        try:
            async with asyncio.timeout(_QUIT_SECONDS):
                await asyncio.shield(self._reader)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the worker at once, as a crash would."""
        self._kill()
        await self._reader

    def _kill(self) -> None:
        with suppress(ProcessLookupError):  # it may have ended by itself
            self._process.kill()

    async def _read(self) -> None:
        assert self._process.stdout is not None and self._process.stderr is not None
        listening = asyncio.create_task(self._read_last_words(self._process.stderr), name="softphone stderr")
        why = ""
        try:
            while line := await self._process.stdout.readline():
                self._take(wire.decode_message(line))
        except ValueError as error:  # not our line, or one without end
            why = f"{error}; "
            self._kill()
        status = await self._process.wait()
        await listening
        self._bury(WorkerGone(f"{why}exit status {status}: {' | '.join(self._last_words)}"))

    async def _read_last_words(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(4096):
            self._last_words.extend(chunk.decode(errors="replace").splitlines())

    def _take(self, message: wire.Message) -> None:
        match message:
            case wire.Ready() if not self._ready.done():
                self._ready.set_result(message)
            case wire.Done(number):
                if (reply := self._waiting.get(number)) is not None and not reply.done():
                    reply.set_result(message)
            case wire.Refused(number, why):
                if (reply := self._waiting.get(number)) is not None and not reply.done():
                    reply.set_exception(CommandRefused(why))
            case _:
                self._listener(message)

    def _bury(self, gone: WorkerGone) -> None:
        self._gone = gone
        waiters: list[asyncio.Future[wire.Ready] | asyncio.Future[wire.Done]] = [self._ready]
        waiters.extend(self._waiting.values())
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(gone)
                waiter.exception()  # whoever waits gets it; that nobody does is no fault
        self._listener(gone)


def _import_path() -> str:
    """Return a PYTHONPATH with which the worker finds this package wherever we were started from."""
    return os.pathsep.join(part for part in (str(_ROOT), os.environ.get("PYTHONPATH", "")) if part)
