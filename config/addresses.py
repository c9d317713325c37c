"""Which addresses of the network may be sent anything: the rule against requests into our own house. Pure."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

#: IPv6 addresses that end in the IPv4 one they stand for: compatible with it, translated, NAT64, and its local form.
_CARRYING = tuple(
    ipaddress.IPv6Network(network) for network in ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48")
)


def is_outside(address: str) -> bool:
    """Tell whether an address lies on the internet, and not in this machine, our network, or a cloud's inner one.

    >>> is_outside("1.1.1.1"), is_outside("127.0.0.1"), is_outside("169.254.169.254"), is_outside("::ffff:10.0.0.1")
    (True, False, False, False)
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.is_site_local:  # what private networks had before fc00::/7
        return False
    return all(one.is_global and not one.is_multicast for one in (ip, *_carried(ip)))


def machine_of(url: str) -> str | None:
    """Return the machine that an address names; None for an address that cannot be used."""
    try:
        parts = urlsplit(url)
        return parts.hostname if parts.port != 0 else None
    except ValueError:
        return None


def _carried(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """List the IPv4 addresses that an IPv6 address stands for."""
    if isinstance(ip, IPv4Address):
        return []
    found = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
    if any(ip in network for network in _CARRYING):
        found.append(IPv4Address(int(ip) & 0xFFFF_FFFF))
    return [one for one in found if one is not None]
