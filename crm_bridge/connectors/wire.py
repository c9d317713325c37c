"""One web server, asked and told: no redirect, no proxy, no cookie, nothing endless, and nobody in our own house.

Owns the connections to it. What is said there, and what an answer means, is its callers' business.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from config.addresses import is_outside
from crm_bridge.connectors.model import Throttled
from ledger.answers import beginning, failure_of, result_of
from ledger.delivery_model import Later, Refused, Result
from ledger.lines import AddressRefused, Lines
from ledger.masking import shown

#: Of an answer that is only shown.
MOST_SHOWN: Final = 4_096
#: Of an answer that is read.
MOST_READ: Final = 1_048_576
#: A receiver may ask to be left alone, for so long at most, seconds.
LONGEST_AFTER: Final = 900.0
#: Seconds for the words of an answer that are only shown: its status has said already what became of what was sent.
_PATIENCE: Final = 1.0
#: It is we who are refused, or nobody is at this address: not what we sent. That passes when the site is mended, so
#: everything waits for it, in its order; so it is with an address that has moved (300 to 399).
_NOT_US: Final = frozenset({401, 403, 404, 407})
_ASKS_TO_WAIT: Final = frozenset({429, 503})


class NoAnswer(Exception):
    """There was no answer; `why` says what that means for what was sent."""

    def __init__(self, why: Later | Refused) -> None:
        super().__init__(why.why)
        self.why = why


@dataclass(frozen=True)
class Answer:
    """What a server said: as much of it as was wanted. `after` is the pause it asks for, in seconds."""

    status: int
    said: bytes
    after: float | None = None

    @property
    def good(self) -> bool:
        """Tell whether it took what it was told."""
        return 200 <= self.status < 300


class Wire:
    """The connections to one server; close it in the end."""

    def __init__(
        self,
        who: str,
        *,
        internal: bool,
        seconds: float,
        at_once: int,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """`who` is what the server is called in words; it lies in our own network only where it is `internal`."""
        self._who = who
        self._lines = Lines(None if internal else is_outside, deaf_after=30.0)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=at_once,
                ssl=tls or True,
                socket_factory=self._lines.make,
                resolver=resolver,
                # Sooner than the usual server does: who posts on a connection that is just being closed learns nothing.
                keepalive_timeout=4.0,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=seconds),
            auto_decompress=False,
            trust_env=False,
        )

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        most: int = MOST_SHOWN,
        form: aiohttp.FormData | None = None,
    ) -> Answer:
        """Send one request and read the answer's beginning. Raises NoAnswer."""
        ours = {"Accept-Encoding": "identity", "User-Agent": "Switchroom", **headers}
        data = form if form is not None else body
        try:
            # The address as it was written: every piece of ours was quoted where it was put in.
            async with self._session.request(
                method, URL(url, encoded=url.isascii()), data=data, headers=ours, allow_redirects=False
            ) as response:
                said = await beginning(response, most, _PATIENCE if most <= MOST_SHOWN else None)
                return Answer(response.status, said, _after(response) if response.status in _ASKS_TO_WAIT else None)
        except aiohttp.InvalidURL as error:
            raise NoAnswer(Refused(f"this is no address of {self._who}")) from error
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, AddressRefused):
                raise NoAnswer(_inside(self._who)) from error
            raise NoAnswer(failure_of(error, self._who)) from error
        except ValueError as error:  # after the others: an odd certificate is a ValueError as well
            raise NoAnswer(Refused(f"this is no address of {self._who}")) from error

    def judge(self, answer: Answer, secrets: frozenset[str]) -> Result:
        """Say what an answer means for what was sent."""
        result = result_of(answer.status, shown(answer.said, secrets), self._who)
        if answer.status in _NOT_US or 300 <= answer.status < 400:
            assert isinstance(result, Refused)
            return Later(result.why, admin=True)
        if isinstance(result, Later) and answer.status in _ASKS_TO_WAIT and answer.after is not None:
            return Throttled(result.why, after=answer.after)
        return result

    async def close(self) -> None:
        """End every connection."""
        self._lines.hang_up()
        await self._session.close()


def _inside(who: str) -> Later:
    why = f"{who} lies in a network that nothing is sent to: add `internal: true` if that is meant"
    return Later(why, admin=True)


def _after(response: aiohttp.ClientResponse) -> float | None:
    """Read Retry-After: seconds, or a date; None where it says nothing that can be read."""
    text = response.headers.get("Retry-After", "").strip()[:100]
    if text.isascii() and text.isdigit():
        seconds = float(text)
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, OverflowError):  # the latter for a day, or a zone, that is far from any
            return None
        seconds = ((at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 1.0), LONGEST_AFTER)
