"""`customers`: a dry run that changes nothing, export, find and show on a data folder; an import by a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_bridge.model import Details, Phone
from server.commands import customers as command
from server.commands.customers import Wish
from server.terminal import Foreseen
from server.web.app import serving_parts
from tests.crm_bridge.web.import_house import ImportOffice, import_office

ONA = "+37060000001"
TEXT = f"Wer,Was\nOna,{ONA}\nJonas,8 600 00002\nJonas,8 600 00002\n,\n,x\n"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ImportOffice]:
    async with import_office(tmp_path) as opened:
        await opened.room.files.add(Details("Ona", phones=(Phone("", ONA),), tags=("vip",)), "sue")
        yield opened


def wish_of(folder: Path, **more: str) -> Wish:
    path = folder / "people.txt"
    path.write_text(TEXT)
    return Wish(path, columns=("1=name", "2=phone|mobile"), header="yes", **more)


def said(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    # The server is in this process here, and what it logs comes before.
    found: dict[str, object] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return found


async def test_a_dry_run_says_what_would_come(
    house: ImportOffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = wish_of(tmp_path)
    assert await asyncio.to_thread(command.import_file, tmp_path, wish, dry_run=True, json=True) == 1
    told = said(capsys)
    one = told["import"]
    assert isinstance(one, dict)
    assert {name: one[name] for name in ("rows", "added", "joined", "left_out", "refused")} == {
        "rows": 4,
        "added": 1,
        "joined": 0,
        "left_out": 2,
        "refused": 1,
    }
    assert one["columns"] == ["1=name", "2=phone|mobile"]
    assert [customer.name for customer in await house.room.customers.search("jonas")] == []


async def test_by_the_server_it_is_seen_through(
    house: ImportOffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wish = wish_of(tmp_path, rule="join")
    with pytest.raises(Foreseen, match="no server runs"):
        await asyncio.to_thread(command.import_file, tmp_path, wish, dry_run=False, json=True)
    async with serving_parts(house.office.parts, house.office.accounts, "127.0.0.1", 0):
        assert await asyncio.to_thread(command.import_file, tmp_path, wish, dry_run=False, json=True) == 1
        told = said(capsys)
        one, refused = told["import"], told["refused"]
        assert isinstance(one, dict) and isinstance(refused, list)
        assert (one["state"], one["added"], one["left_out"], [row["row"] for row in refused]) == ("done", 1, 2, [6])
        assert await asyncio.to_thread(command.import_file, tmp_path, wish, dry_run=False, json=False) == 1
        assert "done: 0 added, 0 joined, 3 left out, 1 refused" in capsys.readouterr().out


async def test_found_shown_and_exported(
    house: ImportOffice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(command.find, tmp_path, "600 00001", json=True) == 0
    found = said(capsys)["customers"]
    assert isinstance(found, list)
    (ona,) = found
    assert (ona["name"], ona["numbers"]) == ("Ona", [ONA])
    assert await asyncio.to_thread(command.find, tmp_path, "nobody", json=False) == 1
    assert await asyncio.to_thread(command.show, tmp_path, ona["id"], json=False) == 0
    assert "added by sue" in capsys.readouterr().out
    assert [look.by for look in await house.room.privacy.lookers(ona["id"])] == ["command line"]
    assert await asyncio.to_thread(command.show, tmp_path, "x", json=False) == 1
    file = tmp_path / "out.vcf"
    assert await asyncio.to_thread(command.export_file, tmp_path, file, "", "", "vip", json=False) == 0
    assert f"tel:{ONA}" in file.read_text()
    with pytest.raises(Foreseen, match="is there already"):
        await asyncio.to_thread(command.export_file, tmp_path, file, "", "", "", json=False)


WRONG = (
    (Wish(Path("/nowhere.csv")), "not there"),
    (Wish(Path(__file__), rule="guess"), "--existing is one of"),
    (Wish(Path(__file__), columns=("x",)), "--map"),
    (Wish(Path(__file__), encoding="klingon"), "--encoding"),
)


@pytest.mark.parametrize(("wish", "why"), WRONG, ids=[why for _, why in WRONG])
def test_what_cannot_be_understood_is_said(wish: Wish, why: str, tmp_path: Path) -> None:
    with pytest.raises(Foreseen, match=why):
        command.import_file(tmp_path, wish, dry_run=False, json=False)
