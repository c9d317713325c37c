"""A fax machine behind the carrier, for the demo and the benchmark: a second Asterisk, at the trunk's own address.

It shares nothing with ours but the program: another process, other ports, folder and secrets. It is reached by SIP and
by RTP or T.38 only, so a fax to or from it is a real call over the trunk. Owns that machine and what lies in it; what
becomes of a fax on our side it does not know.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import Final

from callrouter.ami.asterisk_pbx import AsteriskPbx
from callrouter.ami.events import ChannelHungUp, OriginateEnded
from callrouter.ami.port import Notice, PbxFound
from callrouter.ami.requests import DialplanPlace, OriginateRequest
from pbx.errors import StartFailed
from pbx.plan import PbxPlan, free_ports
from pbx.render import write_whole
from pbx.secrets import Secrets
from pbx.supervisor import Asterisk
from server.telephone import Telephone

#: Two of the machine's numbers: this one takes and sends faxes as sound in G.711, that one as data by T.38. So do those
#: that differ in the last two digits.
SOUND: Final = "+37060000101"
DATA: Final = "+37060000201"
#: How long the machine may take to start, how long it lets others ring, and how long it takes to hang up; seconds.
START: Final = 20.0
RING: Final = 30.0
STOP: Final = 1.0
#: A port where nobody listens: there is no Switchroom behind this Asterisk.
_NOBODY: Final = 9

_DIALPLAN: Final = """
; What follows makes a fax machine of this Asterisk.
[switchroom-trunk](+)
exten => _+370600001XX,1,Gosub(fax-machine,station,1(${{EXTEN}}))
 same => n,Answer()
 same => n,ReceiveFAX({folder}/${{EXTEN}}.tif,F)
 same => n,Hangup()
exten => _+370600002XX,1,Gosub(fax-machine,station,1(${{EXTEN}}))
 same => n,Answer()
 same => n,ReceiveFAX({folder}/${{EXTEN}}.tif,f)
 same => n,Hangup()

[fax-machine]
exten => station,1,Set(FAXOPT(localstationid)=${{ARG1}})
 same => n,Return()
exten => _+370600001XX,1,Gosub(station,1(${{EXTEN}}))
 same => n,SendFAX({folder}/${{FILE}},F)
 same => n,Hangup()
exten => _+370600002XX,1,Gosub(station,1(${{EXTEN}}))
 same => n,SendFAX({folder}/${{FILE}},f)
 same => n,Hangup()
"""


def line_of(number: str, place: int) -> str:
    """Return another of the machine's numbers that works as this one does, by a place up to 99."""
    return f"{number[:-2]}{place:02}"


class NotAnswered(Exception):
    """Nobody answered the machine's call."""


@dataclass(frozen=True)
class FaxMachine:
    """Sends and receives; use from one event loop."""

    link: AsteriskPbx
    folder: Path

    def received(self, number: str) -> Path:
        """Return where the last fax to one of the machine's numbers lies, if there was one."""
        return self.folder / f"{number}.tif"

    async def send(self, file: Path, to: str, *, number: str, name: str = "") -> None:
        """Call somebody from one of the machine's numbers, send a TIFF, and return when the call is over.

        How much of it went through, only the other side's word tells. Raises NotAnswered, and AmiError.
        """
        id_ = f"sends-{token_hex(8)}"
        await asyncio.to_thread(shutil.copyfile, file, self.folder / f"{id_}.tif")
        over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def hear(notice: Notice) -> None:
            match notice:
                case ChannelHungUp(channel=channel) if channel.uniqueid == id_ and not over.done():
                    over.set_result(True)
                case OriginateEnded(channel_id=call, answered=False) if call == id_ and not over.done():
                    over.set_result(False)
                case _:
                    pass

        stop = self.link.subscribe(hear)
        try:
            await self.link.originate(
                OriginateRequest(
                    channel_id=id_,
                    destination=f"PJSIP/{to}@trunk",
                    place=DialplanPlace("fax-machine", number),
                    ring_seconds=RING,
                    caller_number=number,
                    caller_name=name,
                    variables=(("FILE", f"{id_}.tif"),),
                )
            )
            if not await over:
                raise NotAnswered
        finally:
            stop()

    async def quiet(self) -> None:
        """Wait until no call is on the machine's lines: only then is a received file written to its end."""
        ended = asyncio.Event()
        stop = self.link.subscribe(lambda notice: ended.set() if isinstance(notice, ChannelHungUp) else None)
        try:
            while (await self.link.state()).channels:
                await ended.wait()
                ended.clear()
        finally:
            stop()


@asynccontextmanager
async def fax_machine(ours: Asterisk) -> AsyncIterator[FaxMachine]:
    """Run a machine at the trunk's address of our Asterisk, and lead the trunk there, until the end of the block.

    Raises PbxError.
    """
    with tempfile.TemporaryDirectory(prefix="switchroom-fax-machine-", ignore_cleanup_errors=True) as folder:
        plan = await asyncio.to_thread(_plan, ours.plan)
        asterisk = Asterisk(ours.installation, plan, Path(folder) / "asterisk", dies_with_us=True)
        await asterisk.start()
        try:
            papers = Path(folder) / "papers"
            await asyncio.to_thread(_furnish, asterisk.places.folder, papers)
            await asterisk.reload("pbx_config.so")
            await ours.reconfigure(replace(ours.plan, trunk_port=plan.ports.sip))
            async with _linked(asterisk) as link:
                yield FaxMachine(link, papers)
        finally:
            await asterisk.stop(graceful=STOP)


def _plan(ours: PbxPlan) -> PbxPlan:
    """Plan the other end of our trunk: its address is our trunk's, its trunk leads to us. Blocks."""
    secrets = Secrets()
    return PbxPlan(
        phones=(),
        ports=free_ports(address=ours.trunk_address),
        agi_port=_NOBODY,
        agi_token=secrets.agi_token,
        ami_secret=secrets.ami,
        ami_originate_secret=secrets.ami_originate,
        trunk_address=ours.bind_address,
        trunk_port=ours.ports.sip,
        bind_address=ours.trunk_address,
    )


def _furnish(configuration: Path, papers: Path) -> None:
    papers.mkdir()
    file = configuration / "extensions.conf"
    write_whole(file, file.read_text() + _DIALPLAN.format(folder=papers))


@asynccontextmanager
async def _linked(asterisk: Asterisk) -> AsyncIterator[AsteriskPbx]:
    plan = asterisk.plan
    link = Telephone(asterisk, Secrets(plan.agi_token, plan.ami_secret, plan.ami_originate_secret)).link()
    found = asyncio.Event()
    link.subscribe(lambda notice: found.set() if isinstance(notice, PbxFound) else None)
    ears = asyncio.create_task(link.run(), name="ami of the fax machine")
    try:
        try:
            async with asyncio.timeout(START):
                await found.wait()
        except TimeoutError:
            raise StartFailed("the fax machine's manager interface does not answer") from None
        yield link
    finally:
        link.stop()
        ears.cancel()
        await asyncio.gather(ears, return_exceptions=True)
