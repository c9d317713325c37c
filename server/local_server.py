"""Talking to the server that runs on this data folder: where it is, its token, one request.

For commands of this machine only; they find both in files that the server leaves while it serves.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from server.terminal import Foreseen

ADDRESS_FILE = "http.json"
TOKEN_FILE = "api-token"  # noqa: S105  a file's name
#: Seconds the server has for an answer.
DEADLINE = 10.0
LARGEST_ANSWER = 4 * 1024 * 1024


class NotRunning(Foreseen):
    """No server runs on this data folder, whatever its files say."""


@dataclass(frozen=True)
class LocalServer:
    """A server that says it runs on a data folder."""

    url: str
    token: str = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request that wants JSON."""
        return {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}

    def answer(self, text: bytes | bytearray, status: int) -> Any:  # Any: as JSON says
        """Return what the JSON of an answer says; raises Foreseen for a refusal, and for what is no answer of ours."""
        try:
            answer = json.loads(text)
        except ValueError:
            raise Foreseen(f"what answers at {self.url} is no Switchroom") from None
        if status >= 400:
            raise Foreseen(_refusal(answer, status))
        return answer


def find_server(data: Path) -> LocalServer:
    """Return the server of this data folder; blocks. Raises Foreseen when none has left word."""
    try:
        url = json.loads((data / ADDRESS_FILE).read_text())["url"]
        token = (data / TOKEN_FILE).read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        raise _not_running(data) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Foreseen(f"{data / ADDRESS_FILE} cannot be read ({error}); start the server anew") from error
    return LocalServer(str(url), token)


def ask(data: Path, method: str, path: str, body: object = None) -> Any:  # Any: whatever JSON can say
    """Ask the running server and return its JSON. Raises Foreseen when it refuses or none runs."""
    return asyncio.run(ask_within(data, find_server(data), method, path, body=body))


async def ask_within(
    data: Path, server: LocalServer, method: str, path: str, seconds: float = DEADLINE, body: object = None
) -> Any:  # Any: whatever JSON can say
    """Ask this server, which has so long for its answer, and return its JSON. Raises Foreseen."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=server.headers) as client,
            client.request(method, server.url + path, json=body, allow_redirects=False) as response,
        ):
            text = await response.content.read(LARGEST_ANSWER)
            while len(text) < LARGEST_ANSWER and (more := await response.content.read(LARGEST_ANSWER - len(text))):
                text += more
    except aiohttp.ClientConnectorError:
        raise _not_running(data) from None  # it was killed and could not take its word back
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Foreseen(f"the server at {server.url} does not answer: {error or 'too slow'}") from error
    return server.answer(text, response.status)


def _not_running(data: Path) -> NotRunning:
    return NotRunning(f"no server runs on {data}; start it with ./switchroom up --site DIR --data {data}")


def _refusal(answer: object, status: int) -> str:
    if not isinstance(answer, dict):
        return f"the server refused ({status})"
    hint = f"; {answer['hint']}" if answer.get("hint") else ""
    return f"{answer.get('error', status)}{hint}"
