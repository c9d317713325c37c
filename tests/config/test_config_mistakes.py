"""Mistakes of every kind: what is said of them, and where."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import ConfigError, SiteUnusable
from config.findings import Finding, Position
from config.load import load_site, require_site
from config.reading.source import read_source
from config.reading.tree import plain
from config.rules.book import RULES
from config.schema import Site
from tests.config.config_sites import GOOD, MARK, load, spoiled
from tests.config.test_config_load import ACME


def test_who_has_no_emergency_phone_is_told_what_callers_get(tmp_path: Path) -> None:
    (finding,) = load(tmp_path, {"a.yaml": spoiled(("emergency: {phones: [ann]}", "emergency: {}"))}).findings
    assert finding.rule == "W412"
    assert finding.message == "while the server is down no phone rings for 'sales': callers can only leave a message"
    assert finding.mend == "add `emergency: {phones: [ann]}`, or `emergency_phones:` here"


@pytest.mark.parametrize(
    "edit",
    [("closed: hangup", "closed: "), ("hours: office", "hours: ")],
    ids=lambda edit: edit[1],
)
def test_hours_or_closed_left_empty_is_said_once(edit: tuple[str, str], tmp_path: Path) -> None:
    findings = load(tmp_path, {"a.yaml": spoiled(edit)}).findings
    assert {finding.rule for finding in findings} - {"W413"} == {"E203"}


def _paths(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        yield from _paths(child, (*path, step))


@pytest.mark.parametrize("wrong", [[], [[]], {"": {}}, {"no": {"such": "thing"}}, -1, "\n", None], ids=repr)
def test_a_wrong_value_anywhere_is_found_there(wrong: object, tmp_path: Path) -> None:
    """Put a wrong value at every place of the site, one by one; JSON is YAML, on one line here."""
    (tmp_path / "good.yaml").write_text(GOOD)
    content = json.dumps(plain(read_source(tmp_path / "good.yaml", {}).root))
    file = tmp_path / "site.yaml"
    for path in _paths(json.loads(content)):
        site = parent = json.loads(content)
        for step in path[:-1]:
            parent = parent[step]
        parent[path[-1]] = MARK
        before, after = json.dumps(site, ensure_ascii=False).split(f'"{MARK}"')
        file.write_text(before + json.dumps(wrong) + after)
        loaded = load_site(file)
        # Some places take an empty list, any text, or nothing; all others must say so where it is.
        if loaded.site is None:
            key = len(json.dumps(path[-1])) + 2 if isinstance(path[-1], str) else 0
            there = range(len(before) - key + 1, len(before) + len(json.dumps(wrong)) + 1)
            # What is left out is missed by its parent (E205).
            assert any(f.position.column in there or f.rule == "E205" for f in loaded.findings), path


def test_a_site_with_errors_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(SiteUnusable, match=r"a\.yaml:1:1: E202 error: key 'company' is missing") as caught:
        load(tmp_path, {"a.yaml": "hours: {}\n"})
        require_site(tmp_path)
    assert isinstance(caught.value, ConfigError)
    assert [finding.rule for finding in caught.value.findings] == ["E202", "E202"]


def test_warnings_leave_a_site_usable(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"a.yaml": spoiled(("mistake: {go: sales}", "mistake: {tries: 1}"))})
    assert loaded.site is not None
    assert [finding.severity for finding in loaded.findings] == ["warning"]


# Secrets


SECRET = "horse'battery\"staple"


def test_secrets_come_from_the_mapping_that_is_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "not this one")
    text = GOOD + "database: postgresql://u:${ENV:DB_PASSWORD}@${env:HOST}/x\nweb: {port: '${ENV:PORT}'}\n"
    site = load(tmp_path, {"a.yaml": text}, {"DB_PASSWORD": "s3cret", "HOST": "db", "PORT": "8080"}).site
    assert site is not None
    assert (site.database, site.web.port) == ("postgresql://u:s3cret@db/x", 8080)
    assert [finding.rule for finding in load_site(tmp_path).findings] == ["E110"] * 3


@pytest.mark.parametrize("reference", ["${ENV:}", "${ENV:1A}", "${ENV:A-B}", "${ENV:A B}", "${env:NONE}"])
def test_a_variable_that_is_none_is_told(reference: str, tmp_path: Path) -> None:
    env = {"": "x", "1A": "x", "A-B": "x", "A B": "x"}
    findings = load(tmp_path, {"a.yaml": f'{GOOD}database: "{reference}"\n'}, env).findings
    assert [finding.rule for finding in findings] == ["E110"]


def test_what_only_looks_like_a_variable_is_text(tmp_path: Path) -> None:
    site = load(tmp_path, {"a.yaml": f"{GOOD}database: '$ENV:A ${{A}} ${{ENV:'\n"}).site
    assert site is not None and site.database == "$ENV:A ${A} ${ENV:"


@pytest.mark.parametrize(
    "edit",
    [
        ("1: sales", "1: '${ENV:S}'"),
        ("{go: ann}", "{go: {voicemail: '${ENV:S}'}}"),
        ("{go: ann}", "{go: {'x': '${ENV:S}'}}"),
        ("country: LT", "country: '${ENV:S}'"),
        ("timezone: Europe/Vilnius", "timezone: '${ENV:S}'"),
        ("phone: 102", "phone: '${ENV:S}'"),
        ("hours: office", "hours: '${ENV:S}'"),
        ("holidays: LT", "closed_on: ['${ENV:S}']"),
        ('["mon-fri 09:00-18:00"]', "['${ENV:S}']"),
        ("departments: [sales]", "departments: ['${ENV:S}']"),
        ("{menu: main}", "{menu: main, priority: '${ENV:S}'}"),
        ("{menu: main}", "{menu: main, language: '${ENV:S}'}"),
        ("mailbox: sales@acme.example", "mailbox: '${ENV:S}'"),
    ],
    ids=lambda edit: edit[1],
)
@pytest.mark.parametrize("secret", [SECRET, "abc"], ids=["odd", "short"])
def test_no_finding_shows_a_secret(secret: str, edit: tuple[str, str], tmp_path: Path) -> None:
    findings = load(tmp_path, {"a.yaml": spoiled(edit)}, {"S": secret}).findings
    assert findings
    for finding in findings:
        for shown in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], "battery"):
            assert shown not in f"{finding.message} {finding.mend}"


# Versions


def _version(folder: Path, name: str, files: dict[str, str | bytes], env: dict[str, str] | None = None) -> str:
    (folder / name).mkdir()
    loaded = load(folder / name, files, env)
    assert loaded.site is not None, loaded.findings
    return loaded.site.version


def test_a_version_changes_with_the_content_only(tmp_path: Path) -> None:
    head, people = GOOD[: GOOD.index("people:")], GOOD[GOOD.index("people:") :]
    first = _version(tmp_path, "first", {"a.yaml": GOOD})
    assert first == _version(tmp_path, "comments", {"a.yaml": "# hello\n" + GOOD.replace("\n", "  # there\n")})
    assert first == _version(tmp_path, "files", {"b.yaml": head, "a.yaml": people})
    assert first == _version(tmp_path, "order", {"a.yaml": people + head})
    assert first != _version(tmp_path, "changed", {"a.yaml": GOOD.replace("Welcome.", "Welcome!")})


def test_a_version_says_nothing_of_secrets(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.yaml": GOOD + "database: x${ENV:S}\n"}
    assert _version(tmp_path, "one", files, {"S": "1"}) == _version(tmp_path, "two", files, {"S": "2"})


# Whatever comes


_ACME_TEXT = "".join(file.read_text() for file in sorted(ACME.glob("*.yaml")))
_cuts = st.lists(
    st.tuples(
        st.integers(0, len(_ACME_TEXT)),
        st.integers(0, 30),
        st.sampled_from(
            ["", " ", "\n", "\t", ":", "- ", "[", "}", "&a", "*", "'", '"', "!x ", "${ENV:A}", "\0", "ą", "1", "main"]
        ),
    ),
    min_size=1,
    max_size=4,
)


@given(st.one_of(st.binary(max_size=300), _cuts))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_crashes_the_loader(tmp_path: Path, what: bytes | list[tuple[int, int, str]]) -> None:
    raw = what if isinstance(what, bytes) else _ACME_TEXT.encode()
    if not isinstance(what, bytes):
        text = _ACME_TEXT
        for start, length, new in what:
            text = text[:start] + new + text[start + length :]
        raw = text.encode()
    file = tmp_path / "site.yaml"
    file.write_bytes(raw)
    loaded = load_site(file, {"A": "value"})
    assert (loaded.site is None) == any(finding.severity == "error" for finding in loaded.findings)
    assert list(loaded.findings) == sorted(set(loaded.findings))
    for finding in loaded.findings:
        assert finding.severity == RULES[finding.rule].severity
        assert len(str(finding).splitlines()) == 1 and len(str(finding)) < 1000


def test_a_finding_is_one_line_in_the_form_of_compilers() -> None:
    finding = Finding(Position("a\nb.yaml", 3, 7), "E101", "error", "no\tgood \x1b[31m", "mend it")
    assert str(finding) == "a\\nb.yaml:3:7: E101 error: no\\tgood \\x1b[31m (mend it)"
    assert str(replace(finding, mend="")) == "a\\nb.yaml:3:7: E101 error: no\\tgood \\x1b[31m"


def test_every_form_in_the_schema_is_asked_of_the_whole_text() -> None:
    """A pattern is searched for anywhere in the text, unless it says that it is the whole."""
    patterns = re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(Site.model_json_schema()))
    assert patterns
    assert [pattern for pattern in patterns if not re.fullmatch(r"\\\\A.*\\\\Z", pattern)] == []
