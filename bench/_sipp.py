"""SIPp as a crowd of callers: brought in without root, one scenario, and what became of the calls.

Owns the program and its scenario. Knows nothing of what answers.
"""

from __future__ import annotations

import asyncio
import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pbx.debian import unpack

SUITE: Final = "sid"
#: Where the carrier's calls come from, see `pbx: trunk:` of the site.
ADDRESS: Final = "127.0.0.2"
#: Seconds after the answer at which the caller presses 1: in the middle of the menu.
KEY_AFTER: Final = 0.4

_SCENARIO = f"""<?xml version="1.0" encoding="UTF-8"?>
<scenario name="one key">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+370600[call_number]@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:bench@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 0 96
a=rtpmap:0 PCMU/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-11
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="183" optional="true"/>
  <recv response="200" rrs="true" timeout="8000"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:+370600[call_number]@[local_ip]:[local_port]>;tag=[call_number]
[last_To:]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <pause milliseconds="{round(KEY_AFTER * 1000)}"/>
  <nop><action><exec play_dtmf="1"/></action></nop>
  <recv request="BYE" timeout="10000"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
"""


@dataclass(frozen=True)
class Served:
    """What became of a crowd: calls that went right and wrong, and in how many seconds."""

    good: int
    bad: int
    seconds: float


@dataclass(frozen=True)
class Sipp:
    """A SIPp that can be started: its command and a folder for what it writes."""

    command: tuple[str, ...]
    folder: Path

    @classmethod
    async def bring_in(cls, cache: Path, folder: Path) -> Sipp:
        """Bring the program into the cache, if it is not there. Raises a BringInError."""
        root = cache / "sipp"
        await unpack(["sip-tester"], suite=SUITE, into=root, progress=lambda _: None)
        return await asyncio.to_thread(cls._of, root, folder)

    @classmethod
    def _of(cls, root: Path, folder: Path) -> Sipp:
        root = root.absolute()  # it is started in another folder
        (folder / "scenario.xml").write_text(_SCENARIO)
        loader = next(root.glob("usr/lib*/ld-linux*"), None) or next(root.glob("usr/lib/*/ld-linux*"))
        libraries = next(root.glob("usr/lib/*/libc.so.6")).parent
        return cls((str(loader), "--library-path", str(libraries), str(root / "usr/bin/sipp")), folder)

    async def call(self, server: str, number: str, *, rate: float, calls: int, deadline: float) -> Served:
        """Place so many calls at this rate, and wait until all are over. Raises TimeoutError and RuntimeError."""
        figures = self.folder / f"{number}.csv"
        await asyncio.to_thread(figures.unlink, missing_ok=True)
        process = await asyncio.create_subprocess_exec(
            *self.command, server, "-sf", "scenario.xml", "-s", number, "-i", ADDRESS, "-mi", ADDRESS,
            "-r", str(rate), "-m", str(calls), "-l", str(calls), "-nostdin", "-timeout", str(round(deadline)),
            "-trace_stat", "-stf", figures.name, "-fd", "1", "-rtp_payload", "0",
            cwd=self.folder,
            env={**os.environ, "TERM": "xterm"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(deadline + 5.0):
                _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if not figures.exists():
            raise RuntimeError(f"SIPp wrote no figures: {said.decode(errors='replace')[-300:]}")
        return await asyncio.to_thread(_read, figures)


def _read(figures: Path) -> Served:
    with figures.open(newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    hours, minutes, seconds = last["ElapsedTime(C)"].split(":")[:3]
    elapsed = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return Served(int(last["SuccessfulCall(C)"]), int(last["FailedCall(C)"]), elapsed)
