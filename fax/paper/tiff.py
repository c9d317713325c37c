"""Owns opening the TIFF of a fax: its complete pages, and how their dots are written.

Must not know how directories are laid out, nor how dots are coded.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from fax.paper.directories import Sheet, Source, sheets_of
from fax.paper.errors import NotAFax, TooLarge
from fax.paper.model import LIMITS, Limits, Paper


@dataclass(frozen=True, slots=True)
class Tiff:
    """The complete pages of an open file; `partial` when it says that there is more than that."""

    sheets: tuple[Sheet, ...]
    partial: bool
    size: int
    _file: BinaryIO = field(repr=False)

    @property
    def paper(self) -> Paper:
        return Paper(tuple(sheet.info for sheet in self.sheets), self.size, self.partial)

    def strips(self, sheet: Sheet) -> list[bytes]:
        """Read the coded dots of a page. Raises NotAFax."""
        try:
            return [os.pread(self._file.fileno(), count, position) for position, count in sheet.strips]
        except OSError as error:
            raise _cannot_be_read(error) from error


def look(path: Path, limits: Limits = LIMITS) -> Paper:
    """Say what pages a file holds, reading its directories only. Raises NotAFax, TooLarge, TooManyPages.

    Where the file ends too early, or its directories run astray, it has the complete pages found until then.
    """
    with opened(path, limits) as tiff:
        return tiff.paper


@contextmanager
def opened(path: Path, limits: Limits = LIMITS) -> Iterator[Tiff]:
    """Find the pages of a file and keep it open. Raises NotAFax, TooLarge, TooManyPages."""
    try:
        file = _open(path)
    except OSError as error:
        raise _cannot_be_read(error) from error
    with file:
        yield _found(file, limits)


def _found(file: BinaryIO, limits: Limits) -> Tiff:
    try:
        size = os.fstat(file.fileno()).st_size
        if size > limits.most_bytes:
            raise TooLarge(f"the file has {size:,} bytes; {limits.most_bytes:,} are the most")
        sheets, partial = sheets_of(Source(file, size), limits)
    except OSError as error:
        raise _cannot_be_read(error) from error
    return Tiff(sheets, partial, size, file)


def _open(path: Path) -> BinaryIO:
    # Without O_NONBLOCK, opening a pipe would wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotAFax("this is not a file")
    return os.fdopen(descriptor, "rb", buffering=0)


def _cannot_be_read(error: OSError) -> NotAFax:
    return NotAFax(f"the file cannot be read: {(error.strerror or 'unknown').lower()}")
