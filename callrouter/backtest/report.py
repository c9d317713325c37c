"""What a back-test comes to: counts, branches, and the calls that would have ended elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from callrouter.backtest.past import Past
from callrouter.backtest.verdict import Judgement, Verdict

#: The calls that are listed; the counts are of all.
MOST_LISTED = 10_000


class BranchCount(NamedTuple):
    """So many calls that end elsewhere since they part from the old way here."""

    origin: str
    by: str
    was: str
    now: str
    calls: int


class Listed(NamedTuple):
    """A call that would have ended elsewhere."""

    call: str
    at: datetime
    ani: str
    did: str
    origin: str
    by: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Report:
    """The result. `total` is the sum of the four verdicts; calls that were not over are beside it."""

    since: datetime
    until: datetime
    total: int
    same: int
    elsewhere: int
    hung_up: int
    not_known: int
    unfinished: int
    branches: tuple[BranchCount, ...]
    reasons: tuple[tuple[str, int], ...]
    listed: tuple[Listed, ...]
    scripts: int = 0
    #: How many of all were on another version than the one that the draft is held against.
    of_other_versions: int = 0

    @property
    def replayed(self) -> int:
        """How many calls could be lived again to their end."""
        return self.total - self.not_known


@dataclass
class Tally:
    """Counts judgements as they come; `version` is the one that the draft is held against."""

    version: str = ""
    of_other_versions: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    branches: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    listed: list[Listed] = field(default_factory=list)

    def add(self, past: Past, found: Judgement) -> None:
        """Count one call."""
        self.verdicts[found.verdict] += 1
        self.of_other_versions += past.site != self.version
        if found.verdict is Verdict.NOT_KNOWN:
            self.reasons[found.why] += 1
        elif found.verdict is Verdict.ELSEWHERE:
            branch = (found.origin, found.by, found.was, found.now)
            self.branches[branch] += 1
            if len(self.listed) < MOST_LISTED:
                self.listed.append(Listed(past.call, past.at, past.ani, past.script.did, *branch))

    def report(self, since: datetime, until: datetime, *, unfinished: int, scripts: int) -> Report:
        """Return all that was counted, the most frequent first."""
        counts = self.verdicts
        return Report(
            since=since,
            until=until,
            total=counts.total(),
            same=counts[Verdict.SAME],
            elsewhere=counts[Verdict.ELSEWHERE],
            hung_up=counts[Verdict.HUNG_UP],
            not_known=counts[Verdict.NOT_KNOWN],
            unfinished=unfinished,
            branches=tuple(BranchCount(*branch, calls) for branch, calls in self.branches.most_common()),
            reasons=tuple(self.reasons.most_common()),
            listed=tuple(self.listed),
            scripts=scripts,
            of_other_versions=self.of_other_versions,
        )
