"""The launcher, and the program's first moments: help without work, and Ctrl-C without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAUNCHER = ROOT / "switchroom"
TRY = ["try", str(ROOT / "config" / "acme"), "--to", "+370 5 200 0001", "--at", "2026-11-24T10:00"]
INTERRUPTED = "switchroom: interrupted\n"


def program(*arguments: str, before: Callable[[], object] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "server.launch", *arguments],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=before,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


# ---- Ctrl-C


def test_ctrl_c_before_the_first_line_of_ours() -> None:
    # Held back as the launcher does, so it is there the moment that Python begins.
    begun = program(*TRY, before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}))
    begun.send_signal(signal.SIGINT)
    assert begun.communicate(timeout=60) == ("", INTERRUPTED)
    assert begun.returncode == 130


def test_ctrl_c_while_a_command_runs() -> None:
    begun = program(*TRY)
    assert begun.stdout is not None
    assert "menu" in begun.stdout.readline()
    begun.send_signal(signal.SIGINT)
    _, said = begun.communicate(timeout=60)
    assert (begun.returncode, said) == (130, INTERRUPTED)


def test_ctrl_c_is_not_for_a_job_in_the_background() -> None:
    begun = program(*TRY, before=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    begun.send_signal(signal.SIGINT)
    told, said = begun.communicate("0\n", timeout=60)
    assert (begun.returncode, said) == (0, "")
    assert "destination  department reception" in told


# ---- the launcher


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An environment that is there, but not complete; its Python only writes down what it was asked to do."""
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    asked = f'#!/bin/sh\necho "$*" >>{tmp_path}/asked\n[ "$2" != pip ] || read -r go_on <{tmp_path}/go_on\n'
    for name in ("python", "pip", "switchroom"):
        (folder / "bin" / name).write_text(asked)
        (folder / "bin" / name).chmod(0o755)
    os.mkfifo(tmp_path / "go_on")
    return folder


def launcher(environment: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [LAUNCHER, *arguments],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "SWITCHROOM_VENV": str(environment)},
    )


@pytest.mark.parametrize(
    "arguments",
    [["setup", "--help"], ["demo", "--once", "--help"], ["--help"], []],
    ids=["setup", "behind an option", "all commands", "nothing said"],
)
def test_help_installs_nothing(environment: Path, tmp_path: Path, arguments: list[str]) -> None:
    done = launcher(environment, *arguments)
    assert done.communicate(timeout=60) == ("", "")
    assert done.returncode == 0
    assert (tmp_path / "asked").read_text() == " ".join(["-P -m server.launch", *arguments]) + "\n"


@pytest.mark.parametrize(
    ("arguments", "packages"),
    [(["setup"], "[dev,speech"), (["up"], "[speech"), (["test", "--", "--help"], "[dev,speech")],
    ids=["setup", "up", "help of another program"],
)
def test_what_is_no_help_installs_first(environment: Path, tmp_path: Path, arguments: list[str], packages: str) -> None:
    done = launcher(environment, *arguments)
    (tmp_path / "go_on").write_text("\n")
    done.communicate(timeout=60)
    installed, begun = (tmp_path / "asked").read_text().splitlines()
    assert done.returncode == 0
    assert installed.startswith("-m pip install") and packages in installed
    assert begun == " ".join(["-P -m server.launch", *arguments])


def test_ctrl_c_while_packages_are_installed(environment: Path, tmp_path: Path) -> None:
    done = launcher(environment, "up")
    assert done.stderr is not None
    assert "setting up" in done.stderr.readline()
    done.send_signal(signal.SIGINT)
    assert done.communicate(timeout=60)[1] == INTERRUPTED
    assert done.returncode == 130


def test_help_of_the_real_program_names_it() -> None:
    done = program("setup", "--help")
    told, said = done.communicate(timeout=60)
    assert (done.returncode, said) == (0, "")
    assert "Usage: switchroom setup" in told
