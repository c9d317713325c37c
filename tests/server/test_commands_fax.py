"""`fax`: the lists, one fax with all that happened to it, and deeds that the running server does."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fax.model import State
from server.cli import app
from server.commands import fax as command
from server.terminal import Foreseen
from tests.fax.house import FakeLine
from tests.server.fax_data import CAME, GOES, fax_server, fill


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return fill(tmp_path)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param([], ["cc44", "aa22", "aa11", "bb33", "cc55", "dd66"], id="all, the newest first"),
        pytest.param(["--received"], ["aa22", "aa11", "bb33"], id="that came"),
        pytest.param(["--sent"], ["cc44", "cc55", "dd66"], id="that go out"),
        pytest.param(["--box", "support"], ["aa22", "dd66"], id="of a box"),
        pytest.param(["--state", "open"], ["aa11"], id="open"),
        pytest.param(["--state", "handled"], ["aa22"], id="handled"),
        pytest.param(["--received", "--state", "failed"], ["bb33"], id="of which nothing came"),
        pytest.param(["--state", "under-way"], ["cc44"], id="under way"),
        pytest.param(["--state", "sent"], ["cc55"], id="sent"),
        pytest.param(["--sent", "--state", "not-sent"], ["dd66"], id="not sent"),
        pytest.param(["--search", "60000001"], ["aa11", "bb33"], id="by the number"),
        pytest.param(["--search", "jonas", "--state", "sent"], ["cc55"], id="by the name"),
        pytest.param(["--search", "elephant"], [], id="none"),
    ],
)
def test_the_list_holds_what_was_asked_for(data: Path, asked: list[str], found: list[str]) -> None:
    said = CliRunner().invoke(app, ["fax", "list", "--data", str(data), "--json", *asked])
    assert said.exit_code == 0
    listed = json.loads(said.output)
    assert [fax["id"][:4] for fax in listed["faxes"]] == found
    assert (listed["timezone"], listed["more"]) == ("Europe/Vilnius", False)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        pytest.param(["--state", "lost"], "--state is one of open, handled, failed, under-way, sent", id="none"),
        pytest.param(["--sent", "--state", "failed"], "--state with --sent is one of under-way, sent", id="of others"),
    ],
)
def test_a_list_of_nothing_known_is_refused(data: Path, asked: list[str], told: str) -> None:
    said = CliRunner().invoke(app, ["fax", "list", "--data", str(data), *asked])
    assert isinstance(said.exception, Foreseen) and str(said.exception).startswith(told)


def test_the_list_is_a_table_by_the_clock_of_the_site(data: Path) -> None:
    said = CliRunner().invoke(app, ["fax", "list", "--data", str(data)]).stdout
    heads, *rows = said.splitlines()
    assert heads.split() == ["Time", "Way", "Box", "Number", "Pages", "State", "Who", "Fax"]
    assert "\x1b" not in said
    assert [" ".join(row.split()) for row in rows] == [
        "2026-11-24 12:00 out billing +37060000007 Jonas 0 of 5 waiting alice cc4400000000",
        "2026-11-24 11:00 in support withheld \ufffd[2Jx 1 handled, broke off bob aa2200000000",
        "2026-11-24 10:00 in billing +37060000001 Ona 2 new aa1100000000",
        "2026-11-24 09:00 in billing +37060000001 Ona 0 nothing came bb3300000000",
        "2026-11-24 08:00 out billing +37060000007 Jonas 5 sent alice cc5500000000",
        "2026-11-24 07:00 out support +37060000007 Jonas 0 of 5 not sent alice dd6600000000",
    ]
    assert CliRunner().invoke(app, ["fax", "list", "--data", str(data), "--box", "x"]).stdout == "no faxes\n"


def test_a_list_says_that_it_goes_on(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "MOST", 2)
    assert command.list_faxes(data, None, None, "all", "", json=False) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 3 and "there are older ones" in told.err


@pytest.mark.parametrize(
    ("id_", "told"),
    [
        pytest.param(
            "aa11",
            [
                f"Fax {CAME.id}, new",
                "It came for billing from +37060000001 Ona on 2026-11-24 at 10:00:00 (Europe/Vilnius).",
                "2 pages, fine, 14400 bit/s, errors corrected, 0:41 on the line",
                "The other machine calls itself SENDER 1",
                "Facts: intent: invoice",
                "Tuesday 24 November 2026:",
                "  10:00:00  received",
                "Wednesday 25 November 2026:",
                "  10:00:00  note by bob: call \ufffd[2Jtoday",
            ],
            id="received",
        ),
        pytest.param("bb33", ["No page came through: no page. Ask the sender to send it again."], id="nothing came"),
        pytest.param(
            "cc44",
            [
                f"Fax {GOES.id}, waiting",
                "It goes from billing to +37060000007 Jonas, ordered by alice on 2026-11-24 at 12:00:00 (",
                "Subject: Offer",
                "Attempt 1: busy (the number is busy). The next try begins at once.",
                "Attempt 1, 2026-11-24 12:00:00: busy (the number is busy)",
                "  12:00:00  ordered by alice",
                "  12:00:09  busy: attempt 1: the number is busy",
            ],
            id="goes out",
        ),
        pytest.param("dd66", ["The fax was not delivered. It was never called out."], id="not sent"),
    ],
)
def test_a_fax_is_shown_with_its_ledger(
    data: Path, id_: str, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.show(data, id_, json=False) == 0
    said = capsys.readouterr().out
    assert [line for line in told if line not in said] == []
    assert "\x1b" not in said


def test_a_fax_is_shown_to_machines(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.show(data, "cc44", json=True) == 0
    shown = json.loads(capsys.readouterr().out)
    assert sorted(shown) == ["attempts", "deliveries", "fax", "ledger", "next_try"]
    fax = shown["fax"]
    assert (fax["direction"], fax["state"], fax["of"], fax["at"]) == ("out", "waiting", 5, "2026-11-24T12:00:00+02:00")
    assert [(attempt["number"], attempt["result"]) for attempt in shown["attempts"]] == [(1, "busy")]
    assert [step["what"] for step in shown["ledger"]] == ["ordered", "calling", "busy"]


@pytest.mark.parametrize(
    ("id_", "told"),
    [
        pytest.param("aa", "several faxes begin so: aa1100000000, aa2200000000", id="two begin so"),
        pytest.param("ee", "there is no such fax; try `fax list`", id="none"),
        pytest.param("%", "there is no such fax", id="a letter of SQL"),
    ],
)
@pytest.mark.parametrize("deed", ["show", "resend", "cancel"])
def test_which_fax(data: Path, deed: str, id_: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert getattr(command, deed)(data, id_, json=False) == 1
    assert told in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("asked", [["resend", "aa11"], ["cancel", "cc44"]], ids=" ".join)
def test_deeds_need_the_running_server(data: Path, asked: list[str]) -> None:
    said = CliRunner().invoke(app, ["fax", *asked, "--data", str(data)])
    assert isinstance(said.exception, Foreseen)
    assert "start it with ./switchroom up" in str(said.exception)


async def test_a_received_fax_goes_to_its_receivers_again(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with fax_server(tmp_path) as room:
        id_ = await room.keep()
        await room.steps(id_, "delivered", 2)
        assert await asyncio.to_thread(lambda: command.resend(tmp_path, id_[:12], json=False)) == 0
        await room.steps(id_, "delivered", 4)
        assert room.road.receivers == ["billing@acme.example", "/srv/faxes"] * 2
        by = {step.what: step.by for step in await room.service.ledger(id_)}
        assert by["delivery asked for again"] == "command line"
        with pytest.raises(Foreseen, match="it is not under way: received"):
            await asyncio.to_thread(lambda: command.cancel(tmp_path, id_, json=False))
    assert "It goes to the receivers of billing again" in capfd.readouterr().out


async def test_a_sent_fax_is_sent_again_as_a_new_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with fax_server(tmp_path) as room:
        first = await room.becomes((await room.order()).id, State.SENT)
        assert await asyncio.to_thread(lambda: command.resend(tmp_path, first.id, json=True)) == 0
        (line,) = [line for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
        said = json.loads(line)
        assert said["of"] == first.id != said["fax"]
        assert (await room.becomes(said["fax"], State.SENT)).sent_by == "command line"
        # What came of it is found like any other.
        assert await asyncio.to_thread(lambda: command.resend(tmp_path, said["fax"], json=False)) == 0
    assert "It is sent again, as fax " in capfd.readouterr().out


async def test_a_fax_under_way_is_cancelled(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    line = FakeLine(held=asyncio.Event())
    async with fax_server(tmp_path, line=line) as room:
        waits = await room.order(send_at=room.clock.now() + timedelta(hours=1))
        await room.becomes(waits.id, State.WAITING)
        assert await asyncio.to_thread(lambda: command.cancel(tmp_path, waits.id, json=False)) == 0
        assert (await room.service.get(waits.id)).state is State.CANCELLED
        on_the_line = await room.order()
        await asyncio.wait_for(line.ringing.wait(), 30)
        assert await asyncio.to_thread(lambda: command.cancel(tmp_path, on_the_line.id, json=False)) == 0
        assert (await room.becomes(on_the_line.id, State.CANCELLED)).why == "ended by a person"
    said = capfd.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("It")] == [
        "It is cancelled.",
        "Its call is being ended; `fax show` tells how far it came.",
    ]
