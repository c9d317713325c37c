"""Owns what a web-hook is posted: the form of the body, and the signature by which it is known. Knows no connection.

`multipart/form-data`: a part of JSON with the facts, and a part `document` with the file. Beside it the headers

    Idempotency-Key: <the delivery's id>             the same for every try: a second one tells nothing new
    Switchroom-Signature: t=<seconds>,sha256=<hex>   where the site names a secret; see ledger/signature.py
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from ledger.delivery_model import Given
from ledger.signature import signature
from ledger.spool import open_plain

BLOCK = 256 * 1024


@dataclass(frozen=True)
class Posting:
    """What is posted where. `part` names the part with the facts, which JSON can carry; `secret` signs."""

    url: str = field(repr=False)
    part: str
    facts: Mapping[str, object]
    document: Given
    secret: str | None = field(default=None, repr=False)


class Body:
    """The body, from an open file: always the same bytes for the same posting, and never all of them in memory."""

    def __init__(self, head: bytes, file: BinaryIO, tail: bytes, boundary: str) -> None:
        self.file = file
        self.boundary = boundary
        self._head = head
        self._tail = tail
        self._length = os.fstat(file.fileno()).st_size
        self.size = len(head) + self._length + len(tail)

    @classmethod
    def open(cls, posting: Posting, boundary: str) -> "Body":
        """Open the file; raises NoSuchFile, OSError.

        Who wrote the document cannot know the boundary, which is made of the delivery's id; JSON holds no line break.
        """
        facts = json.dumps(posting.facts, ensure_ascii=False, allow_nan=False)
        document = posting.document
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{posting.part}"\r\n'
            f"Content-Type: application/json\r\n\r\n{facts}\r\n"
            f'--{boundary}\r\nContent-Disposition: form-data; name="document"; filename="{document.name}"\r\n'
            f"Content-Type: {document.media_type}\r\n\r\n"
        )
        tail = f"\r\n--{boundary}--\r\n"
        return cls(head.encode(errors="replace"), open_plain(document.path), tail.encode(), boundary)

    def signature(self, secret: str, now: int) -> str:
        """Return the value of the header; blocks while it reads the file."""
        return signature(secret, now, self._pieces())

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield all of it."""
        yield self._head
        for at in range(0, self._length, BLOCK):
            yield await asyncio.to_thread(self._block, at)
        yield self._tail

    def _pieces(self) -> Iterator[bytes]:
        yield self._head
        for at in range(0, self._length, BLOCK):
            yield self._block(at)
        yield self._tail

    def _block(self, at: int) -> bytes:
        block = os.pread(self.file.fileno(), min(BLOCK, self._length - at), at)
        if not block:
            raise OSError("the file has become shorter")
        return block
