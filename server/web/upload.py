"""A form with a file in it, taken while it comes: the fields in memory, the file on disk, each with its bound.

Owns the deadlines and sizes of that; what the file is, nobody here looks at.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import TypeVar

from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from ledger.web.visit import Upload
from server.web.problems import Problem

#: Seconds in which the next piece must have come; the whole has the time of its route.
PIECE_SECONDS = 10.0
#: The most fields, and what one may hold besides the file, bytes.
MOST_FIELDS, LARGEST_FIELD = 40, 100_000
_PIECE = 256 * 1024
_AS_IT_IS = ("", "7bit", "8bit", "binary")
T = TypeVar("T")


async def receive(request: web.Request, name: str, into: Path, largest: int) -> Upload:
    """Return the fields of a form, with the file of field `name` in `into`, which must not be there yet.

    Raises Problem for anything else, too slow or too large, and leaves what came so far to the caller to remove.
    """
    if request.content_type != "multipart/form-data":
        raise Problem(415, "this is no form with a document", "send multipart/form-data")
    if (request.content_length or 0) > largest + MOST_FIELDS * LARGEST_FIELD:
        raise _too_large(largest)
    fields: dict[str, str] = {}
    found, parts = Upload(fields, 0), 0
    try:
        reader = await request.multipart()
        while (part := await _soon(reader.next())) is not None:
            parts += 1
            if not isinstance(part, BodyPartReader) or parts > MOST_FIELDS or not _is_plain(part):
                raise _unreadable()
            if part.name != name:
                fields[part.name or ""] = (await _field(part)).replace("\0", " ")
            elif found.size:
                raise Problem(400, "there is more than one document", "send each as a fax of its own")
            else:
                size, digest = await _file(part, into, largest)
                found = Upload(fields, size, part.filename or "", digest)
    except TimeoutError:
        raise Problem(408, "the document did not come in time", "try again") from None
    except (ValueError, LookupError, HttpProcessingError):  # no multipart at all, a charset nobody knows
        raise _unreadable() from None
    return found


def _is_plain(part: BodyPartReader) -> bool:
    encoding = part.headers.get("Content-Transfer-Encoding", "").strip().lower()
    return encoding in _AS_IT_IS and "Content-Encoding" not in part.headers


async def _field(part: BodyPartReader) -> str:
    content = bytearray()
    while piece := await _soon(part.read_chunk(_PIECE)):
        content += piece
        if len(content) > LARGEST_FIELD:
            raise Problem(413, f"the field {(part.name or '')[:40]!r} is too long", "write less")
    return content.decode()


async def _file(part: BodyPartReader, into: Path, largest: int) -> tuple[int, str]:
    """Write a file to disk while it comes; return its size and digest."""
    size, digest = 0, hashlib.sha256()
    opened = await asyncio.to_thread(os.open, into, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        while piece := await _soon(part.read_chunk(_PIECE)):
            size += len(piece)
            if size > largest:
                raise _too_large(largest)
            digest.update(piece)
            await asyncio.to_thread(_write, opened, piece)
    finally:
        await asyncio.to_thread(os.close, opened)
    return size, digest.hexdigest()


def _write(opened: int, piece: bytes | bytearray) -> None:
    left = memoryview(piece)
    try:
        while left:
            left = left[os.write(opened, left) :]
    except OSError as error:
        raise Problem(503, "there is no room for the document here", "tell an admin: the disk may be full") from error


async def _soon(work: Coroutine[object, object, T]) -> T:
    async with asyncio.timeout(PIECE_SECONDS):
        return await work


def _unreadable() -> Problem:
    return Problem(400, "the form cannot be read", "send it as multipart/form-data, in UTF-8")


def _too_large(largest: int) -> Problem:
    hint = "make it smaller, or send it in parts"
    return Problem(413, f"the document is larger than {largest // 1_000_000} MB", hint)
