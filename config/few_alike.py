"""Keeps a list of findings readable: some of each rule in each file, and how many more there are.

Knows nothing of how they are found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from config.findings import Finding

#: So many of one rule are told of a file; whoever has more mends these first.
MOST_ALIKE = 200

#: A rule in a file.
Kind = tuple[str, str]


class FewAlike:
    """Takes findings, and counts those of one rule in one file that are too many to be told."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self._taken: Counter[Kind] = Counter()
        #: The first finding of each kind that is not told.
        self._left_out: dict[Kind, Finding] = {}

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it."""
        kind = finding.position.file, finding.rule
        self._taken[kind] += 1
        if self._taken[kind] <= MOST_ALIKE:
            self.kept.append(finding)
        else:
            self._left_out.setdefault(kind, finding)

    def add_all(self, findings: Iterable[Finding]) -> None:
        """Keep or count each of them."""
        for finding in findings:
            self.add(finding)

    def told(self, uncounted: Mapping[Kind, int]) -> tuple[Finding, ...]:
        """Return what is kept, sorted by place, and for each kind of more a line that says how many.

        `uncounted` are those that were left out before.
        """
        more = {kind: self._taken[kind] - MOST_ALIKE for kind in self._left_out}
        places = dict(self._left_out)
        for kind, count in uncounted.items():
            more[kind] = more.get(kind, 0) + count
            places.setdefault(kind, max(one for one in self.kept if (one.position.file, one.rule) == kind))
        rest = (
            Finding(one.position, one.rule, one.severity, f"and {more[kind]:,} more of this rule in this file", _MEND)
            for kind, one in places.items()
        )
        return tuple(sorted({*self.kept, *rest}))


_MEND = "mend those before first"
