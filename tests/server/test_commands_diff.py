"""`diff` and `backtest`: what they print and how they end, for folders and for versions that were published."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.load import require_site
from config.versions.store import VersionStore
from server.commands import backtest, diff
from server.terminal import Foreseen
from tests.callrouter.backtest_calls import told
from tests.server.data_folders import data_folder

SITE = """\
company: {name: Acme, timezone: Europe/Vilnius}
numbers: {"+370 5 200 0000": {menu: main}}
menus:
  main: {say: {en: Press 1 or 2.}, keys: {1: billing, 2: sales}, silence: {go: sales}, mistake: {go: sales}}
departments: {billing: {mailbox: b@acme.example}, sales: {}}
people: {alice: {name: Alice Doe, phone: 101, departments: [billing, sales]}}
mail: {server: mail.acme.example, sender: a@acme.example}
"""
OTHER = SITE.replace("1: billing", "1: sales")
SAID = "key 1 of the menu main now leads to the department sales instead of the department billing"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with two publications (the second is in force) and three calls of this hour."""
    folder = tmp_path_factory.mktemp("data")
    store = VersionStore(folder / "site")
    for number, text in enumerate((OTHER, SITE)):
        draft = folder / f"draft{number}"
        draft.mkdir()
        (draft / "site.yaml").write_text(text)
        version = store.keep(draft, require_site(draft))
        store.publish(version, who="admin", why="", at=datetime.now(UTC), expected=number)
    site, now = require_site(folder / "draft1"), datetime.now(UTC)
    calls = [
        asyncio.run(told(site, keys, call=f"17-{n}", at=now - timedelta(minutes=9)))[0]
        for n, keys in enumerate(("1", "2", ""))
    ]
    return data_folder(folder, *calls)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site.yaml").write_text(SITE)
    return tmp_path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    (folder / "site.yaml").write_text(OTHER)
    return folder


def test_two_folders_in_words(site: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff.run(str(site), str(other), None, text=False, json=False) == 1
    assert capsys.readouterr().out == f"Menus:\n  {SAID}\n"
    assert diff.run(str(site), str(site), None, text=False, json=False) == 0
    assert "nothing changed" in capsys.readouterr().out


def test_as_text_and_as_json(site: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff.run(str(site), str(other), None, text=True, json=False) == 1
    assert capsys.readouterr().out.splitlines()[:2] == ["--- a/site.yaml", "+++ b/site.yaml"]
    assert diff.run(str(site), str(other), None, text=False, json=True) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(change["area"], change["kind"], change["text"]) for change in found["changes"]] == [
        ("menus", "changed", SAID)
    ]
    assert found["changes"][0]["path"] == ["menus", "main", "keys", "1", "go"]


def test_only_written_otherwise(site: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (other / "site.yaml").write_text(f"# The same.\n{SITE}")
    assert diff.run(str(site), str(other), None, text=False, json=False) == 0
    assert "say the same" in capsys.readouterr().out
    assert diff.run(str(site), str(other), None, text=True, json=False) == 1


def test_a_recording_that_sounds_different(site: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, sound in ((site, b"one"), (other, b"two")):
        (folder / "site.yaml").write_text(SITE.replace("say: {en: Press 1 or 2.}", "play: hello"))
        (folder / "recordings" / "en").mkdir(parents=True)
        (folder / "recordings" / "en" / "hello.ulaw").write_bytes(sound)
    assert diff.run(str(site), str(other), None, text=False, json=False) == 1
    assert "the recording hello in English sounds different now" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [("published", "2", 0), ("1", "2", 1), ("1", "published", 1), ("draft0", None, 1), ("draft1", None, 0)],
)
def test_versions_that_were_published(
    data: Path, first: str, second: str | None, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    first = str(data / first) if first.startswith("draft") else first
    assert diff.run(first, second, data, text=False, json=False) == status
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("first", "second", "with_data", "said"),
    [
        ("nowhere", "2", False, "no folder nowhere"),
        ("9", "2", True, "`versions` lists"),
        ("1", None, False, "add --data DIR"),
    ],
)
def test_what_is_not_there(data: Path, first: str, second: str | None, with_data: bool, said: str) -> None:
    with pytest.raises(Foreseen, match=said):
        diff.run(first, second, data if with_data else None, text=False, json=False)


def test_variables_that_are_set_for_the_server_only(
    site: Path, other: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, keep in ((site, 30), (other, 60)):
        boxes = f'mailboxes: {{billing: {{pin: "${{ENV:NOBODYS_PIN}}", keep: {keep}d}}}}\n'
        (folder / "site.yaml").write_text(SITE + boxes)
    assert diff.run(str(site), str(other), None, text=False, json=False) == 1
    said = "messages of the mailbox billing are kept for 60 days instead of 30"
    assert capsys.readouterr().out == f"Mailboxes:\n  {said}\n"


def test_a_site_that_cannot_be_used(site: Path, other: Path) -> None:
    (other / "site.yaml").write_text("company: 1\n")
    with pytest.raises(Foreseen, match=r"cannot be used: .*site\.yaml:1:"):
        diff.run(str(site), str(other), None, text=False, json=False)


def test_a_back_test(data: Path, other: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backtest.run(other, data, 7, "", listed=True, json=False) == 0
    out = capsys.readouterr().out
    assert "1 of 3 calls would have ended elsewhere than by publication 2" in out
    assert "1  main, key 1: department sales instead of department billing" in out
    assert out.splitlines()[-1].split()[-1] == "17-0"
    assert backtest.run(other, data, 7, "1", listed=False, json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["calls"], found["elsewhere"], found["same"], found["not_known"]) == (3, 0, 3, 0)


def test_days_that_are_none(data: Path, other: Path) -> None:
    with pytest.raises(Foreseen, match="--days is"):
        backtest.run(other, data, 0, "", listed=False, json=False)
