"""`voicemail`: messages as a list, one with all that happened to it, and work that the running server does again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.database import Database
from server.cli import app
from server.commands import voicemail as command
from server.data_folder import DATABASE, write_note
from server.terminal import Foreseen
from server.web.app import serving_parts
from tests.server.data_folders import NOTE
from tests.server.web.office import open_office
from tests.voicemail.house import house
from voicemail import store
from voicemail.model import Message, Step, TextState
from voicemail.transcription.model import Word

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FIRST = Message(
    "aa11" + "0" * 28, "billing", "aa11" + "0" * 28 + ".wav", AT, AT + timedelta(days=30), 7.4,
    call="c-1", did="+37052000000", ani="+37060000001", ani_name="Ona", language="en", facts={"intent": "invoice"},
    menus=("main",), empty=False, text_state=TextState.WAITING,
)  # fmt: skip
SECOND = replace(
    FIRST, id="aa22" + "0" * 28, mailbox="support", taken_at=AT + timedelta(hours=1), ani="", ani_name="\x1b[2Jx",
    handled_at=AT, handled_by="bob", text_state=TextState.OFF,
)  # fmt: skip
SILENT = replace(FIRST, id="bb33" + "0" * 28, empty=True, text_state=TextState.OFF)
TEXT = "please send the invoice for the parcel with the blue ribbon"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def fill() -> None:
        async with await Database.open(tmp_path / DATABASE) as database, database.writing() as session:
            for message in (FIRST, SECOND, SILENT):
                await store.add(session, message)
            words = tuple(Word(text, 0.0, 1.0, 0.9) for text in TEXT.split())
            await store.put_text(session, FIRST.id, TextState.DONE, TEXT, words, "an ear")
            await store.add_step(session, FIRST.id, Step(AT, "recorded"))
            await store.add_step(session, FIRST.id, Step(AT + timedelta(seconds=2), "note", "bob", "call \x1b[2Jtoday"))

    asyncio.run(fill())
    write_note(tmp_path, NOTE)
    return tmp_path


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param([], ["aa11"], id="what is open"),
        pytest.param(["--show", "all"], ["aa22", "aa11", "bb33"], id="all, the newest first"),
        pytest.param(["--show", "empty"], ["bb33"], id="in which nobody spoke"),
        pytest.param(["--show", "all", "--mailbox", "support"], ["aa22"], id="of a mailbox"),
        pytest.param(["--search", "ribb"], ["aa11"], id="by a word's beginning"),
        pytest.param(["--search", "60000001"], ["aa11"], id="by the number"),
        pytest.param(["--search", "elephant"], [], id="none"),
    ],
)
def test_the_list_holds_what_was_asked_for(data: Path, asked: list[str], found: list[str]) -> None:
    said = CliRunner().invoke(app, ["voicemail", "list", "--data", str(data), "--json", *asked])
    assert said.exit_code == 0
    listed = [message["id"][:4] for message in json.loads(said.output)["messages"]]
    assert sorted(listed[1:]) == sorted(found[1:]) and listed[:1] == found[:1]


def test_the_list_is_a_table_by_the_clock_of_the_site(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.list_messages(data, None, "all", "", json=False) == 0
    heads, newest, *others = capsys.readouterr().out.splitlines()
    assert heads.split()[:3] == ["Time", "Mailbox", "From"]
    assert newest.split()[:4] == ["2026-11-24", "11:00", "support", "withheld"]
    assert "\x1b" not in newest
    (first,) = [line for line in others if "aa11" in line]
    assert "please send the invoice for the parcel …" in first and "0:07" in first
    assert command.list_messages(data, "nobody", "open", "", json=False) == 0
    assert capsys.readouterr().out == "no messages\n"


def test_a_message_is_shown_with_its_ledger(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.show(data, "aa11", json=False) == 0
    said = capsys.readouterr().out
    assert f"Message {FIRST.id}, new" in said
    assert "Ona +37060000001 left 0:07 for billing on 2026-11-24 at 10:00:00 (Europe/Vilnius)." in said
    assert TEXT in said
    assert "10:00:00  recorded" in said and "10:00:02  note by bob: call" in said
    assert "\x1b" not in said
    assert command.show(data, "aa11", json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["message"]["text"], shown["message"]["facts"]) == (TEXT, {"intent": "invoice"})
    assert [step["what"] for step in shown["ledger"]] == ["recorded", "note"]


@pytest.mark.parametrize(
    ("id_", "told"),
    [
        pytest.param("aa", "several messages begin so: aa1100000000, aa2200000000", id="two begin so"),
        pytest.param("cc", "there is no such message", id="none"),
        pytest.param("%", "there is no such message", id="a letter of SQL"),
    ],
)
@pytest.mark.parametrize(
    "look",
    [
        pytest.param(lambda data, id_: command.show(data, id_, json=False), id="show"),
        pytest.param(lambda data, id_: command.transcribe(data, id_, again=False), id="transcribe"),
    ],
)
def test_which_message(
    data: Path, look: Callable[[Path, str], int], id_: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert look(data, id_) == 1
    assert told in " ".join(capsys.readouterr().err.split())


def test_what_has_its_text_is_not_transcribed_by_mistake(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.transcribe(data, "aa11", again=False) == 1
    assert "--again" in capsys.readouterr().err


@pytest.mark.parametrize("asked", [["transcribe", "aa11", "--again"], ["resend", "aa11"]], ids=" ".join)
def test_deeds_need_the_running_server(data: Path, asked: list[str]) -> None:
    said = CliRunner().invoke(app, ["voicemail", *asked, "--data", str(data)])
    assert isinstance(said.exception, Foreseen)
    assert "start it with ./switchroom up" in str(said.exception)


def test_a_list_of_nothing_known_is_refused(data: Path) -> None:
    with pytest.raises(Foreseen, match="--show is one of open, handled, empty, deleted, all"):
        command.list_messages(data, None, "new", "", json=False)


async def test_the_running_server_does_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with open_office(tmp_path) as office, house(office.parts.database, tmp_path, works=False) as mail:
        parts = replace(office.parts, voicemail=mail.voicemail, deliveries=mail.deliveries, spool=mail.spool)
        id_ = await mail.keep()
        async with serving_parts(parts, office.accounts, "127.0.0.1", 0):
            assert await asyncio.to_thread(command.act, tmp_path, id_, "resend") == 0
            assert await asyncio.to_thread(lambda: command.transcribe(tmp_path, id_[:12], again=False)) == 0
            with pytest.raises(Foreseen, match="no such message"):
                await asyncio.to_thread(command.act, tmp_path, "ffff", "resend")
        steps = [(step.what, bool(step.by)) for step in await mail.voicemail.ledger(id_)]
        assert steps[-2:] == [("mail asked for again", True), ("transcription asked for", True)]
    assert "`voicemail show` tells when it was" in capfd.readouterr().out
