"""Rows made ready in the process that reads them, where no call waits; and the way of what was made to who writes it.

Owns its form as JSON, lists by position, for rows are many. What is made of a row is said in `importing_details`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from config.customers import CustomerSettings
from crm_bridge.exchange.model import NewCustomer
from crm_bridge.importing_details import Incoming, Reading
from crm_bridge.model import Details, Handle, Kind, Mail, NotValid, Phone

Said = Any  # JSON: a list, or why the row cannot be kept


def making(values: dict[str, Any]) -> Callable[[NewCustomer], Said]:
    """Return what makes of a customer in a file what is kept, as JSON; called in the process that reads."""
    reading = Reading(CustomerSettings.model_validate(values["settings"]), values["country"])

    def make(one: NewCustomer) -> Said:
        try:
            return pack(reading.incoming(one))
        except NotValid as error:
            return str(error)

    return make


def pack(one: Incoming) -> list[Any]:
    """Return a row as it would be kept as JSON; people concerned and insiders are in no file."""
    some = one.details
    return [
        some.name,
        some.kind.value,
        [(phone.number, phone.written, phone.label) for phone in some.phones],
        [(mail.address, mail.label) for mail in some.mails],
        [(handle.service, handle.handle) for handle in some.handles],
        some.address,
        some.website,
        some.language,
        some.status,
        some.owner,
        some.tags,
        some.fields,
        one.company,
        one.note,
        one.words,
        list(one.called),
        one.warnings,
    ]


def unpack(said: Said) -> Incoming | str:
    """Return the row of `pack`, or why it cannot be kept."""
    if isinstance(said, str):
        return said
    name, kind, phones, mails, handles, address, website, language, status, owner, tags, fields, *more = said
    company, note, words, called, warnings = more
    details = Details(
        name,
        Kind(kind),
        None,
        tuple([Phone(*phone) for phone in phones]),
        tuple([Mail(*mail) for mail in mails]),
        tuple([Handle(*handle) for handle in handles]),
        address,
        website,
        language,
        status,
        owner,
        (),
        (),
        tuple(tags),
        fields,
    )
    return Incoming(details, company, note, words, frozenset(called), tuple(warnings))
