"""Owns the newest entries this process committed, so that a reader close behind need not ask the database for them.

Numbers are unique and given in the order of commits: who holds p+1, p+2, … without a gap has all that follows p.
"""

from collections import deque
from collections.abc import Sequence
from itertools import islice

from ledger.entry import StoredEntry

KEPT = 5_000


class Recent:
    """An unbroken run of entries, the newest last; a gap (another process wrote, a commit in doubt) begins it anew."""

    def __init__(self, kept: int = KEPT) -> None:
        self._entries: deque[StoredEntry] = deque(maxlen=kept)

    def add(self, entries: Sequence[StoredEntry]) -> None:
        """Remember what was committed, in the order of its numbers."""
        for entry in entries:
            if self._entries and entry.seq != self._entries[-1].seq + 1:
                self._entries.clear()
            self._entries.append(entry)

    def clear(self) -> None:
        """Forget all, for what was committed has been changed since: the database tells it from now on."""
        self._entries.clear()

    def after(self, seq: int, limit: int) -> list[StoredEntry]:
        """Return up to `limit` entries that follow number `seq`; none when only the database can tell which do."""
        if not self._entries:
            return []
        skipped = seq + 1 - self._entries[0].seq
        return list(islice(self._entries, skipped, skipped + limit)) if skipped >= 0 else []
