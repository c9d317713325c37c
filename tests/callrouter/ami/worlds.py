"""The other side of a PBX under test, alike for the one in memory and the one on a real socket."""

from __future__ import annotations

from typing import Protocol

from callrouter.ami.events import (
    ChannelRef,
    PhoneState,
)
from callrouter.ami.fake import FakePbx

from .ami_server import AmiServer, error, message


class World(Protocol):
    """What a test can make happen on the other side."""

    def call_comes(self, name: str, uniqueid: str) -> None: ...

    def call_ends(self, uniqueid: str) -> None: ...

    def phone_idle(self, phone: str) -> None: ...

    def originate_fails(self, channel_id: str) -> None: ...

    def asked(self) -> list[str]: ...

    def lamps(self) -> dict[str, str]: ...

    def fax_is_at(self, channel: str, pages: int) -> None: ...

    def words(self) -> dict[str, str]: ...

    def has_no_lamps(self) -> None: ...

    async def cut(self) -> None: ...

    async def mend(self) -> None: ...


class FakeWorld:
    def __init__(self, pbx: FakePbx) -> None:
        self._pbx = pbx
        self._calls: dict[str, ChannelRef] = {}

    def call_comes(self, name: str, uniqueid: str) -> None:
        self._calls[uniqueid] = self._pbx.channel_appears(name, uniqueid=uniqueid)

    def call_ends(self, uniqueid: str) -> None:
        self._pbx.channel_ends(self._calls[uniqueid])

    def phone_idle(self, phone: str) -> None:
        self._pbx.phone_becomes(phone, PhoneState.IDLE)

    def originate_fails(self, channel_id: str) -> None:
        self._pbx.originate_ends(channel_id, answered=False)

    def asked(self) -> list[str]:
        return [asked.verb for asked in self._pbx.asked]

    def lamps(self) -> dict[str, str]:
        return {phone: f"{lamp.new}:{lamp.old}" for phone, lamp in self._pbx.lamps.items()}

    def fax_is_at(self, channel: str, pages: int) -> None:
        self._pbx.pages[channel] = pages

    def words(self) -> dict[str, str]:
        return self._pbx.words

    def has_no_lamps(self) -> None:
        self._pbx.has_lamps = False

    async def cut(self) -> None:
        self._pbx.cut()

    async def mend(self) -> None:
        self._pbx.mend()


class AmiWorld:
    VERBS: dict[str, str] = {  # noqa: RUF012 - a constant table
        "PlayDTMF": "wake",
        "Hangup": "hangup",
        "Redirect": "redirect",
        "Originate": "originate",
    }

    def __init__(self, server: AmiServer) -> None:
        self._server = server

    def call_comes(self, name: str, uniqueid: str) -> None:
        self._server.channel_appears(name, uniqueid)

    def call_ends(self, uniqueid: str) -> None:
        self._server.channel_ends(self._server.channels[uniqueid])

    def phone_idle(self, phone: str) -> None:
        self._server.phone_becomes(phone, "NOT_INUSE")

    def originate_fails(self, channel_id: str) -> None:
        self._server.channel_ends(self._server.channels[channel_id], "19")
        ended = message(
            Event="OriginateResponse",
            ActionID=f"originate:{channel_id}",
            Response="Failure",
            Reason="3",
            Uniqueid=channel_id,
        )
        self._server.send(ended)

    def asked(self) -> list[str]:
        verbs = (self.VERBS.get(headers["Action"]) for headers in self._server.asked)
        return [verb for verb in verbs if verb]

    def lamps(self) -> dict[str, str]:
        return dict(self._server.lamps)

    def fax_is_at(self, channel: str, pages: int) -> None:
        self._server.pages[channel] = pages

    def words(self) -> dict[str, str]:
        return self._server.words

    def has_no_lamps(self) -> None:
        self._server.manners.override["Originate"] = lambda _, headers: error(headers, "Originate failed")

    async def cut(self) -> None:
        await self._server.stop()

    async def mend(self) -> None:
        await self._server.start()
