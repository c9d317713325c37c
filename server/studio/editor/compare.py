"""Two texts side by side: which lines of each the other does not have, and what stands around them.

Owns the comparison only. Knows no page.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

#: Of more lines than this the marks would take longer than anybody waits for; they are shown without.
MOST_LINES = 3000
#: So many lines are shown around what differs; what is left out between is one line with this sign.
AROUND, LEFT_OUT = 3, "…"
#: A line, and whether it is otherwise on the other side.
Marked = tuple[tuple[str, bool], ...]


def side_by_side(theirs: str, yours: str) -> tuple[Marked, Marked]:
    """Return the lines of both texts that differ, marked, and those around them.

    >>> side_by_side("a: 1", "a: 1\\nb: 2")
    ((('a: 1', False),), (('a: 1', False), ('b: 2', True)))
    """
    old, new = theirs.splitlines(), yours.splitlines()
    if len(old) + len(new) > MOST_LINES:
        return tuple((line, False) for line in old), tuple((line, False) for line in new)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    others: tuple[set[int], set[int]] = set(), set()
    near: tuple[set[int], set[int]] = set(), set()
    for tag, *ends in matcher.get_opcodes():
        if tag == "equal":
            continue
        for side, start, end in ((0, *ends[:2]), (1, *ends[2:])):
            others[side].update(range(start, end))
            near[side].update(range(start - AROUND, end + AROUND))
    return _shown(old, others[0], near[0]), _shown(new, others[1], near[1])


def _shown(lines: Sequence[str], others: set[int], near: set[int]) -> Marked:
    shown: list[tuple[str, bool]] = []
    for at, line in enumerate(lines):
        if at in near:
            shown.append((line, at in others))
        elif not shown or shown[-1][0] != LEFT_OUT:
            shown.append((LEFT_OUT, False))
    return tuple(shown)
