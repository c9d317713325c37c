"""What files hold, remembered for as long as one publication takes: what nobody touches meanwhile is read once.

Owns when a remembered digest is still good. What is stored is never taken on trust: its bytes are hashed as they are
copied. Blocks.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from config.versions.model import DraftChanged

#: No recording is larger, bytes.
LARGEST_RECORDING = 64 << 20
_BLOCK = 1 << 20
#: A file that was changed so shortly ago may be changed again within one tick of its clock, nanoseconds.
_SETTLED = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Known:
    """A file's content, as a manifest has it."""

    sha256: str
    size: int


class Digests:
    """Tells what files hold; of one whose size, times and inode are as before, from memory."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], Known]] = {}

    def of(self, path: Path, largest: int = LARGEST_RECORDING) -> Known:
        """Return what a file holds; raises OSError, and DraftChanged for one that is too large."""
        stat = path.stat()
        looks = stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns
        before = self._known.get(path)
        if before is not None and before[0] == looks:
            return before[1]
        content = digest_of(path, largest)
        if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) > _SETTLED:
            self._known[path] = looks, content
        return content


def digest_of(path: Path, largest: int = LARGEST_RECORDING) -> Known:
    """Return what a file holds now; raises OSError, and DraftChanged for one that is too large."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            size += len(block)
            if size > largest:
                raise DraftChanged(f"{path} is larger than {largest >> 20} MiB")
    return Known(digest.hexdigest(), size)
