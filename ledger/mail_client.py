"""Owns what we do otherwise than aiosmtplib's client: closing for good, parting without waiting, large mails."""

import asyncio
from typing import cast

from aiosmtplib import SMTP, SMTPDataError, SMTPResponse, SMTPServerDisconnected, SMTPStatus

GOODBYE_SECONDS = 2.0


class MailClient(SMTP):
    """aiosmtplib's client, but closed means gone.

    It would wait for a peer that stopped reading to take the rest, and half a minute for the goodbye of TLS.
    """

    def close(self) -> None:
        transport = self.transport
        super().close()
        if transport is not None:
            cast(asyncio.WriteTransport, transport).abort()

    async def give(self, wire: bytes, timeout: float) -> SMTPResponse:
        """Send a mail in network form after DATA and return the 250; raises what the library's own `data` raises.

        That one would search the whole mail for bare line ends first, and stop the loop for 20 ms a megabyte.
        """
        if self.protocol is None:
            raise SMTPServerDisconnected("Connection lost")
        self.protocol.write(wire)  # nothing may be awaited from here to the reading: a reply would be thrown away
        reply = await self.protocol.read_response(timeout=timeout)
        if reply.code != SMTPStatus.completed:
            raise SMTPDataError(reply.code, reply.message)
        return reply

    def leave(self) -> None:
        """Say QUIT and close, without waiting for the answer; after two seconds nothing is left in any case."""
        if self.protocol is None or self.transport is None or not self.is_connected:
            return
        transport = cast(asyncio.WriteTransport, self.transport)
        if transport.get_write_buffer_size():  # refused before it had all: a QUIT would be part of the message
            self.close()
            return
        self.protocol.write(b"QUIT\r\n")
        transport.close()
        asyncio.get_running_loop().call_later(GOODBYE_SECONDS, transport.abort)
