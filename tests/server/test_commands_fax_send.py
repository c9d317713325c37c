"""`fax send`: what is refused before and by the server, what is queued, and waiting for the end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.schema import Site
from fax.documents.model import Resolution
from fax.model import Asked, CoverNote, Direction, State
from fax.orders import LARGEST
from server.cli import app
from server.commands import fax_send as command
from server.commands.fax_send import Wish
from server.local_server import ADDRESS_FILE, TOKEN_FILE
from server.terminal import Foreseen
from tests.fax.house import SITE, FakeLine, House, Over
from tests.server.data_folders import NOTE
from tests.server.fax_data import GOES, fax_server, fill, publish

ROOT = Path(__file__).parents[2]
NUMBER = "+370 600 00007"
LETTER = b"Dear Sir,\nplease pay.\n"
ONE_BOX = SITE.model_copy(update={"faxboxes": {"billing": SITE.faxboxes["billing"]}})
NO_BOX = SITE.model_copy(update={"faxboxes": {}})


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.txt"
    path.write_bytes(LETTER)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder on which a server seems to run."""
    folder = tmp_path / "data"
    folder.mkdir()
    publish(folder, SITE)
    (folder / ADDRESS_FILE).write_text(json.dumps({"url": "http://127.0.0.1:9"}))
    (folder / TOKEN_FILE).write_text("token")
    return folder


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param(["--to", "12"], "--to is no number that can be called", id="no number"),
        pytest.param(["--resolution", "best"], "--resolution is one of standard, fine, superfine", id="resolution"),
        pytest.param(
            ["--no-cover", "--note", "hello"], "--note is written on the cover sheet", id="note without cover"
        ),
        pytest.param(["--at", "tomorrow"], '--at is a day and a time such as "2026-11-23 09:00"', id="no time"),
        pytest.param(["--at", "2026-11-23"], '--at is a day and a time such as "2026-11-23 09:00"', id="a day alone"),
    ],
)
def test_what_cannot_be_meant_is_refused_here(data: Path, letter: Path, asked: list[str], told: str) -> None:
    given = ["fax", "send", str(letter), "--data", str(data), "--from", "billing", "--to", NUMBER]
    said = CliRunner().invoke(app, [*given, *asked])
    assert isinstance(said.exception, Foreseen) and str(said.exception).startswith(told)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(None, "is not there", id="missing"),
        pytest.param("a folder", "is no file", id="a folder"),
        pytest.param(LARGEST + 1, "has 50.0 MB, and at most 50 MB can be sent", id="too large"),
        pytest.param(b"", "The file is empty.", id="empty"),
        pytest.param(b"PK\x03\x04....", "This is an office document or an archive", id="office"),
    ],
)
def test_a_document_is_looked_at_before_it_travels(
    data: Path, tmp_path: Path, content: bytes | int | str | None, told: str
) -> None:
    path = tmp_path / "document"
    match content:
        case bytes():
            path.write_bytes(content)
        case int():
            path.touch()
            os.truncate(path, content)
        case str():
            path.mkdir()
    with pytest.raises(Foreseen, match=told):
        command.send(data, Wish(path, NUMBER, "billing"), wait=False, json=False)


@pytest.mark.parametrize(
    ("site", "told"),
    [
        pytest.param(SITE, "--from billing, support or quiet", id="several"),
        pytest.param(NO_BOX, "the site has no fax box", id="none"),
        pytest.param(None, "name the fax box that it leaves from", id="the site is not known"),
    ],
)
def test_which_box_it_leaves_from(data: Path, letter: Path, site: Site | None, told: str) -> None:
    if site is None:
        (data / "attendant" / "snapshot.json").unlink()
    else:
        publish(data, site)
    with pytest.raises(Foreseen, match=told):
        command.send(data, Wish(letter, NUMBER), wait=False, json=False)


def test_it_needs_the_running_server(tmp_path: Path, letter: Path) -> None:
    with pytest.raises(Foreseen, match=r"start it with \./switchroom up"):
        command.send(tmp_path, Wish(letter, "12"), wait=False, json=False)


async def send(folder: Path, wish: Wish, **more: Any) -> int:
    return await asyncio.to_thread(lambda: command.send(folder, wish, **{"wait": False, "json": False, **more}))


async def sent(room: House) -> list[str]:
    return [fax.id for fax in (await room.service.search(Asked(Direction.OUT))).faxes]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        pytest.param({"box": "nowhere"}, "--from: You do not send from this box.", id="unknown box"),
        pytest.param({"number": "+44 20 7946 0000"}, "--to: this number is not among the numbers", id="not allowed"),
        pytest.param({"at": "2026-01-01 09:00"}, "--at: This time has gone by.", id="gone by"),
        pytest.param({"at": "2026-03-29 03:30"}, "--at: There is no such time that day", id="clocks go forward"),
        pytest.param({"confirm": ("nobody",)}, "--confirm: nobody is no mail address", id="no address"),
        pytest.param({"subject": "x" * 201}, "--subject: Write at most 200 letters.", id="too long"),
    ],
)
async def test_what_the_server_refuses_is_told_in_our_words(
    tmp_path: Path, letter: Path, wrong: dict[str, Any], told: str
) -> None:
    async with fax_server(tmp_path, works=False) as room:
        with pytest.raises(Foreseen) as refused:
            await send(tmp_path, replace(Wish(letter, NUMBER, "billing"), **wrong))
        assert str(refused.value).startswith(told)
        assert "nothing was queued" in str(refused.value)
        assert "+44" not in str(refused.value)
        assert await sent(room) == []


async def test_all_that_was_said_is_ordered(tmp_path: Path, letter: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with fax_server(tmp_path, works=False) as room:
        await asyncio.to_thread(publish, tmp_path, ONE_BOX)
        wish = Wish(
            letter, NUMBER, name="Jonas", subject="Offer", note="Please sign", resolution="superfine",
            at="2026-01-06 09:00", confirm=("a@acme.example", "b@acme.example"),
        )  # fmt: skip
        assert await send(tmp_path, wish) == 0
        (id_,) = await sent(room)
        fax = await room.service.get(id_)
        assert (fax.box, fax.number, fax.name, fax.subject) == ("billing", "+37060000007", "Jonas", "Offer")
        assert (fax.cover, fax.resolution) == (CoverNote(note="Please sign"), Resolution.SUPERFINE)
        assert fax.send_at is not None and fax.send_at.isoformat() == "2026-01-06T07:00:00+00:00"
        assert (fax.confirm, fax.sent_by) == (("a@acme.example", "b@acme.example"), "command line")
        assert await asyncio.to_thread(room.spool.path_of(fax.original).read_bytes) == LETTER
    told = f"Fax {id_} is queued from billing to +37060000007; not before 2026-01-06 09:00."
    assert told in capfd.readouterr().out


@pytest.mark.parametrize(
    ("content", "over", "status", "state", "told"),
    [
        pytest.param(b"hello", Over("sent", 1), 0, "sent", "The fax was delivered.", id="sent"),
        pytest.param(
            b"hello", Over("cancelled", why="ended by a person"), 1, "cancelled", "The fax was cancelled.", id="not"
        ),
        pytest.param(
            b"%PDF-1.4 rubbish",
            None,
            1,
            "failed",
            "The fax was not delivered. It was never called out.",
            id="unreadable",
        ),
    ],
)
@pytest.mark.parametrize("for_machines", [False, True], ids=["people", "machines"])
async def test_who_waits_is_told_how_it_ended(
    tmp_path: Path, letter: Path, content: bytes, over: Over | None, status: int, state: str, told: str,
    for_machines: bool, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    await asyncio.to_thread(letter.write_bytes, content)
    async with fax_server(tmp_path, line=FakeLine([over] if over else [])):
        assert await send(tmp_path, Wish(letter, NUMBER, "billing"), wait=True, json=for_machines) == status
    said = capfd.readouterr().out.splitlines()
    if for_machines:
        (line,) = [line for line in said if line.startswith("{")]
        assert json.loads(line)["fax"]["state"] == state
    else:
        assert [line for line in said if line.startswith(told)]


async def test_ctrl_c_ends_the_waiting_and_not_the_fax(tmp_path: Path, letter: Path) -> None:
    line = FakeLine(held=asyncio.Event())
    async with fax_server(tmp_path, line=line) as room:
        waiting = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "server.launch", "fax", "send", str(letter), "--to", NUMBER,
            "--from", "billing", "--data", str(tmp_path), "--wait",
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert waiting.stdout is not None and waiting.stderr is not None
        async with asyncio.timeout(60):
            queued = (await waiting.stdout.readline()).decode()
            while "page 1 of 1" not in (await waiting.stderr.readline()).decode():
                pass
            waiting.send_signal(signal.SIGINT)
            _, said = await waiting.communicate()
        (id_,) = await sent(room)
        assert queued == f"Fax {id_} is queued from billing to +37060000007.\n"
        assert f"fax {id_} stays queued" in said.decode() and "Traceback" not in said.decode()
        assert waiting.returncode == 130
        assert (await room.service.get(id_)).state is State.SENDING
        assert line.held is not None
        line.held.set()
        await room.becomes(id_, State.SENT)


def test_a_server_that_stays_away_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "SERVER_AWAY", 0.0)
    with pytest.raises(Foreseen, match=f"no server runs on .*; fax {GOES.id} stays queued"):
        command._wait(fill(tmp_path), NOTE, GOES.id)


def story(pages: int | None = None, of: int = 3, doing: str = "sending", next_try: str | None = None) -> dict[str, Any]:
    line = None if pages is None else {"pages": pages, "of": of, "doing": doing}
    return {"progress": line, "next_try": next_try}


@pytest.mark.parametrize(
    ("state", "tries", "told", "words", "done"),
    [
        pytest.param("preparing", 0, story(), "its pages are being made", None, id="prepared"),
        pytest.param("waiting", 0, story(), "it waits for a line", 0.0, id="no line"),
        pytest.param(
            "waiting", 0, story(next_try="2026-11-24T08:00:00Z"), "it waits until 2026-11-24 10:00", 0.0, id="its time"
        ),
        pytest.param(
            "waiting", 1, story(next_try="2026-11-24T08:00:00Z"),
            "it is tried again at 2026-11-24 10:00 (attempt 1: the number is busy)", 0.0, id="again",
        ),
        pytest.param("sending", 1, story(0, doing="calling"), "calling", 0.0, id="calling"),
        pytest.param("sending", 1, story(0), "page 1 of 3", 0.0, id="the first page"),
        pytest.param("sending", 1, story(2), "page 3 of 3", 2 / 3, id="the last page"),
        pytest.param("sending", 1, story(3), "page 3 of 3", 1.0, id="all through"),
        pytest.param("sending", 1, None, "it waits: the server does not answer", None, id="no server"),
    ],
)  # fmt: skip
def test_how_far_it_is(state: str, tries: int, told: dict[str, Any] | None, words: str, done: float | None) -> None:
    assert command.how_far(replace(GOES, state=State(state), tries=tries), told, NOTE) == (words, done)
