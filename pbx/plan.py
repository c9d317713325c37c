"""Owns the values one Asterisk is configured from, each checked before it may reach a file of Asterisk's.

Knows Asterisk's words only; must not know where the values come from.
"""

import ipaddress
import random
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from pbx.errors import BadPlan, NoFreePorts

PHONE_NAME = re.compile(r"[a-z0-9-]{1,32}")
_EXTENSION = re.compile(r"[0-9]{1,15}")
_SECRET = re.compile(r"[A-Za-z0-9_.~-]{8,128}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Za-z]{2,8})?")
_HOST = re.compile(r"[A-Za-z0-9.:-]{1,253}")
# Asterisk reads `;` as a comment, `[` as a new section, and has no escape for a quote inside a caller id.
_NEVER_IN_A_NAME = frozenset(';[]"\\<>')
_NEVER_IN_A_PATH = frozenset(";[]|,&${}\"'\\")
# Where we look for free ports: behind the well-known ones, before those that Linux hands out by itself.
_OURS = range(10_000, 32_768)
_RESERVED_NAMES = frozenset({"global", "system", "trunk", "trunk-identify", "transport-udp"})


def _check(what: str, value: str, pattern: re.Pattern[str]) -> None:
    if pattern.fullmatch(value) is None:
        raise BadPlan(f"{what} must match {pattern.pattern}")  # the value itself may be a secret


def _check_path(what: str, path: Path | None) -> None:
    if path is None:
        return
    text = str(path)
    if not path.is_absolute() or not text.isprintable() or _NEVER_IN_A_PATH & set(text):
        raise BadPlan(f"{what} must be absolute and free of ; [ ] , & | $ {{ }} quotes and backslashes: {text!r}")


@dataclass(frozen=True)
class Phone:
    """One telephone that may register here; `name` is its user name and Asterisk's name for it."""

    name: str
    extension: str
    secret: str
    display_name: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        _check("a phone's name", self.name, PHONE_NAME)
        if self.name in _RESERVED_NAMES:
            raise BadPlan(f"a phone may not be called {self.name!r}, that name is Asterisk's or ours")
        _check("a phone's extension", self.extension, _EXTENSION)
        _check("a phone's secret", self.secret, _SECRET)
        _check("a phone's language", self.language, _LANGUAGE)
        if len(self.display_name) > 80 or not self.display_name.isprintable():
            raise BadPlan("a display name must be at most 80 printable characters on one line")
        if forbidden := _NEVER_IN_A_NAME & set(self.display_name):
            raise BadPlan(f"a display name may not contain {' '.join(sorted(forbidden))}")


@dataclass(frozen=True)
class Ports:
    """The network ports of one Asterisk."""

    sip: int
    ami: int
    rtp_low: int
    rtp_high: int

    def __post_init__(self) -> None:
        for port in (self.sip, self.ami, self.rtp_low, self.rtp_high):
            if not 0 < port < 65536:
                raise BadPlan(f"{port} is no network port")
        if self.rtp_high - self.rtp_low < 3:
            raise BadPlan("the RTP range must hold at least four ports")


@dataclass(frozen=True)
class PbxPlan:
    """Everything that is ours to say in the configuration of one Asterisk."""

    phones: tuple[Phone, ...]
    ports: Ports
    agi_port: int
    agi_token: str
    ami_secret: str
    """Of the AMI user `switchroom`, which reads events."""
    ami_originate_secret: str
    """Of the AMI user `switchroom-originate`, which may place calls and hears nothing."""
    agi_host: str = "127.0.0.1"
    trunk_address: str = "127.0.0.2"
    trunk_port: int = 5060
    attendant_command: Path | None = None
    attendants_at_once: int = 4
    emergency_phones: tuple[str, ...] = ()
    music_folder: Path | None = None
    bind_address: str = "127.0.0.1"

    def __post_init__(self) -> None:
        for what in ("name", "extension"):
            values = [getattr(phone, what) for phone in self.phones]
            if twice := sorted({value for value in values if values.count(value) > 1}):
                raise BadPlan(f"two phones have the same {what}: {', '.join(twice)}")
        _check("the AGI token", self.agi_token, _SECRET)
        _check("the AMI secret", self.ami_secret, _SECRET)
        _check("the AMI originate secret", self.ami_originate_secret, _SECRET)
        _check("the AGI host", self.agi_host, _HOST)
        _check("the trunk address", self.trunk_address, _HOST)
        for port in (self.agi_port, self.trunk_port):
            if not 0 < port < 65536:
                raise BadPlan(f"{port} is no network port")
        try:
            ipaddress.ip_address(self.bind_address)
        except ValueError as bad:
            raise BadPlan(f"the bind address must be an IP address: {self.bind_address!r}") from bad
        if self.trunk_address == self.bind_address:
            # Every phone on that address would be taken for the trunk.
            raise BadPlan("the trunk needs another address than the one Asterisk binds to")
        if not 0 <= self.attendants_at_once <= 1000:
            raise BadPlan("attendants_at_once must be 0 to 1000")
        if unknown := sorted(set(self.emergency_phones) - {phone.name for phone in self.phones}):
            raise BadPlan(f"emergency phones that are not among the phones: {', '.join(unknown)}")
        _check_path("the attendant's program", self.attendant_command)
        _check_path("the music folder", self.music_folder)


def free_ports(*, rtp_ports: int = 2000, address: str = "127.0.0.1") -> Ports:
    """Find ports nobody holds now; raises NoFreePorts. Nothing keeps them free until Asterisk takes them.

    None is one that Linux hands out by itself: that could be the near end of somebody's connection by the time that
    Asterisk starts, or starts again. Chance keeps two of us apart.
    """
    for _ in range(50):
        sip, ami = random.sample(_OURS, 2)
        low = random.randrange(_OURS.start, _OURS.stop - rtp_ports, 2)  # noqa: S311 - no secret
        high = low + rtp_ports - 1
        if (
            not {sip, ami} & set(range(low, high + 1))
            and is_free(address, sip, socket.SOCK_DGRAM)
            and is_free("127.0.0.1", ami, socket.SOCK_STREAM)
            and _all_free(address, low, high)
        ):
            return Ports(sip=sip, ami=ami, rtp_low=low, rtp_high=high)
    raise NoFreePorts(f"{rtp_ports} neighbouring UDP ports, and two more")


def is_free(address: str, port: int, kind: socket.SocketKind) -> bool:
    """Tell whether a port could be bound now."""
    with socket.socket(_family(address), kind) as probe:
        if kind == socket.SOCK_STREAM:
            # As Asterisk does: the echo of an ended connection does not count as in use.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _all_free(address: str, low: int, high: int) -> bool:
    return all(is_free(address, port, socket.SOCK_DGRAM) for port in range(low, high + 1))
