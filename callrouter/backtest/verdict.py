"""Two ends of one call compared: the same, elsewhere, hung up as before, or not known; and by which branch. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from callrouter.backtest.replay import Branch, End


class Verdict(StrEnum):
    """What a draft would have made of a call."""

    SAME = "same"
    ELSEWHERE = "elsewhere"
    HUNG_UP = "hung up as before"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict; `origin` and `by` are the first branch that is not as before, `why` is what is not known."""

    verdict: Verdict
    was: str = ""
    now: str = ""
    origin: str = ""
    by: str = ""
    why: str = ""


def judge(old: End, new: End) -> Judgement:
    """Compare where a call ends on two sites; durations are of no interest."""
    if old.unknown or new.unknown:
        return Judgement(Verdict.NOT_KNOWN, old.place, new.place, why=old.unknown or new.unknown)
    if old.hung_up and new.hung_up:
        return Judgement(Verdict.HUNG_UP, old.place, new.place)
    if old.place == new.place and old.hung_up == new.hung_up:
        return Judgement(Verdict.SAME, old.place, new.place)
    branch = _first_other(old.trace, new.trace)
    return Judgement(Verdict.ELSEWHERE, _where(old), _where(new), branch.origin, branch.by)


def _where(end: End) -> str:
    return f"hung up in {end.place}" if end.hung_up else end.place


def _first_other(old: tuple[Branch, ...], new: tuple[Branch, ...]) -> Branch:
    """Return the branch at which the ways part: the new one, or the old one where the new way has ended."""
    for was, now in zip_longest(old, new):
        if was != now:
            found: Branch | None = now or was
            assert found is not None
            return found
    return new[-1] if new else Branch("", "", "")
