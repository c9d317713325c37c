"""A caller who measures with his ears: how long after a key was let go the next prompt begins.

Speaks SIP and RTP by hand over blocking sockets, for packets stamped by the kernel; one call in a thread.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ADDRESS: Final = "127.0.0.2"
FRAME: Final = 160
FRAME_SECONDS: Final = 0.02
EVENT: Final = 101
DEADLINE: Final = 8.0
_TIMESTAMPS: Final = 35  # SO_TIMESTAMPNS, which the socket module does not name
_MOST: Final = 4096


@dataclass(frozen=True)
class Voice:
    """A prompt as it goes over the wire: the place of each frame that occurs once, and in no prompt before it."""

    places: dict[bytes, int]

    @classmethod
    def of(cls, prompt: Path, before: Path) -> Voice:
        """Read µ-law files. Raises OSError."""
        own, other = (list(_frames(path.with_suffix(".ulaw").read_bytes())) for path in (prompt, before))
        return cls({frame: n for n, frame in enumerate(own) if own.count(frame) == 1 and frame not in other})


def _frames(audio: bytes) -> Iterator[bytes]:
    yield from (audio[at : at + FRAME] for at in range(0, len(audio) - FRAME + 1, FRAME))


def seconds_to_prompt(server: str, number: str, voice: Voice, key_after: float) -> float:
    """Call, press 1, and return the seconds from letting it go to the first sample of the voice.

    Stays until the other side hangs up. Raises OSError (TimeoutError) or ValueError for a call that went wrong.
    """
    host, _, port = server.rpartition(":")
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sip,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
    ):
        for one in (sip, rtp):
            one.bind((ADDRESS, 0))
            one.settimeout(DEADLINE)
        sip.connect((host, int(port)))
        rtp.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
        far = _dial(sip, rtp, number)
        began = time.monotonic()
        found: float | None = None
        released = 0.0
        events = iter(_key())
        due = began + key_after
        while time.monotonic() < began + DEADLINE:
            ready, _, _ = select.select([sip, rtp], [], [], max(0.0, min(due - time.monotonic(), 0.5)))
            if time.monotonic() >= due:
                packet, wait, last = next(events, (b"", DEADLINE, False))
                released = time.time() if last and not released else released
                if packet:
                    rtp.sendto(packet, far)
                due += wait
            if rtp in ready:
                at, frame = _heard(rtp)
                if found is None and frame in voice.places:
                    found = at - voice.places[frame] * FRAME_SECONDS
            if sip in ready and (message := sip.recv(_MOST)).startswith(b"BYE"):
                sip.send(_answer(message))
                break
    if found is None or not released:
        raise ValueError("the prompt was not heard")
    return found - released


def _dial(sip: socket.socket, rtp: socket.socket, number: str) -> tuple[str, int]:
    """Ask for a call, acknowledge the answer, and return where to send audio."""
    here = "{}:{}".format(*sip.getsockname())
    name, tag, branch = uuid.uuid4().hex, uuid.uuid4().hex[:8], f"z9hG4bK{uuid.uuid4().hex}"
    there = "{}:{}".format(*sip.getpeername())
    sdp = (
        f"v=0\r\no=- 1 1 IN IP4 {ADDRESS}\r\ns=-\r\nc=IN IP4 {ADDRESS}\r\nt=0 0\r\n"
        f"m=audio {rtp.getsockname()[1]} RTP/AVP 0 {EVENT}\r\na=rtpmap:{EVENT} telephone-event/8000\r\n"
    )

    def request(method: str, to: str = "", body: str = "") -> bytes:
        return (
            f"{method} sip:{number}@{there} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch={branch}{method}\r\n"
            f"From: <sip:+37060000009@{here}>;tag={tag}\r\nTo: <sip:{number}@{there}>{to}\r\nCall-ID: {name}\r\n"
            f"CSeq: 1 {method}\r\nContact: <sip:probe@{here}>\r\nMax-Forwards: 70\r\n"
            f"Content-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    sip.send(request("INVITE", body=sdp))
    while not (answer := sip.recv(_MOST)).startswith(b"SIP/2.0 200"):
        if not answer.startswith(b"SIP/2.0 1"):
            raise ValueError(answer[:60].decode(errors="replace"))
    to = re.search(rb"(?im)^To:.*?(;tag=[^\s;]+)", answer)
    audio = re.search(rb"m=audio (\d+)", answer)
    if to is None or audio is None:
        raise ValueError("an answer without tag or audio")
    sip.send(request("ACK", to[1].decode()))
    return sip.getpeername()[0], int(audio[1])


def _key() -> Iterator[tuple[bytes, float, bool]]:
    """Yield the packets of a key 1 by RFC 4733: each with the seconds until the next, and whether it lets go."""
    for number in range(6):
        last = number == 5
        event = struct.pack("!BBH", 1, 0x8A if last else 0x0A, FRAME * (number + 1))
        for copy in range(3 if last else 1):
            marker = 0x80 if number == 0 else 0
            header = struct.pack("!BBHII", 0x80, EVENT | marker, number + copy, 16_000, 0x5EED)
            yield header + event, 0.0 if last else FRAME_SECONDS, last


def _heard(rtp: socket.socket) -> tuple[float, bytes]:
    """Return when a packet came, by the kernel's clock, and what was in it."""
    packet, extra, _, _ = rtp.recvmsg(_MOST, 64)
    seconds, nanoseconds = struct.unpack("qq", extra[0][2][:16])
    return seconds + nanoseconds / 1e9, packet[12:]


def _answer(bye: bytes) -> bytes:
    kept = [line for line in bye.split(b"\r\n") if re.match(rb"(?i)(via|from|to|call-id|cseq):", line)]
    return b"\r\n".join([b"SIP/2.0 200 OK", *kept, b"Content-Length: 0", b"", b""])
