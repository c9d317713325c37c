"""Owns one process that may outlive us, child or not: waiting for its end, signalling it without a mix-up.

Must not know that it is Asterisk. asyncio's own subprocesses are killed with their event loop; this one is not.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_DIE_WITH_PARENT = Path(__file__).with_name("die_with_parent.py")


@dataclass(frozen=True)
class Ended:
    """How a process ended; both are None for one that was not our child."""

    code: int | None = None
    signal: int | None = None


class Process:
    """A running process, held by a descriptor, so that a reused process id is never hit."""

    def __init__(self, pid: int, *, is_child: bool) -> None:
        """Take hold of a process; raises ProcessLookupError. Needs a running event loop."""
        self.pid = pid
        self._is_child = is_child
        self._descriptor: int | None = os.pidfd_open(pid)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[Ended] = self._loop.create_future()
        self._loop.add_reader(self._descriptor, self._on_end)

    @classmethod
    def spawn(cls, command: Sequence[str], *, output: Path, dies_with_us: bool) -> "Process":
        """Start a program in a session of its own, its output going to a file; raises OSError.

        Ctrl-C at our terminal does not reach it. With `dies_with_us` the kernel kills it when we die.
        """
        if dies_with_us:
            command = [sys.executable, "-I", "-S", str(_DIE_WITH_PARENT), str(os.getpid()), *command]
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]
        pid = os.posix_spawn(command[0], list(command), os.environ, file_actions=actions, setsid=True)
        return cls(pid, is_child=True)

    @property
    def ended(self) -> Ended | None:
        """How it ended, or None while it runs."""
        return self._ended.result() if self._ended.done() else None

    async def wait(self) -> Ended:
        """Wait for the end; any number of tasks may wait, and being cancelled ends only the waiting."""
        return await asyncio.shield(self._ended)

    async def wait_at_most(self, seconds: float) -> Ended | None:
        """Wait for the end, but give None when it takes longer."""
        try:
            async with asyncio.timeout(seconds):
                return await self.wait()
        except TimeoutError:
            return None

    def send(self, number: signal.Signals) -> None:
        """Signal the process; does nothing when it has ended."""
        if self._descriptor is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    def let_go(self) -> None:
        """Stop watching and leave the process running; afterwards nothing can be done to it here."""
        if self._descriptor is not None:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = None
        if not self._ended.done():
            self._ended.cancel()

    def _on_end(self) -> None:
        ended = Ended()
        if self._is_child:
            with contextlib.suppress(ChildProcessError):  # somebody ignores SIGCHLD: reaped already
                _, status = os.waitpid(self.pid, os.WNOHANG)
                code = os.waitstatus_to_exitcode(status)
                ended = Ended(code=code) if code >= 0 else Ended(signal=-code)
        self._ended.set_result(ended)
        self.let_go()
