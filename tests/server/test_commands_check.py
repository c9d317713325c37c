"""`check` on the command line: findings as lines and as JSON, what it ends with, and what a rule means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from config.rules.book import RULES
from config.rules.examples import SAMPLE, spoiled
from server.cli import app
from server.commands import check
from server.terminal import Foreseen


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        pytest.param(SAMPLE, 0, "no findings, version", id="nothing"),
        pytest.param(
            spoiled(("mistake: {go: sales}", "mistake: {go: hangup}")), 1, ":11:15: W446 warning:", id="warning"
        ),
        pytest.param(spoiled(("1: sales", "1: sails")), 2, ":8:10: E301 error: no menu, department", id="error"),
    ],
)
def test_what_it_says_and_ends_with(
    text: str, status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.yaml").write_text(text)
    assert check.run(tmp_path, json=False) == status
    assert said in capsys.readouterr().out
    assert check.run(tmp_path, json=True) == status
    told = json.loads(capsys.readouterr().out)
    assert told["usable"] == (status < 2)
    assert [finding["rule"] in RULES for finding in told["findings"]] == [True] * bool(status)


@pytest.mark.parametrize(
    ("edits", "status", "rules", "hidden"),
    [
        pytest.param([("mistake: {go: sales}", "mistake: {go: hangup}")], 1, [], 1, id="a-warning-is-counted"),
        pytest.param(
            [("mistake: {go: sales}", "mistake: {go: hangup}"), ("{menu: main}", "{menu: main, language: de}")],
            2,
            ["E312"],
            1,
            id="errors-are-shown",
        ),
        pytest.param([], 0, [], 0, id="nothing"),
    ],
)
def test_errors_only_tells_how_many_warnings_it_keeps_back(
    edits: list[tuple[str, str]],
    status: int,
    rules: list[str],
    hidden: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "site.yaml").write_text(spoiled(*edits))
    assert check.run(tmp_path, json=False, errors_only=True) == status
    out = capsys.readouterr().out
    assert ("1 warning not shown" in out) == bool(hidden) and " warning: " not in out
    assert check.run(tmp_path, json=True, errors_only=True) == status
    told = json.loads(capsys.readouterr().out)
    assert [finding["rule"] for finding in told["findings"]] == rules
    assert told["warnings_not_shown"] == hidden


def test_every_rule_is_explained_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for rule in RULES.values():
        assert check.explain(rule.id.lower(), json=False) == 0
        out = capsys.readouterr().out
        assert out.startswith(f"{rule.id} {rule.severity}: {rule.title}\n\n{rule.explanation}\n\nwrong:\n    ")
        assert "\nright:\n    " in out
    assert check.explain("E301", json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rule"], told["severity"], told["title"]) == ("E301", "error", "an unknown destination")
    assert told["wrong"] == "menus:\n  main:\n    keys:\n      1: sails\n#        ^ E301"
    assert told["right"] == "menus:\n  main:\n    keys:\n      1: sales"


@pytest.mark.parametrize("rule", ["E999", "", "x" * 500, "\x1b[31m", "301"])
def test_a_rule_that_there_is_not(rule: str) -> None:
    with pytest.raises(Foreseen, match="there is no rule") as caught:
        check.explain(rule, json=False)
    assert "docs/rules.md" in str(caught.value) and str(caught.value).isprintable() and len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("words", "status"),
    [(["--explain", "W440"], 0), (["."], 2), ([], 2), ([".", "--explain", "W440"], 2)],
    ids=["explain", "site", "neither", "both"],
)
def test_a_site_or_a_rule(words: list[str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # an empty folder is no site
    done = CliRunner().invoke(app, ["check", *words])
    assert (status if isinstance(done.exception, Foreseen) else done.exit_code) == status
