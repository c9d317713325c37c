"""What may be written of a customer: bounds, forms, and the site's own fields. Pure; text stays text, whatever it says.

Raises NotValid with what is wrong and what would be right; what was typed is in no message.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from callrouter.caller_number import number_of
from config.customers import CustomerSettings, OwnField
from config.mailboxes import MailAddress
from config.values import LANGUAGE
from crm_bridge.model import Details, Handle, Kind, Mail, Matter, NotValid, Phone, Relation, Value
from ledger.storable import storable_text

T = TypeVar("T")

NAME, LINE, TEXT, NOTE = 200, 200, 2_000, 20_000
LABEL, TAG, ROLE = 40, 40, 80
#: Phones, mails, handles, people concerned, and tags of one customer.
MOST = 50
AMOUNT = 10**15
_MAIL = TypeAdapter(MailAddress)


def line(what: str, text: str, most: int = LINE, *, required: bool = False) -> str:
    """Return a text of one line, without blanks around it; line ends and control signs become blanks."""
    if len(text) > most * 4 or len(text.strip()) > most:
        raise NotValid(f"the {what} has {len(text)} letters: at most {most}")
    text = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()
    if required and not text:
        raise NotValid(f"the {what} is missing")
    return storable_text(text)


def lines(what: str, text: str, most: int = TEXT, *, required: bool = False) -> str:
    """Return a text of several lines, as it was written."""
    if len(text) > most:
        raise NotValid(f"the {what} has {len(text)} letters: at most {most}")
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+", " ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if required and not text:
        raise NotValid(f"the {what} is missing")
    return storable_text(text)


def details(written: Details, settings: CustomerSettings, country: str) -> Details:
    """Return what people wrote as it is kept: trimmed, numbers in E.164, each thing once. Raises NotValid."""
    if written.kind is Kind.ORGANISATION and written.organisation is not None:
        raise NotValid("an organisation belongs to no other: name it among those concerned")
    if written.status and written.status not in settings.statuses:
        raise NotValid(f"there is no such status: {_choices(settings.statuses)}")
    if written.language and not LANGUAGE.fullmatch(written.language):
        raise NotValid("the language is a code such as en or lt")
    return replace(
        written,
        name=line("name", written.name, NAME),
        phones=_each(written.phones, lambda p: phone(p, country), lambda p: p.number, "numbers"),
        mails=_each(written.mails, mail, lambda m: m.address, "mail addresses"),
        handles=_each(written.handles, _handle, lambda h: (h.service, h.handle), "handles"),
        address=lines("address", written.address, 1_000),
        website=_website(written.website),
        owner=line("owner", written.owner, 80),
        insiders=_each(written.insiders, lambda p: line("person", p, 40, required=True), lambda p: p, "people"),
        relations=_each(written.relations, _relation, lambda r: (r.customer, r.role), "people concerned"),
        tags=_each(written.tags, lambda tag: line("tag", tag, TAG, required=True), lambda tag: tag, "tags"),
        fields=_fields(written.fields, settings.fields),
    )


def phone(written: Phone, country: str) -> Phone:
    """Return a number in E.164 beside the text as it was written. Raises NotValid."""
    text = line("number", written.written or written.number, 60, required=True)
    number = number_of(written.number or text, country)
    if number is None:
        raise NotValid("this is no telephone number: write one such as +370 600 00001")
    return Phone(number, text, line("label", written.label, LABEL))


def mail(written: Mail) -> Mail:
    """Return a mail address in small letters, as nobody tells two apart by large ones. Raises NotValid."""
    try:
        address = _MAIL.validate_python(line("mail address", written.address, 254, required=True))
    except ValidationError as error:
        raise NotValid("this is no mail address: write one such as ona@acme.example") from error
    return Mail(address.casefold(), line("label", written.label, LABEL))


def matter(written: Matter, settings: CustomerSettings) -> Matter:
    """Return something about money as it is kept. Raises NotValid."""
    stage = written.stage or settings.stages[0].name
    if settings.stage(stage) is None:
        raise NotValid(f"there is no such stage: {_choices([known.name for known in settings.stages])}")
    if not re.fullmatch(r"[A-Z]{3}", written.currency):
        raise NotValid("the currency is three capital letters such as EUR")
    if not 0 <= written.amount <= AMOUNT:
        raise NotValid("the amount is too large, or less than nothing")
    title = line("title", written.title, LINE, required=True)
    return replace(written, title=title, stage=stage, whose=line("owner", written.whose, 80))


def _each(written: Iterable[T], kept: Callable[[T], T], key: Callable[[T], object], what: str) -> tuple[T, ...]:
    found: dict[object, T] = {}
    for one in written:
        tidy = kept(one)
        found.setdefault(key(tidy), tidy)
        if len(found) > MOST:
            raise NotValid(f"these are too many {what}: at most {MOST}")
    return tuple(found.values())


def _handle(written: Handle) -> Handle:
    service = line("service", written.service, LABEL, required=True).casefold()
    return Handle(service, line("handle", written.handle, LINE, required=True))


def _relation(written: Relation) -> Relation:
    return Relation(written.customer, line("role", written.role, ROLE, required=True))


def _website(written: str) -> str:
    website = line("website", written, 500)
    if website and not re.match(r"https?://", website, re.IGNORECASE):
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)", website):
            raise NotValid("a website begins with https:// or http://")  # it becomes a link: javascript: never does
        website = f"https://{website}"
    return website


def _fields(written: Mapping[str, Value], known: Mapping[str, OwnField]) -> dict[str, Value]:
    """Return the own fields in the site's order; one left empty is not there, and neither is one the site dropped."""
    if unknown := [name for name in written if name not in known]:
        raise NotValid(f"the site has no field {line('field', unknown[0][:40])}")
    empty = ("", None)
    return {
        name: _own(known[name].label or name, written[name], known[name])
        for name in known
        if name in written and written[name] not in empty
    }


def _own(what: str, value: Value, own: OwnField) -> Value:
    match own.kind:
        case "text":
            return lines(what, str(value), TEXT)
        case "number":
            return _number(what, value)
        case "date":
            try:
                return date.fromisoformat(str(value).strip()).isoformat()
            except ValueError as error:
                raise NotValid(f"{what} is a date such as 2026-12-24") from error
        case "choice":
            if value not in own.choices:
                raise NotValid(f"{what} is one of: {', '.join(own.choices)}")
            return value


def _number(what: str, value: Value) -> float | int:
    text = str(value).strip().replace(",", ".")
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,9})?", text) or isinstance(value, bool):
        raise NotValid(f"{what} is a number such as 12 or 12.5")
    number = float(text)
    return int(number) if math.isfinite(number) and number.is_integer() else number


def _choices(names: Iterable[str]) -> str:
    return "one of " + ", ".join(names)
