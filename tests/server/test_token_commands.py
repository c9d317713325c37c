"""`token` on a data folder, as an admin types it, and through the program itself."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner

from ledger.clock import SystemClock
from ledger.database import Database
from server import token_secret
from server.cli import app
from server.commands import tokens as command
from server.scopes import Scope
from server.terminal import Foreseen
from server.token_model import Grant, Limit
from server.tokens import Tokens

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    on(tmp_path, lambda tokens: tokens.list_tokens())
    return tmp_path


def on(data: Path, work: Callable[[Tokens], Awaitable[T]]) -> T:
    async def run() -> T:
        async with await Database.open(data / "switchroom.db") as database:
            return await work(Tokens(database, SystemClock()))

    with asyncio.Runner() as runner:
        return runner.run(run())


def add(data: Path, name: str = "crm", *scopes: str, expires: str = "", rate: float = 20.0, json: bool = False) -> int:
    return command.add(data, name, scopes or ("calls:read",), expires, rate, 100, json=json)


def good(data: Path, secret: str) -> bool:
    return on(data, lambda tokens: tokens.find(secret)) is not None


def secret_in(text: str) -> str:
    [found] = [word for word in text.split() if token_secret.is_whole(word.strip('",'))]
    return found.strip('",')


def test_a_token_is_made_used_rotated_and_removed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert add(data, "crm", "calls:read,calls:write", "events:read", expires="90d") == 0
    told = capsys.readouterr().out
    first = secret_in(told)
    assert told.endswith(f"programs may use the API as crm with {first} (it is not shown again)\n")
    scopes = frozenset({Scope.CALLS_READ, Scope.CALLS_WRITE, Scope.EVENTS_READ})
    assert on(data, lambda tokens: tokens.find(first)) == Grant("crm", scopes, Limit())

    command.rotate(data, "crm", "24h", "")
    told = capsys.readouterr().out
    second = secret_in(told)
    assert second != first and told.endswith("the secret before stays valid for 24h\n")
    assert good(data, first)

    command.rotate(data, "crm", "0", "", json=True)
    third = json.loads(capsys.readouterr().out.splitlines()[-1])["secret"]
    assert [good(data, secret) for secret in (first, second, third)] == [False, False, True]

    command.show(data, json=True)
    [shown] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {name: shown[name] for name in ("name", "scopes", "rate", "burst", "made_by")} == {
        "name": "crm",
        "scopes": ["calls:read", "calls:write", "events:read"],
        "rate": 20.0,
        "burst": 100,
        "made_by": "command line",
    }
    assert shown["expires_at"] and shown["last_used_at"] and "secret" not in shown

    command.remove(data, "crm")
    assert not good(data, third)


def test_the_list_is_for_people_too(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(data, "crm", "calls:read", "admin", expires="90d")
    add(data, "wallboard", "events:read")
    capsys.readouterr()
    command.show(data, json=False)
    crm, wallboard = capsys.readouterr().out.splitlines()
    assert crm.startswith("crm  ") and " until 2" in crm and "never used" in crm and crm.endswith("admin, calls:read")
    assert wallboard.startswith("wallboard  ") and " for ever " in wallboard and "swr_" not in crm + wallboard


@pytest.mark.parametrize(
    ("work", "says"),
    [
        pytest.param(lambda data: add(data, "CRM x"), "1 to 64 letters", id="no name"),
        pytest.param(lambda data: add(data, "crm", "calls:rewrite"), "no scope 'calls:rewrite': write", id="no scope"),
        pytest.param(lambda data: add(data, "crm", ","), "at least one scope", id="nothing but a comma"),
        pytest.param(lambda data: add(data, expires="soon"), "is no span of time", id="no span"),
        pytest.param(lambda data: add(data, expires="0"), "lasts 1 minute", id="over at once"),
        pytest.param(lambda data: add(data, rate=0.0), "may ask 0.1 to 1000 times", id="never"),
        pytest.param(lambda data: add(data, "taken"), "There is a token of this name", id="taken"),
        pytest.param(
            lambda data: command.rotate(data, "zoe", "24h", ""), "no token of this name", id="rotate nobody's"
        ),
        pytest.param(lambda data: command.rotate(data, "taken", "90d", ""), "30 days at most", id="a long overlap"),
        pytest.param(lambda data: command.remove(data, "zoe"), "no token of this name", id="remove nobody's"),
    ],
)
def test_what_cannot_be_is_said(data: Path, work: Callable[[Path], int], says: str) -> None:
    add(data, "taken")
    with pytest.raises(Foreseen, match=says):
        work(data)


def test_a_folder_without_a_database_is_said(tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match="holds no"):
        add(tmp_path)


def test_the_options_reach_the_command(data: Path) -> None:
    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["token", *arguments, "--data", str(data)], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    run(
        "add",
        "crm",
        "--scope",
        "calls:read",
        "--scope",
        "events:read",
        "--expires",
        "90d",
        "--rate",
        "5",
        "--burst",
        "9",
    )
    [token] = on(data, lambda tokens: tokens.list_tokens())
    assert token.grant == Grant("crm", frozenset({Scope.CALLS_READ, Scope.EVENTS_READ}), Limit(5, 9))
    assert token.expires_at is not None
    run("rotate", "crm", "--overlap", "1h", "--expires", "30d")
    [token] = on(data, lambda tokens: tokens.list_tokens())
    assert [secret.number for secret in token.secrets] == [2, 1]
    run("list")
    run("remove", "crm")
    assert on(data, lambda tokens: tokens.list_tokens()) == []


def test_the_program_has_it_and_one_sentence_for_a_mistake(data: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-P",
            "-m",
            "server.launch",
            "token",
            "add",
            "x y",
            "--scope",
            "calls:read",
            "--data",
            str(data),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "switchroom: A token's name has 1 to 64 letters a-z, digits, dots, hyphens or underscores.\n"
