"""Connectors in a site: what no finding may show of them, and that the kinds of events are those there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from callrouter import events as ev
from config.connectors import TOLD, matches
from config.event_names import EVENT_NAMES
from tests.config.config_sites import load, spoiled
from tests.config.connector_cases import connectors, crm, hook, zammad


def test_the_kinds_of_events_are_those_that_are_told() -> None:
    told = {kind.KIND for kind in vars(ev).values() if isinstance(kind, type) and issubclass(kind, ev.Event)}
    assert told - {""} == EVENT_NAMES


def test_the_reference_lists_every_kind_of_event() -> None:
    text = (Path(__file__).parents[2] / "docs" / "site.md").read_text()
    assert [kind for kind in sorted(EVENT_NAMES) if f"`{kind}`" not in text] == []


@pytest.mark.parametrize("pattern", TOLD)
def test_what_leaves_where_nothing_is_said_happens(pattern: str) -> None:
    assert any(matches(pattern, kind) for kind in EVENT_NAMES)


@pytest.mark.parametrize(
    "entry",
    [
        hook(url="http://127.0.0.1/hunter2"),
        hook(url="http://acme.example/hunter2"),
        hook(url="https://crm:0/hunter2"),
        hook(", secret: hunter2-hunter2"),
        hook(", secret: [hunter2]"),
        hook(", template: '{{ hunter2( }}', secret: '${ENV:HUNTER}'").replace("hunter2(", "x("),
        zammad(url="http://10.0.0.1/hunter2"),
        *(
            crm("lookup: [{path: a}]", more=f", auth: {{{auth}}}")
            for auth in (
                "bearer: hunter2",
                "bearer: {hunter2: 1}",
                "basic: {user: a, password: hunter2}",
                "header: {name: X-Key, value: hunter2}",
                "header: {name: X-Key, value: [hunter2]}",
                "oauth2: {client_id: a, client_secret: hunter2}",
                "oauth2: {client_id: a, client_secret: hunter2, path: 'http://acme.example/hunter2'}",
            )
        ),
    ],
)
def test_no_finding_shows_a_secret_or_a_token(entry: str, tmp_path: Path) -> None:
    findings = load(tmp_path, {"a.yaml": spoiled(connectors(entry))}, {"HUNTER": "hunter2-hunter2"}).findings
    assert findings
    assert not [finding for finding in findings if "hunter2" in f"{finding.message} {finding.mend}"]


def test_a_bad_connector_hides_no_other(tmp_path: Path) -> None:
    text = spoiled(connectors("bad: 7", hook(", events: [never]")))
    assert [finding.rule for finding in load(tmp_path, {"a.yaml": text}).findings] == ["E203", "E329"]
