"""Owns what a web server's answer, or the lack of one, means for what was sent there. Shows no address.

`who` is how the server is called in the words that people read: "the web-hook".
"""

import asyncio
import contextlib
import os

import aiohttp

from ledger.delivery_model import Accepted, Later, Refused, Result

#: What a server says that may take it another time; so do all of 500 and above.
_ANOTHER_TIME = frozenset({408, 425, 429})


async def beginning(response: aiohttp.ClientResponse, most: int, seconds: float | None = None) -> bytes:
    """Read up to `most` bytes of an answer, for so long at most where `seconds` are given.

    What its status says holds, even if the rest never comes.
    """
    said = b""
    with contextlib.suppress(aiohttp.ClientError, OSError):  # a TimeoutError is one of the latter
        async with asyncio.timeout(seconds):
            while len(said) < most and (piece := await response.content.read(most - len(said))):
                said += piece
    return said


def result_of(status: int, said: str, who: str) -> Result:
    """Say what came of it; `said` is what the server said, fit to be shown."""
    words = f"{who} answered {status}{': ' if said else ''}{said}"
    if 200 <= status < 300:
        return Accepted(words)
    if 300 <= status < 400:
        return Refused(f"{who} answered {status}: it has moved; write its new address into the site")
    if status >= 500 or status in _ANOTHER_TIME:
        return Later(words)
    return Refused(words)


def failure_of(error: Exception, who: str) -> Later:
    """Say why there was no answer. The texts of these errors hold the address, so none of them is passed on."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return Later(f"the certificate of {who} is not trusted", admin=True)
        case aiohttp.ClientConnectorDNSError():
            return Later(f"the name of {who}'s machine is not known")
        case aiohttp.ClientSSLError():
            return Later(f"TLS with {who} failed", admin=True)
        case aiohttp.ConnectionTimeoutError():
            return Later(f"{who}'s machine did not answer in time")
        case aiohttp.ClientConnectorError():
            # Not its own text, in which asyncio names the address.
            number = error.os_error.errno or 0
            return Later(f"{who} cannot be reached: {os.strerror(number) if number > 0 else 'no connection'}")
        case TimeoutError():
            return Later(f"{who} did not answer in time; it may have got it")
        case aiohttp.ClientResponseError():
            return Later(f"{who} answered what is no HTTP")
        case _:
            return Later(f"the connection to {who} broke off; it may have got it")
