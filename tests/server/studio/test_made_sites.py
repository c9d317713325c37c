"""Whatever site a machine makes: every part that looks at sites gets through it, without a crash and soon."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, given, settings

from callrouter.menu_tests.draft_yaml import to_yaml
from callrouter.menu_tests.drafts import draft_tests
from callrouter.menu_tests.run import run_tests, since
from config.diff.changes import changes
from config.edit.rewrite import EditRefused, content_of, rewrite
from config.graph import graph_of
from config.json_schema import json_schema
from config.load import load_site, require_site
from config.reading.source import read_source
from config.rules.book import RULES
from config.schema import Site
from ivr import phrases
from server.studio.editor.names import Names, names_of
from server.studio.editor.read import Reading
from server.studio.editor.shapes import ENTRIES, sections, shape_of
from server.studio.editor.show import Showing
from server.studio.overview.diagram import draw, nowhere
from tests.fixtures.made_sites import SITES, Content, spoiled_sites, yaml_of

ACME = Path(__file__).resolve().parents[3] / "config" / "acme"
#: None of them may keep the server busy for longer, seconds of processor time.
LONGEST = 1.0
ENV = {"A": "value-of-a", "PIN": "8642"}
MADE = settings(
    max_examples=12, derandomize=True, database=None, deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip


@contextmanager
def soon(what: str) -> Iterator[None]:
    start = process_time()
    yield
    took = process_time() - start
    assert took < LONGEST, f"{what} took {took:.1f} s"


@cache
def acme() -> Site:
    return require_site(ACME)


@cache
def schema() -> Any:  # Any: a validator of another language
    return jsonschema_rs.Draft202012Validator(json_schema())


def loaded(folder: Path, made: Content) -> Site | None:
    """Write the site and load it; whatever it is, `check` says so with place and rule."""
    (folder / "site.yaml").write_text(yaml_of(made))
    with soon("check"):
        came = load_site(folder, ENV)
    assert (came.site is None) == any(finding.severity == "error" for finding in came.findings)
    for finding in came.findings:
        assert finding.severity == RULES[finding.rule].severity and "\n" not in str(finding)
    return came.site


def untouched(folder: Path, raw: bytes) -> None:
    """Open the form of everything that is written and send it back as it was shown: not a byte is another."""
    with soon("the forms"):
        content = content_of(raw)
        names = names_of([content])
        wanted: Content = {}
        for section, part in content.items():
            if section in ENTRIES and isinstance(part, dict):
                wanted[section] = {name: _sent_back(section, value, names) for name, value in part.items()}
            elif section in sections() and section not in ENTRIES:
                wanted[section] = _sent_back(section, part, names)
            else:
                wanted[section] = part
        assert rewrite(raw, wanted) == raw


def _sent_back(section: str, value: Any, names: Names) -> Any:  # Any: values of YAML
    form = dict(Showing(names).control(shape_of(section), value, "v").sent())
    return Reading(form, names, frozenset()).value(shape_of(section), value, "v")


def told(one: Site, other: Site) -> None:
    """Say what differs, both ways; nothing does from itself."""
    with soon("what differs"):
        for old, new in ((one, other), (other, one)):
            for change in changes(old, new):
                assert change.text and "\n" not in change.text
        assert changes(one, one) == ()


def drawn(folder: Path, site: Site) -> None:
    with soon("the diagram"):
        graph = graph_of(site, read_source(folder, ENV).root)
        diagram = draw(graph, nowhere)
    assert len(diagram.cards) == len(graph.junctions)


def rehearsed(folder: Path, site: Site) -> None:
    """Run its tests, draft the missing ones and run these: what was drafted can be read, and comes true."""
    with soon("the tests"):
        report = run_tests(site)
    assert len(report.results) == len(site.tests)
    with soon("drafting tests"):
        drafts = draft_tests(site, report.coverage, since(site))
        text = to_yaml(site, drafts.drafts)
    if drafts.drafts:
        file = folder / "drafts.yaml"
        file.write_text(text)
        results = run_tests(require_site(folder, ENV)).results[len(site.tests) :]
        file.unlink()
        assert len(results) == len(drafts.drafts)
        assert [(one.test.name, one.failures) for one in results if not one.passed] == []


@given(SITES, SITES)
@MADE
def test_whatever_is_written_every_part_gets_through_it(tmp_path: Path, made: Content, other: Content) -> None:
    second = loaded(tmp_path, other)
    site = loaded(tmp_path, made)
    untouched(tmp_path, (tmp_path / "site.yaml").read_bytes())
    assert [f"{error.instance_path}: {error.message}" for error in schema().iter_errors(made)] == []
    if site is None:
        return
    told(site, second or acme())
    drawn(tmp_path, site)
    with soon("what is said"):
        phrases.everything(site)
    rehearsed(tmp_path, site)


@given(spoiled_sites())
@MADE
def test_whatever_is_spoiled_every_part_gets_through_it(tmp_path: Path, made: Content) -> None:
    site = loaded(tmp_path, made)
    raw = (tmp_path / "site.yaml").read_bytes()
    with suppress(EditRefused):  # it says what is to be mended as text
        untouched(tmp_path, raw)
    if site is None:
        return
    assert list(schema().iter_errors(content_of(raw))) == []
    told(site, acme())
    drawn(tmp_path, site)
    rehearsed(tmp_path, site)
