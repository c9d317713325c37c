"""A whole Switchroom with a real Asterisk and real phones, for the tests of this folder.

`House` runs in the test's own process; `Tenant` is `./switchroom up` in a process of its own, which can be killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from callrouter import archive
from callrouter import events as ev
from callrouter.agents import AgentState
from callrouter.calls import Call
from callrouter.events import Event
from config.load import require_site
from ivr.attendant import snapshot
from ivr.prompt_book import PromptBook
from ledger.database import Database
from ledger.journal_reads import JournalReads
from pbx.installation import default_cache
from pbx.render import layout
from pbx.softphone import Phones
from pbx.softphone_call import SoftCall
from pbx.softphone_errors import SoftphoneError, TooLate
from pbx.softphone_phone import Phone
from pbx.traces import running_pid
from server.settings import Settings
from server.switchroom import Switchroom, running

SITE = Path(__file__).parent / "site"
ROOT = Path(__file__).resolve().parents[2]

MAIN = "+37052110000"
SALES = "+37052110001"
SERVICE = "+37052110002"
LOBBY = "+37052110003"
MAILBOX = "+37052110004"
EVENING = "+37052110005"

#: How the tasks are called that belong to one call.
OURS = ("agi ", "end of ", "pbx ")

#: How long is waited for what must come, seconds: far longer than it takes, as a machine may be busy.
PATIENT = 30.0
#: How soon it is looked again whether anything is left of a call, seconds.
LOOK = 0.03

Told = TypeVar("Told", bound=Event)


class Watch:
    """Events as they are told, to be awaited instead of slept for."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._told = asyncio.Event()

    def take(self, event: Event, _: Call | None) -> None:
        self.events.append(event)
        self._told.set()

    async def until(self, look: Callable[[Event], bool], deadline: float = PATIENT) -> Event:
        """Return the first event of this kind, past or to come; raises TimeoutError that says what came instead."""
        try:
            async with asyncio.timeout(deadline):
                seen = 0
                while True:
                    for event in self.events[seen:]:
                        seen += 1
                        if look(event):
                            return event
                    self._told.clear()
                    await self._told.wait()
        except TimeoutError:
            told = " ".join(event.KIND for event in self.events[-40:])
            raise TimeoutError(f"not told within {deadline:g} s; what was told last: {told}") from None

    async def kind(self, kind: type[Event], call: str = "", deadline: float = PATIENT) -> Event:
        """Return the first event of a class, of one call if it is named."""
        return await self.until(lambda e: isinstance(e, kind) and (not call or e.call == call), deadline)

    async def times(self, kind: type[Told], count: int) -> list[Told]:
        """Wait until so many of a kind were told, and return them."""
        seen: list[Told] = []

        def look(event: Event) -> bool:
            if isinstance(event, kind):
                seen.append(event)
            return len(seen) == count

        await self.until(look)
        return seen

    async def next(self) -> None:
        """Wait until anything more is told."""
        self._told.clear()
        async with asyncio.timeout(PATIENT):
            await self._told.wait()

    async def ended(self, deadline: float = PATIENT) -> ev.CallEnded:
        """Return the first end of a call."""
        event = await self.kind(ev.CallEnded, deadline=deadline)
        assert isinstance(event, ev.CallEnded)
        return event


class House:
    """The server in this process, its phones, and what they did."""

    def __init__(self, switchroom: Switchroom, phones: Phones) -> None:
        self.switchroom = switchroom
        self.phones = phones
        self.watch = Watch()
        switchroom.chronicle.watch(self.watch.take)
        self.server = f"127.0.0.1:{switchroom.telephone.plan.ports.sip}"

    async def operator(self, name: str, *, log_in: bool = True) -> Phone:
        """Register a person's phone, and dial the code that logs in."""
        phone = await self.phones.register(name, self.switchroom.telephone.secrets.phones[name], self.server)
        if log_in:
            await dial_code(phone, "*11")
        return phone

    async def caller(self, number: str = "+37060000001", name: str = "Jonas") -> Phone:
        """Bring up a customer's phone behind the carrier."""
        return await self.phones.caller(number, name, server=self.server, bind=self.switchroom.site.pbx.trunk)

    async def call(self, to: str, number: str = "+37060000001", name: str = "Jonas", keys: str = "") -> SoftCall:
        """Let a customer dial, and press keys once answered, from when a menu hears them."""
        phone = await self.caller(number, name)
        watch = self.listen()
        call = await phone.call(to)
        await call.confirmed()
        if keys:
            offered = await watch.until(lambda event: isinstance(event, ev.CallOffered) and event.ani == number)
            await watch.kind(ev.MenuEntered, offered.call)
            await call.keys(keys)
        return call

    def listen(self) -> Watch:
        """Return a watch that begins now."""
        watch = Watch()
        self.switchroom.chronicle.watch(watch.take)
        return watch

    async def settled(self, deadline: float = PATIENT) -> None:
        """Wait until nothing is left of any call; raises AssertionError that says what is."""
        clock = asyncio.get_running_loop().time
        end = clock() + deadline
        while (left := await self._left()) and clock() < end:  # noqa: ASYNC110 - nobody tells that nothing is left
            await asyncio.sleep(LOOK)
        assert left == {}

    async def _left(self) -> dict[str, object]:
        """Name what is left of calls: with us, and only then with Asterisk, which takes its time to say so."""
        server = self.switchroom
        left: dict[str, object] = {
            "tasks": [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith(OURS)],
            "sessions": server.agi.sessions,
            "calls": list(server.chronicle.calls),
            "waiting": server.room.waiting(),
            "busy": {agent.name: agent.state for agent in server.roster.agents.values() if agent.call},
        }
        if not any(left.values()):
            left["channels"] = list((await server.link.state()).channels)
        if not any(left.values()):
            shown = await server.telephone.asterisk.cli("core show channels")
            left["console"] = "" if "0 active channels" in shown else shown
        return {what: some for what, some in left.items() if some}

    async def free(self, *names: str, deadline: float = PATIENT) -> None:
        """Wait until these people can be called."""
        changed = self.listen()
        agents = self.switchroom.roster.agents
        async with asyncio.timeout(deadline):
            for name in names:
                while agents[name].state is not AgentState.READY or self.switchroom.roster.phone_trouble(name):
                    await changed.next()

    async def forget_calls(self, *phones: Phone) -> None:
        """Hang up what a test has left of calls at these phones, and forget what rang there and was not picked up."""
        for phone in phones:
            for call in phone.calls:
                with suppress(SoftphoneError):  # it ended by itself just now
                    await call.hang_up()
            with suppress(TooLate):
                while True:
                    await phone.incoming(0.0)

    async def story(self, call: str) -> list[Event]:
        """Return what the journal has on disk of a call."""
        await self.switchroom.journal.drain(PATIENT)
        return await archive.call_story(self.switchroom.journal, call)


def patience(seconds: float) -> float:
    """Return so long, and longer where the machine is busy with other things."""
    return seconds * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


async def dial_code(phone: Phone, code: str) -> None:
    """Dial a feature code and listen to the end of what is said back."""
    call = await phone.call(code)
    await call.confirmed()
    await call.ended(PATIENT)


@asynccontextmanager
async def house(data: Path, site: Path = SITE, calls_each: int = 2) -> AsyncIterator[House]:
    """Run a server with its Asterisk; both are gone afterwards."""
    settings = Settings(site, data, cache=default_cache(), asterisk_dies_with_us=True, drain=1.0)
    async with running(settings) as switchroom, Phones(calls_each) as phones:
        yield House(switchroom, phones)


class Tenant:
    """`./switchroom up` as a process, with phones beside it; Asterisk outlives it and is stopped at the end."""

    def __init__(self, data: Path, phones: Phones, drain: float = 1.0, site: Path = SITE) -> None:
        self.data = data
        self.phones = phones
        self.drain = drain
        self.site = site
        self._trunk = require_site(site).pbx.trunk
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the server and wait until it serves."""
        with (self.data / "up.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "server", "up", "--site", str(self.site), "--data", str(self.data),
                "--drain", str(self.drain),
                cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=log,
            )  # fmt: skip
        assert self.process.stdout is not None
        async with asyncio.timeout(90):
            while b"serves" not in (line := await self.process.stdout.readline()):
                assert line, (self.data / "up.log").read_text()[-3000:]

    async def kill(self) -> None:
        """End it as a power failure would."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    async def says(self, words: str) -> None:
        """Wait until its log has these words."""
        async with asyncio.timeout(PATIENT):
            while words not in await asyncio.to_thread((self.data / "up.log").read_text):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def terminate(self) -> int:
        """Ask it to end, and return its status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(self.drain + 60):
            return await self.process.wait()

    @property
    def server(self) -> str:
        ports = json.loads((self.data / "asterisk" / "ports.json").read_text())
        return f"127.0.0.1:{ports['sip']}"

    async def operator(self, name: str, *, log_in: bool = True) -> Phone:
        """Register a person's phone, and dial the code that logs in."""
        secrets = json.loads((self.data / "pbx-secrets.json").read_text())["phones"]
        phone = await self.phones.register(name, secrets[name], self.server)
        if log_in:
            await dial_code(phone, "*11")
        return phone

    async def caller(self, number: str = "+37060000001", name: str = "Jonas") -> Phone:
        """Bring up a customer's phone behind the carrier."""
        return await self.phones.caller(number, name, server=self.server, bind=self._trunk)

    @property
    def prompts(self) -> PromptBook:
        """The sounds of its site."""
        return snapshot.read(self.data / "attendant" / "snapshot.json").book

    @property
    def asterisk(self) -> int | None:
        """The process id of the Asterisk that belongs to it."""
        return running_pid(layout(self.data / "asterisk"))

    async def journal(self) -> list[Event]:
        """Return what the journal on disk says."""
        async with await Database.open(self.data / "switchroom.db") as database:
            return archive.events_of(await JournalReads(database).read(limit=10_000))

    async def stories(self) -> dict[str, list[Event]]:
        """Return what the journal on disk says of every call."""
        stories: dict[str, list[Event]] = {}
        for event in await self.journal():
            if event.call:
                stories.setdefault(event.call, []).append(event)
        return stories

    async def told(self, kind: type[Event], count: int, deadline: float = PATIENT) -> dict[str, list[Event]]:
        """Wait until this was told of so many calls, and return all stories."""
        seen: set[str] = set()

        def look(event: Event) -> bool:
            if isinstance(event, kind):
                seen.add(event.call)
            return len(seen) == count

        await self.tells(look, deadline)
        return await self.stories()

    async def tells(self, look: Callable[[Event], bool], deadline: float = PATIENT) -> Event:
        """Wait until the journal has such an event: another process, so there is nothing to await but the disk."""
        async with asyncio.timeout(deadline):
            while True:
                for event in await self.journal():
                    if look(event):
                        return event
                await asyncio.sleep(0.1)


@asynccontextmanager
async def tenant(data: Path, drain: float = 1.0, site: Path = SITE) -> AsyncIterator[Tenant]:
    """Run a server that can be killed; whatever is left of it afterwards is ended, by the ids we know."""
    await asyncio.to_thread(data.mkdir, exist_ok=True)
    async with Phones() as phones:
        left = Tenant(data, phones, drain, site)
        await left.start()
        try:
            yield left
        finally:
            if left.process is not None and left.process.returncode is None:
                await left.kill()
            if (pid := left.asterisk) is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
