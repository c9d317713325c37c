"""Callers of the contract suite: one scene played out over each medium of the Conversation port, on virtual time.

Owns the makers: simulator, FastAGI over a real socket, and the emergency attendant's pyst2. Both telephones talk to
the same fake of Asterisk. All times are eighths of a second, which milliseconds and binary fractions both carry.
"""

from __future__ import annotations

import asyncio
import io
import itertools
import math
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Generic, Protocol, TypeVar

import pytest
from asterisk.agi import AGI

from ivr.agi import dial
from ivr.agi.fake_fax import FakeFax
from ivr.agi.fake_pbx import App, FakeCall, Faults
from ivr.agi.fake_pbx import Press as FakePress
from ivr.agi.leg import AgiLeg, Messages
from ivr.agi.server import AgiServer
from ivr.agi.session import AgiSession
from ivr.attendant import leg as attendant
from ivr.conversation import Conversation, FaxTaken, HandedOver, Recorded, Reply, Taken, Utterance
from ivr.prompt_book import PromptBook
from ivr.simulator import Press, Simulator
from ivr.speech.spoken import Spoken

T = TypeVar("T")

HOST = "127.0.0.1"
TOKEN = "a long random token"
JINGLE_SECONDS = 3.0
DEADLINE = 20.0
_STATUS = {
    Reply.ANSWERED: "ANSWER",
    Reply.BUSY: "BUSY",
    Reply.NO_ANSWER: "NOANSWER",
    Reply.UNREACHABLE: "CHANUNAVAIL",
}


@dataclass(frozen=True)
class Scene:
    """What the caller does, and what becomes of ringing phones. `presses` are (seconds of the call, key)."""

    presses: tuple[tuple[float, str], ...] = ()
    hangs_up_at: float | None = None
    replies: tuple[HandedOver, ...] = ()
    #: How long the caller speaks into each recording, and how much of it the disk takes, in seconds.
    speaks: float = 10_000.0
    room: float = math.inf
    #: What the caller sends, if it is a machine.
    fax: FaxTaken | None = None


@dataclass(frozen=True)
class Came(Generic[T]):
    """What came of a scene: the result, the time the caller lived, what he heard, and which phones rang.

    Messages that were played are named by no path: that is each medium's own.
    """

    result: T
    elapsed: float
    played: tuple[Utterance, ...]
    rung: tuple[tuple[str, ...], ...]


class Medium(Protocol):
    """Plays a scene: `work` is done to the scene's caller."""

    def __call__(self, scene: Scene, work: Callable[[Conversation], Awaitable[T]]) -> Awaitable[Came[T]]: ...


def seconds_of(utterance: Utterance) -> float:
    """Tell how long an utterance lasts, the same on every medium."""
    if isinstance(utterance, Taken):
        return utterance.seconds
    return max(4, len(utterance.text) // 2) / 8 if isinstance(utterance, Spoken) else JINGLE_SECONDS


async def simulated(scene: Scene, work: Callable[[Conversation], Awaitable[T]]) -> Came[T]:
    """Play the scene in the simulator."""
    presses = [Press(at, key) for at, key in scene.presses]
    caller = Simulator(presses, scene.hangs_up_at, scene.replies, seconds_of, scene.speaks, scene.room, scene.fax)
    result = await work(caller)
    # It also notes what a caller who was gone did not hear any more: nothing of it.
    heard = tuple(nameless(s.utterance) for s in caller.heard if s.seconds or not (caller.ended or _gone(scene, s.at)))
    return Came(result, caller.elapsed, heard, tuple(handed.phones for handed in caller.rung))


def nameless(utterance: Utterance) -> Utterance:
    """Leave out where a message lies."""
    return replace(utterance, path="") if isinstance(utterance, Taken) else utterance


def _gone(scene: Scene, at: float) -> bool:
    return scene.hangs_up_at is not None and scene.hangs_up_at <= at


@dataclass
class Agi:
    """Our FastAGI server over loopback. `hangup_lines` is false where the dialplan says AGISIGHUP=no, as ours does."""

    folder: Path
    hangup_lines: bool = False

    async def __call__(self, scene: Scene, work: Callable[[Conversation], Awaitable[T]]) -> Came[T]:
        line = Line.of(scene, hangup_lines=self.hangup_lines)
        worked: asyncio.Future[tuple[T, float]] = asyncio.get_running_loop().create_future()
        numbers = itertools.count(1)

        async def handler(session: AgiSession) -> None:
            leg = AgiLeg(
                session,
                line.book,
                messages=Messages(self.folder, lambda: f"message-{next(numbers)}"),
                wake_channel=lambda _: None,
                clock=lambda: line.call.elapsed,
            )
            try:
                await leg.answer()
                worked.set_result((await work(leg), leg.elapsed))
            except Exception as error:  # noqa: BLE001  raised again where the test can see it
                worked.set_exception(error)

        server = AgiServer(handler, token=TOKEN)
        try:
            await line.call.run(HOST, await server.start(HOST), token=TOKEN, timeout=DEADLINE)
        finally:
            await server.close()
        result, elapsed = await worked
        return line.came(result, elapsed)


@dataclass
class Attendant:
    """The emergency attendant's leg by pyst2, which blocks: Asterisk's side lives in a thread of its own."""

    folder: Path
    patch: pytest.MonkeyPatch

    async def __call__(self, scene: Scene, work: Callable[[Conversation], Awaitable[T]]) -> Came[T]:
        # A classic script is told by a signal, unless AGISIGHUP=no: never by a line.
        line = Line.of(scene, hangup_lines=False)
        self.patch.setattr(attendant, "time", SimpleNamespace(monotonic=lambda: line.call.elapsed))
        sighup = signal.getsignal(signal.SIGHUP)
        with socket.create_server((HOST, 0)) as listening:
            port: int = listening.getsockname()[1]
            calling = threading.Thread(
                target=lambda: asyncio.run(line.call.run(HOST, port, token=TOKEN, timeout=DEADLINE))
            )
            calling.start()
            try:
                listening.settimeout(DEADLINE)
                connection, _ = listening.accept()
                with connection, connection.makefile("r") as stdin, connection.makefile("w") as stdout:
                    agi = AGI(stdin, stdout, io.StringIO())
                    leg = attendant.AttendantLeg(agi, line.book, self.folder / "message")
                    leg.answer()
                    result, elapsed = await work(leg), leg.elapsed
            finally:
                calling.join(DEADLINE)
                signal.signal(signal.SIGHUP, sighup)
        return line.came(result, elapsed)


# ---- the far end of a telephone


class _Paths(dict[Spoken, Path]):
    """A file for every text, named as it is asked for."""

    def __missing__(self, spoken: Spoken) -> Path:
        return self.setdefault(spoken, Path(f"/prompts/{len(self)}"))


class _Seconds(Mapping[str, float]):
    """How long each file of a book lasts."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __getitem__(self, path: str) -> float:
        taken = Path(f"{path}.wav")
        if taken.exists():
            self._line.taken[path] = (taken.stat().st_size - 44) / 16_000
        return seconds_of(self._line.utterance(path))

    def __iter__(self) -> Iterator[str]:
        return iter(str(path) for path in self._line.book.paths.values())

    def __len__(self) -> int:
        return len(self._line.book.paths)


class _Applications(Mapping[str, App]):
    """`Dial` and `ReceiveFAX` as Asterisk leaves them, by the scene; the caller may hang up in the middle of it."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._replies = iter(line.scene.replies)

    def __getitem__(self, application: str) -> App:
        call, hangs_up_at = self._line.call, self._line.scene.hangs_up_at
        if application == "ReceiveFAX":
            return FakeFax(self._line.scene.fax).received(call)
        if application != "Dial":
            raise KeyError(application)
        if call.hung_up:
            return App(-1, 0.0, {"DIALSTATUS": "CANCEL"})
        reply = next(self._replies)
        ring_for = float(call.commands[-1][2].split(",")[1])
        seconds = ring_for if reply.reply is Reply.NO_ANSWER else reply.talked
        status = _STATUS[reply.reply]
        lived = seconds
        if hangs_up_at is not None and hangs_up_at < call.elapsed + seconds:
            lived = hangs_up_at - call.elapsed
            status = status if status == "ANSWER" else "CANCEL"
        sets = {"DIALSTATUS": status, "DIALEDPEERNAME": ""}
        if status == "ANSWER":
            sets |= {dial.ANSWERED_AT: "1795309200.000", dial.NOW: f"{1795309200 + lived:.3f}"}
            sets |= {"DIALEDPEERNAME": f"PJSIP/{reply.answered_by}-0000002a"}
        return App(0, seconds, sets)

    def __iter__(self) -> Iterator[str]:
        return iter(("Dial", "ReceiveFAX"))

    def __len__(self) -> int:
        return 2


@dataclass
class Line:
    """One call of the fake Asterisk, playing a scene."""

    scene: Scene
    call: FakeCall = field(default_factory=FakeCall)
    book: PromptBook = field(default_factory=lambda: PromptBook(_Paths(), {}, Path("/recordings")))
    #: How long the messages were that were played.
    taken: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, scene: Scene, *, hangup_lines: bool) -> Line:
        """Make the call."""
        line = cls(scene)
        line.call = FakeCall(
            presses=[FakePress(key, at) for at, key in scene.presses],
            hangs_up_after=scene.hangs_up_at,
            applications=_Applications(line),
            prompts=_Seconds(line),
            speaks=scene.speaks,
            room=scene.room,
            faults=Faults(no_hangup_lines=not hangup_lines),
        )
        return line

    def utterance(self, path: str) -> Utterance:
        """Tell what a file says."""
        named = {str(path): spoken for spoken, path in self.book.paths.items()}
        if path in self.taken:
            return Taken("", self.taken[path])
        file = Path(path)
        return named[path] if path in named else Recorded(file.name, file.parent.name)

    def came(self, result: T, elapsed: float) -> Came[T]:
        """Tell what came of the call."""
        played = tuple(self.utterance(path) for path in self.call.played)
        dialled = (words[2] for words in self.call.commands if words[:2] == ("EXEC", "Dial"))
        phones = tuple(
            tuple(phone.removeprefix("PJSIP/") for phone in text.split(",")[0].split("&")) for text in dialled
        )
        return Came(result, elapsed, played, phones)
