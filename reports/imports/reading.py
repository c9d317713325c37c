"""Reading files of any size line by line: bounded lines, gzip, places to go on from. Blocks; use a thread.

Owns bytes and their decoding; knows no format.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reports.imports.model import ImportRefused

#: Asterisk writes no line of more than 8,192 bytes to a queue_log, and of more than 1,024 to Master.csv.
LONGEST_LINE = 16_384
_CHUNK = 65_536
#: So much of a file's beginning says which file it is.
HEAD = 1_024
_MAGIC = b"\x1f\x8b"
#: What a power cut leaves at the end of a file, and what some editors put before its beginning.
_NUL, _BOM = b"\0", b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Place:
    """How far a file was read, in bytes (of what is inside a .gz) and lines."""

    offset: int = 0
    line: int = 0


@dataclass(frozen=True)
class RawLine:
    """One line without its end; `end` is the offset behind it."""

    number: int
    data: bytes
    end: int
    #: False where the line was longer than may be, or has no end: then this is its beginning.
    whole: bool = True
    #: False where the file ends in the middle of it; `end` is its beginning then, to read it again.
    ended: bool = True


class TextFile:
    """One open file. Close it, or use it with `with`."""

    def __init__(self, path: Path) -> None:
        """Open a file; raises ImportRefused for what is none, and OSError."""
        if path.is_dir():
            raise ImportRefused(f"{path} is a folder: name the file itself")
        if not path.is_file():
            raise ImportRefused(f"{path} is not there, or is no file")
        self.path = path
        self.size = path.stat().st_size
        self._raw = path.open("rb")
        try:
            self.compressed = self._raw.read(2) == _MAGIC
            self._raw.seek(0)
            self._file: io.BufferedIOBase = gzip.GzipFile(fileobj=self._raw) if self.compressed else self._raw
            self.identity = _identity(self._read_head())
        except BaseException:
            self._raw.close()
            raise

    def __enter__(self) -> TextFile:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._raw.close()

    @property
    def share(self) -> float:
        """Return how much of the file was read, 0.0 to 1.0."""
        return min(1.0, self._raw.tell() / self.size) if self.size else 1.0

    def _read_head(self) -> bytes:
        try:
            return self._file.read1(HEAD)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ImportRefused(f"{self.path} is damaged: it cannot be unpacked ({error})") from error

    def lines(self, after: Place) -> Iterator[RawLine]:
        """Yield what follows a place, line by line.

        What stands at the end without a line's end comes last, not `whole`: of a file that is being written it is
        half a line. Of a packed file, which is complete, it is a line. Raises ImportRefused for a damaged packed file.
        """
        self._file.seek(after.offset)
        offset, number, rest, dropped = after.offset, after.line, b"", 0
        while chunk := self._chunk():
            parts = (rest + chunk).split(b"\n")
            rest = parts.pop()
            for data in parts:
                offset, number = offset + dropped + len(data) + 1, number + 1
                whole = not dropped and len(data) <= LONGEST_LINE
                yield RawLine(number, data[:LONGEST_LINE].rstrip(b"\r"), offset, whole)
                dropped = 0
            if len(rest) > LONGEST_LINE:  # only the beginning is kept, however long it gets
                dropped += len(rest) - LONGEST_LINE
                rest = rest[:LONGEST_LINE]
        if rest and self.compressed:
            yield RawLine(number + 1, rest.rstrip(b"\r"), offset + dropped + len(rest), not dropped)
        elif rest:
            yield RawLine(number + 1, rest, offset, whole=False, ended=False)

    def mark(self, offset: int) -> str:
        """Return what stands before a place, as a short sum: the same file has the same there. '' if it is packed."""
        if self.compressed:
            return ""
        begin = max(0, offset - HEAD)
        return hashlib.sha256(os.pread(self._raw.fileno(), offset - begin, begin)).hexdigest()[:16]

    def _chunk(self) -> bytes:
        try:
            return self._file.read1(_CHUNK)  # not `read`, which loses what stands before a damage
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ImportRefused(
                f"{self.path} is damaged: what is behind cannot be unpacked ({error}); all before it is imported"
            ) from error


def decode(data: bytes, encoding: str) -> tuple[str, str]:
    """Return a line as text, and in a few words what was wrong with it, '' for nothing.

    NULs are what a power cut leaves before the next line; letters that are not in the encoding are read as Windows'.

    >>> decode(b"\\0\\0" + b"abc", "utf-8")
    ('abc', 'NUL bytes were left out')
    """
    data = data.removeprefix(_BOM)
    wrong = ""
    if _NUL in data:
        data, wrong = data.replace(_NUL, b""), "NUL bytes were left out"
    try:
        return data.decode(encoding), wrong
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), wrong


def _identity(head: bytes) -> str:
    """Return what a file is known by: its beginning, which stays when more is written behind it."""
    return hashlib.sha256(head).hexdigest()[:32]
