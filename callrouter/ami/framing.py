"""Cut the bytes of a manager connection into messages. Pure; knows neither sockets nor headers.

Bytes stay bytes until a message is whole, so a character split over two packets cannot be lost. Each byte
is searched once, so a large message in small packets costs no more than in one.
"""

from __future__ import annotations

from callrouter.ami.errors import MessageTooLarge, NotAmi

_END = b"\r\n\r\n"
_GREETING = b"Asterisk Call Manager/"
_GREETING_BYTES = 128


class MessageCutter:
    """Take what arrived, give back the messages that are complete."""

    def __init__(self, message_bytes: int) -> None:
        self._limit = message_bytes
        self._rest = bytearray()
        self._searched = 0
        self.version: str | None = None

    def feed(self, data: bytes) -> list[bytes]:
        """Return the messages completed by `data`, without their empty line.

        Raises NotAmi when the greeting is not Asterisk's, MessageTooLarge when a message has no end.
        """
        self._rest += data
        if self.version is None and not self._take_greeting():
            return []
        if self._rest.find(_END, self._searched) < 0:
            # The end mark itself may be split, hence the three bytes searched again.
            self._searched = max(0, len(self._rest) - 3)
            if len(self._rest) > self._limit:
                raise MessageTooLarge(f"a message of more than {self._limit} bytes")
            return []
        *messages, rest = bytes(self._rest).split(_END)
        self._rest = bytearray(rest)
        self._searched = 0
        if any(len(message) > self._limit for message in messages):
            raise MessageTooLarge(f"a message of more than {self._limit} bytes")
        # Some modules end a message with one line end too many.
        return [stripped for message in messages if (stripped := message.lstrip(b"\r\n"))]

    def _take_greeting(self) -> bool:
        """Cut the greeting off once it is whole; it is the only line that stands alone."""
        end = self._rest.find(b"\n")
        seen = bytes(self._rest[: len(_GREETING)])
        if not _GREETING.startswith(seen) or (end < 0 and len(self._rest) > _GREETING_BYTES):
            raise NotAmi("the greeting is not Asterisk's")
        if end < 0:
            return False
        line = bytes(self._rest[:end]).strip()
        if not line.startswith(_GREETING):
            raise NotAmi("the greeting is not Asterisk's")
        self.version = line[len(_GREETING) :].decode("ascii", "replace")
        del self._rest[: end + 1]
        return True
