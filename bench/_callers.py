"""Callers by the hundred in one process: SIP and RTP by hand, keys by RFC 4733, and an ear for sound and silence.

No root: SIPp sends its keys through a raw socket, which takes rights that a developer's account should not have.
Knows nothing of what answers; the coroutine that plays a caller is whoever uses this.
"""

from __future__ import annotations

import asyncio
import random
import re
import struct
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, cast

#: Seconds of sound in a packet, and its samples.
PACKET: Final = 0.020
SAMPLES: Final = 160
_ULAW, _KEY_EVENT = 0, 101
#: How long a key is held: packets that say "still down", then the end, said three times as the RFC wants it.
_HELD, _ENDS = 5, 3
#: A packet with more samples than this above the noise has sound in it.
_FEW: Final = 16
#: The µ-law codes of samples below about -42 dBFS, of either sign.
_QUIET: Final = bytes([*range(0x68, 0x80), *range(0xE8, 0x100)])
#: What a caller who says nothing sends: the noise of a room.
_ROOM: Final = bytes(random.Random(1).choices(range(0xF8, 0x100), k=SAMPLES))
#: SIP's own clock for sending again, seconds.
_T1: Final = 0.5
_MOST_SIP: Final = 65_535


class CallFailed(Exception):
    """A call did not go as it should; the text says how."""


class Caller:
    """One call, from INVITE to BYE. Every wait has a deadline and raises `CallFailed` when it passes."""

    def __init__(self, line: Line, number: str, to: str) -> None:
        """Use `Line.caller`."""
        self.packets = 0
        #: The longest time for which nothing came, in seconds.
        self.longest_gap = 0.0
        #: How late our own packets went out, one value a packet.
        self._late = line.late
        self._line = line
        self._to = to
        self._id = uuid.uuid4().hex
        self._from = f"<sip:{number}@{line.host}>;tag={self._id[:8]}"
        self._peer_tag = ""
        self._media: asyncio.DatagramTransport | None = None
        self._media_to: tuple[str, int] | None = None
        self._tick_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._sequence, self._stamp = random.randrange(30_000), random.randrange(1 << 30)  # no secret
        self._source = random.randrange(1 << 32)  # no secret
        self._key: _Key | None = None
        self._last_packet = self._last_loud = 0.0
        self._loud: asyncio.Event = asyncio.Event()
        self._answers: asyncio.Queue[tuple[int, str, str]] = asyncio.Queue()
        self._over = False

    # ---- the call

    async def dial(self, deadline: float = 8.0) -> None:
        """Call and wait for the answer; from then on sound goes both ways."""
        loop = asyncio.get_running_loop()
        self._media, _ = await loop.create_datagram_endpoint(lambda: _Ear(self._hear), (self._line.host, 0))
        port = self._media.get_extra_info("sockname")[1]
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {self._line.host}\r\ns=-\r\nc=IN IP4 {self._line.host}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {_ULAW} {_KEY_EVENT}\r\na=rtpmap:{_ULAW} PCMU/8000\r\n"
            f"a=rtpmap:{_KEY_EVENT} telephone-event/8000\r\na=fmtp:{_KEY_EVENT} 0-15\r\na=ptime:20\r\n"
        )
        code, head, body = await self._ask("INVITE", 1, deadline, sdp)
        tag = re.search(r"(?im)^To:.*?;tag=([^\s;]+)", head)
        self._peer_tag = f";tag={tag[1]}" if tag else ""
        self._send("ACK", 1)
        if code != 200:
            raise CallFailed(f"answered with {code}")
        where = re.search(r"(?m)^c=IN IP4 (\S+)", body), re.search(r"(?m)^m=audio (\d+)", body)
        if where[0] is None or where[1] is None:
            raise CallFailed("the answer names no place for sound")
        self._media_to = (where[0][1], int(where[1][1]))
        self._last_packet = self._last_loud = self._tick_at = loop.time()
        self._tick()

    async def hang_up(self, deadline: float = 4.0) -> None:
        """Hang up, and wait until the other side knows; raises if it hung up before us."""
        if self._over:
            raise CallFailed("the other side hung up")
        self._over = True
        self._stop_sound()
        code, _, _ = await self._ask("BYE", 2, deadline)
        if code != 200:
            raise CallFailed(f"hanging up was answered with {code}")

    def close(self) -> None:
        """Let go of everything, however the call stands."""
        self._stop_sound()
        if self._media is not None:
            self._media.close()
        self._line.forget(self._id)

    # ---- sound

    async def press(self, digit: str) -> float:
        """Press a key and let it go; return the time at which it was let go."""
        self._key = _Key("0123456789*#".index(digit), self._stamp, asyncio.get_running_loop().create_future())
        async with asyncio.timeout(2.0):
            return await self._key.released

    async def sound(self, deadline: float) -> float:
        """Wait for sound; return when it was first heard, counted from this call on."""
        self._loud.clear()
        try:
            async with asyncio.timeout(deadline):
                await self._loud.wait()
        except TimeoutError:
            raise CallFailed("nothing was heard") from None
        self._still_there()
        return self._last_loud

    async def silence(self, seconds: float, deadline: float) -> None:
        """Wait until it has been silent for so long."""
        loop = asyncio.get_running_loop()
        until = loop.time() + deadline
        while (left := self._last_loud + seconds - loop.time()) > 0:
            self._still_there()
            if loop.time() > until:
                raise CallFailed("it never became silent")
            await asyncio.sleep(left)

    def _still_there(self) -> None:
        if self._over:
            raise CallFailed("the other side hung up")

    def _hear(self, packet: bytes) -> None:
        now = asyncio.get_running_loop().time()
        self.packets += 1
        if self._last_packet:
            self.longest_gap = max(self.longest_gap, now - self._last_packet)
        self._last_packet = now
        if packet[1] & 0x7F == _ULAW and len(packet[12:].translate(None, _QUIET)) > _FEW:
            self._last_loud = now
            self._loud.set()

    def _tick(self) -> None:
        """Send the next packet, and see to the one after it."""
        loop = asyncio.get_running_loop()
        self._late.append(loop.time() - self._tick_at)
        assert self._media is not None
        key, kind, stamp, marker, payload = self._key, _ULAW, self._stamp, 0, _ROOM
        if key is not None:
            kind, stamp, marker, payload = _KEY_EVENT, key.stamp, 0x80 if key.sent == 0 else 0, key.next()
            if key.sent == _HELD + 1:
                key.released.set_result(loop.time())
            elif key.sent == _HELD + _ENDS:
                self._key = None
        head = struct.pack("!BBHII", 0x80, marker | kind, self._sequence & 0xFFFF, stamp & 0xFFFFFFFF, self._source)
        self._media.sendto(head + payload, self._media_to)
        self._sequence += 1
        self._stamp += SAMPLES
        self._tick_at += PACKET
        self._timer = loop.call_at(self._tick_at, self._tick)

    def _stop_sound(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

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
            self._stop_sound()

    def _send(self, method: str, number: int, sdp: str = "") -> None:
        uri = f"sip:{self._to}@{self._line.server[0]}:{self._line.server[1]}"
        # The ACK of a 200 is a transaction of its own; only an INVITE sent again keeps its branch.
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._line.here};rport;branch=z9hG4bK{self._id}{method}",
            "Max-Forwards: 70",
            f"From: {self._from}",
            f"To: <{uri}>{self._peer_tag}",
            f"Call-ID: {self._id}",
            f"CSeq: {number} {method}",
            f"Contact: <sip:bench@{self._line.here}>",
            *(["Content-Type: application/sdp"] if sdp else []),
            f"Content-Length: {len(sdp)}",
        ]
        self._line.send("\r\n".join(lines) + f"\r\n\r\n{sdp}")


class _Key:
    """A key on its way: what its next packet says."""

    def __init__(self, event: int, stamp: int, released: asyncio.Future[float]) -> None:
        self.stamp = stamp
        self.sent = 0
        self.released = released
        self._event = event

    def next(self) -> bytes:
        self.sent += 1
        end = 0x80 if self.sent > _HELD else 0
        return struct.pack("!BBH", self._event, end | 10, min(self.sent, _HELD) * SAMPLES)


class _Ear(asyncio.DatagramProtocol):
    """Where the packets of one call arrive."""

    def __init__(self, hear: Callable[[bytes], None]) -> None:
        self._heard = hear

    def datagram_received(self, data: bytes, addr: object) -> None:
        if len(data) > 12:
            self._heard(data)


class Line(asyncio.DatagramProtocol):
    """The carrier's side: one SIP socket for all callers."""

    def __init__(self, host: str, server: tuple[str, int]) -> None:
        """Use `open_line`."""
        self.host = host
        self.server = server
        self.here = ""
        self.sent_again = 0
        self.late: list[float] = []
        self._callers: dict[str, Caller] = {}
        self._transport: asyncio.DatagramTransport | None = None

    def caller(self, number: str, to: str) -> Caller:
        """Bring up a caller; close it in the end."""
        made = Caller(self, number, to)
        self._callers[made._id] = made
        return made

    def forget(self, call: str) -> None:
        """Let a call go that is over."""
        self._callers.pop(call, None)

    def send(self, text: str) -> None:
        """Send a packet to the server."""
        assert self._transport is not None
        self._transport.sendto(text.encode(), self.server)

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
    loop = asyncio.get_running_loop()
    transport, line = await loop.create_datagram_endpoint(lambda: Line(host, server), (host, 0))
    try:
        yield line
    finally:
        for caller in tuple(line._callers.values()):
            caller.close()
        transport.close()
