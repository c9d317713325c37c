"""The other end of AGI, scripted: connects to a server as Asterisk 22 does and answers for one simulated channel.

Owns a caller's behaviour, a channel's variables and its clock. Knows no server object: it speaks over a socket.

The channel has a clock of its own. With `pace=0` it only adds up what prompts and waits would take, and a call of
two minutes is over in milliseconds. With `pace=1` it lives in real time, and `press()` and `hang_up()` may be
called from outside while a command runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import wave
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ivr.agi.fake_keys import Keys
from ivr.agi.fake_keys import Press as Press
from ivr.agi.fake_words import DEAD, UNKNOWN, USAGE, VERBS, code_of, encode, header_of, verb_of
from ivr.agi.fake_words import parse_command as parse_command

SAMPLES_PER_SECOND = 8_000
ALL_KEYS = "0123456789*#ABCD"


@dataclass(frozen=True, slots=True)
class App:
    """What a dialplan application does: its result, how long it takes, the variables it leaves behind."""

    result: int = 0
    seconds: float = 0.0
    sets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on the line, beyond what every Asterisk does. Commands are counted from 1."""

    #: A verb's answer, byte for byte.
    answers: Mapping[str, bytes] = field(default_factory=dict)
    #: The header block, byte for byte.
    header: bytes | None = None
    #: Send in pieces of so many bytes.
    piece: int | None = None
    #: Close the connection instead of answering this command.
    closes_at_command: int | None = None
    #: Never answer this command.
    mute_at_command: int | None = None
    #: AGISIGHUP=no in the dialplan: no HANGUP lines at all.
    no_hangup_lines: bool = False


class _Gone(Exception):
    """The caller hung up while a command ran."""


@dataclass(slots=True)
class FakeCall:
    """One caller and their channel, good for one call: give it a behaviour, `run` it, and look at what happened.

    `presses` is either a script such as "1 w5 2" (each key is pressed as soon as somebody listens for it, and w5
    lets five seconds of the call pass first) or a list of `Press`.
    """

    did: str = "5200"
    caller: str | None = "101"
    caller_name: str | None = None
    presses: str | Sequence[Press] = ""
    #: Hang up at this second of the call …
    hangs_up_after: float | None = None
    #: … or during the n-th command (just before it, if it takes no time). The first is 1.
    hangs_up_at_command: int | None = None
    script: str = "inbound"
    #: Arguments of the dialplan behind the token.
    arguments: Sequence[str] = ()
    language: str = "en"
    variables: dict[str, str] = field(default_factory=dict)
    applications: Mapping[str, App] = field(default_factory=dict)
    #: Lengths of prompts in seconds, and the length of all others.
    prompts: Mapping[str, float] = field(default_factory=dict)
    prompt_seconds: float = 1.0
    missing: frozenset[str] = frozenset()
    #: How long the caller speaks into each recording, and what the file then holds (None: silence of that length,
    #: where the folder exists). `room` is how much of it the disk takes, in seconds: at 0 the file is made and
    #: stays empty, below that it cannot even be made.
    speaks: float = 3.0
    voice: bytes | None = None
    room: float = math.inf
    pace: float = 0.0
    faults: Faults = Faults()

    # What happened:
    commands: list[tuple[str, ...]] = field(default_factory=list, init=False)
    played: list[str] = field(default_factory=list, init=False)
    recorded: list[str] = field(default_factory=list, init=False)
    music: str | None = field(default=None, init=False)
    answered: bool = field(default=False, init=False)
    hung_up: bool = field(default=False, init=False)
    hung_up_by_server: bool = field(default=False, init=False)
    #: The call's own clock, seconds.
    elapsed: float = field(default=0.0, init=False)

    _writer: asyncio.StreamWriter | None = field(default=None, init=False, repr=False)
    _keys: Keys = field(init=False, repr=False)
    _live: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    _live_keys: deque[str] = field(default_factory=lambda: deque(maxlen=32), init=False, repr=False)
    _begun: dict[str, asyncio.Event] = field(default_factory=dict, init=False, repr=False)
    _busy: bool = field(default=False, init=False, repr=False)
    _dead: bool = field(default=False, init=False, repr=False)
    _cut_off: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        self._keys = Keys(self.presses)

    @property
    def done(self) -> bool:
        """Tell whether the server left its mark, so that the dialplan does not take the survival path."""
        return self.variables.get("SWITCHROOM_DONE") == "1"

    @property
    def verbs(self) -> list[str]:
        """List the names of the commands that came."""
        return [verb_of(words) or words[0] for words in self.commands]

    async def until(self, verb: str) -> None:
        """Wait for the next command of this name to begin."""
        began = self._begun.setdefault(verb, asyncio.Event())
        began.clear()
        await began.wait()

    # ---- the caller, live

    def press(self, key: str) -> None:
        """Press a key now; it is lost if nothing listens."""
        if self._busy:
            self._live_keys.append(key)
            self._live.set()

    def hang_up(self) -> None:
        """Hang up now."""
        self.hung_up = True
        self._live.set()
        if not self._busy:
            self._die()

    # ---- the connection

    async def run(self, host: str, port: int, *, token: str, timeout: float = 30.0) -> FakeCall:
        """Place the call and return it when the server has ended it. Raises TimeoutError and OSError."""
        async with asyncio.timeout(timeout):
            reader, self._writer = await asyncio.open_connection(host, port)
            writer = self._writer
            lines: asyncio.Queue[bytes] = asyncio.Queue(maxsize=16)
            reading = asyncio.create_task(self._read(reader, lines))
            try:
                # When the server cuts us off, Asterisk takes it for the end of the script, too.
                with contextlib.suppress(ConnectionError):
                    await self._send(self.faults.header or self._header(token))
                    while line := await lines.get():
                        if not await self._obey(line):
                            break
                    self._write_hangup()
            finally:
                self._writer = None
                reading.cancel()
                await asyncio.wait([reading])
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()
        return self

    async def _read(self, reader: asyncio.StreamReader, lines: asyncio.Queue[bytes]) -> None:
        """Hand on the lines, the last one empty, and tell a command under way when the server has closed."""
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                await lines.put(line)
        self._cut_off = True
        self._live.set()
        await lines.put(b"")

    def _header(self, token: str) -> bytes:
        arguments = (token, *self.arguments)
        return header_of(self.script, self.did, self.caller, self.caller_name, self.language, arguments)

    async def _obey(self, line: bytes) -> bool:
        """Answer one command; return False to close the connection instead."""
        words = parse_command(line)
        self.commands.append(words)
        number = len(self.commands)
        if number == self.faults.closes_at_command:
            return False
        verb = verb_of(words)
        if number == self.hangs_up_at_command or self._overdue():
            self.hung_up = True
            # A hang-up between two commands is noticed before the second one is read.
            if verb is None or not VERBS[verb].lasts or number != self.hangs_up_at_command:
                self._die()
        if number == self.faults.mute_at_command:
            return True
        self._busy = True
        if verb in self._begun:
            self._begun[verb].set()
        try:
            await self._send(await self._answer(verb, words))
        finally:
            self._busy = False
            self._live.clear()
            self._live_keys.clear()
        if self.hung_up:
            self._die()
        return True

    def _overdue(self) -> bool:
        return self.hangs_up_after is not None and self.elapsed >= self.hangs_up_after

    def _die(self) -> None:
        if not self._dead:
            self._dead = True
            self._write_hangup()

    def _write_hangup(self) -> None:
        if self._writer is not None and not self.faults.no_hangup_lines:
            self._writer.write(b"HANGUP\n")

    async def _send(self, data: bytes) -> None:
        assert self._writer is not None
        step = self.faults.piece or max(len(data), 1)
        for at in range(0, len(data), step):
            self._writer.write(data[at : at + step])
            await self._writer.drain()
            if self.faults.piece:
                await asyncio.sleep(0)

    # ---- the commands

    async def _answer(self, verb: str | None, words: tuple[str, ...]) -> bytes:
        if verb is None:
            return encode(UNKNOWN)
        facts = VERBS[verb]
        if self._dead and not facts.when_dead:
            return encode(DEAD)
        if verb in self.faults.answers:
            return self.faults.answers[verb]
        args = words[verb.count(" ") + 1 :]
        if not facts.least <= len(args) <= facts.most:
            return encode(USAGE)
        try:
            return encode(await self._do(verb, args))
        except ValueError:  # a time that is no number
            return encode(USAGE)

    async def _do(self, verb: str, args: tuple[str, ...]) -> str:
        match verb:
            case "ANSWER":
                self.answered = True
            case "HANGUP":
                self.hung_up = self.hung_up_by_server = True
                return "200 result=1\n"
            case "CHANNEL STATUS":
                return f"200 result={6 if self.answered else 4}\n"
            case "SET MUSIC":
                self.music = (args[1] if len(args) > 1 else "default") if args[0] == "on" else None
            case "SET VARIABLE":
                self.variables[args[0]] = args[1]
                return "200 result=1\n"
            case "GET VARIABLE":
                value = self.variables.get(args[0])
                return "200 result=0\n" if value is None else f"200 result=1 ({value})\n"
            case "EXEC":
                return await self._exec(args[0])
            case "STREAM FILE":
                return await self._stream(args[0], args[1])
            case "WAIT FOR DIGIT":
                return await self._wait_for_digit(int(args[0]))
            case "RECORD FILE":
                return await self._record(*args)
        return "200 result=0\n"

    async def _exec(self, application: str) -> str:
        app = self.applications.get(application, App())
        result = app.result
        try:
            await self._pass(app.seconds, "")
        except _Gone:
            result = -1
        self.variables.update(app.sets)
        # An application that returns 1 is answered twice, see ivr/agi/protocol.py.
        return f"200 result={result}\n" + (USAGE if result == 1 else "")

    async def _stream(self, path: str, escape: str) -> str:
        if path in self.missing:
            return "200 result=-1 endpos=0\n"
        self.played.append(path)
        began = self.elapsed
        try:
            key = await self._pass(self.prompts.get(path, self.prompt_seconds), escape)
        except _Gone:
            key = None
        return f"200 result={code_of(key)} endpos={self._samples(began)}\n"

    async def _wait_for_digit(self, milliseconds: int) -> str:
        try:
            key = await self._pass(milliseconds / 1000, ALL_KEYS)
        except _Gone:
            key = None
        return f"200 result={code_of(key)}\n"

    async def _record(self, path: str, suffix: str, escape: str, milliseconds: str, *options: str) -> str:
        if path in self.missing or self.room < 0:
            return "200 result=-1 (writefile)\n"
        longest = int(milliseconds) / 1000
        silence = next((int(option[2:]) for option in options if option.startswith("s=")), 0)
        until = min(longest, self.speaks + silence) if silence else longest
        began = self.elapsed
        kept = 0.0
        try:
            key = await self._pass(until, escape)
            result, reason = code_of(key), "dtmf" if key else "timeout"
            if not key and until < longest:
                # Ended by silence: the result is the time that was left, and all of the silence but a second goes.
                result, kept = round((longest - until) * 1000), silence - 1
        except _Gone:
            result, reason = -1, "hangup"
        samples = self._samples(began) - round(kept * SAMPLES_PER_SECOND)
        self.recorded.append(path)
        await asyncio.to_thread(self._write, Path(f"{path}.{suffix}"), samples)
        if not self.room:
            samples = -20  # Asterisk lost its place in the file
        return f"200 result={result} ({reason}) endpos={samples}\n"

    def _write(self, file: Path, samples: int) -> None:
        stored = min(float(samples), self.room * SAMPLES_PER_SECOND)
        if not self.room:
            file.write_bytes(b"RIFF")
        elif self.voice is not None:
            file.write_bytes(self.voice)
        elif file.parent.is_dir():
            with wave.open(str(file), "wb") as wav:
                wav.setparams((1, 2, SAMPLES_PER_SECOND, 0, "NONE", ""))
                wav.writeframes(bytes(2 * int(stored)))

    def _samples(self, began: float) -> int:
        return round((self.elapsed - began) * SAMPLES_PER_SECOND)

    # ---- time passes

    async def _pass(self, seconds: float, listens: str) -> str:
        """Let time pass until a key of `listens` or the end; return the key or "". Raises _Gone."""
        if self.hung_up:
            raise _Gone
        gone = self.hangs_up_after is not None and self.hangs_up_after < self.elapsed + seconds
        if gone and self.hangs_up_after is not None:
            seconds = max(0.0, self.hangs_up_after - self.elapsed)
        key, length = self._keys.next(self.elapsed, seconds, listens)
        gone = gone and not key
        if self.pace:
            loop = asyncio.get_running_loop()
            began = loop.time()
            live = await self._live_key(length * self.pace, listens)
            if live or self.hung_up:
                key, gone = live, False
                length = (loop.time() - began) / self.pace
        self.elapsed += length
        self.hung_up = self.hung_up or gone
        if self.hung_up:
            raise _Gone
        return key

    async def _live_key(self, seconds: float, listens: str) -> str:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                # An application does not look at the connection: a conversation goes on without us.
                while not self.hung_up and not (self._cut_off and listens):
                    await self._live.wait()
                    self._live.clear()
                    while self._live_keys:
                        if (key := self._live_keys.popleft()) in listens:
                            return key
        return ""
