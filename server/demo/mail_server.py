"""A real SMTP server on a free loopback port that keeps every mail it gets, for the demo and the tests.

Owns receiving and reading mails; does not know who sends them or why.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default as as_written
from types import TracebackType
from typing import Any, Literal, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

#: More mails than this are answered with 452: whoever sends them in a loop must not fill the memory.
MOST_MAILS = 1_000
IDLE_SECONDS = 60.0


@dataclass(frozen=True)
class CaughtAttachment:
    """One file that came with a mail."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class CaughtMail:
    """One mail as it came: the envelope, and the message read."""

    sender: str
    recipients: tuple[str, ...]
    greeted_as: str
    user: str | None
    options: tuple[str, ...]
    message: EmailMessage = field(repr=False, compare=False)
    raw: bytes = field(repr=False)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    @property
    def attachments(self) -> tuple[CaughtAttachment, ...]:
        return tuple(_attachment(part) for part in self.message.iter_attachments())

    def _body(self, kind: Literal["plain", "html"]) -> str:
        part = self.message.get_body((kind,))
        return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


def _attachment(part: Message) -> CaughtAttachment:
    content = part.get_payload(decode=True)
    return CaughtAttachment(
        part.get_filename() or "", part.get_content_type(), content if isinstance(content, bytes) else b""
    )


class MailCatcher:
    """Use with `async with`; on leaving, the port and every connection are closed.

    `tls` is a context with a certificate, for `starttls` (then nothing goes before it) or `tls` from the first byte.
    With `logins` a mail needs one of these names and passwords. `size_limit` is announced and held.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        port: int = 0,
        security: Literal["starttls", "tls", "none"] = "none",
        tls: ssl.SSLContext | None = None,
        logins: Mapping[str, str] | None = None,
        size_limit: int = 32 * 1024 * 1024,
        international: bool = True,
    ) -> None:
        if (security == "none") != (tls is None):
            raise ValueError("a certificate goes with starttls and tls, and with nothing else")
        self.port = port
        self.mails: list[CaughtMail] = []
        self._security = security
        self._tls = tls
        self._logins = logins
        self._size_limit = size_limit
        self._international = international
        self._came = asyncio.Condition()
        self._connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.get_running_loop().create_server(
            self._connection, self.host, self.port, ssl=self._tls if self._security == "tls" else None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self._connections):
            connection.end()
        await self._server.wait_closed()

    async def count(self, number: int, deadline: float) -> list[CaughtMail]:
        """Return the mails once there are at least `number`; raises TimeoutError after `deadline` seconds."""
        try:
            async with asyncio.timeout(deadline), self._came:
                await self._came.wait_for(lambda: len(self.mails) >= number)
        except TimeoutError:
            raise TimeoutError(f"{len(self.mails)} of {number} mails came in {deadline:g} s") from None
        return list(self.mails)

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender of the next mail (aiosmtpd calls this), if the client may send any."""
        if self._logins is not None and not session.authenticated:
            return "530 5.7.0 Authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail (aiosmtpd calls this), then say so: what is answered with 250 is in `mails`."""
        if len(self.mails) >= MOST_MAILS:
            return "452 4.3.1 This server keeps no more mails"
        raw = envelope.original_content or b""
        message = await asyncio.to_thread(BytesParser(EmailMessage, policy=as_written).parsebytes, raw)
        mail = CaughtMail(
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            greeted_as=session.host_name or "",
            user=session.auth_data if isinstance(session.auth_data, str) else None,
            options=tuple(envelope.mail_options),
            message=message,
            raw=raw,
        )
        async with self._came:
            self.mails.append(mail)
            self._came.notify_all()
        return f"250 2.0.0 Kept as mail {len(self.mails)}"

    def _connection(self) -> _Connection:
        starttls = self._security == "starttls"
        return _Connection(
            self,
            self._connections,
            data_size_limit=self._size_limit,
            enable_SMTPUTF8=self._international,
            hostname="mail.invalid",
            ident="Switchroom mail catcher",
            tls_context=self._tls if starttls else None,
            require_starttls=starttls,
            timeout=IDLE_SECONDS,
            auth_require_tls=starttls or self._logins is None,  # announced only where it may be used
            auth_exclude_mechanism=() if self._logins is not None else ("PLAIN", "LOGIN"),
            authenticator=self._authenticate,
        )

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: object
    ) -> AuthResult:
        if isinstance(said, LoginPassword) and self._logins is not None:
            user = said.login.decode("utf-8", "replace")
            if self._logins.get(user) == said.password.decode("utf-8", "replace"):
                return AuthResult(success=True, auth_data=user)
        return AuthResult(success=False, handled=False)


class _Connection(SMTP):
    """aiosmtpd's connection, which its server can find again and end."""

    def __init__(self, catcher: MailCatcher, open_ones: set[_Connection], **settings: Any) -> None:  # aiosmtpd's own
        super().__init__(catcher, **settings)
        self._open_ones = open_ones

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._open_ones.add(self)
        if self._handler_coroutine is not None:
            self._handler_coroutine.add_done_callback(_look_at)

    def connection_lost(self, error: Exception | None) -> None:
        self._open_ones.discard(self)
        super().connection_lost(error)

    def end(self) -> None:
        """Close at once, under TLS as well."""
        for transport in (self.transport, self._original_transport):
            if transport is not None:
                cast(asyncio.WriteTransport, transport).abort()


def _look_at(task: asyncio.Task[None]) -> None:
    """A client that went away while being answered is nothing to complain of when the task is collected."""
    if not task.cancelled():
        task.exception()
