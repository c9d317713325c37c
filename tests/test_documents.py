"""What the documents say is true: the site in the README can be used, the files they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from callrouter.menu_tests.run import run_tests
from config.load import load_site

ROOT = Path(__file__).resolve().parents[1]


def test_the_site_in_the_readme_has_no_findings(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert len(blocks) == 3
    for name, block in zip(("site.yaml", "tests.yaml", "connectors.yaml"), blocks, strict=True):
        (tmp_path / name).write_text(block)
    secrets = {name: f"https://desk.acme.example/{name}" for name in re.findall(r"\$\{ENV:(\w+)\}", "".join(blocks))}
    loaded = load_site(tmp_path, secrets)
    assert [str(finding) for finding in loaded.findings] == []
    assert loaded.site is not None
    assert [str(failure) for one in run_tests(loaded.site).failed for failure in one.failures] == []


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "docs/design.md", "docs/glossary.md"])
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\((?!http)([^)#]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_readme_begins_with_what_it_is_a_picture_and_the_two_commands() -> None:
    beginning = "\n".join((ROOT / "README.md").read_text().splitlines()[:15])
    assert "contact-centre" in beginning
    assert "![" in beginning
    assert "./switchroom demo" in beginning
    assert "./switchroom test" in beginning


def test_every_command_of_the_readme_exists() -> None:
    from server.cli import app

    known = set[str]()
    for group in [None, *app.registered_groups]:
        commands = app if group is None else group.typer_instance
        assert commands is not None
        # The commands of a file of its own may stand beside the others, under no name.
        before = f"{group.name} " if group is not None and group.name else ""
        for command in commands.registered_commands:
            assert command.callback is not None
            known.add(before + (command.name or command.callback.__name__))
    groups = "|".join(str(group.name) for group in app.registered_groups if group.name)
    named = set(re.findall(rf"\./switchroom ((?:(?:{groups}) )?[a-z-]+)", (ROOT / "README.md").read_text()))
    assert named <= known
