"""A caller who writes SIP by hand: for what no decent phone would ever send. One call, no audio."""

from __future__ import annotations

import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

#: A packet of SIP is not longer.
_MOST = 65_535


class RawCaller:
    """Blocks while it waits: what runs in the same event loop stands still meanwhile, which some tests want."""

    def __init__(self, server: str, bind: str = "127.0.0.2") -> None:
        host, _, port = server.rpartition(":")
        self._server = server
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((bind, 0))
        self._socket.connect((host, int(port)))
        self._socket.settimeout(20.0)
        self._here = "{}:{}".format(*self._socket.getsockname())
        self._id = uuid.uuid4().hex
        self._branch = f"z9hG4bK{uuid.uuid4().hex}"
        self._to = b""
        self._uri = b""
        self._from = b""

    @contextmanager
    def open(self) -> Iterator[RawCaller]:
        """Close the socket afterwards."""
        with self._socket:
            yield self

    def invite(self, to: bytes, sender: bytes, headers: bytes = b"") -> None:
        """Ask for a call. `to` is the user part of the address dialled, `sender` all of From but its tag."""
        self._uri = b"sip:" + to + b"@" + self._server.encode()
        self._from = sender + b";tag=" + self._id[:8].encode()
        sdp = (
            b"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
            b"m=audio 9 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        )
        more = b"Content-Type: application/sdp\r\n" + headers
        self._send(b"INVITE", 1, more, sdp)

    def answer_to(self, method: bytes) -> int:
        """Wait for the final answer to a request of ours, and acknowledge it where that is due; return its code."""
        while True:
            packet = self._socket.recv(_MOST)
            status = re.match(rb"SIP/2.0 (\d{3})", packet)
            asked = re.search(rb"(?im)^CSeq:\s*\d+\s+(\w+)", packet)
            if status is None or asked is None or asked[1] != method or int(status[1]) < 200:
                continue
            if method == b"INVITE":
                tag = re.search(rb"(?im)^To:.*?(;tag=[^\s;]+)", packet)
                self._to = tag[1] if tag else b""
                self._send(b"ACK", 1)
            return int(status[1])

    def trying(self) -> None:
        """Wait until Asterisk has the call in hand."""
        while not self._socket.recv(_MOST).startswith(b"SIP/2.0 100"):
            pass

    def cancel(self) -> None:
        """Give up before anybody answered."""
        self._send(b"CANCEL", 1)

    def bye(self) -> int:
        """Hang up."""
        self._branch = f"z9hG4bK{uuid.uuid4().hex}"
        self._send(b"BYE", 2)
        return self.answer_to(b"BYE")

    def _send(self, method: bytes, number: int, more: bytes = b"", body: bytes = b"") -> None:
        lines = [
            method + b" " + self._uri + b" SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};rport;branch={self._branch}".encode(),
            b"Max-Forwards: 70",
            b"From: " + self._from,
            b"To: <" + self._uri + b">" + self._to,
            f"Call-ID: {self._id}".encode(),
            f"CSeq: {number} ".encode() + method,
            f"Contact: <sip:raw@{self._here}>".encode(),
        ]
        head = b"\r\n".join(lines) + b"\r\n" + more
        self._socket.send(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
