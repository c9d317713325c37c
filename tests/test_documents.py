"""What the documents say is true: the site in the README can be used, the files they name exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.load import load_site

ROOT = Path(__file__).resolve().parents[1]


def test_the_site_in_the_readme_has_no_findings(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert len(blocks) == 2
    for name, block in zip(("site.yaml", "connectors.yaml"), blocks, strict=True):
        (tmp_path / name).write_text(block)
    secrets = {name: f"https://desk.acme.example/{name}" for name in re.findall(r"\$\{ENV:(\w+)\}", "".join(blocks))}
    loaded = load_site(tmp_path, secrets)
    assert [str(finding) for finding in loaded.findings] == []


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

    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    for group in app.registered_groups:
        assert group.typer_instance is not None
        known |= {f"{group.name} {command.name}" for command in group.typer_instance.registered_commands}
    groups = "|".join(str(group.name) for group in app.registered_groups)
    named = set(re.findall(rf"\./switchroom ((?:(?:{groups}) )?[a-z-]+)", (ROOT / "README.md").read_text()))
    assert named <= known
