"""Who is let in: the trunk by its address only, one server on a data folder, and a doctor who only looks."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from callrouter import events as ev
from pbx.softphone import Phones
from tests.asterisk.house import MAIN, ROOT, SITE, Tenant, house, tenant
from tests.asterisk.raw_sip import RawCaller

pytestmark = [pytest.mark.asterisk]


@pytest.mark.parametrize(
    ("bind", "sender", "code"),
    [
        pytest.param("127.0.0.2", b"<sip:+37060000001@127.0.0.2>", 200, id="the carrier"),
        pytest.param("127.0.0.2", b"<sip:trunk@127.0.0.2>", 200, id="the carrier by another name"),
        pytest.param("127.0.0.7", b"<sip:trunk@evil.example>", 401, id="a stranger who calls himself trunk"),
        pytest.param("127.0.0.1", b"<sip:trunk@127.0.0.1>", 401, id="a phone's address that calls itself trunk"),
        pytest.param("127.0.0.7", b"<sip:ann@127.0.0.7>", 401, id="a stranger who calls himself an operator"),
    ],
)
async def test_only_the_carriers_address_is_the_trunk(tmp_path: Path, bind: str, sender: bytes, code: int) -> None:
    async with house(tmp_path / "data") as home:
        with RawCaller(home.server, bind).open() as caller:
            caller.invite(MAIN.encode(), sender)
            assert await asyncio.to_thread(caller.answer_to, b"INVITE") == code
            if code == 200:
                await home.watch.kind(ev.CallOffered)
                await asyncio.to_thread(caller.bye)
            else:
                assert not any(isinstance(event, ev.CallOffered) for event in home.watch.events)


async def command(*words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", *words,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(120):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def a_call_works(running: Tenant, phones: Phones) -> None:
    caller = await phones.caller("+37060000001", "Jonas", server=running.server)
    call = await caller.call(MAIN)
    await call.confirmed()
    await call.hang_up()


async def test_a_second_server_is_kept_out_and_the_doctor_only_looks(tmp_path: Path) -> None:
    async with tenant(tmp_path) as running:
        before = running.server
        status, _, said = await command("up", "--site", str(SITE), "--data", str(tmp_path))
        assert status == 2
        assert "a server runs on" in said
        assert "Traceback" not in said
        status, out, said = await command("doctor", "--site", str(SITE), "--data", str(tmp_path), "--json")
        assert status == 0, out + said
        found = {check["name"]: check["ok"] for check in json.loads(out)}
        assert found["AMI events"] is True
        assert found["ledger"] is True
        assert running.server == before
        await a_call_works(running, running.phones)


@pytest.mark.parametrize("what", ["data", "journal"])
async def test_a_file_where_a_folder_should_be_is_said_in_one_sentence(tmp_path: Path, what: str) -> None:
    data = tmp_path / "data"
    if what == "data":
        data.write_text("not a folder")
    else:
        data.mkdir()
        (data / "journal").write_text("not a folder")
    status, _, said = await command("up", "--site", str(SITE), "--data", str(data))
    assert status == 2
    assert "Traceback" not in said
    assert str(data) in said
