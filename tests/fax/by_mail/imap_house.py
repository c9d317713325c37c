"""IMAP servers for tests: a real one (pymap, a process of its own), a front to it with TLS that can be cut, and one
that answers as it is told, for what no real server does on demand."""

from __future__ import annotations

import asyncio
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from imapclient import IMAPClient  # type: ignore[import-untyped]  # it publishes no types

from tests.smtp_house import Certificate

USER = "faxes@acme.example"
PASSWORD = 'a secret with ü, spaces and " in it'
_START_SECONDS = 30.0
#: pymap, whose passwords cost each login 0.2 s of a processor as it comes: a test logs in half a dozen times.
_PROGRAM = """
from pymap.main import main
from pysasl.hashing import BuiltinHash
BuiltinHash.__init__.__kwdefaults__["rounds"] = 1_000
main()
"""


class ImapServer:
    """pymap with one mailbox in memory, on a free port of loopback; STARTTLS with the certificate of the test's own."""

    host = "127.0.0.1"

    def __init__(self, certificate: Certificate, port: int, log: Path) -> None:
        self.port = port
        self._log = log
        self._words = [
            *(sys.executable, "-W", "ignore", "-c", _PROGRAM, "--no-service", "admin"),
            *("--host", self.host, "--port", str(port), "--cert", str(certificate.file), "--key", str(certificate.key)),
            *("dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        give_up_at = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.as_owner().logout()
                return
            except OSError:
                assert self._process.poll() is None, self._log.read_text(errors="replace")
                assert time.monotonic() < give_up_at, self._log.read_text(errors="replace")
                time.sleep(0.05)  # a process has no event for "it listens"

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_START_SECONDS)
            self._process = None

    def as_owner(self) -> IMAPClient:
        """Come in as the person whose mailbox it is, with the same library."""
        client = IMAPClient(self.host, self.port, ssl=False, timeout=20.0)
        client.plain_login(USER, PASSWORD)
        return client

    def empty(self) -> None:
        """Leave an INBOX without mails, and no other folder."""
        with self.as_owner() as owner:
            for flags, _, folder in owner.list_folders():
                if folder != "INBOX" and b"\\Noselect" not in flags:
                    owner.delete_folder(folder)
            owner.select_folder("INBOX")
            if uids := owner.search():
                owner.delete_messages(uids)
                owner.expunge()

    def post(self, *mails: bytes, folder: str = "INBOX") -> None:
        with self.as_owner() as owner:
            for mail in mails:
                owner.append(folder, mail)

    def subjects(self, folder: str = "INBOX") -> list[str]:
        """Return the subjects of the mails in a folder; none when it is not there."""
        with self.as_owner() as owner:
            if not owner.folder_exists(folder):
                return []
            owner.select_folder(folder, readonly=True)
            mails = owner.fetch(owner.search(), ["BODY.PEEK[HEADER.FIELDS (SUBJECT)]"])
            key = b"BODY[HEADER.FIELDS (SUBJECT)]"
            return sorted(said[key].decode().removeprefix("Subject:").strip() for said in mails.values())

    def seen(self, folder: str) -> int:
        with self.as_owner() as owner:
            owner.select_folder(folder, readonly=True)
            return len(owner.search("SEEN"))


class Front:
    """A door before a server, with TLS from the first byte if it gets a context, that cuts when it is told to.

    `cut_after` ends a connection once the server has said that many bytes; `connections` counts them.
    """

    def __init__(self, behind: ImapServer, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self.connections = 0
        self.cut_after: int | None = None
        self._behind = behind
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        talk = asyncio.create_task(self._pass_on(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(self._behind.host, self._behind.port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, ours, None))
                both.create_task(_pump(theirs, writer, self.cut_after))
        except* (OSError, asyncio.IncompleteReadError):
            pass  # one of them left
        finally:
            writer.transport.abort()
            ours.transport.abort()


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, most: int | None) -> None:
    passed = 0
    while (some := await source.read(1024)) and (most is None or passed < most):
        passed += len(some)
        target.write(some)
        await target.drain()
    raise ConnectionResetError


#: What the rough server says to a command: untagged lines, then the tagged one. None: nothing, ever.
Manner = Callable[[str], tuple[bytes, str]] | None


def says(untagged: str | bytes = b"", tagged: str = "OK done") -> Callable[[str], tuple[bytes, str]]:
    """Answer with these lines, whatever the rest of the command is."""
    lines = untagged.encode() if isinstance(untagged, str) else untagged
    return lambda rest: (lines, tagged)


HANGS: Manner = None
SELECTED = "* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted \\*)] ok\r\n* OK [UIDVALIDITY 7] ok\r\n"


@dataclass
class RoughImap:
    """A scripted server on a free port of loopback, for `async with`. `heard` holds every command after its tag."""

    manners: dict[str, Manner]
    greeting: bytes = b"* OK rough\r\n"
    drip: bool = False
    port: int = 0
    heard: list[str] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._talks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.create_task(self._talk(reader, writer))
        self._talks.add(talk)
        talk.add_done_callback(self._talks.discard)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(self.greeting)
            while self.drip:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
            while command := await reader.readline():
                tag, _, rest = command.decode().strip().partition(" ")
                self.heard.append(rest)
                word = rest.removeprefix("UID ").split(" ")[0].upper()
                manner = self.manners.get(word, says())
                if manner is None:
                    await reader.read()  # until the client has gone
                    return
                untagged, tagged = manner(rest)
                writer.write(untagged + f"{tag} {tagged}\r\n".encode())
        except OSError:
            pass  # the client left
        finally:
            self.gone.set()
            writer.transport.abort()


def polite(**changes: Manner) -> dict[str, Manner]:
    """Return the manners of a server with one mail that lets us do everything, but for some changes."""
    manners: dict[str, Manner] = {
        "CAPABILITY": says("* CAPABILITY IMAP4rev1 AUTH=X MOVE\r\n"),
        "LOGIN": says(),
        "SELECT": says(SELECTED, "OK [READ-WRITE] selected"),
        "LIST": says('* LIST () "." "INBOX"\r\n'),
        "SEARCH": says("* SEARCH 5\r\n"),
    }
    return {**manners, **changes}


def serving(mail: bytes) -> Callable[[str], tuple[bytes, str]]:
    """Answer a FETCH of header or whole with one mail."""
    header = mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"

    def fetch(rest: str) -> tuple[bytes, str]:
        begin, size = map(int, re.findall(r"<(\d+)\.(\d+)>", rest)[0])
        name = b"BODY[HEADER]<%d>" % begin if "HEADER" in rest else b"BODY[]<%d>" % begin
        body = (header if "HEADER" in rest else mail)[begin : begin + size]
        uid = rest.split(" ")[2].encode()
        told = b"* 1 FETCH (UID %s RFC822.SIZE %d %s {%d}\r\n%s)\r\n" % (uid, len(mail), name, len(body), body)
        return told, "OK fetched"

    return fetch


def verbs(heard: list[str]) -> list[str]:
    """Return the commands that were heard, without what follows them."""
    return [re.sub(r"^UID ", "", one).split(" ")[0] for one in heard]
