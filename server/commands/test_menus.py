"""`test-menus`: runs the site's own tests on virtual time, says what they cover, and drafts those that are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # only written here; the site's texts cannot make it read anything

from callrouter.menu_tests.draft_yaml import to_yaml
from callrouter.menu_tests.run import RunTooLong, TestReport, run_tests
from config.load import load_site
from config.schema import Site
from ledger.clock import SystemClock
from server.commands.offered import offered
from server.menu_test_report import DRAFTED, Places, draft, share, steps_of, why_unreached
from server.terminal import Foreseen, complain, environment, foreseen, progress, put, put_json, remark

#: Longer lists are shown by --coverage.
_MOST_UNCOVERED = 20
#: What is longer is told with expected and come one above the other.
_WIDE = 120
#: The calls of more failed tests are not told step by step.
_MOST_TOLD = 20


def run(
    site: Path, *, only: list[str], coverage: bool, json: bool, junit: Path | None = None, write: str = "",
    like: str = "",
) -> int:  # fmt: skip
    """Run the tests and print what came of them; return 0 if all passed, 1 if not, 2 for a site that cannot be used.

    `only` are names of tests, `like` is a part of their names, whatever the letter case. `write` is "-" or the file
    into which drafts of missing tests go. Raises `Foreseen` for names that no test has and for a file that is there.
    """
    loaded = load_site(site, environment())
    if loaded.site is None:
        if json:
            put_json({"usable": False, "findings": [str(finding) for finding in loaded.findings]})
        for finding in loaded.findings:
            complain(str(finding))
        return 2
    if write and (only or like):
        raise Foreseen("--write drafts what no test goes through: leave --only and -k out")
    there = {test.name for test in loaded.site.tests}
    for name in only:
        if name not in there:
            raise Foreseen(f"no test is named {name[:100]!r}; {offered(name, there)}")
    if like:
        only = [name for name in only or sorted(there) if like.casefold() in name.casefold()]
        if not only:
            raise Foreseen(f"no test has {like[:100]!r} in its name; {offered(like, there)}")
    report, places = _run(loaded.site, only), Places.of(site, environment())
    if junit is not None:
        with foreseen():
            junit.write_bytes(_junit(loaded.site, report, places))
    if write:
        _write(site, loaded.site, report, write)
    elif json:
        put_json(_as_json(loaded.site, report, places))
    else:
        _tell(loaded.site, report, places, whole=coverage)
    return 0 if report.passed else 1


def _run(site: Site, only: list[str]) -> TestReport:
    with progress() as show:
        try:
            return run_tests(site, only, progress=lambda done, of: show("running the tests", done / max(1, of)))
        except RunTooLong:
            raise Foreseen("the tests take more than two minutes: run some of them with --only NAME") from None


def _tell(site: Site, report: TestReport, places: Places, *, whole: bool) -> None:
    for number, result in enumerate(report.failed):
        put(f"{places.of_test(result.index)}: FAILED {result.test.name}")
        for failure in result.failures:
            place = places.of_expectation(result.index, failure.key)
            put(
                f"    line {place.line}: {failure}"
                if len(str(failure)) <= _WIDE
                else f"    line {place.line}: {failure.what}"
            )
            if len(str(failure)) > _WIDE:
                put(f"      expected  {failure.expected}")
                put(f"      but       {failure.came}")
        if number < _MOST_TOLD:
            for line in steps_of(site, result):
                put(f"      {line}")
    failed = len(report.failed)
    speed = f" ({len(report.results) / report.seconds:.0f} a second)" if report.seconds and report.results else ""
    put(f"{len(report.results)} tests: {len(report.results) - failed} passed, {failed} failed{speed}")
    if report.asked:
        return
    put(f"covered: {share(report.coverage)} ({int(100 * report.coverage.share)} %)")
    if whole:
        for owner, spots in report.coverage.by_owner:
            covered = sum(report.coverage.has(spot) for spot in spots)
            put(f"  {owner}  {covered} of {len(spots)}")
    uncovered = report.coverage.uncovered
    for spot in uncovered if whole else uncovered[:_MOST_UNCOVERED]:
        put(f"{places.of_spot(spot)}: not covered: {spot}")
    if len(uncovered) > _MOST_UNCOVERED and not whole:
        put(f"and {len(uncovered) - _MOST_UNCOVERED} more: --coverage lists them, --write drafts tests for them")


def _write(folder: Path, site: Site, report: TestReport, write: str) -> None:
    """Draft the missing tests into a new file of the site, or to standard output."""
    file = folder / write
    there = f"{file} is there already: look at its tests, and move those that you keep"
    if write != "-" and file.exists():
        raise Foreseen(there)
    found = draft(site, report, SystemClock())
    text = to_yaml(site, found.drafts)
    if write == "-":
        put(text.rstrip())
    elif not found.drafts:
        put("nothing to draft: whatever a call can go through is covered")
    else:
        if not folder.is_dir():
            raise Foreseen(f"{folder} is a single file: use --write --show and put the tests into it yourself")
        try:
            with file.open("x", encoding="utf-8") as stream:
                stream.write(text)
        except FileExistsError:
            raise Foreseen(there) from None
        except OSError as error:
            raise Foreseen(f"{file}: {error.strerror or error}") from error
        put(f"{file}: {len(found.drafts)} tests drafted; look at each before you publish")
    for spot in found.unreached:
        remark(f"not reached: {spot}: {why_unreached(site, spot)}")


def _as_json(site: Site, report: TestReport, places: Places) -> dict[str, Any]:
    return {
        "usable": True,
        "version": site.version,
        "passed": report.passed,
        "tests": [
            {
                "name": result.test.name,
                "at": str(places.of_test(result.index)),
                "passed": result.passed,
                "destination": result.destination,
                "outcome": result.outcome,
                "failures": [
                    {
                        "what": f.what,
                        "at": str(places.of_expectation(result.index, f.key)),
                        "expected": f.expected,
                        "came": f.came,
                    }
                    for f in result.failures
                ],
                "steps": [] if result.passed else steps_of(site, result),
            }
            for result in report.results
        ],
        "coverage": {
            "all": len(report.coverage.spots),
            "covered": len(report.coverage.spots) - len(report.coverage.uncovered),
            "uncovered": [
                {"at": str(places.of_spot(spot)), "what": str(spot)} for spot in report.coverage.uncovered
            ],
        },
        "seconds": round(report.seconds, 3),
    }  # fmt: skip


def _junit(site: Site, report: TestReport, places: Places) -> bytes:
    """Return the report as test servers read it."""
    suite = ElementTree.Element(
        "testsuite", name=f"menus of {site.company.name}", tests=str(len(report.results)),
        failures=str(len(report.failed)), time=f"{report.seconds:.3f}",
    )  # fmt: skip
    for result in report.results:
        at = places.of_test(result.index)
        case = ElementTree.SubElement(
            suite, "testcase", classname="menus", name=result.test.name, file=at.file, line=str(at.line)
        )  # fmt: skip
        if not result.passed:
            told = ElementTree.SubElement(case, "failure", message="; ".join(map(str, result.failures)))
            told.text = "\n".join(steps_of(site, result))
    written: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return written


__all__ = ["DRAFTED", "run"]
