"""A manager interface on a real socket, small and scripted: what Asterisk 22 says, and every way to misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
Headers = dict[str, str]


@dataclass
class Manners:
    """How the server behaves; each default is what Asterisk does."""

    greeting: bytes = GREETING
    on_connect: bytes = b""
    answer_login: bool = True
    answer_ping: bool = True
    answer: bool = True
    override: dict[str, Callable[[Session, Headers], bytes]] = field(default_factory=dict)


class Session:
    """One connected client."""

    def __init__(self, server: AmiServer, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.writer = writer
        self.logged_in = False
        self.events = False

    def send(self, data: bytes) -> None:
        if not self.writer.is_closing():
            self.writer.write(data)


class AmiServer:
    """Listen on a free port of loopback; hold channels and phones; remember what was asked."""

    def __init__(self, manners: Manners | None = None) -> None:
        self.manners = manners or Manners()
        self.users = {"switchroom": "s3cret", "dialler": "s3cret"}
        self.channels: dict[str, Headers] = {}
        self.devices: dict[str, str] = {}
        self.lamps: dict[str, str] = {}
        #: Pages through of the faxes on channels, and what is kept of faxes.
        self.pages: dict[str, int] = {}
        self.words: dict[str, str] = {}
        self.asked: list[Headers] = []
        self.raw: list[bytes] = []
        self.sessions: list[Session] = []
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._news = asyncio.Condition()

    async def __aenter__(self) -> AmiServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=2**20)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.hang_up()
            self._server = None
            await self.until(lambda: not self.sessions)

    def hang_up(self) -> None:
        for session in self.sessions:
            session.writer.transport.abort()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so; every received action and every connection is a chance."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(true), 20)

    async def asked_for(self, action: str, times: int = 1) -> list[Headers]:
        await self.until(lambda: len(self.named(action)) >= times)
        return self.named(action)

    def named(self, action: str) -> list[Headers]:
        return [headers for headers in self.asked if headers["Action"] == action]

    def event(self, text: str) -> None:
        """Send one event, written as in a trace, to everybody who listens."""
        self.send(pasted(text))

    def send(self, data: bytes) -> None:
        for session in self.sessions:
            if session.events:
                session.send(data)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, writer)
        self.sessions.append(session)
        self.connections += 1
        try:
            session.send(self.manners.greeting + self.manners.on_connect)
            await self._tell()
            while True:
                raw = await reader.readuntil(b"\r\n\r\n")
                self.raw.append(raw)
                headers = parse(raw)
                self.asked.append(headers)
                await self._tell()
                session.send(self._answer(session, headers))
                refused = headers["Action"] == "Login" and self.manners.answer_login and not session.logged_in
                if refused or headers["Action"] == "Logoff":
                    break
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.sessions.remove(session)
            writer.close()
            await self._tell()

    def _answer(self, session: Session, headers: Headers) -> bytes:
        name = headers["Action"]
        if name in self.manners.override:
            return self.manners.override[name](session, headers)
        if not self.manners.answer:
            return b""
        method = getattr(self, f"_{name.lower()}", None)
        if name != "Login" and not session.logged_in:
            return error(headers, "Permission denied")
        return error(headers, "Invalid/unknown command") if method is None else method(session, headers)

    def _login(self, session: Session, headers: Headers) -> bytes:
        if not self.manners.answer_login:
            return b""
        if self.users.get(headers["Username"]) != headers["Secret"]:
            return error(headers, "Authentication failed")
        session.logged_in = True
        session.events = headers["Events"] == "on"
        return success(headers, "Authentication accepted")

    def _ping(self, session: Session, headers: Headers) -> bytes:
        return success(headers, "", Ping="Pong", Timestamp="1700000000.000000") if self.manners.answer_ping else b""

    def _logoff(self, session: Session, headers: Headers) -> bytes:
        return (
            message(Response="Goodbye", ActionID=headers["ActionID"], Message="Thanks for all the fish.")
            if ("ActionID" in headers)
            else message(Response="Goodbye", Message="Thanks for all the fish.")
        )

    def _coreshowchannels(self, session: Session, headers: Headers) -> bytes:
        action_id = headers["ActionID"]
        items = [message(Event="CoreShowChannel", ActionID=action_id, **c) for c in self.channels.values()]
        return list_answer(action_id, "Channels will follow", items, "CoreShowChannelsComplete")

    def _devicestatelist(self, session: Session, headers: Headers) -> bytes:
        action_id = headers["ActionID"]
        items = [
            message(Event="DeviceStateChange", ActionID=action_id, Device=device, State=state)
            for device, state in self.devices.items()
        ]
        return list_answer(action_id, "Device State Changes will follow", items, "DeviceStateListComplete")

    def _playdtmf(self, session: Session, headers: Headers) -> bytes:
        if self._find(headers["Channel"]) is None:
            return error(headers, "Channel not found")
        return success(headers, "DTMF successfully queued")

    def _redirect(self, session: Session, headers: Headers) -> bytes:
        if self._find(headers["Channel"]) is None:
            return error(headers, f"Channel does not exist: {headers['Channel']}")
        return success(headers, "Redirect successful")

    def _hangup(self, session: Session, headers: Headers) -> bytes:
        channel = self._find(headers["Channel"])
        if channel is None:
            return error(headers, "No such channel")
        session.send(success(headers, "Channel Hungup"))
        self.send(message(Event="SoftHangupRequest", **channel, Cause=headers["Cause"]))
        self.channel_ends(channel, headers["Cause"])
        return b""

    def _originate(self, session: Session, headers: Headers) -> bytes:
        if headers.get("Context") == "switchroom-lamps":
            self._show_lamps(headers["Variable"])
            return success(headers, "Originate successfully queued")
        if headers.get("Context") == "switchroom-fax-word":
            self.words.pop(headers["Variable"].removeprefix("SWITCHROOM_FAX="), None)
            return success(headers, "Originate successfully queued")
        session.send(success(headers, "Originate successfully queued"))
        self.channel_appears(f"{headers['Channel']}-0000000a", headers["ChannelId"], state="0")
        return b""

    def _show_lamps(self, variable: str) -> None:
        for lamp in variable.removeprefix("SWITCHROOM_LAMPS=").split("&"):
            phone, _, counts = lamp.partition(":")
            self.lamps[phone] = counts

    def _dbget(self, session: Session, headers: Headers) -> bytes:
        word = self.words.get(headers["Key"])
        if word is None:
            return error(headers, "Database entry not found")
        id_ = headers["ActionID"]
        item = message(Event="DBGetResponse", Family=headers["Family"], Key=headers["Key"], Val=word, ActionID=id_)
        return list_answer(id_, "Result will follow", [item], "DBGetComplete")

    def _faxsessions(self, session: Session, headers: Headers) -> bytes:
        items = [
            message(
                Event="FAXSessionsEntry",
                ActionID=headers["ActionID"],
                Channel=channel,
                SessionNumber=str(number),
                Operation="send",
                State="Active",
            )
            for number, channel in enumerate(self.pages)
        ]
        text = "FAXSessionsEntry event list will follow"
        return list_answer(headers["ActionID"], text, items, "FAXSessionsComplete")

    def _faxsession(self, session: Session, headers: Headers) -> bytes:
        number = int(headers["SessionNumber"])
        if number >= len(self.pages):
            return error(headers, "Session not found")
        item = message(
            Event="FAXSession",
            ActionID=headers["ActionID"],
            SessionNumber=str(number),
            Operation="send",
            State="Active",
            PageNumber=str([*self.pages.values()][number] + 1),
            PagesTransmitted=str([*self.pages.values()][number]),
            PagesReceived="0",
        )
        return success(headers, "FAXSession event will follow") + item

    # -- the world --

    def _find(self, channel: str) -> Headers | None:
        return next((c for c in self.channels.values() if channel in (c["Channel"], c["Uniqueid"])), None)

    def channel_appears(self, name: str, uniqueid: str, state: str = "4") -> Headers:
        channel = {
            "Channel": name,
            "ChannelState": state,
            "CallerIDNum": "<unknown>",
            "Uniqueid": uniqueid,
            "Linkedid": uniqueid,
        }
        self.channels[uniqueid] = channel
        self.send(message(Event="Newchannel", **channel))
        return channel

    def channel_ends(self, channel: Headers, cause: str = "16") -> None:
        del self.channels[channel["Uniqueid"]]
        self.send(message(Event="Hangup", **channel, Cause=cause, **{"Cause-txt": "Normal Clearing"}))

    def phone_becomes(self, phone: str, state: str) -> None:
        self.devices[f"PJSIP/{phone}"] = state
        self.send(message(Event="DeviceStateChange", Device=f"PJSIP/{phone}", State=state))


def parse(raw: bytes) -> Headers:
    """Read one action; a header that comes twice keeps its last value."""
    lines = [line.partition(": ") for line in raw.decode().split("\r\n") if line]
    return {name: value for name, _, value in lines}


def message(**headers: str) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


def pasted(text: str) -> bytes:
    """Turn a pasted trace into bytes: its lines, without the indentation of the test."""
    return "\r\n".join(line.strip() for line in text.strip().splitlines()).encode() + b"\r\n\r\n"


def success(headers: Headers, text: str, **more: str) -> bytes:
    return message(Response="Success", ActionID=headers["ActionID"], Message=text, **more)


def error(headers: Headers, text: str) -> bytes:
    return message(Response="Error", ActionID=headers.get("ActionID", ""), Message=text)


def list_answer(action_id: str, text: str, items: list[bytes], complete: str) -> bytes:
    start = message(Response="Success", ActionID=action_id, EventList="start", Message=text)
    end = message(Event=complete, ActionID=action_id, EventList="Complete", ListItems=str(len(items)))
    return start + b"".join(items) + end
