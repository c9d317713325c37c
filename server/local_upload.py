"""Handing a document to the server that runs on this data folder: one form, its file read while it goes.

For commands of this machine, like `server.local_server`, which finds the server. Knows nothing of what the form means.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from server.local_server import DEADLINE, LARGEST_ANSWER, LocalServer, find_server
from server.terminal import Foreseen

#: Seconds in which the document must be with the server, and in which that must answer.
UPLOAD_SECONDS = 600.0
_TRIES = 2
_PIECE = 64 * 1024


class _NoAnswer(Exception):
    """The server may have the form, or not."""


def hand_over(data: Path, path: str, fields: Mapping[str, str], name: str, document: Path) -> Any:  # Any: as JSON says
    """Send a form with a file in the field `name`, and return the server's JSON.

    Where no answer came it is sent once more: the form must say that it is the same, so that it counts once. Raises
    Foreseen when the server refuses or none runs, OSError when the file cannot be read.
    """
    server = find_server(data)
    for _ in range(_TRIES):
        try:
            return asyncio.run(_send(server, path, fields, name, document))
        except _NoAnswer as no_answer:
            why = str(no_answer)
    find_server(data)  # says so if it has ended in the meantime
    raise Foreseen(f"the server at {server.url} does not answer, and may have the document or not: {why}")


async def _send(server: LocalServer, path: str, fields: Mapping[str, str], name: str, document: Path) -> Any:
    timeout = aiohttp.ClientTimeout(total=UPLOAD_SECONDS, sock_connect=DEADLINE)
    with await asyncio.to_thread(document.open, "rb") as file:
        form = aiohttp.FormData(dict(fields))
        # What the file is called on this machine is nobody's business.
        form.add_field(name, file, filename="document", content_type="application/octet-stream")
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=server.headers) as client,
                client.post(server.url + path, data=form, allow_redirects=False) as response,
            ):
                text = bytearray()
                async for piece in response.content.iter_chunked(_PIECE):
                    text += piece
                    if len(text) > LARGEST_ANSWER:
                        break
        except aiohttp.ClientConnectorError:  # it was killed and could not take its word back
            raise Foreseen(f"no server answers at {server.url}; start it with ./switchroom up") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _NoAnswer(str(error) or "too slow") from error
    return server.answer(text, response.status)
