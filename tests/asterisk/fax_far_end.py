"""The other side of faxes that we send: numbers behind the trunk, on this very Asterisk, over real SIP.

The trunk leads back to Asterisk itself, where our own number is an endpoint of its own, with the dialplan below.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from PIL import Image, ImageDraw

from server.switchroom import Switchroom

#: Who we are. Faxes to DATA are asked for as T.38, all others go as sound.
OURS, STATION = "+37052110000", "+370 5 211 0000"
FAX, DATA = "+37060000100", "+37060000200"
BUSY, RINGS, WRONG, REFUSED, CONGESTED = (f"+370600003{number:02}" for number in range(5))
LISTENS, PUTS_DOWN, ANSWERS_LATE, SENDS = (f"+370600004{number:02}" for number in range(4))
#: After so many seconds another process of ours is there to hear of the answer; less than we let others ring.
LATE = 40
#: What is sent, in the folder where the faxes go.
THREE_PAGES = "three.tif"
#: A machine for each scene with a fax: only the last two digits of those differ.
_DIALPLAN = (
    "_+370600001XX,1,Answer()",
    "_+370600001XX,2,ReceiveFAX({folder}/${{EXTEN}}.tif,F)",
    "_+370600002XX,1,Answer()",
    "_+370600002XX,2,ReceiveFAX({folder}/${{EXTEN}}.tif)",
    f"{BUSY},1,Hangup(17)",
    f"{RINGS},1,Ringing()",
    f"{RINGS},2,Wait(100)",
    f"{WRONG},1,Hangup(1)",
    f"{REFUSED},1,Hangup(21)",
    f"{CONGESTED},1,Hangup(34)",
    f"{LISTENS},1,Answer()",
    f"{LISTENS},2,Wait(200)",
    f"{PUTS_DOWN},1,Answer()",
    f"{PUTS_DOWN},2,Wait(3)",
    f"{ANSWERS_LATE},1,Ringing()",
    f"{ANSWERS_LATE},2,Wait({LATE})",
    f"{ANSWERS_LATE},3,Answer()",
    f"{ANSWERS_LATE},4,ReceiveFAX({{folder}}/${{{{EXTEN}}}}.tif,F)",
    f"{SENDS},1,Answer()",
    f"{SENDS},2,SendFAX({{folder}}/{THREE_PAGES})",
)
_ENDPOINT = """
[{ours}]
type=endpoint
context=far-end
transport=transport-udp
identify_by=username
disallow=all
allow=ulaw,alaw
direct_media=no
t38_udptl=yes
t38_udptl_ec=redundancy
t38_udptl_maxdatagram=400
"""


async def add_far_end(switchroom: Switchroom, folder: Path) -> None:
    """Let the trunk lead to numbers that leave their faxes in a folder."""
    await asyncio.to_thread(_write, switchroom)
    await switchroom.telephone.asterisk.cli("module reload res_pjsip.so")
    await add_numbers(switchroom, folder)


async def add_numbers(switchroom: Switchroom, folder: Path) -> None:
    """Say what the numbers do; a process of ours that takes Asterisk over makes it forget that."""
    for line in _DIALPLAN:
        await switchroom.telephone.asterisk.cli(f"dialplan add extension {line.format(folder=folder)} into far-end")


def _write(switchroom: Switchroom) -> None:
    file = next(switchroom.settings.asterisk.rglob("pjsip.conf"))
    text = file.read_text()
    away = f"contact=sip:{switchroom.site.pbx.trunk}:5060"
    assert away in text
    server = f"127.0.0.1:{switchroom.telephone.plan.ports.sip}"
    file.write_text(text.replace(away, f"contact=sip:{server}") + _ENDPOINT.format(ours=OURS))


def write_pages(folder: Path) -> Path:
    """Write a fax of three short pages. Blocks."""
    file = folder / THREE_PAGES
    pages = [Image.new("1", (1728, 600), 1) for _ in range(3)]
    for number, page in enumerate(pages, 1):
        ImageDraw.Draw(page).text((200, 200), f"page {number}", fill=0)
    pages[0].save(file, save_all=True, append_images=pages[1:], compression="group3", dpi=(204, 98))
    return file
