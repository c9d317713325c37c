"""Where the site's tests and what they cover stand in its files, and the steps of a test in words.

Shared by the command and the page; owns neither the run nor how its report is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from callrouter.menu_tests.drafts import Drafts, draft_tests
from callrouter.menu_tests.run import Coverage, TestReport, TestResult, rehearse_test
from callrouter.menu_tests.spots import Spot
from callrouter.rehearsal.finish import finish
from callrouter.rehearsal.situation import Stage
from config.findings import Position
from config.reading.source import read_source
from config.reading.tree import Mapping as Tree
from config.reading.tree import locate
from config.schema import Site
from ledger.clock import Clock

#: The file in the site's folder into which drafts are written.
DRAFTED = "tests-drafted.yaml"


@dataclass(frozen=True)
class Places:
    """The places of a site's parts in its files."""

    root: Tree

    @classmethod
    def of(cls, site: Path, env: Mapping[str, str]) -> Places:
        """Read the files of a site; blocks."""
        return cls(read_source(site, env).root)

    def of_test(self, index: int) -> Position:
        """Return where a test begins."""
        return locate(self.root, ("tests", index)).value

    def of_expectation(self, index: int, key: str) -> Position:
        """Return where a test says what must come, or where it says what it expects at all."""
        return locate(self.root, ("tests", index, "expect", *([key] if key else []))).key

    def of_spot(self, spot: Spot) -> Position:
        """Return where a branch is written, or what it belongs to where it is not."""
        return locate(self.root, spot.place).key


def steps_of(site: Site, result: TestResult) -> list[str]:
    """Tell the call of a test step by step, by the clock of the call; blocks, and not where an event loop runs."""
    came = finish(rehearse_test(Stage(site), result.test))
    lines, zone = [], site.company.zone
    began = result.test.moment(zone)
    for step in came.steps:
        if words := step.words:
            at = (began + timedelta(seconds=step.second)).astimezone(zone)
            lines.append(f"{at:%H:%M:%S}.{at.microsecond // 100_000}  {words}")
    return lines


def draft(site: Site, report: TestReport, clock: Clock) -> Drafts:
    """Draft what is missing, for calls in the days to come; blocks."""
    return draft_tests(site, report.coverage, clock.now())


def why_unreached(site: Site, spot: Spot) -> str:
    """Say why no call went through it, as far as that can be told."""
    section, name, *rest = spot.branch
    match section, rest:
        case "departments", [] if not any(name in person.departments for person in site.people.values()):
            return "nobody is in this department"
        case "menus", ["mistake"]:
            return "no call came there, or every key of the telephone is a choice there"
        case "hours", _:
            return "in the year to come there is no such moment, or no call came to what asks for these hours then"
        case _:
            return "no call that was tried came there"


def share(coverage: Coverage) -> str:
    """Say how much is covered."""
    return f"{len(coverage.spots) - len(coverage.uncovered)} of {len(coverage.spots)}"
