"""The rule book itself, and sites that keep each rule."""

import ast
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

import config
from config.load import load_site
from config.rules.book import RULES, Rule
from config.rules.examples import EXAMPLES
from tests.config.config_sites import GOOD, load, marked_places, place_of
from tests.config.connector_cases import CONNECTOR_CASES
from tests.config.fax_cases import FAX_CASES
from tests.config.mailbox_cases import MAILBOX_CASES
from tests.config.report_cases import REPORT_CASES
from tests.config.test_config_menus import FOLDERS
from tests.config.test_config_rules import CASES as OTHER_CASES
from tests.config.test_config_rules import Case

CASES = [*OTHER_CASES, *MAILBOX_CASES, *FAX_CASES, *CONNECTOR_CASES, *REPORT_CASES]


def _id(case: Case) -> str:
    return f"{case.rule}-{case.name}" if case.name else case.rule


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_a_site_that_breaks_the_rule_is_told_where(case: Case, tmp_path: Path) -> None:
    findings = load(tmp_path, case.bad).findings
    expected = marked_places(case.bad)
    of_rule = [finding for finding in findings if finding.rule == case.rule]
    assert of_rule, [str(finding) for finding in findings]
    if expected:
        assert sorted(place_of(finding) for finding in of_rule) == sorted(expected), [str(f) for f in findings]
    assert all(finding.severity == RULES[case.rule].severity for finding in of_rule)


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_a_site_that_keeps_the_rule_is_not_blamed(case: Case, tmp_path: Path) -> None:
    findings = load(tmp_path, case.good, case.env).findings
    assert [str(finding) for finding in findings] == []


@dataclass(frozen=True)
class DiskCase:
    """A rule that a folder breaks by more than the text in its files."""

    rule: str
    name: str
    spoil: Callable[[Path], object]
    expected: str


def _unreadable(folder: Path) -> None:
    (folder / "loop.yaml").symlink_to("loop.yaml")


def _link_out(folder: Path) -> None:
    (folder.parent / "outside.yaml").write_text("menus: {}")
    (folder / "link.yaml").symlink_to(folder.parent / "outside.yaml")


DISK_CASES = [
    DiskCase("E101", "folder-in-the-folder", lambda folder: (folder / "x.yaml").mkdir(), "x.yaml:1:1"),
    DiskCase("E101", "pipe", lambda folder: os.mkfifo(folder / "x.yml"), "x.yml:1:1"),
    DiskCase("E101", "link-to-itself", _unreadable, "loop.yaml:1:1"),
    DiskCase("E101", "link-to-nothing", lambda folder: (folder / "x.yaml").symlink_to("gone.yaml"), "x.yaml:1:1"),
    DiskCase("E101", "no-folder", lambda folder: folder.rename(folder.parent / "gone"), "site:1:1"),
    DiskCase("E102", "", _link_out, "link.yaml:1:1"),
    DiskCase("E112", "", lambda folder: (folder / "site.yaml").rename(folder / "site.txt"), "site:1:1"),
]


@pytest.mark.parametrize("case", DISK_CASES, ids=lambda case: f"{case.rule}-{case.name}".rstrip("-"))
def test_a_folder_that_breaks_the_rule_is_told_where(case: DiskCase, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    assert load(folder, {"site.yaml": GOOD}).findings == ()
    case.spoil(folder)
    loaded = load_site(folder)
    assert loaded.site is None
    assert [place_of(finding) for finding in loaded.findings if finding.rule == case.rule] == [case.expected]
    assert not [finding for finding in loaded.findings if finding.rule not in (case.rule, "E202")]


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "site.txt").write_text(GOOD)
    (tmp_path / "site.yaml").symlink_to("site.txt")
    assert load_site(tmp_path).findings == ()


def _rules_used() -> set[str]:
    """Return every rule id in the code of the package, other than in the catalogues themselves."""
    used: set[str] = set()
    for file in Path(config.__path__[0]).rglob("*.py"):
        if not file.name.startswith(("catalogue_", "examples_")):
            nodes = ast.walk(ast.parse(file.read_text()))
            texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            used |= {text for text in texts if len(text) == 4 and text[0] in "EW" and text[1:].isdigit()}
    return used


def test_the_catalogue_has_exactly_the_rules_used() -> None:
    assert set(RULES) == _rules_used()


def test_every_rule_has_a_site_that_breaks_it() -> None:
    cases = {case.rule for case in CASES} | {case.rule for case in DISK_CASES}
    cases |= {found.partition(" ")[0] for folder in FOLDERS for found in folder.expected}
    told_in_words = {example.rule for example in EXAMPLES.values() if example.texts is None}
    assert cases | set(EXAMPLES) == set(RULES)
    assert told_in_words <= cases, "words are no test: these rules need a case of their own"


@pytest.mark.parametrize("entry", RULES.values(), ids=lambda entry: entry.id)
def test_every_rule_is_explained(entry: Rule) -> None:
    assert entry.title and entry.title[0].islower() and not entry.title.endswith(".")
    assert 40 < len(entry.explanation) < 400 and entry.explanation.endswith(".")
    assert entry.severity == {"E": "error", "W": "warning"}[entry.id[0]]
