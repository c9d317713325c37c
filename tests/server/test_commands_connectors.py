"""`connectors list`, `show` and `resend`, with a server that runs and without one; and what `doctor` says of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crm_bridge.connectors import store
from crm_bridge.connectors.model import CustomerShort, Occasion, Waiting, WaitingState
from ledger.database import Database
from server.cli import app
from server.commands import connectors as command
from server.commands import doctor_connectors
from server.data_folder import DATABASE
from server.terminal import Foreseen
from server.web.app import serving_parts
from tests.crm_bridge.connectors.house import says
from tests.crm_bridge.web.connector_house import ConnectorHouse, connector_house, site_with


def kept(id_: str, seq: int, *, failed: bool = False, minutes: float = 1.0) -> Waiting:
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    ona = CustomerShort("c0ffee", "Ona\x1b[31m", "", ("+37060000001",))
    occasion = Occasion(id_, seq, "call_ended", at, "c0ffee", call="c1", data={"outcome": "answered"}, customer=ona)
    state = WaitingState.FAILED if failed else WaitingState.WAITING
    return Waiting("shop", occasion, state, 3, at, None if failed else at, "the web-hook answered 404: \x1b[31mgone")


async def fill(folder: Path, *rows: Waiting) -> None:
    async with await Database.open(folder / DATABASE) as database, database.writing() as session:
        now = datetime.now(UTC)
        await store.join(session, "shop", now)
        await store.put_told(session, "shop", store.Told(None, "the web-hook answered 404: gone", now))
        await store.park(session, rows)


# ---- without a server


def test_a_data_folder_is_told_of_without_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asyncio.run(fill(tmp_path, kept("e1", 1, failed=True), kept("e2", 2)))
    assert command.list_connectors(tmp_path, json=False) == 0
    out, err = capsys.readouterr()
    assert "no server answers" in err and "shop" in out and "No server" in out
    assert command.show(tmp_path, "shop", json=False) == 0
    out, _ = capsys.readouterr()
    assert "Failed: 1 event" in out and "Waiting: 1 event" in out and "Call ended  e1  tries: 3" in out
    assert "Look at its address in the site" in out and "\x1b" not in out
    assert command.show(tmp_path, "shop", json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert [event["id"] for event in told["failed"]] == ["e1"] and '"kind": "call_ended"' in told["waiting"][0][
        "payload"
    ]
    assert command.show(tmp_path, "none", json=False) == 1
    with pytest.raises(Foreseen, match="no server runs"):
        command.resend(tmp_path, "shop", "", json=False)


def test_nothing_connected_is_said_so(tmp_path: Path) -> None:
    asyncio.run(_made(tmp_path))
    said = CliRunner().invoke(app, ["connectors", "list", "--data", str(tmp_path)])
    assert said.exit_code == 0 and "no connectors" in said.output


async def _made(folder: Path) -> None:
    async with await Database.open(folder / DATABASE):
        pass


# ---- doctor


@pytest.mark.parametrize(
    ("minutes", "failed", "ok", "words"),
    [
        pytest.param(None, False, True, "1 in the site, nothing has waited for too long", id="well"),
        pytest.param(5, False, True, "nothing has waited", id="waits"),
        pytest.param(30, True, None, "failed: 1 event of shop", id="failed"),
        pytest.param(
            16, False, False, "for too long: 1 event waits for shop, the web-hook answered 404: gone", id="overdue"
        ),
    ],
)
def test_doctor_says_what_waits_for_too_long(
    minutes: float | None, failed: bool, ok: bool | None, words: str, tmp_path: Path
) -> None:
    rows = [] if minutes is None else [kept("e1", 1, failed=failed, minutes=minutes)]
    asyncio.run(fill(tmp_path, *rows))
    (check,) = asyncio.run(doctor_connectors.examine(site_with("https://hooks.acme.example/x"), tmp_path))
    assert (check.name, check.ok) == ("connectors", ok) and words in check.found


def test_doctor_says_nothing_where_nothing_is_connected(tmp_path: Path) -> None:
    site = site_with("https://hooks.acme.example/x").model_copy(update={"connectors": {}})
    assert asyncio.run(doctor_connectors.examine(site, tmp_path)) == []


# ---- with a server


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConnectorHouse]:
    async with (
        connector_house(tmp_path) as opened,
        serving_parts(opened.office.parts, opened.office.accounts, "127.0.0.1", 0),
    ):
        yield opened


async def test_the_running_server_is_asked(house: ConnectorHouse, capsys: pytest.CaptureFixture[str]) -> None:
    data = house.office.parts.data
    house.hook.answer = says(400, "no such field")
    await house.happen(2)
    await house.until_failed(2)
    assert await asyncio.to_thread(command.list_connectors, data, json=False) == 1
    out, err = capsys.readouterr()
    assert "Web-hook" in out and "Works" in out and "shop: the web-hook answered 400: no such field" in out and not err
    assert await asyncio.to_thread(command.list_connectors, data, json=True) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["connectors"][0]["failed"] == 2
    assert await asyncio.to_thread(command.show, data, "shop", json=False) == 0
    assert "shop, Web-hook at 127.0.0.1: Works." in capsys.readouterr().out
    house.hook.answer = says()
    assert await asyncio.to_thread(command.resend, data, "shop", "c1-001", json=False) == 0
    assert "1 event goes again" in capsys.readouterr().out
    assert await asyncio.to_thread(command.resend, data, "shop", "", json=True) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"connector": "shop", "events": 1}
    await house.until_failed(0)
    with pytest.raises(Foreseen, match="not kept"):
        await asyncio.to_thread(command.resend, data, "shop", "c1-001", json=False)
