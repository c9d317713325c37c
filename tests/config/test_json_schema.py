"""The JSON Schema: it lets in every site that we let in, short forms too, and refuses what an editor should mark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from config.json_schema import REFERS, comments_of, json_schema
from config.reading.tree import plain
from config.reading.yaml_text import parse
from config.schema import Department, Site
from tests.config.config_sites import GOOD

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = re.findall(r"```yaml(?: site)?\n(.*?)```", (ROOT / "docs" / "site.md").read_text(), re.S)


@pytest.fixture(scope="module")
def schema() -> Any:
    return jsonschema_rs.Draft202012Validator(json_schema())


def content(text: str) -> Any:
    return plain(parse(text.encode(), "").root)


@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(file.read_text(), id=file.name) for file in sorted((ROOT / "config" / "acme").glob("*.yaml"))),
        *(pytest.param(text, id=f"site.md-{number}") for number, text in enumerate(DOCUMENTED)),
        pytest.param(GOOD, id="fixture"),
        pytest.param("web: {port: '${ENV:PORT}'}\n", id="a number from the environment"),
        pytest.param(
            "connectors: {crm: {timeout: 20s, rest: {url: http://x.example, system: espocrm}}}", id="duration"
        ),
    ],
)
def test_what_is_good_is_let_in(schema: Any, text: str) -> None:
    assert [f"{error.instance_path}: {error.message}" for error in schema.iter_errors(content(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("menus: {main: {sey: x}}", id="unknown key"),
        pytest.param("menu: {}", id="unknown section"),
        pytest.param("version: x", id="ours to set"),
        pytest.param("menus: {main: {wait: {first_key: soon}}}", id="no duration"),
        pytest.param("menus: {main: {keys: {1: {go: {voicemial: x}}}}}", id="no kind of destination"),
        pytest.param("departments: {sales: {ring: loudly}}", id="no strategy"),
        pytest.param("people: {ann: {name: Ann}}", id="phone is missing"),
        pytest.param("people: {ann: {name: Ann, phone: 7}}", id="extension too short"),
    ],
)
def test_what_is_wrong_is_marked(schema: Any, text: str) -> None:
    assert not schema.is_valid(content(text))


def test_keys_are_described_where_the_code_does() -> None:
    described = json_schema()["$defs"]["Department"]["properties"]["dispositions"]["description"]
    assert (
        described
        == comments_of(Department)["dispositions"]
        == "What may come of a call, in the department's own words."
    )


def test_what_refers_to_names_is_in_the_schema() -> None:
    for (model, name), section in REFERS.items():
        part = json_schema()["$defs"][model]
        whole = part if "properties" in part else part["anyOf"][-1]
        assert whole["properties"][name]["x-refers"] == section


def test_every_section_is_there() -> None:
    assert set(json_schema()["properties"]) == set(Site.model_fields) - {"version"}
