"""What the site says of the machine it runs on: where Asterisk and the pages are, and what callers get without us.

Owns names, types, defaults and single-value limits, like `config.schema`, whose part it is.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import Field, model_validator

from config.values import AbsolutePath, Address, Part, PhoneName


class Emergency(Part):
    """What callers get when the server is not there."""

    attendants: Annotated[int, Field(ge=0, le=200)] = 10
    phones: tuple[PhoneName, ...] = ()


class Pbx(Part):
    """Where Asterisk is; left out, Switchroom brings its own."""

    binary: AbsolutePath | None = None
    trunk: Address = "127.0.0.2"
    sip_port: Annotated[int, Field(ge=0, le=65535)] = 0
    bind: Address = "127.0.0.1"

    @model_validator(mode="after")
    def _two_addresses(self) -> Self:
        if ip_address(self.trunk) == ip_address(self.bind):  # every phone there would be taken for the trunk
            raise ValueError(
                f"the trunk cannot have the address that `bind:` has, {self.bind}: give one of them another address"
            )
        return self


class Web(Part):
    """Where the pages are served; port 0 takes a free one."""

    bind: Address = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
