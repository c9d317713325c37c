"""Owns asking AMI whether it is there and whom it lets in; everything more is somebody else's."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Literal

_DEADLINE = 5.0
_LONGEST_ANSWER = 4096
_GONE = (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


async def greets(port: int) -> bool:
    """Tell whether an AMI answers on this port of the machine's own."""
    with contextlib.suppress(*_GONE):
        async with asyncio.timeout(_DEADLINE), _connection(port) as (reader, _):
            return (await reader.readuntil(b"\n")).startswith(b"Asterisk Call Manager/")
    return False


async def may_log_in(port: int, user: str, secret: str) -> Literal["yes", "no", "silent"]:
    """Log in and leave again; raises nothing."""
    with contextlib.suppress(*_GONE):
        async with asyncio.timeout(_DEADLINE), _connection(port) as (reader, writer):
            await reader.readuntil(b"\n")
            login = f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: off\r\n\r\n"
            writer.write(login.encode())
            said = await reader.readuntil(b"\r\n\r\n")
            return "yes" if b"Response: Success" in said else "no"
    return "silent"


@contextlib.asynccontextmanager
async def _connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LONGEST_ANSWER)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
