"""The rules of the house that a machine can hold: lint, types, floors, length of files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
#: Longer than this a file holds more than one concept.
MOST_LINES = 400


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", pattern], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:  # an unpacked archive is no checkout
        return [path for path in ROOT.rglob(pattern) if not {".venv", "build"} & set(path.parts)]
    return [ROOT / line for line in listed.stdout.splitlines()]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["-m", "ruff", "check", "."], id="ruff"),
        pytest.param(["-m", "ruff", "format", "--check", "."], id="format"),
        pytest.param(["-m", "mypy"], id="mypy"),
        pytest.param(["-c", "from importlinter.cli import lint_imports_command as c; c()"], id="floors"),
    ],
)
def test_a_tool_finds_nothing(command: list[str]) -> None:
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_no_file_is_too_long() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in tracked("*.py")
        if path.exists() and (count := len(path.read_text().splitlines())) > MOST_LINES
    }
    assert not long


def test_every_module_says_what_it_owns() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py")
        if path.exists() and path.name != "__init__.py" and "tests" not in path.parts
        and not path.read_text().lstrip().startswith(('"""', "r\"\"\"", '#!'))
        and "migrations/versions" not in str(path)
    ]  # fmt: skip
    assert not silent


def test_no_path_of_one_machine_is_in_the_project() -> None:
    machine = re.compile(r"(^|[^A-Za-z0-9_.])/(work|root|farm)/[a-z]")
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()[:100]}"
        for path in [*tracked("*.py"), *tracked("*.md"), *tracked("*.yaml"), *tracked("*.toml"), *tracked("*.conf")]
        if path.exists()
        for line in path.read_text().splitlines()
        if machine.search(line)
    ]
    assert not found
