"""The plain values that come out of a file and go into one: a customer, before anybody knows whether we have it.

Values only; knows neither files nor the customers' own model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a customer is."""

    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class NewPhone:
    """A telephone number: E.164, and what its owner calls it ("mobile").

    Two are the same however they were written, so `written` is not compared.
    """

    number: str
    label: str = ""
    written: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class NewHandle:
    """A name somebody has on a medium that is neither telephone nor mail; `medium` is lower case ("whatsapp")."""

    medium: str
    name: str


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `street` may have several lines and holds what could not be told apart."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    country: str = ""

    def lines(self) -> list[str]:
        """Return it as it is written on a letter, without empty lines."""
        town = " ".join(filter(None, (self.postal_code, self.city)))
        return [line for line in (*self.street.split("\n"), town, self.region, self.country) if line]


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer as a file tells of it.

    Of an organisation `name` is its own name; of a person `organisation` is where the person belongs. `own` are the
    fields that a site defined, by name. No value has blanks around it; only `note`, the street and
    own fields have several lines.
    """

    kind: Kind = Kind.PERSON
    name: str = ""
    organisation: str = ""
    phones: tuple[NewPhone, ...] = ()
    mails: tuple[str, ...] = ()
    handles: tuple[NewHandle, ...] = ()
    address: Address = Address()
    website: str = ""
    language: str = ""
    status: str = ""
    owner: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def somebody(self) -> bool:
        """Say whether anything tells who it is: a name, an organisation, a number, a mail address or a handle."""
        return bool(self.name or self.organisation or self.phones or self.mails or self.handles)
