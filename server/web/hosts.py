"""The names this server answers to, so that a stranger's name cannot be made to lead to it (DNS rebinding).

Owns reading the Host header. Knows neither routes nor accounts.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping

from server.terminal import Foreseen

#: Names for the pages besides localhost and the address they are served at, such as "calls.example pbx.lan".
SETTING = "SWITCHROOM_HOSTS"
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?)(?::[0-9]{1,5})?")
_LONGEST = 253


class Hosts:
    """Names that are ours besides localhost and the address a request came in at."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Take names or addresses. Raises ValueError for what is neither."""
        self._names = frozenset(map(_known_name, names))

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Hosts:
        """Read the setting. Raises Foreseen when it holds what is no name."""
        names = environment.get(SETTING, "").replace(",", " ").split()
        try:
            return cls(names)
        except ValueError as error:
            raise Foreseen(f"{SETTING} holds {error}: write names such as calls.example, blanks between them") from None

    def include(self, name: str, bound: str) -> bool:
        """Say whether a name, as `host_name` returns it, is ours; `bound` is the address the request came in at."""
        if name == "localhost" or name in self._names:
            return True
        address = _address(name)
        if address is None:
            return False
        # 0.0.0.0 is what `up` prints where it listens everywhere; browsers take it for this machine.
        return address.is_loopback or address.is_unspecified or address == _address(bound)


def host_name(header: str) -> str | None:
    """Return the name of a Host header without its port, as we write names; None for what is no Host header.

    >>> host_name("Calls.Example.:8080"), host_name("[::1]:80"), host_name("a@b")
    ('calls.example', '::1', None)
    """
    found = _HOST.fullmatch(header) if len(header) <= _LONGEST else None
    if found is None:
        return None
    name = found[1].lower().removesuffix(".")
    if name.startswith("["):
        address = _address(name[1:-1])
        return None if address is None else str(address)
    return name


def _known_name(text: str) -> str:
    name = host_name(f"[{text}]" if text.count(":") > 1 and text[0] != "[" else text)
    if name is None:
        raise ValueError(repr(text[:80]))
    return name


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
