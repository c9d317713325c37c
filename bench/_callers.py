"""Callers by the hundred in one process: SIP by hand, and each call's sound from `_media`.

No rights are needed: SIPp sends its keys through a raw socket, which takes root. Knows nothing of what answers; what a
caller does is up to whoever uses this.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast

from bench._media import KEY_EVENT, ULAW, MediaSocket, Sound

#: SIP's own clock for sending again, seconds.
_T1: Final = 0.5
_MOST_SIP: Final = 65_535
#: Calls take turns on so many sockets for their sound.
_SOCKETS: Final = 8


class CallFailed(Exception):
    """A call did not go as it should; the text says how."""


class Caller:
    """One call, from INVITE to BYE. Every wait has a deadline and raises `CallFailed` when it passes."""

    def __init__(self, line: Line, media: MediaSocket, number: str, to: str) -> None:
        """Use `Line.caller`."""
        self.id = uuid.uuid4().hex
        self._line = line
        self._media = media
        self._to = to
        self._from = f"<sip:{number}@{line.host}>;tag={self.id[:8]}"
        self._peer_tag = ""
        self._sound: Sound | None = None
        self._answers: asyncio.Queue[tuple[int, str, str]] = asyncio.Queue()
        self._over = False

    async def dial(self, deadline: float = 8.0) -> None:
        """Call and wait for the answer; from then on sound goes both ways."""
        host, port = self._line.host, self._media.port
        code, head, body = await self._ask(
            "INVITE",
            1,
            deadline,
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {ULAW} {KEY_EVENT}\r\na=rtpmap:{ULAW} PCMU/8000\r\n"
            f"a=rtpmap:{KEY_EVENT} telephone-event/8000\r\na=fmtp:{KEY_EVENT} 0-15\r\na=ptime:20\r\n",
        )
        tag = re.search(r"(?im)^To:.*?;tag=([^\s;]+)", head)
        self._peer_tag = f";tag={tag[1]}" if tag else ""
        self._send("ACK", 1)
        if code != 200:
            raise CallFailed(f"answered with {code}")
        where = re.search(r"(?m)^c=IN IP4 (\S+)", body), re.search(r"(?m)^m=audio (\d+)", body)
        if where[0] is None or where[1] is None:
            raise CallFailed("the answer names no place for sound")
        self._sound = self._media.join((where[0][1], int(where[1][1])))

    async def hang_up(self, deadline: float = 4.0) -> None:
        """Hang up, and wait until the other side knows; raises if it hung up before us."""
        self._still_there()
        self._over = True
        self._media.leave(self.sound)
        code, _, _ = await self._ask("BYE", 2, deadline)
        if code != 200:
            raise CallFailed(f"hanging up was answered with {code}")

    def close(self) -> None:
        """Let go of everything, however the call stands."""
        if self._sound is not None:
            self._media.leave(self._sound)
        self._line.forget(self.id)

    # ---- sound

    @property
    def sound(self) -> Sound:
        """Return what is said and heard; there is none before the answer."""
        if self._sound is None:
            raise CallFailed("it was never answered")
        return self._sound

    async def press(self, digit: str) -> float:
        """Press a key and let it go; return the time at which it was let go."""
        try:
            async with asyncio.timeout(2.0):
                return await self.sound.press(digit)
        except TimeoutError:
            raise CallFailed("a key could not be sent") from None

    async def hear(self, deadline: float) -> float:
        """Wait for sound from now on; return when it was heard."""
        self.sound.loud.clear()
        try:
            async with asyncio.timeout(deadline):
                await self.sound.loud.wait()
        except TimeoutError:
            self._still_there()
            raise CallFailed("nothing was heard") from None
        return self.sound.last_loud

    async def hear_silence(self, seconds: float, deadline: float) -> None:
        """Wait until it has been silent for so long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + deadline
        while (left := self.sound.last_loud + seconds - loop.time()) > 0:
            if loop.time() > until:
                raise CallFailed("it never became silent")
            await asyncio.sleep(left)
        self._still_there()

    def _still_there(self) -> None:
        if self._over:
            raise CallFailed("the other side hung up")

    # ---- SIP

    async def _ask(self, method: str, number: int, deadline: float, sdp: str = "") -> tuple[int, str, str]:
        """Send a request, again and again until something comes back, and return its final answer."""
        again, answered = _T1, False
        try:
            async with asyncio.timeout(deadline):
                self._send(method, number, sdp)
                while True:
                    try:
                        async with asyncio.timeout(None if answered else again):
                            code, head, body = await self._answers.get()
                    except TimeoutError:
                        self._line.sent_again += 1
                        self._send(method, number, sdp)
                        again *= 2
                        continue
                    answered = True
                    asked = re.search(r"(?im)^CSeq:\s*\d+\s+(\w+)", head)
                    if code >= 200 and asked is not None and asked[1] == method:
                        return code, head, body
        except TimeoutError:
            raise CallFailed(f"{method} was not answered") from None

    def take(self, head: str, body: str) -> None:
        """Take a packet of this call from the line."""
        status = re.match(r"SIP/2.0 (\d{3})", head)
        if status is not None:
            if self._peer_tag and status[1] == "200" and "INVITE" in head:
                self._send("ACK", 1)  # the first one was lost, or too slow
            self._answers.put_nowait((int(status[1]), head, body))
            return
        copied = re.findall(r"(?im)^(?:Via|From|To|Call-ID|CSeq):.*$", head)
        self._line.send("\r\n".join(["SIP/2.0 200 OK", *map(str.rstrip, copied), "Content-Length: 0\r\n\r\n"]))
        if head.startswith("BYE"):
            self._over = True

    def _send(self, method: str, number: int, sdp: str = "") -> None:
        uri = f"sip:{self._to}@{self._line.server[0]}:{self._line.server[1]}"
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._line.here};rport;branch=z9hG4bK{self.id}{method}",
            "Max-Forwards: 70",
            f"From: {self._from}",
            f"To: <{uri}>{self._peer_tag}",
            f"Call-ID: {self.id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:bench@{self._line.here}>",
            *(["Content-Type: application/sdp"] if sdp else []),
            f"Content-Length: {len(sdp)}",
        ]
        self._line.send("\r\n".join(lines) + f"\r\n\r\n{sdp}")


class Line(asyncio.DatagramProtocol):
    """The carrier's side: one SIP socket for all callers."""

    def __init__(self, host: str, server: tuple[str, int]) -> None:
        """Use `open_line`."""
        self.host = host
        self.server = server
        self.here = ""
        self.sent_again = 0
        #: How late our own packets went out, in seconds.
        self.late: list[float] = []
        self._media = [MediaSocket(host, self.late) for _ in range(_SOCKETS)]
        self._callers: dict[str, Caller] = {}
        self._made = 0
        self._transport: asyncio.DatagramTransport | None = None

    def caller(self, number: str, to: str) -> Caller:
        """Bring up a caller; close it in the end."""
        made = Caller(self, self._media[self._made % _SOCKETS], number, to)
        self._made += 1
        self._callers[made.id] = made
        return made

    def forget(self, call: str) -> None:
        """Let a call go that is over."""
        self._callers.pop(call, None)

    def send(self, text: str) -> None:
        """Send a packet to the server."""
        assert self._transport is not None
        self._transport.sendto(text.encode(), self.server)

    def close(self) -> None:
        """Let go of every call and every socket."""
        for caller in tuple(self._callers.values()):
            caller.close()
        for media in self._media:
            media.close()
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.here = "{}:{}".format(*transport.get_extra_info("sockname"))

    def datagram_received(self, data: bytes, addr: object) -> None:
        head, _, body = data[:_MOST_SIP].decode(errors="replace").partition("\r\n\r\n")
        call = re.search(r"(?im)^Call-ID:\s*(\S+)", head)
        if call is not None and (caller := self._callers.get(call[1])) is not None:
            caller.take(head, body)


@asynccontextmanager
async def open_line(host: str, server: tuple[str, int]) -> AsyncIterator[Line]:
    """Open the carrier's line; whatever call is left is let go at the end."""
    line = Line(host, server)
    try:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: line, (host, 0))
        yield line
    finally:
        line.close()
