"""The file of a fax: whether the disk has room for one, and how many pages are complete in it.

Owns what Asterisk's word is worth (22.10 [measured]): where the disk fills up in the middle of a fax, it tells the
sender and us that all went well, FAXSTATUS and FAXPAGES included, and the pages that had no room are lost. So the file
itself is asked, and a sender whose fax may not fit is not answered. Must not know how dots are coded. All of it blocks.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import BinaryIO

#: Sixty pages at a full half megabyte each, which only photographs come to. With less room we take no fax.
ROOM = 32 * 1024 * 1024
#: More pages than a fax has; a chain of directories that leads in a circle ends here.
MOST_PAGES = 10_000
#: A page's directory has about 25 entries.
_MOST_ENTRIES = 512
_BYTE_ORDER = {b"II*\0": "<", b"MM\0*": ">"}
_STRIP_OFFSETS, _STRIP_BYTES = 273, 279
_NUMBER = {3: "H", 4: "I"}


def has_room(file: Path) -> bool:
    """Tell whether there is room for a fax; False, too, where the folder is missing."""
    try:
        found = os.statvfs(file.parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize >= ROOM


def complete_pages(file: Path) -> int:
    """Count the pages of a TIFF until the first that is not all there; 0 if it is no TIFF, or cannot be read."""
    try:
        with file.open("rb") as tiff:
            return _count(tiff, os.fstat(tiff.fileno()).st_size)
    except OSError:
        return 0


def _count(tiff: BinaryIO, size: int) -> int:
    head = tiff.read(8)
    order = _BYTE_ORDER.get(head[:4])
    if order is None or len(head) < 8:
        return 0
    pages, at = 0, int(struct.unpack(order + "I", head[4:])[0])
    while at and pages < MOST_PAGES:
        after = _after(tiff, order, at, size)
        if after is None:
            break
        pages, at = pages + 1, after
    return pages


def _after(tiff: BinaryIO, order: str, at: int, size: int) -> int | None:
    """Return where the next page's directory is, 0 after the last; None if this page is not all there."""
    tiff.seek(at)
    head = tiff.read(2)
    count = struct.unpack(order + "H", head)[0] if len(head) == 2 else 0
    directory = tiff.read(12 * count + 4) if 0 < count <= _MOST_ENTRIES else b""
    if len(directory) < 12 * count + 4 or not directory:
        return None
    # What Asterisk receives is one strip a page, whose place and length stand in the directory itself.
    strip: dict[int, int] = {}
    for entry in range(0, 12 * count, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", directory, entry)
        if tag in (_STRIP_OFFSETS, _STRIP_BYTES) and kind in _NUMBER and values == 1:
            strip[tag] = struct.unpack_from(order + _NUMBER[kind], directory, entry + 8)[0]
    if strip.get(_STRIP_OFFSETS, 0) + strip.get(_STRIP_BYTES, 0) > size:
        return None
    return int(struct.unpack_from(order + "I", directory, 12 * count)[0])
