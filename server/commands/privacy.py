"""`privacy`: everything about a person into a file, a person forgotten, and the certificates. Asks the running server.

Nothing is done to a data folder without its server: that keeps copies in memory, and knows who is on the phone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from crm_bridge.erasing_words import counted
from reports.text import printable, table
from server.local_server import DEADLINE, LocalServer, ask, find_server
from server.terminal import Foreseen, complain, foreseen, progress, put, put_json

API = "/api/v1/privacy"
#: Who waits looks so often, seconds.
LOOK_EVERY = 0.3
#: A file has so long to come, seconds.
FETCH_SECONDS = 3600.0
_PIECE = 256 * 1024

Json = Any  # whatever JSON can say
#: Returns what somebody types when asked.
Typed = Callable[[str], str]


def export(data: Path, customer: str, file: Path, *, json: bool = False) -> int:
    """Have everything about a person gathered, and write it into a new file."""
    if file.exists():
        raise Foreseen(f"{file} is there already: name a file that is not")
    with foreseen():
        told = ask(data, "POST", f"{API}/exports", {"customer": customer})
        told = _wait(data, f"{API}/exports/{quote(told['id'])}")
        if told["why"]:
            raise Foreseen(told["why"])
        asyncio.run(_fetch(find_server(data), f"{API}/exports/{quote(told['id'])}/file", file))
    if json:
        put_json({**told, "file": str(file)})
    else:
        put(f"{told['size']} bytes in {file}; the server keeps its copy for 24 hours")
    return 0


def erase(
    data: Path, customer: str, *, yes: bool, dry_run: bool, json: bool = False, typed: Typed | None = None
) -> int:
    """Show what would go, ask for the name, and have the person forgotten; 1 if the name was another."""
    with foreseen():
        preview = ask(data, "POST", f"{API}/preview", {"customer": customer})
        if dry_run:
            _show_preview(preview, json=json)
            return 0
        name = preview["name"]
        if not yes:
            _show_preview(preview, json=False)
            put()
            name = (typed or _type)(f"type {printable(preview['name'])} to forget this person for good: ")
            if " ".join(name.split()) != " ".join(preview["name"].split()):
                complain("this is not the name: nothing was done")
                return 1
        told = ask(data, "POST", f"{API}/erasures", {"customer": preview["customer"], "name": name})
        told = _wait(data, f"{API}/erasures/{quote(told['id'])}")
    if json:
        put_json(told)
        return 0
    put(f"forgotten; what is left is called {told['pseudonym']}")
    _show_counts(told["counts"])
    for place, count in told["stays"].items():
        put(f"words of theirs still stand in {place}: {count}; a person has to look")
    if told["certificate"]:
        put(f"the certificate: ./switchroom privacy certificates --data {data} --id {told['id'][:12]} --to FILE")
    return 0


def certificates(data: Path, *, wanted: str = "", to: Path | None = None, json: bool = False) -> int:
    """List who was forgotten, or write one's certificate into a new file."""
    with foreseen():
        found: list[Json] = ask(data, "GET", f"{API}/erasures")["erasures"]
        if wanted:
            found = [one for one in found if one["id"].startswith(wanted)]
            if len(found) != 1:
                raise Foreseen(
                    f"{len(found) or 'no'} certificates begin with {printable(wanted)}: write more of the id"
                )
        if to is not None:
            if len(found) != 1 or not found[0]["certificate"]:
                raise Foreseen("name one certificate with --id; the list tells which there are")
            if to.exists():
                raise Foreseen(f"{to} is there already: name a file that is not")
            asyncio.run(_fetch(find_server(data), f"{API}/erasures/{quote(found[0]['id'])}/certificate", to))
    if json:
        put_json(found)
        return 0
    rows = [[one["id"][:12], one["asked_at"][:16], _state(one), one["pseudonym"], one["by"]] for one in found]
    for line in table(["id", "asked for", "state", "pseudonym", "by"], rows) if rows else ["nobody was forgotten yet"]:
        put(line)
    if to is not None:
        put(f"the certificate is in {to}")
    return 0


def _show_preview(preview: Mapping[str, Json], *, json: bool) -> None:
    if json:
        put_json(dict(preview))
        return
    put(f"{printable(preview['name'])} ({preview['customer']}): what would go")
    _show_counts(preview["counts"])
    if preview["shared"]:
        put(f"{preview['shared']} numbers or addresses are others' too: contacts over them stay")
    if preview["why_not"]:
        put(f"not now: {preview['why_not']}")


def _show_counts(counts: Mapping[str, int]) -> None:
    for what, count in counted(counts):
        put(f"  {count:>8,}  {what}")


def _state(erasure: Mapping[str, Json]) -> str:
    if erasure["ended_at"] is None:
        return "waits" if erasure["waits"] else "under way"
    return "done, look" if erasure["stays"] else "done"


def _wait(data: Path, path: str) -> Json:
    """Ask until it has ended, showing how far it is; who interrupts that stops looking, and nothing else."""
    with progress() as show:
        while True:
            told = ask(data, "GET", path)
            if told["ended_at"] is not None:
                return told
            show(printable(told.get("waits") or told.get("doing") or told.get("step") or "waiting"), None)
            time.sleep(LOOK_EVERY)


def _type(question: str) -> str:
    try:
        return input(question)
    except EOFError:
        raise Foreseen("nobody typed the name; write --yes where nobody can") from None


async def _fetch(server: LocalServer, path: str, file: Path) -> None:
    """Write an answer into a new file, for its owner's eyes only; nothing is left of one that breaks off."""
    headers = {"Authorization": f"Bearer {server.token}"}
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS, sock_connect=DEADLINE)
    descriptor = await asyncio.to_thread(os.open, file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as to:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as client,
                client.get(server.url + path, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise Foreseen(f"the server did not give the file ({response.status})")
                async for piece in response.content.iter_chunked(_PIECE):
                    await asyncio.to_thread(to.write, piece)
            await asyncio.to_thread(os.fsync, to.fileno())
    except BaseException as error:
        with contextlib.suppress(OSError):
            await asyncio.to_thread(file.unlink)
        if isinstance(error, aiohttp.ClientError | TimeoutError):
            raise Foreseen(f"the server at {server.url} does not answer: {error or 'too slow'}") from error
        raise
