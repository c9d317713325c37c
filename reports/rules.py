"""The service level as a definition that can be written down: what is counted above the line and what below. Pure.

Owns our own rule, those of other systems, and the words in which a rule is printed beside its figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

#: The seconds within which a department answers, where the site does not say.
TARGET = 20.0


class Above(StrEnum):
    """What counts as served in time."""

    ANSWERED = "answered within"
    ANSWERED_OR_ABANDONED = "answered or abandoned within"


class Below(StrEnum):
    """Of which callers that is a share."""

    OFFERED = "all who joined the line and wait no more"
    ANSWERED_AND_ABANDONED = "answered and abandoned"
    ANSWERED = "answered"


@dataclass(frozen=True)
class LineSums:
    """How the stays in a line ended, by number; `within` of the answered, `short` and `abandoned_within` of the
    abandoned, `waiting` are still there.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short: int = 0
    voicemail: int = 0
    overflowed: int = 0
    failed: int = 0
    waiting: int = 0
    within: int = 0
    abandoned_within: int = 0
    #: Answers whose wait is known, the sum of their waits, and the longest wait of anybody; milliseconds.
    waits: int = 0
    wait_ms: int = 0
    longest_ms: int = 0
    #: Conversations that are over, and what they took together, hold included and hold alone; milliseconds.
    talks: int = 0
    talk_ms: int = 0
    hold_ms: int = 0
    #: Stays whose wait nobody can tell.
    unknown: int = 0
    #: Abandons that are short and within the target too, and abandons whose wait is known.
    short_within: int = 0
    abandoned_waits: int = 0

    @property
    def imbalance(self) -> int:
        """Return how many stays are missing from the ways to leave: 0 when all is well."""
        return self.offered - (
            self.answered + self.abandoned + self.voicemail + self.overflowed + self.failed + self.waiting
        )


@dataclass(frozen=True)
class Rule:
    """One definition of the service level. `short` abandons, where they are left out, do not count below the line."""

    name: str
    title: str
    above: Above = Above.ANSWERED
    below: Below = Below.OFFERED
    leaves_out_short: bool = False
    source: str = ""

    def level(self, sums: LineSums) -> float | None:
        """Return the service level.

        Definition: of those who asked for a line, the share that was served within the department's target.
        Formula: served within target ÷ counted; what each is, the rule says.
        Unit: a share from 0 to 1; None where nobody is counted.
        Clock: starts when the caller joins the line, ends at the agent's answer.
        Exclusions: who still waits is not judged yet; short abandons where the rule leaves them out. A wait that nobody
        told of is not taken to be within the target.
        Source: each rule names its own.

        >>> OURS.level(LineSums(offered=5, answered=2, within=2, abandoned=3, short=1))
        0.4
        >>> OURS.level(LineSums()) is None
        True
        """
        counted = self.counted(sums)
        return None if counted <= 0 else self.served(sums) / counted

    def served(self, sums: LineSums) -> int:
        """Return how many are above the line."""
        if self.above is Above.ANSWERED:
            return sums.within
        return sums.within + sums.abandoned_within - (sums.short_within if self.leaves_out_short else 0)

    def counted(self, sums: LineSums) -> int:
        """Return how many are below the line."""
        less = sums.short if self.leaves_out_short else 0
        match self.below:
            case Below.OFFERED:
                return sums.offered - sums.waiting - less
            case Below.ANSWERED_AND_ABANDONED:
                return sums.answered + sums.abandoned - less
            case Below.ANSWERED:
                return sums.answered

    def unjudged(self, sums: LineSums) -> int:
        """Return of how many it is not known whether they were served in time, as their wait is not."""
        answered = sums.answered - sums.waits
        return answered + (sums.abandoned - sums.abandoned_waits if self.minds_abandons else 0)

    def judged(self, sums: LineSums) -> int:
        """Return of how many the wait says whether they were served in time; of the others how they left does."""
        return sums.waits + (sums.abandoned_waits if self.minds_abandons else 0)

    @property
    def minds_abandons(self) -> bool:
        """Tell whether it matters after how long a caller gave up."""
        return self.above is Above.ANSWERED_OR_ABANDONED or self.leaves_out_short

    def sentence(self, short: float) -> str:
        """Say the rule in words, for below the figure."""
        less = f", abandons of up to {short:g} s left out" if self.leaves_out_short else ""
        return f"{self.above} the department's target ÷ {self.below}{less}"


OURS = Rule("ours", "Switchroom", source="the strictest: every abandon, message and overflow counts against it")


#: What the same calls would be elsewhere. Formulas as their makers document them: Genesys Cloud and Amazon Connect in
#: their metric definitions, Asterisk in app_queue.c, Wazo in wazo-call-logd, VICIdial in AST_timeonVDADall.php.
RULES = (
    OURS,
    Rule(
        "asterisk", "Asterisk (app_queue)", Above.ANSWERED, Below.ANSWERED,
        source="ServicelevelPerf: answered within ÷ answered; abandons count nowhere",
    ),
    Rule(
        "asterisk2", "Asterisk (app_queue), second", Above.ANSWERED_OR_ABANDONED, Below.ANSWERED_AND_ABANDONED,
        source="ServicelevelPerf2: answered or abandoned within ÷ answered and abandoned",
    ),
    Rule(
        "genesys", "Genesys Cloud", Above.ANSWERED, Below.ANSWERED_AND_ABANDONED, leaves_out_short=True,
        source="answered within ÷ answered and abandoned, short abandons left out",
    ),
    Rule(
        "wazo", "Wazo, VICIdial", Above.ANSWERED, Below.ANSWERED,
        source="quality_of_service of Wazo's statistics, TMA of VICIdial: answered within ÷ answered; abandons nowhere",
    ),
    Rule(
        "amazon", "Amazon Connect", Above.ANSWERED_OR_ABANDONED, Below.OFFERED,
        source="left the queue within, by answer or abandon ÷ all contacts that joined the queue",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Definition:
    """All that the figures depend on besides the calls: it is stored with every report that was issued.

    `targets` are the seconds within which each department means to answer, `short` the longest short abandon.
    """

    targets: Mapping[str, float] = field(default_factory=dict)
    short: float = 5.0
    rule: Rule = OURS

    @classmethod
    def of(cls, targets: Mapping[str, float], short: float, service_level: Mapping[str, Any]) -> Definition:
        """Return the definition that a site writes down: its part `reports`, as plain values."""
        above = Above.ANSWERED if service_level.get("counts", "answered") == "answered" else Above.ANSWERED_OR_ABANDONED
        below = {"answered and abandoned": Below.ANSWERED_AND_ABANDONED, "answered": Below.ANSWERED}.get(
            str(service_level.get("of", "")), Below.OFFERED
        )
        without = bool(service_level.get("without_short", False))
        rule = Rule(OURS.name, OURS.title, above, below, without, "as this site defines it")
        usual = (rule.above, rule.below, rule.leaves_out_short) == (OURS.above, OURS.below, OURS.leaves_out_short)
        return cls(dict(targets), short, OURS if usual else rule)

    def target(self, department: str) -> float:
        return self.targets.get(department, TARGET)

    def thresholds(self) -> str:
        """Return what the stored sums depend on, as a text that is equal when they are."""
        targets = " ".join(f"{name}={round(seconds * 1000)}" for name, seconds in sorted(self.targets.items()))
        return f"short={round(self.short * 1000)} else={round(TARGET * 1000)} {targets}".strip()

    def by(self, thresholds: str) -> Definition:
        """Return the same definition with other thresholds, as `thresholds` says them. Raises ValueError.

        >>> Definition({"billing": 5.0}).by("short=3000 else=20000 billing=60000") == Definition({"billing": 60.0}, 3.0)
        True
        """
        pairs = [part.rpartition("=") for part in thresholds.split()]
        ms = [(name, int(number)) for name, _, number in pairs]
        if [name for name, _ in ms[:2]] != ["short", "else"] or ms[1][1] != round(TARGET * 1000):
            raise ValueError("these are no thresholds that this version can count by")
        return replace(self, short=ms[0][1] / 1000, targets={name: number / 1000 for name, number in ms[2:]})
