"""Every rule has an example that breaks it at the marked place, and one that keeps it; both are what pages show."""

from pathlib import Path

import pytest

import config
from config.rules.book import RULES
from config.rules.document import document
from config.rules.examples import EXAMPLES, MARK, Example
from tests.config.config_sites import load, marked_places, place_of

#: Where a destination or hours are wrong, what was meant is used by nobody.
FOLLOWS = ("W401", "W413")
WRITTEN = [example for example in EXAMPLES.values() if example.texts is not None]


def test_every_rule_has_an_example() -> None:
    assert list(EXAMPLES) == list(RULES)


@pytest.mark.parametrize("example", WRITTEN, ids=lambda example: example.rule)
def test_the_wrong_example_is_told_where_it_is_wrong(example: Example, tmp_path: Path) -> None:
    assert example.texts is not None
    files: dict[str, str | bytes] = {"site.yaml": example.texts[0]}
    findings = load(tmp_path, files, example.env).findings
    assert [place_of(finding) for finding in findings if finding.rule == example.rule] == marked_places(files)
    assert {finding.rule for finding in findings} <= {example.rule, *FOLLOWS}, "an example shows one mistake"


@pytest.mark.parametrize("example", WRITTEN, ids=lambda example: example.rule)
def test_the_right_example_has_no_findings(example: Example, tmp_path: Path) -> None:
    assert example.texts is not None
    findings = load(tmp_path, {"site.yaml": example.texts[1]}, example.env).findings
    assert [str(finding) for finding in findings] == []


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=lambda example: example.rule)
def test_what_is_shown_is_short_and_shows_the_difference(example: Example) -> None:
    assert example.wrong and example.right and example.wrong != example.right
    assert MARK not in example.wrong + example.right
    for shown in (example.wrong, example.right):
        assert len(shown.splitlines()) <= 16 and all(len(line) <= 120 for line in shown.splitlines())


def test_the_page_of_rules_is_current() -> None:
    written = (Path(config.__path__[0]).parent / "docs" / "rules.md").read_text(encoding="utf-8")
    assert written == document(), "run: python -m config.rules.document > docs/rules.md"
