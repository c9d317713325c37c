"""Owns the connection of the IMAP library: how much it may bring, which certificates it trusts, how it is cut.

The library reads literals of whatever length the server announces, and as many lines as it likes to send.
"""

from __future__ import annotations

import imaplib
import logging
import socket
import ssl
from contextlib import suppress
from typing import Any

from imapclient import IMAPClient  # type: ignore[import-untyped]  # it publishes no types
from imapclient.exceptions import LoginError  # type: ignore[import-untyped]  # it publishes no types

from config.faxes import FaxByMail

__all__ = ["Line", "LoginError", "Wire"]

#: At debug level it logs what passes: people's letters.
logging.getLogger("imapclient").setLevel(logging.WARNING)

SMALL_TALK = 2_000_000


class Wire:
    """The socket of a connection, so that it can be cut under the feet of the thread that waits for it."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_cut = False

    def lay(self, made: socket.socket) -> None:
        """Take the socket of a new connection; raises ConnectionAbortedError when it was cut before it was there."""
        self._socket = made
        if self._is_cut:
            made.close()
            raise ConnectionAbortedError

    def cut(self) -> None:
        """End the connection, or the one that is just being made; may be called from any thread."""
        self._is_cut = True
        if self._socket is not None:
            with suppress(OSError):  # it ended by itself
                # Not the method of TLS, which changes what the other thread is using.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Bounded(imaplib.IMAP4):
    """A connection that ends when the server sends more than `allowance` bytes."""

    allowance = SMALL_TALK

    def __init__(self, wire: Wire, host: str, port: int, **more: Any) -> None:  # Any: whatever the library's take
        self._wire = wire
        super().__init__(host, port, **more)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        made: socket.socket = super()._create_socket(timeout)  # type: ignore[misc]  # not in the stubs
        self._wire.lay(made)
        return made

    def read(self, size: int) -> bytes:
        self._spend(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._spend(len(line))
        return line

    def _spend(self, size: int) -> None:
        self.allowance -= size
        if self.allowance < 0:
            raise self.abort("the server sends more than was asked for")


class _BoundedTls(_Bounded, imaplib.IMAP4_SSL):
    """The same under TLS from the first byte."""


class Line(IMAPClient):  # type: ignore[misc]  # the library publishes no types
    """The library's client on a bounded connection; connects when made."""

    def __init__(self, settings: FaxByMail, wire: Wire, seconds: float) -> None:
        self._settings = settings
        self._wire = wire
        self._seconds = seconds
        self._trust = None if settings.security == "none" else ssl.create_default_context(cafile=settings.ca_file)
        super().__init__(
            settings.server, settings.port, ssl=settings.security == "tls", ssl_context=self._trust, timeout=seconds
        )
        if settings.security == "starttls":
            try:
                self.starttls(self._trust)
                wire.lay(self._imap.sock)
            except BaseException:
                with suppress(OSError):
                    self.shutdown()
                raise

    def _create_IMAP4(self) -> _Bounded:
        host, port = self._settings.server, self._settings.port
        if self._settings.security == "tls":
            return _BoundedTls(self._wire, host, port, ssl_context=self._trust, timeout=self._seconds)
        return _Bounded(self._wire, host, port, timeout=self._seconds)

    def allow(self, size: int) -> None:
        """Let the server send this much, and small talk, from now on."""
        self._imap.allowance = size + SMALL_TALK

    def enter(self) -> None:
        """Log in: with SASL PLAIN, which carries every letter, or with LOGIN where the server knows no better."""
        user, password = self._settings.user, self._settings.password
        if self.has_capability("AUTH=PLAIN"):
            self.plain_login(user, password)
        else:
            self.login('"' + user.replace("\\", "\\\\").replace('"', '\\"') + '"', password)
