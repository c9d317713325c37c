"""Owns handing one finished mail for one recipient to a mail server, and says as a value what came of it.

Knows nothing of what the mail is about, nor of when to try again. Keeps nothing from one mail to the next.
"""

import asyncio
import base64
import copy
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPResponse,
    SMTPResponseException,
    SMTPStatus,
)

from ledger.mail_client import MailClient
from ledger.mail_errors import (
    Accepted,
    Handed,
    Later,
    MailSettingsWrong,
    MailUnfit,
    Refused,
    Step,
    TooLarge,
    read_failure,
    read_reply,
    tidy,
)
from ledger.mail_form import Written, fault_of_address, own_name, written

__all__ = ["Accepted", "Handed", "Later", "MailServer", "Refused", "TooLarge", "hand_over"]

#: Under TLS the plain ones are the ones that work everywhere; without it the password must not be seen.
METHODS_UNDER_TLS = ("plain", "login", "cram-md5")
METHODS_IN_THE_OPEN = ("cram-md5", "plain", "login")
METHOD_NOT_KNOWN = 504

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mail goes, as whom, and how patiently.

    `starttls` is mandatory: a server that does not offer it gets no mail. `ca_file` holds the only authorities to
    trust, instead of the system's. `whole_seconds` bounds everything; the wait for the reply to a message sent is
    bounded by it alone, because giving up there early is what makes a mail arrive twice.
    """

    host: str
    sender: str
    port: int = 587
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    connect_seconds: float = 20.0
    reply_seconds: float = 60.0
    whole_seconds: float = 300.0
    ca_file: Path | None = None

    def secrets(self) -> tuple[str, ...]:
        """Return what must not be in any text: a server may say back what it was told, encoded as it was."""
        if self.user is None or self.password is None:
            return ()
        said = (self.password, self.user, f"\0{self.user}\0{self.password}")
        return (self.password, *(base64.b64encode(text.encode("utf-8", "replace")).decode() for text in said))


async def hand_over(server: MailServer, message: EmailMessage, recipient: str) -> Handed:
    """Hand `message` to the server for `recipient`, a bare address.

    Raises nothing that the peer, the network, the settings or the message may bring about. The texts of the result
    may name addresses: they are for a field, not for the message text of a log.
    """
    visit = _Visit(server)
    in_step = False
    try:
        async with asyncio.timeout(server.whole_seconds):
            handed = await visit.hand_over(message, recipient)
        in_step = True
    except SMTPResponseException as reply:
        in_step = reply.code > 0
        return read_reply(visit.step, reply.code, tidy(reply.message, server.secrets()), visit.limit)
    except MailSettingsWrong as mistake:
        in_step = True
        return Later(tidy(str(mistake), server.secrets()), admin=True)
    except MailUnfit as unfit:
        in_step = True
        return Refused(tidy(str(unfit)), None)
    except (SMTPException, OSError, ValueError) as error:  # OSError is TimeoutError and TLS as well
        return read_failure(visit.step, error, server.secrets())
    finally:
        visit.end(politely=in_step)
    return handed


class _Visit:
    """One connection, one mail. Errors of the library come out as they are; `step` says where."""

    def __init__(self, server: MailServer) -> None:
        self.step = Step.TRUST
        self.limit: int | None = None
        self._server = server
        self._client: MailClient | None = None

    async def hand_over(self, message: EmailMessage, recipient: str) -> Accepted | TooLarge:
        _check_settings(self._server)
        if (fault := fault_of_address(recipient)) is not None:
            raise MailUnfit(f"the recipient's address {fault}")
        client = self._client = await self._connect()
        if self._server.security == "starttls":
            await self._start_tls(client)
        if self._server.user is not None:
            await self._log_in(client, self._server.user, self._server.password or "")
        return await self._send(client, message, recipient)

    def end(self, *, politely: bool) -> None:
        """Close the connection.

        Nothing is awaited here: a cancellation while waiting for a goodbye would make an accepted mail a failed one.
        """
        if self._client is not None and politely:
            self._client.leave()
        elif self._client is not None:
            self._client.close()

    async def _connect(self) -> MailClient:
        server = self._server
        context = None
        if server.security != "none":
            context = await asyncio.to_thread(ssl.create_default_context, cafile=server.ca_file)
        self.step = Step.CONNECT
        client = self._client = MailClient(
            hostname=server.host,
            port=server.port,
            timeout=server.reply_seconds,
            use_tls=server.security == "tls",
            start_tls=False,  # we do it ourselves, to know which step failed
            tls_context=context,
            local_hostname="unknown.invalid",  # else it asks the name service; the real one follows
        )
        await client.connect(timeout=server.connect_seconds)
        client.local_hostname = own_name(socket.gethostname(), client.get_transport_info("sockname")[0])
        await self._hello(client)
        return client

    async def _hello(self, client: MailClient) -> None:
        self.step = Step.HELLO
        await client.ehlo()

    async def _start_tls(self, client: MailClient) -> None:
        self.step = Step.TLS
        if not client.supports_extension("starttls"):
            raise MailSettingsWrong("the server does not offer STARTTLS")
        await client.starttls()
        await self._hello(client)  # what it said before TLS counts no more

    async def _log_in(self, client: MailClient, user: str, password: str) -> None:
        """Try one method, a second only when the server does not know the first: wrong passwords lock accounts."""
        self.step = Step.LOGIN
        methods: dict[str, Callable[[str, str], Awaitable[SMTPResponse]]] = {
            "plain": client.auth_plain,
            "login": client.auth_login,
            "cram-md5": client.auth_crammd5,
        }
        covered = client.get_transport_info("sslcontext") is not None
        order = METHODS_UNDER_TLS if covered else METHODS_IN_THE_OPEN
        not_known: SMTPAuthenticationError | None = None
        for name in order:
            if name not in client.server_auth_methods:
                continue
            try:
                await methods[name](user, password)
            except SMTPAuthenticationError as refusal:
                if refusal.code != METHOD_NOT_KNOWN:
                    raise
                not_known = refusal
            else:
                return
        raise not_known or MailSettingsWrong("the server offers no way of logging in that we know")

    async def _send(self, client: MailClient, message: EmailMessage, recipient: str) -> Accepted | TooLarge:
        self.step = Step.SENDER
        server = self._server
        eight_bit = client.supports_extension("8bitmime")
        international = not (recipient.isascii() and server.sender.isascii())
        if international and not (eight_bit and client.supports_extension("smtputf8")):
            whose = "the sender's" if recipient.isascii() else "the recipient's"
            problem = f"{whose} address is not ASCII, and the server does not offer SMTPUTF8"
            raise MailSettingsWrong(problem) if recipient.isascii() else MailUnfit(problem)
        private = copy.deepcopy(message)  # writing it sets boundaries; several recipients may share one message
        mail = await asyncio.to_thread(written, private, utf8=international, eight_bit=eight_bit)
        self.limit = _size_limit(client)
        if self.limit is not None and mail.size > self.limit:
            return TooLarge(self.limit, f"the message has {mail.size} bytes, the server takes {self.limit}")
        encoding = "utf-8" if international else "ascii"
        await client.mail(server.sender, options=_options(client, mail, international), encoding=encoding)
        self.step = Step.RECIPIENT
        await client.rcpt(recipient, encoding=encoding)
        self.step = Step.DATA
        go_ahead = await client.execute_command(b"DATA")
        if go_ahead.code != SMTPStatus.start_input:
            raise SMTPDataError(go_ahead.code, go_ahead.message)
        self.step = Step.MESSAGE
        # Python 3.11's wait_for may swallow the whole deadline when a reply comes just then: so this has one as well.
        reply = await client.give(mail.wire, timeout=server.whole_seconds)
        return Accepted(tidy(f"{reply.code} {reply.message}", server.secrets()))


def _check_settings(server: MailServer) -> None:
    if server.security not in ("starttls", "tls", "none"):
        raise MailSettingsWrong("security is starttls, tls or none")
    if not server.host or not server.host.isprintable() or " " in server.host:
        raise MailSettingsWrong("the host is no name of a machine")
    if not 0 < server.port < 65536:
        raise MailSettingsWrong("the port is not from 1 to 65535")
    if server.user is not None and not server.password:
        raise MailSettingsWrong("there is a user, but no password")
    if (fault := fault_of_address(server.sender)) is not None:
        raise MailSettingsWrong(f"the sender's address {fault}")


def _size_limit(client: MailClient) -> int | None:
    said = client.esmtp_extensions.get("size", "").strip()
    if not said.isascii() or not said.isdigit() or len(said) > 18:
        return None
    return int(said) or None  # 0 is "no fixed limit"


def _options(client: MailClient, mail: Written, international: bool) -> list[str]:
    options = [f"SIZE={mail.size}"] if client.supports_extension("size") else []
    if international or not mail.ascii_only:
        options.append("BODY=8BITMIME")
    return [*options, "SMTPUTF8"] if international else options
