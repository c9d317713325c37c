"""Owns the sockets towards a web server: which addresses they may lead to, and that they end when we say so."""

import contextlib
import socket
from collections.abc import Callable
from typing import Any
from weakref import WeakSet


class AddressRefused(OSError):
    """The name leads to an address where nothing may be sent."""


class Lines:
    """The sockets of one posting, or of one client.

    A transport that is closed first waits until the peer has taken the rest, and one that reads nothing never does.
    """

    def __init__(self, allowed: Callable[[str], bool] | None = None, deaf_after: float | None = None) -> None:
        """`allowed` is asked about the very address that is connected to, whatever name it came from.

        A peer that takes nothing for `deaf_after` seconds is left, even while we wait for nothing from it.
        """
        self._allowed = allowed
        self._deaf_after = deaf_after
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def make(self, address: tuple[Any, ...]) -> socket.socket:  # Any: as getaddrinfo's tuples are
        """Make the socket for an address; raises AddressRefused."""
        family, kind, protocol, _, where = address
        if self._allowed is not None and not self._allowed(where[0]):
            raise AddressRefused
        made = socket.socket(family, kind, protocol)
        if self._deaf_after is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self._deaf_after * 1000))
        self._sockets.add(made)
        return made

    def hang_up(self) -> None:
        """End what is still open."""
        for line in list(self._sockets):
            with contextlib.suppress(OSError):  # closed, or never connected
                line.shutdown(socket.SHUT_RDWR)
