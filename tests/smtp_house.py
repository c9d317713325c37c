"""Mail servers for tests: one that is real (MailCatcher), one that misbehaves as told, and a certificate for both.

The rough one answers each command with what its `Manners` say; a manner is a reply, or one of the ways not to reply.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from server.demo.mail_server import CaughtAttachment, CaughtMail, MailCatcher

__all__ = [
    "CaughtAttachment",
    "CaughtMail",
    "Certificate",
    "Close",
    "Deaf",
    "Drip",
    "Flood",
    "Hang",
    "MailCatcher",
    "Manners",
    "RoughServer",
    "free_port",
    "make_certificate",
]

LONGEST_LINE = 4_096
LONGEST_MAIL = 16 * 1024 * 1024


@dataclass(frozen=True)
class Hang:
    """Say nothing, or no more than this, until the client has gone. The server's `hung` is set meanwhile."""

    words: str = ""


@dataclass(frozen=True)
class Close:
    """Close the connection without a word, or after these."""

    words: str = ""


@dataclass(frozen=True)
class Deaf:
    """Say these words and then read nothing until the server's `listens` is set; then read on until the end."""

    words: str


@dataclass(frozen=True)
class Drip:
    """Send a line one byte at a time, and never its end."""

    every: float = 0.02


@dataclass(frozen=True)
class Flood:
    """Send this many bytes of continued reply lines, or of a line that does not end."""

    size: int = 1024 * 1024
    line: bytes = b"250-and more\r\n"


#: A reply of one line or several, bytes as they are, or no proper reply at all.
Manner: TypeAlias = str | tuple[str, ...] | bytes | Hang | Close | Deaf | Drip | Flood

EHLO = ("250-rough.invalid", "250-8BITMIME", "250-SMTPUTF8", "250-SIZE 10000000", "250 AUTH PLAIN LOGIN")


@dataclass(frozen=True)
class Manners:
    """What the server answers; the defaults are those of a polite one. `body` is the answer to a whole message."""

    greeting: Manner = "220 rough.invalid ESMTP"
    ehlo: Manner = EHLO
    ehlo_under_tls: Manner | None = None
    starttls: Manner = "502 5.5.1 Not here"
    auth: Manner = "235 2.7.0 Welcome"
    mail: Manner = "250 2.1.0 Sender OK"
    rcpt: Manner = "250 2.1.5 Recipient OK"
    data: Manner = "354 Go ahead"
    body: Manner = "250 2.0.0 Taken"
    quit: Manner = "221 2.0.0 Bye"


@dataclass
class Heard:
    """What one connection said."""

    commands: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def verbs(self) -> list[str]:
        return [command.split(" ")[0].upper() for command in self.commands]


class RoughServer:
    """A scripted mail server on a free loopback port, for `async with`.

    `manners` may be changed between connections: a server that is down for a day and well again is one server.
    `heard` holds one entry a connection; `await gone(deadline)` returns when no client is connected any more;
    `read_late` counts the bytes that came out of the wire after being deaf.
    """

    host = "127.0.0.1"

    def __init__(self, manners: Manners | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.manners = manners or Manners()
        self.port = 0
        self.heard: list[Heard] = []
        self.hung = asyncio.Event()
        self.listens = asyncio.Event()
        self.read_late = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()

    def behave(self, **changes: Manner) -> None:
        """Change some manners for the connections to come."""
        self.manners = replace(self.manners, **changes)

    async def gone(self, deadline: float) -> None:
        """Wait until every client has left; raises TimeoutError."""
        async with asyncio.timeout(deadline):
            while self._visits:
                await asyncio.wait(set(self._visits))

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self.host, 0, limit=LONGEST_LINE)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = Heard()
        self.heard.append(heard)
        visit = asyncio.create_task(self._serve(_Line(self, reader, writer), heard, self.manners))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _serve(self, line: _Line, heard: Heard, manners: Manners) -> None:
        try:
            await self._converse(line, heard, manners)
        except (_Gone, OSError, asyncio.IncompleteReadError):
            pass  # the client left, or we did as the manners say
        finally:
            line.writer.transport.abort()

    async def _converse(self, line: _Line, heard: Heard, manners: Manners) -> None:
        await line.answer(manners.greeting)
        under_tls = False
        while True:
            command = await line.hear()
            heard.commands.append(command)
            verb = command.split(" ")[0].upper()
            if verb == "EHLO" and under_tls and manners.ehlo_under_tls is not None:
                await line.answer(manners.ehlo_under_tls)
            elif verb == "DATA":
                await line.answer(manners.data)
                heard.bodies.append(await line.hear_mail())
                await line.answer(manners.body)
            elif verb == "AUTH" and command.upper().startswith("AUTH LOGIN") and _is_good(manners.auth):
                await line.answer("334 " + base64.b64encode(b"Password:").decode())
                heard.commands.append(await line.hear())
                await line.answer(manners.auth)
            elif verb == "STARTTLS":
                await line.answer(manners.starttls)
                if _is_good(manners.starttls) and self._tls is not None:
                    await line.writer.start_tls(self._tls)
                    under_tls = True
            elif verb == "QUIT":
                await line.answer(manners.quit)
                return
            else:
                await line.answer(getattr(manners, verb.lower(), "500 5.5.2 What?"))


class _Gone(Exception):
    """The connection is over."""


@dataclass(frozen=True)
class _Line:
    """One connection, from the server's side."""

    server: RoughServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hear(self) -> str:
        return (await self.reader.readuntil(b"\n")).decode("utf-8", "replace").rstrip("\r\n")

    async def hear_mail(self) -> bytes:
        taken = bytearray()
        while not taken.endswith(b"\r\n.\r\n"):
            taken += await self.reader.readuntil(b"\n")
            assert len(taken) <= LONGEST_MAIL
        return bytes(taken[:-3])

    async def answer(self, manner: Manner) -> None:
        match manner:
            case Hang(words):
                await self._say(words.encode())
                self.server.hung.set()
                await self._until_gone()
            case Deaf(words):
                await self._say(f"{words}\r\n".encode())
                await self.server.listens.wait()
                await self._until_gone()
            case Close(words):
                await self._say(words.encode())
                raise _Gone
            case Drip(every):
                self.writer.write(b"220")
                while not await self._left_within(every):
                    await self._say(b"-")
                raise _Gone
            case Flood(size, words):
                for _ in range(0, size, len(words)):
                    await self._say(words)
                await self._until_gone()
            case bytes():
                await self._say(manner)
            case str():
                await self._say(f"{manner}\r\n".encode())
            case tuple():
                await self._say("".join(f"{one}\r\n" for one in manner).encode())

    async def _say(self, words: bytes) -> None:
        self.writer.write(words)
        await self.writer.drain()

    async def _until_gone(self) -> None:
        while some := await self.reader.read(65_536):
            self.server.read_late += len(some)
        raise _Gone

    async def _left_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return not await self.reader.read(65_536)
        except TimeoutError:
            return False


def _is_good(manner: Manner) -> bool:
    text = manner if isinstance(manner, (str, bytes)) else ""
    return text[:1] in ("2", b"2")


async def free_port() -> int:
    """Return a loopback port where nobody listens."""
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


@dataclass(frozen=True)
class Certificate:
    """A certificate that vouches for itself."""

    file: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.file, self.key)
        return context


def make_certificate(folder: Path, names: Sequence[str] = ("DNS:localhost", "IP:127.0.0.1")) -> Certificate:
    """Make one for these names with the `openssl` program, which every system that has ca-certificates has."""
    made = Certificate(folder / "mail.pem", folder / "mail.key")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=Switchroom test mail", "-keyout", made.key, "-out", made.file),
            *("-addext", f"subjectAltName={','.join(names)}"),
            *("-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
        ],
        check=True,
        capture_output=True,
        timeout=30,
    )
    return made
