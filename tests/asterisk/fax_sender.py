"""A server that sends one fax, or finds out what became of one, in a process of its own that can be killed.

`send DATA NUMBER CALL` says `ringing`, `began` and `page N`. `recover DATA CALL` says what came of it, as JSON or
`null`, and before that `refused CALL` if somebody answers only now.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path

from callrouter.ami.events import ChannelStateChanged
from callrouter.ami.port import Notice
from callrouter.fax_calls import FaxCalls
from callrouter.outbound import Outbound
from ivr.agi.leg import AgiLeg
from pbx.installation import default_cache
from server.settings import Settings
from server.switchroom import Switchroom, running
from tests.asterisk.fax_far_end import OURS, STATION, add_far_end, add_numbers, write_pages

SITE = Path(__file__).parent / "site"


def say(text: str) -> None:
    print(text, flush=True)


def fax_calls(switchroom: Switchroom) -> FaxCalls:
    """Make the part under test, and show it the calls that are answered."""
    calls = FaxCalls(switchroom.link, switchroom.switchboard, switchroom.chronicle, switchroom.clock)
    theirs = Outbound.serve

    async def serve(outbound: Outbound, leg: AgiLeg, id_: str) -> None:
        if not await calls.serve(leg, id_):
            say(f"refused {id_}")
            await theirs(outbound, leg, id_)

    Outbound.serve = serve  # type: ignore[method-assign,assignment]  # this process is a test's own
    return calls


async def send(switchroom: Switchroom, number: str, call: str) -> None:
    calls = fax_calls(switchroom)
    data = switchroom.settings.data
    await add_far_end(switchroom, data)
    file = await asyncio.to_thread(write_pages, data)

    def hear(notice: Notice) -> None:
        if isinstance(notice, ChannelStateChanged) and notice.channel.uniqueid == call:
            say(notice.state.value)

    switchroom.link.subscribe(hear)

    async def began() -> None:
        say("began")

    async def look() -> None:
        pages = None
        while True:
            if pages != (pages := await calls.pages(call)):
                say(f"page {pages}")
            await asyncio.sleep(0.1)

    looking = asyncio.create_task(look())
    over = await calls.send("fax1", call, number, file, station=STATION, header="Test", shown_as=OURS, began=began)
    looking.cancel()
    say(f"over {over.result}")


async def recover(switchroom: Switchroom, call: str) -> None:
    calls = fax_calls(switchroom)
    await add_numbers(switchroom, switchroom.settings.data)
    over = await calls.recover(call)
    await calls.forget(call)
    again = await calls.recover(call)
    assert again is None, "it is forgotten"
    say(json.dumps(over and {"result": over.result, "pages": over.pages, "seconds": over.seconds, "t38": over.t38}))


async def main(what: str, data: Path, *args: str) -> None:
    settings = Settings(SITE, data, cache=default_cache(), asterisk_dies_with_us=what == "recover", drain=0.0)
    async with running(settings) as switchroom:
        with suppress(BrokenPipeError):
            await (send if what == "send" else recover)(switchroom, *args)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
