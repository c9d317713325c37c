"""The demo is the promise of the README: a command that ends with 0 only if the phones confirm the journal."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from server.demo.scenes import ALL
from tests.asterisk.house import ROOT

pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(240)]


async def test_the_demo_ends_with_every_call_where_it_should_be(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server", "demo", "--once", "--json", "--data", str(tmp_path / "data"),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(220):
        out, err = await process.communicate()
    result = json.loads(out.decode().splitlines()[-1])
    assert result["faults"] == {}
    assert (process.returncode, result["ok"]) == (0, True), err.decode()[-2000:]
    assert result["asterisk"].startswith("22.")
    assert len(result["calls"]) == len(ALL) == 14
    fields = {"id", "from", "to", "keys", "path", "facts", "destination", "answered_by", "outcome", "abandoned_in"}
    assert all(fields | {"wait_s", "talk_s"} == set(call) for call in result["calls"])
    outcomes = {call["outcome"] for call in result["calls"]}
    assert outcomes == {"answered", "abandoned", "closed", "unknown_number", "voicemail"}
    assert {call["abandoned_in"] for call in result["calls"]} == {None, "menu", "queue", "voicemail"}
    (mail,) = result["mails"]
    assert set(mail) == {"to", "subject", "transcript", "attachments"}
    assert mail["to"] == "billing@acme.example"
    assert "Message Mia" in mail["subject"]
    assert "invoice" in mail["transcript"].lower()
    assert [Path(name).suffix for name in mail["attachments"]] in ([".wav"], [".mp3"])
