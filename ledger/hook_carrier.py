"""Owns deliveries to web-hooks: asks the feature for what is posted, posts it, says what came of it.

What goes over the wire is `ledger.posting`'s. The address may hold a token: it is in no text and in no log.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

import aiohttp

from ledger.clock import Clock, SystemClock
from ledger.delivery_model import Accepted, Delivery, Later, NothingToSend, Refused, Result
from ledger.errors import NoSuchFile
from ledger.posting import Body, Posting

MOST_REPLY_BYTES = 4_096
SHOWN = 400
MOST_BYTES = 256 * 1024 * 1024
#: What a server says that may take it another time; so do all of 500 and above.
_ANOTHER_TIME = frozenset({408, 425, 429})
#: A shorter piece of an address is a word such as "fax", and hiding it would spoil what is said.
_SHORTEST_TOKEN = 6


class Poster(Protocol):
    """Writes what is posted of one kind."""

    async def post(self, delivery: Delivery) -> Posting:
        """Say what is posted. Raises NothingToSend."""


@dataclass(frozen=True)
class Patience:
    """Seconds: for a connection, for the next piece of an answer, and for everything."""

    connect: float = 15.0
    answer: float = 60.0
    whole: float = 300.0


class HookCarrier:
    """Carries over the channel "webhook". Follows no redirect, uses no proxy, and trusts whom the system trusts."""

    def __init__(
        self,
        posters: Mapping[str, Poster],
        *,
        patience: Patience | None = None,
        clock: Clock | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` says whom to trust instead."""
        self._posters = dict(posters)
        self._patience = patience or Patience()
        self._clock = clock or SystemClock()
        self._tls = tls

    async def carry(self, delivery: Delivery) -> Result:
        """Try once. Raises nothing that the peer, the network or the address may bring about."""
        poster = self._posters.get(delivery.kind)
        if poster is None:
            return Later(f"nobody here posts about {delivery.kind}", admin=True)
        try:
            posting = await poster.post(delivery)
        except NothingToSend as nothing:
            return Refused(str(nothing) or "there is nothing to send any more")
        try:
            body = await asyncio.to_thread(Body.open, posting, f"switchroom-{delivery.id}")
        except (OSError, NoSuchFile):
            return Later("our own copy cannot be read", admin=True)
        with body.file:
            if body.size > MOST_BYTES:
                return Refused(f"the file is larger than {MOST_BYTES >> 20} MB")
            return await self._post(delivery, posting, body)

    async def _post(self, delivery: Delivery, posting: Posting, body: Body) -> Result:
        headers = {
            "Content-Type": f'multipart/form-data; boundary="{body.boundary}"',
            "Content-Length": str(body.size),
            "Accept-Encoding": "identity",
            "Idempotency-Key": delivery.id,
            "User-Agent": "Switchroom",
        }
        if posting.secret is not None:
            now = int(self._clock.now().timestamp())
            headers["Switchroom-Signature"] = await asyncio.to_thread(body.signature, posting.secret, now)
        patience = aiohttp.ClientTimeout(
            total=self._patience.whole, connect=self._patience.connect, sock_read=self._patience.answer
        )
        lines = _Lines()
        try:
            async with (
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(force_close=True, ssl=self._tls or True, socket_factory=lines.make),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    timeout=patience,
                    auto_decompress=False,
                    trust_env=False,
                ) as session,
                session.post(posting.url, data=body.stream(), headers=headers, allow_redirects=False) as response,
            ):
                return _result(response.status, _shown(await _beginning(response), posting))
        # The texts of these hold the address, so none of them is passed on.
        except aiohttp.InvalidURL:
            return Refused("this is no address of a web-hook")
        except (aiohttp.ClientError, OSError) as error:
            return _failure(error)
        except ValueError:  # after the others: an odd certificate is a ValueError as well
            return Refused("this is no address of a web-hook")
        finally:
            lines.hang_up()


class _Lines:
    """The sockets of one posting.

    A transport that is closed first waits until the peer has taken the rest, and one that reads nothing never does.
    """

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []

    def make(self, address: tuple[Any, ...]) -> socket.socket:  # Any: as getaddrinfo's tuples are
        """Make the socket for an address."""
        family, kind, protocol, *_ = address
        self._sockets.append(made := socket.socket(family, kind, protocol))
        return made

    def hang_up(self) -> None:
        """End what is still open."""
        for line in self._sockets:
            with contextlib.suppress(OSError):  # closed, or never connected
                line.shutdown(socket.SHUT_RDWR)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """Read what is shown of an answer. What its status says holds, even if the rest never comes."""
    said = b""
    with contextlib.suppress(aiohttp.ClientError, OSError):
        while len(said) < MOST_REPLY_BYTES and (piece := await response.content.read(MOST_REPLY_BYTES - len(said))):
            said += piece
    return said


def _result(status: int, said: str) -> Result:
    words = f"the web-hook answered {status}{': ' if said else ''}{said}"
    if 200 <= status < 300:
        return Accepted(words)
    if 300 <= status < 400:
        return Refused(f"the web-hook answered {status}: it has moved; write its new address into the site")
    if status >= 500 or status in _ANOTHER_TIME:
        return Later(words)
    return Refused(words)


def _failure(error: Exception) -> Later:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return Later("the certificate of the web-hook is not trusted", admin=True)
        case aiohttp.ClientConnectorDNSError():
            return Later("the name of the web-hook's machine is not known")
        case aiohttp.ClientSSLError():
            return Later("TLS with the web-hook failed", admin=True)
        case aiohttp.ConnectionTimeoutError():
            return Later("the web-hook's machine did not answer in time")
        case aiohttp.ClientConnectorError():
            return Later(f"the web-hook cannot be reached: {error.os_error.strerror or 'no connection'}")
        case TimeoutError():
            return Later("the web-hook did not answer in time; it may have got it")
        case aiohttp.ClientResponseError():
            return Later("the web-hook answered what is no HTTP")
        case _:
            return Later("the connection to the web-hook broke off; it may have got it")


def _shown(said: bytes, posting: Posting) -> str:
    """Return a stranger's words as one printable line, without what is secret in the address."""
    text = said.decode("utf-8", "replace")
    for secret in _secrets(posting):
        text = text.replace(secret, "***")
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…"


def _secrets(posting: Posting) -> list[str]:
    """List what a server may say back: "cannot POST /hooks/…" is a usual answer. The longest first."""
    url = urlsplit(posting.url)
    pieces = [posting.url, url.path, url.query, url.username, url.password, posting.secret, *url.path.split("/")]
    pieces += [value for _, value in parse_qsl(url.query)]
    known = {form for piece in pieces if piece for form in (piece, unquote(piece)) if len(form) >= _SHORTEST_TOKEN}
    return sorted(known, key=len, reverse=True)
