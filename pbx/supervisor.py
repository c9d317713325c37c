"""Owns the life of one Asterisk: start or adopt, commands, changed settings, stop.

Must not decide when to start again: that is the caller's business, and so is everything about calls.
"""

import asyncio
import contextlib
import fcntl
import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from pbx import ami_probe, traces
from pbx.errors import CommandFailed, PortInUse, StartFailed, StopFailed
from pbx.installation import Installation
from pbx.plan import PbxPlan, is_free
from pbx.process import Process
from pbx.render import Layout, layout, render, write

_MOST_ANSWER = 4 * 2**20
_LOOK_AGAIN = 0.02
_RELOADED = ("manager", "res_pjsip.so", "res_musiconhold.so", "pbx_config.so")
#: Which part reads a file again; the others are read at a start only.
_READ_BY = {
    "manager.conf": "manager",
    "switchroom-manager.conf": "manager",
    "pjsip.conf": "res_pjsip.so",
    "musiconhold.conf": "res_musiconhold.so",
    "extensions.conf": "pbx_config.so",
    "switchroom-globals.conf": "pbx_config.so",
    "switchroom.conf": "pbx_config.so",
}


@dataclass(frozen=True)
class ExitReport:
    """How an Asterisk ended; code and signal are unknown for one that an earlier process had started."""

    code: int | None
    signal: int | None
    expected: bool
    last_words: tuple[str, ...]


class Asterisk:
    """One Asterisk in one folder. Use from one event loop."""

    def __init__(self, installation: Installation, plan: PbxPlan, folder: Path, *, dies_with_us: bool = False) -> None:
        self.installation = installation
        self.plan = plan
        """What it runs with; after an adoption the ports are those of the running one."""
        self.places: Layout = layout(folder)
        self.adopted = False
        self._dies_with_us = dies_with_us
        self._process: Process | None = None
        self._stopping = False
        self._log_begin = 0

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self.is_running and self._process else None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.ended is None

    async def start(self, deadline: float = 60.0) -> None:
        """Start Asterisk, or adopt the one that an earlier process of ours left running in this folder.

        Returns when it is fully booted and its ports answer. Raises StartFailed with Asterisk's own last
        words and leaves nothing running that it has started.
        """
        if self.is_running:
            return
        self._stopping = False
        places = self.places
        await asyncio.to_thread(write, {}, places.folder)
        try:
            async with asyncio.timeout(deadline):
                with _only_starter(places.folder / "start.lock"):
                    pid = await asyncio.to_thread(traces.running_pid, places)
                    if pid is None:
                        await self._start_anew()
                    else:
                        await self._adopt(pid)
        except TimeoutError:
            raise StartFailed(self._why(f"not fully booted within {deadline:g} s")) from None

    async def _start_anew(self) -> None:
        await asyncio.to_thread(self._prepare)
        self.adopted = False
        try:
            process = Process.spawn(
                [*self.installation.command, "-C", str(self.places.configuration), "-f"],
                output=self.places.console,
                dies_with_us=self._dies_with_us,
            )
        except OSError as cannot:
            raise StartFailed(str(cannot)) from cannot
        self._process = process
        try:
            await self._booted(process)
        except BaseException:
            process.send(signal.SIGKILL)
            await process.wait_at_most(5.0)
            raise

    def _prepare(self) -> None:
        """Write the configuration and see that the ports are free; blocks."""
        plan, places = self.plan, self.places
        if not is_free(plan.bind_address, plan.ports.sip, socket.SOCK_DGRAM):
            raise PortInUse(f"UDP port {plan.ports.sip} for SIP")
        if not is_free("127.0.0.1", plan.ports.ami, socket.SOCK_STREAM):
            raise PortInUse(f"TCP port {plan.ports.ami} for AMI")
        write(render(plan, self.installation, places.folder), places.folder)
        traces.write_ports(places, plan.ports)
        places.control_socket.unlink(missing_ok=True)  # of one that was killed; it would not answer
        self._log_begin = traces.log_size(places)

    async def _booted(self, process: Process) -> None:
        while True:
            if process.ended is not None:
                raise self._start_failed("it ended at once")
            # Asterisk makes the socket when it begins to listen on it; before that there is nothing to ask.
            if self.places.control_socket.exists():
                with contextlib.suppress(CommandFailed):
                    await self.cli("core waitfullybooted", 30.0)
                    break
            await asyncio.sleep(_LOOK_AGAIN)
        # A port taken in the meantime stops neither SIP nor AMI from "running".
        if not await ami_probe.greets(self.plan.ports.ami):
            raise self._start_failed(f"AMI does not answer on port {self.plan.ports.ami}")
        if is_free(self.plan.bind_address, self.plan.ports.sip, socket.SOCK_DGRAM):
            raise self._start_failed(f"SIP does not listen on port {self.plan.ports.sip}")

    async def _adopt(self, pid: int) -> None:
        try:
            self._process = Process(pid, is_child=False)
        except ProcessLookupError:
            await self._start_anew()
            return
        self.adopted = True
        self._log_begin = await asyncio.to_thread(traces.log_size, self.places)
        try:
            await self.cli("core waitfullybooted", 30.0)
            ports = await asyncio.to_thread(traces.read_ports, self.places)
            if ports is None:
                raise CommandFailed("its ports are not known")
            await self.reconfigure(replace(self.plan, ports=ports))
        except CommandFailed as silent:
            self.let_go()
            raise StartFailed(
                f"Asterisk {pid} runs in this folder already and cannot be used: {silent.detail}"
            ) from silent
        except BaseException:
            self.let_go()
            raise

    async def attach(self) -> bool:
        """Look at the Asterisk that runs in this folder without changing anything; False if none does."""
        pid = await asyncio.to_thread(traces.running_pid, self.places)
        if pid is not None and self._process is None:
            try:
                self._process = Process(pid, is_child=False)
            except ProcessLookupError:
                return False
        return self.is_running

    async def reconfigure(self, plan: PbxPlan) -> None:
        """Write a changed plan and have the running Asterisk read it; calls go on.

        Ports cannot change while it runs: those of `plan` must be the present ones. Raises CommandFailed.
        """
        if self.is_running and not self.adopted and plan.ports != self.plan.ports:
            raise ValueError("the ports of a running Asterisk cannot change")
        files = render(plan, self.installation, self.places.folder)
        await asyncio.to_thread(write, files, self.places.folder)
        self.plan = plan
        for module in _RELOADED:
            await self.reload(module)

    async def change(self, plan: PbxPlan) -> None:
        """Go over to another plan, with only those parts of Asterisk reading again whose files it changes.

        Calls and registrations go on. Raises CommandFailed, OSError; the files are those of before again then, and so
        is what Asterisk has, as far as it listens. Ports and address cannot change while it runs: ValueError.
        """
        if self.is_running and (plan.ports, plan.bind_address) != (self.plan.ports, self.plan.bind_address):
            raise ValueError("the ports and the address of a running Asterisk cannot change")
        before, folder = self.plan, self.places.folder
        old, new = render(before, self.installation, folder), render(plan, self.installation, folder)
        changed = [name for name, text in new.items() if text != old.get(name)]
        parts = [part for part in _RELOADED if part in {_READ_BY.get(name) for name in changed}]
        try:
            await asyncio.to_thread(write, {name: new[name] for name in changed}, folder)
            self.plan = plan
            for part in parts if self.is_running else ():
                await self.reload(part)
        except (CommandFailed, OSError):
            self.plan = before
            with contextlib.suppress(CommandFailed, OSError):
                await asyncio.to_thread(write, {name: old[name] for name in changed}, folder)
                for part in parts if self.is_running else ():
                    await self.reload(part)
            raise
        except BaseException:
            self.plan = before  # broken off: whoever tries again tells all of it again
            raise

    async def reload(self, module: str) -> None:
        """Have one module read its configuration again; raises CommandFailed."""
        if re.fullmatch(r"[a-z0-9_]+(\.so)?", module) is None:
            raise ValueError(f"no name of a module: {module!r}")
        said = await self.cli(f"module reload {module}", 20.0)
        if "reloaded successfully" not in said:
            raise CommandFailed(f"reload {module}: {said.strip()[-200:]}")

    async def cli(self, command: str, deadline: float = 20.0) -> str:
        """Give one command to Asterisk's console and return what it says; raises CommandFailed."""
        if not command.isprintable() or not command.strip():
            raise ValueError("a console command is one line of printable characters")
        process = await asyncio.create_subprocess_exec(
            *self.installation.command,
            "-C",
            str(self.places.configuration),
            "-rx",
            command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(deadline):
                said = await process.stdout.read(_MOST_ANSWER)
                while chunk := await process.stdout.read(2**16):
                    said += chunk
                    if len(said) > _MOST_ANSWER:
                        raise CommandFailed(f"{command}: the answer is too long")
                code = await process.wait()
        except TimeoutError:
            raise CommandFailed(f"{command}: no answer within {deadline:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = said.decode(errors="replace")
        if code != 0 or text.startswith("Unable to connect to remote asterisk"):
            raise CommandFailed(f"{command}: {text.strip()[:200]}")
        return text

    async def stop(self, graceful: float = 10.0) -> ExitReport:
        """Take no new calls, give the present ones `graceful` seconds, then end it; returns how it ended.

        Raises RuntimeError when it was never started, StopFailed when not even the kernel could end it.
        """
        if self._process is None:
            raise RuntimeError("this Asterisk was never started")
        process, self._stopping = self._process, True
        if graceful > 0 and process.ended is None:
            with contextlib.suppress(CommandFailed):
                await self.cli("core stop gracefully", min(graceful, 5.0))
            await process.wait_at_most(graceful)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if process.ended is None:
                process.send(number)
                await process.wait_at_most(5.0)
        if process.ended is None:
            raise StopFailed(f"process {process.pid}")
        return await self.wait()

    async def wait(self) -> ExitReport:
        """Wait for its end, whoever brings it about. Raises RuntimeError when it was never started."""
        if self._process is None:
            raise RuntimeError("this Asterisk was never started")
        ended = await self._process.wait()
        words = () if self._stopping else await asyncio.to_thread(traces.last_words, self.places, self._log_begin)
        return ExitReport(ended.code, ended.signal, self._stopping, words)

    def let_go(self) -> None:
        """Leave it running without us: calls go on, and the next start adopts it."""
        if self._process is not None:
            self._process.let_go()
            self._process = None

    def _start_failed(self, what: str) -> StartFailed:
        why = self._why(what)
        taken = re.search(r"Address already in use|EADDRINUSE", why)
        return PortInUse(why) if taken else StartFailed(why)

    def _why(self, what: str) -> str:
        return "\n  ".join([what, *traces.last_words(self.places, self._log_begin)])


@contextlib.contextmanager
def _only_starter(lock: Path) -> Iterator[None]:
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartFailed("another process is just starting Asterisk in this folder") from None
        yield
