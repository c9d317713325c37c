from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from hypothesis import given
from hypothesis import strategies as st

from callrouter.archive import events_of
from callrouter.chronicle import entry
from callrouter.events import Event
from callrouter.stories import Stories
from ledger.entry import StoredEntry
from ledger.journal_reads import Batch, JournalReads
from tests.fixtures.journal_of_calls import abandoned_call, answered_call, mixtures


class Shelf(JournalReads):
    """A journal in memory, which counts how many calls are read back."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.entries = [StoredEntry(seq=number, **vars(entry(event))) for number, event in enumerate(events, start=1)]
        self.read_back = 0

    async def begun_before(self, calls: Collection[str], seq: int) -> set[str]:
        return {e.call for e in self.entries if e.call in calls and e.seq < seq and e.call}

    async def of_calls(self, calls: Collection[str], limit: int = 0) -> dict[str, list[StoredEntry]]:
        self.read_back += len(calls)
        return {call: [e for e in self.entries if e.call == call] for call in calls}

    def batch(self, begin: int, end: int) -> Batch:
        return Batch("tests", begin, tuple(self.entries[begin:end]))

    def told(self, batch: Batch) -> dict[str, list[Event]]:
        """What is right: every call of the batch, from its beginning to the batch's end."""
        last = batch.entries[-1].seq
        return {
            call: events_of(e for e in self.entries if e.call == call and e.seq <= last)
            for call in {e.call for e in batch.entries if e.call}
        }


@given(
    events=mixtures(),
    cuts=st.lists(st.integers(0, 40), max_size=6),
    lost=st.sets(st.integers(0, 6)),
    kept=st.integers(0, 30),
)
async def test_a_story_is_whole_however_the_journal_is_cut(
    events: list[Event], cuts: list[int], lost: set[int], kept: int
) -> None:
    """Also where what was made of some batches could not be stored, and where little may be remembered."""
    shelf = Shelf(events)
    stories = Stories(shelf, kept=kept)
    for n, (begin, end) in enumerate(itertools.pairwise([0, *sorted(cuts), 40])):
        batch = shelf.batch(begin, end)
        if not batch.entries:
            continue
        assert await stories.up_to(batch) == shelf.told(batch)
        if n not in lost:
            stories.taken(batch)


async def test_a_call_that_goes_on_is_not_read_back() -> None:
    shelf = Shelf([*answered_call("c1"), *abandoned_call("c2")])
    stories = Stories(shelf)
    for begin in range(len(shelf.entries)):
        batch = shelf.batch(begin, begin + 1)
        assert await stories.up_to(batch) == shelf.told(batch)
        stories.taken(batch)
    assert shelf.read_back == 0


async def test_what_another_process_read_is_read_back() -> None:
    shelf = Shelf(answered_call("c1"))
    stories = Stories(shelf)
    first, third = shelf.batch(0, 2), shelf.batch(4, 6)
    await stories.up_to(first)
    stories.taken(first)
    assert await stories.up_to(third) == shelf.told(third)
    assert shelf.read_back == 1


async def test_a_late_entry_of_a_call_that_is_over() -> None:
    shelf = Shelf([*answered_call("c1"), *answered_call("c1")[:1]])
    stories = Stories(shelf)
    whole, late = shelf.batch(0, len(shelf.entries) - 1), shelf.batch(len(shelf.entries) - 1, len(shelf.entries))
    await stories.up_to(whole)
    stories.taken(whole)
    assert await stories.up_to(late) == shelf.told(late)
