"""Owns writing vCard 4.0 (RFC 6350), so that reading it gives the same customers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from crm_bridge.exchange.model import Kind, NewCustomer, NewPhone
from crm_bridge.exchange.vcard import LABEL, OWN, OWNER, SERVICE, STATUS

_OCTETS = 75
_TYPE_OF_LABEL = {"mobile": "cell", "work": "work", "home": "home", "fax": "fax"}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_CARETS = str.maketrans({"^": "^^", '"': "^'"})  # RFC 6868
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;", "\n": "\\n"})


class VcardExport:
    """Writes customers piece by piece."""

    content_type = "text/vcard; charset=utf-8"

    def begin(self) -> bytes:
        """Return nothing: cards follow each other."""
        return b""

    def some(self, customers: Iterable[NewCustomer]) -> bytes:
        """Return the cards of some customers."""
        return b"".join(_folded(line) for customer in customers for line in _lines(customer))


def _lines(customer: NewCustomer) -> Iterator[str]:
    yield "BEGIN:VCARD"
    yield "VERSION:4.0"
    yield f"KIND:{'org' if customer.kind is Kind.ORGANISATION else 'individual'}"
    if customer.name:
        yield f"FN:{_text(customer.name)}"
    else:  # there must be one; RFC 9554 tells readers that it is nobody's name
        yield f"FN;DERIVED=TRUE:{_text(_called(customer))}"
    if customer.organisation:
        yield f"ORG:{_text(customer.organisation)}"
    for number, phone in enumerate(customer.phones, 1):
        yield from _phone(number, phone)
    yield from (f"EMAIL:{_text(mail)}" for mail in customer.mails)
    yield from (f"IMPP{_medium(handle.medium)}:{quote(handle.name, safe='@+')}" for handle in customer.handles)
    at = customer.address
    if at.lines():
        yield "ADR:" + ";".join(map(_text, ("", "", at.street, at.city, at.region, at.postal_code, at.country)))
    if customer.website:
        yield f"URL:{customer.website}"
    if customer.language:
        yield f"LANG:{customer.language}"
    if customer.tags:
        yield "CATEGORIES:" + ",".join(map(_text, customer.tags))
    for name, value in ((STATUS, customer.status), (OWNER, customer.owner), ("NOTE", customer.note)):
        if value:
            yield f"{name}:{_text(value)}"
    yield from (f"{OWN}:{_text(name)};{_text(value)}" for name, value in customer.own.items() if value)
    yield "END:VCARD"


def _phone(number: int, phone: NewPhone) -> Iterator[str]:
    """Say a label in the standard's words if it has one, else as Apple does, which others read too."""
    if phone.label in _TYPE_OF_LABEL:
        yield f"TEL;VALUE=uri;TYPE={_TYPE_OF_LABEL[phone.label]}:tel:{phone.number}"
    elif phone.label:
        yield f"item{number}.TEL;VALUE=uri:tel:{phone.number}"
        yield f"item{number}.{LABEL}:{_text(phone.label)}"
    else:
        yield f"TEL;VALUE=uri:tel:{phone.number}"


def _medium(medium: str) -> str:
    """Say a medium as the scheme of an address; one that cannot be a scheme as Apple does."""
    if _SCHEME.fullmatch(medium):
        return f":{medium}"
    return f';{SERVICE}="{medium.translate(_CARETS)}":x-apple'


def _called(customer: NewCustomer) -> str:
    numbers = (phone.number for phone in customer.phones)
    return next(filter(None, (customer.organisation, *numbers, *customer.mails)), "?")


def _text(text: str) -> str:
    return text.translate(_ESCAPES)


def _folded(line: str) -> bytes:
    """Return a line in UTF-8, broken after at most 75 octets and never within a letter (RFC 6350, 3.2)."""
    raw = line.encode("utf-8", "replace")
    pieces = []
    room = _OCTETS
    while len(raw) > room:
        end = room
        while raw[end] & 0xC0 == 0x80:
            end -= 1
        pieces.append(raw[:end])
        raw, room = raw[end:], _OCTETS - 1
    return b"\r\n ".join((*pieces, raw)) + b"\r\n"
