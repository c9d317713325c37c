"""The sound of many calls at once: RTP packets every 20 ms, keys by RFC 4733, and an ear for sound and silence.

Several calls share a socket, told apart by the port they are answered from: a socket each costs a benchmark that
sends 10,000 packets a second more than what it measures. Knows nothing of SIP.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from typing import Final

#: Seconds of sound in a packet, and its samples.
PACKET: Final = 0.020
SAMPLES: Final = 160
ULAW, KEY_EVENT = 0, 101
#: How long a key is held: packets that say "still down", then the end, said three times as the RFC wants it.
_HELD, _ENDS = 5, 3
#: A packet with more samples than this above the noise has sound in it.
_FEW: Final = 16
#: The µ-law codes of samples below about -42 dBFS, of either sign.
_QUIET: Final = bytes([*range(0x68, 0x80), *range(0xE8, 0x100)])
#: What a caller who says nothing sends: the noise of a room.
_ROOM: Final = bytes(random.Random(1).choices(range(0xF8, 0x100), k=SAMPLES))
_HEADER: Final = struct.Struct("!BBHII")
#: Packets read in one go before others get their turn.
_AT_ONCE: Final = 200


class Sound:
    """What one caller says and hears."""

    def __init__(self, to: tuple[str, int], now: float) -> None:
        self.to = to
        self.packets = 0
        #: The longest time for which nothing came, in seconds.
        self.longest_gap = 0.0
        self.last_packet = self.last_loud = now
        self.loud = asyncio.Event()
        self._key: _Key | None = None
        self._sequence = random.randrange(30_000)
        self._stamp = random.randrange(1 << 30)
        self._source = random.randrange(1 << 32)

    def press(self, digit: str) -> asyncio.Future[float]:
        """Press a key; the answer is the time at which it is let go."""
        self._key = _Key("0123456789*#".index(digit), self._stamp, asyncio.get_running_loop().create_future())
        return self._key.released

    def next_packet(self, now: float) -> bytes:
        """Return what is to be sent now."""
        kind, stamp, payload, key = ULAW, self._stamp, _ROOM, self._key
        if key is not None:
            kind, stamp, payload = KEY_EVENT, key.stamp, key.payload()
            if key.sent == 1:
                kind |= 0x80  # the marker: something begins
            elif key.sent == _HELD + 1 and not key.released.done():
                key.released.set_result(now)
            elif key.sent == _HELD + _ENDS:
                self._key = None
        header = _HEADER.pack(0x80, kind, self._sequence & 0xFFFF, stamp & 0xFFFFFFFF, self._source)
        self._sequence += 1
        self._stamp += SAMPLES
        return header + payload

    def hear(self, packet: bytes, now: float) -> None:
        """Take what came in."""
        self.packets += 1
        if (gap := now - self.last_packet) > self.longest_gap:
            self.longest_gap = gap
        self.last_packet = now
        if packet[1] & 0x7F == ULAW and len(packet[12:].translate(None, _QUIET)) > _FEW:
            self.last_loud = now
            self.loud.set()


class _Key:
    """A key on its way."""

    def __init__(self, event: int, stamp: int, released: asyncio.Future[float]) -> None:
        self.stamp = stamp
        self.sent = 0
        self.released = released
        self._event = event

    def payload(self) -> bytes:
        """Return what its next packet says."""
        self.sent += 1
        end = 0x80 if self.sent > _HELD else 0
        return struct.pack("!BBH", self._event, end | 10, min(self.sent, _HELD) * SAMPLES)


class MediaSocket:
    """One socket and the calls that share it."""

    def __init__(self, host: str, late: list[float]) -> None:
        """Open it; `late` gets how late each round of packets was, in seconds."""
        self._loop = asyncio.get_running_loop()
        self._late = late
        self._sounds: dict[int, Sound] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.bind((host, 0))
        self.port: int = self._socket.getsockname()[1]
        self._due = self._loop.time()
        self._loop.add_reader(self._socket, self._read)
        self._timer = self._loop.call_soon(self._send)

    def join(self, to: tuple[str, int]) -> Sound:
        """Let sound go both ways between us and that place."""
        sound = self._sounds[to[1]] = Sound(to, self._loop.time())
        return sound

    def leave(self, sound: Sound) -> None:
        """Send no more there, and hear nothing from there."""
        if self._sounds.get(sound.to[1]) is sound:
            del self._sounds[sound.to[1]]

    def close(self) -> None:
        """Stop everything."""
        self._timer.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()

    def _send(self) -> None:
        now = self._loop.time()
        if self._sounds:
            self._late.append(now - self._due)
        for sound in self._sounds.values():
            try:
                self._socket.sendto(sound.next_packet(now), sound.to)
            except BlockingIOError:
                continue  # as on any network: lost
        self._due += PACKET
        self._timer = self._loop.call_at(self._due, self._send)

    def _read(self) -> None:
        now = self._loop.time()
        for _ in range(_AT_ONCE):
            try:
                packet, sender = self._socket.recvfrom(2048)
            except BlockingIOError:
                return
            sound = self._sounds.get(sender[1])
            if sound is not None and len(packet) > 12:
                sound.hear(packet, now)
