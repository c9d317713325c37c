"""Owns the columns of our own CSV: what stands in each, for those who write and those who read it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from crm_bridge.exchange.model import NewCustomer, NewPhone

#: A value of several is on a line of its own; reading divides there.
_SEVERAL = "\n"
OWN = "Own: "
#: What a list of refused rows has after the columns of its file.
REASONS = ("Row", "Reason")


def _phone(phone: NewPhone) -> str:
    return f"{phone.number} ({phone.label})" if phone.label else phone.number


_CELLS: Mapping[str, Callable[[NewCustomer], str]] = {
    "Kind": lambda one: one.kind.value,
    "Name": lambda one: one.name,
    "Organisation": lambda one: one.organisation,
    "Phones": lambda one: _SEVERAL.join(map(_phone, one.phones)),
    "Mail addresses": lambda one: _SEVERAL.join(one.mails),
    "Handles": lambda one: _SEVERAL.join(f"{handle.medium}: {handle.name}" for handle in one.handles),
    "Street": lambda one: one.address.street,
    "Postal code": lambda one: one.address.postal_code,
    "City": lambda one: one.address.city,
    "Region": lambda one: one.address.region,
    "Country": lambda one: one.address.country,
    "Website": lambda one: one.website,
    "Language": lambda one: one.language,
    "Status": lambda one: one.status,
    "Owner": lambda one: one.owner,
    "Tags": lambda one: _SEVERAL.join(one.tags),
    "Note": lambda one: one.note,
}
FIXED = tuple(_CELLS)


def headings(own: Sequence[str]) -> list[str]:
    """Return the headings; `own` are the names of the site's own fields."""
    return [*FIXED, *(f"{OWN}{name}" for name in own)]


def cells(customer: NewCustomer, own: Sequence[str]) -> list[str]:
    """Return a customer's cells, in the order of the headings."""
    return [*(cell(customer) for cell in _CELLS.values()), *(customer.own.get(name, "") for name in own)]
