"""The guide to menus: every example can be used as it stands, without a finding."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from callrouter.menu_tests.run import run_tests
from config.edit.rewrite import content_of
from config.edit.written import entry_lines
from config.json_schema import json_schema
from config.load import load_site

PAGE = Path(__file__).resolve().parents[1] / "docs" / "menus.md"
TEXT = PAGE.read_text()
SITES, SNIPPETS = (re.findall(rf"```yaml{mark}\n(.*?)```", TEXT, re.S) for mark in (" site", ""))
CONTENTS = [content_of(text.encode()) for text in SNIPPETS]


def joined(example: dict[str, Any]) -> str:
    """Return the first site of the page with what the example says put into it, entry by entry."""
    whole = content_of(SITES[0].encode())
    for section, part in example.items():
        before = whole.get(section)
        is_entries = isinstance(part, dict) and isinstance(before, dict) and section != "company"
        whole[section] = before | part if is_entries and before is not None else part
    return (
        "\n".join(line for section, part in whole.items() for line in entry_lines(section, part, 0, block=True)) + "\n"
    )


def test_the_page_has_one_whole_site_and_examples_for_it() -> None:
    assert len(SITES) == 1 and len(SNIPPETS) == TEXT.count("```yaml\n") >= 9


@pytest.mark.parametrize("text", [*SITES, *map(joined, CONTENTS)], ids=lambda text: str(text).partition("\n")[0][:20])
def test_every_example_is_used_without_a_finding(text: str, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(text)
    assert [str(finding) for finding in load_site(tmp_path).findings] == []
    assert jsonschema_rs.Draft202012Validator(json_schema()).is_valid(content_of(text.encode()))


def test_the_tests_of_the_guide_pass(tmp_path: Path) -> None:
    (example,) = (content for content in CONTENTS if "tests" in content)
    (tmp_path / "site.yaml").write_text(joined(example))
    loaded = load_site(tmp_path)
    assert loaded.site is not None
    assert run_tests(loaded.site, []).passed


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]*)(?:#([^)]+))?\)", TEXT)
    headings = {re.sub(r"[^a-z0-9 -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)$", TEXT, re.M)}
    assert all((PAGE.parent / file).exists() if file else anchor in headings for file, anchor in links)
