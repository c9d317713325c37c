"""`account` and `accounts` on a data folder, as an admin types them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ledger.clock import SystemClock
from ledger.database import Database
from server.accounts import Accounts, WrongLogin
from server.commands import accounts
from server.terminal import Foreseen


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def make() -> None:
        async with await Database.open(tmp_path / "switchroom.db"):
            pass

    with asyncio.Runner() as runner:
        runner.run(make())
    return tmp_path


def log_in(data: Path, name: str, password: str) -> str:
    async def run() -> str:
        async with await Database.open(data / "switchroom.db") as database:
            return (await Accounts(database, SystemClock()).log_in(name, password, "127.0.0.1")).account.role.value

    with asyncio.Runner() as runner:
        return runner.run(run())


def test_an_account_is_made_used_reset_and_removed(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert accounts.add(data, "sue", "supervisor", "") == 0
    first = capsys.readouterr().out.split("password ")[1].split()[0]
    assert log_in(data, "sue", first) == "supervisor"
    accounts.reset(data, "sue")
    second = capsys.readouterr().out.split("password ")[1].split()[0]
    with pytest.raises(WrongLogin):
        log_in(data, "sue", first)
    assert log_in(data, "sue", second) == "supervisor"
    accounts.show(data, json=True)
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == [{"name": "sue", "role": "supervisor", "person": ""}]
    accounts.remove(data, "sue")
    with pytest.raises(WrongLogin):
        log_in(data, "sue", second)


@pytest.mark.parametrize(
    ("name", "role", "says"),
    [
        pytest.param("sue", "king", "no role 'king'", id="no such role"),
        pytest.param("s ue", "operator", "1 to 64 letters", id="no name"),
    ],
)
def test_what_cannot_be_is_said(data: Path, name: str, role: str, says: str) -> None:
    with pytest.raises(Foreseen, match=says):
        accounts.add(data, name, role, "")


def test_a_folder_without_a_database_is_said(tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match="holds no"):
        accounts.add(tmp_path, "sue", "operator", "")
