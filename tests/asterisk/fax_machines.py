"""Fax machines that call us: they are on the same Asterisk, and what they send comes in as from a trunk.

Works by Asterisk's console only, so that it serves a server in another process as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from config.load import require_site
from pbx.installation import default_cache
from pbx.render import layout
from server import telephone
from server.progress import silent
from server.settings import Settings
from tests.asterisk.house import PATIENT

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "fax"
STANDARD, FINE = FIXTURES / "standard-204x98-2pages.tif", FIXTURES / "fine-204x196-2pages.tif"
#: What the machines call themselves.
STATION = "+370 600 55555"

#: A machine that speaks T.38 over real SIP.
_ENDPOINT = """
[fax-machine]
type=endpoint
context=switchroom-trunk
transport=transport-udp
aors=fax-machine
from_user=fax-machine
identify_by=username
disallow=all
allow=ulaw,alaw
direct_media=no
t38_udptl=yes
t38_udptl_ec=redundancy
t38_udptl_maxdatagram=400

[fax-machine]
type=aor
contact=sip:{server}
"""

#: Gives a command to Asterisk's console.
Console = Callable[[str], Awaitable[str]]


@dataclass(frozen=True)
class Machines:
    """Any number of machines, each of which sends one fax."""

    console: Console
    server: str

    async def set_up(self, configuration: Path) -> None:
        """Let Asterisk know a machine that calls over SIP."""
        await asyncio.to_thread(_add_endpoint, configuration, self.server)
        await self.console("module reload res_pjsip.so")

    async def send(
        self, number: str, file: Path, *, over_sip: bool = False, keys: str = "", silent: float = 0.0
    ) -> None:
        """Let a machine call; once answered it is silent for so long, presses keys, and then sends.

        Over SIP the fax comes as data (T.38), else as sound.
        """
        context = f"sends-{number}{'-sip' if over_sip else ''}"
        steps = [f"Wait({silent})"] if silent else []
        steps += [f"SendDTMF({keys})", "Wait(1)"] if keys else []
        steps += [f"Set(FAXOPT(localstationid)={STATION})", f"SendFAX({file})"]
        for priority, step in enumerate(steps, 1):
            await self.console(f'dialplan add extension "s,{priority},{step}" into {context} replace')
        to = f"PJSIP/fax-machine/sip:{number}@{self.server}" if over_sip else f"Local/{number}@switchroom-trunk"
        await self.console(f"channel originate {to} extension s@{context}")

    async def hang_up(self, number: str) -> None:
        """Let the machine that called this number, with sound, hang up."""
        await put_down(self.console, number)


async def put_down(console: Console, number: str) -> None:
    """Let whoever called this number hang up, and wait until Asterisk has done it.

    It is asked again: SendFAX, too, does not notice a hang-up from before it began, and stays.
    """

    async def theirs() -> list[str]:
        lines = (await console("core show channels concise")).splitlines()
        return [line.split("!")[0] for line in lines if line.startswith(f"Local/{number}@") and ";1!" in line]

    [channel] = await theirs()
    async with asyncio.timeout(PATIENT):
        while channel in await theirs():
            await console(f"channel request hangup {channel}")
            await asyncio.sleep(0.1)


async def console_of(data: Path, site: Path) -> Console:
    """Return the console of an Asterisk that a server in another process started."""
    settings = Settings(site, data, cache=default_cache())
    installed = await telephone.installation(require_site(site), settings.cache, silent)

    async def console(command: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *installed.command, "-C", str(layout(settings.asterisk).configuration), "-rx", command,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(PATIENT):
            said, _ = await process.communicate()
        assert process.returncode == 0, said
        return said.decode()

    return console


def three_pages(folder: Path) -> Path:
    """Write a fax of three short pages. Blocks."""
    file = folder / "three.tif"
    pages = [Image.new("1", (1728, 600), 1) for _ in range(3)]
    for number, page in enumerate(pages, 1):
        ImageDraw.Draw(page).text((200, 200), f"page {number}", fill=0)
    pages[0].save(file, save_all=True, append_images=pages[1:], compression="group3", dpi=(204, 98))
    return file


def _add_endpoint(configuration: Path, server: str) -> None:
    file = next(configuration.rglob("pjsip.conf"))
    file.write_text(file.read_text() + _ENDPOINT.format(server=server))
