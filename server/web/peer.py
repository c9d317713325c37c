"""Owns the address of who asks, also behind a proxy on this machine."""

from __future__ import annotations

from ipaddress import ip_address

from aiohttp import web


def peer_of(request: web.Request) -> str:
    """Return the address of who asks; behind a proxy on this machine, the address that the proxy saw."""
    remote = request.remote or ""
    said = ",".join(request.headers.getall("X-Forwarded-For", []))
    # Each proxy adds what it saw at the end: only that is by the one next to us, the rest is anybody's word.
    nearest = said.rpartition(",")[2].strip()
    try:
        return str(ip_address(nearest)) if ip_address(remote).is_loopback else remote
    except ValueError:
        return remote
