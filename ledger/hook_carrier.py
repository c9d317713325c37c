"""Owns deliveries to web-hooks: asks the feature for what is posted, posts it, says what came of it.

What goes over the wire is `ledger.posting`'s. The address may hold a token: it is in no text and in no log.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from ledger.answers import beginning, failure_of, result_of
from ledger.clock import Clock, SystemClock
from ledger.delivery_model import Delivery, Later, NothingToSend, Refused, Result
from ledger.errors import NoSuchFile
from ledger.lines import Lines
from ledger.masking import secrets_of, shown
from ledger.posting import Body, Posting
from ledger.signature import HEADER

MOST_REPLY_BYTES = 4_096
MOST_BYTES = 256 * 1024 * 1024
_WHO = "the web-hook"


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
            headers[HEADER] = await asyncio.to_thread(body.signature, posting.secret, now)
        patience = aiohttp.ClientTimeout(
            total=self._patience.whole, connect=self._patience.connect, sock_read=self._patience.answer
        )
        lines = Lines()
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
                said = await beginning(response, MOST_REPLY_BYTES)
                return result_of(response.status, shown(said, secrets_of(posting.url, posting.secret)), _WHO)
        except aiohttp.InvalidURL:
            return Refused("this is no address of a web-hook")
        except (aiohttp.ClientError, OSError) as error:
            return failure_of(error, _WHO)
        except ValueError:  # after the others: an odd certificate is a ValueError as well
            return Refused("this is no address of a web-hook")
        finally:
            lines.hang_up()
