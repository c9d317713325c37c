"""Makes of a row what is kept of a customer, by the site's statuses and own fields. Pure; knows no database.

A value that the site does not take is left out with a warning; a row that cannot be kept at all raises NotValid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from config.customers import CustomerSettings
from crm_bridge import rules
from crm_bridge.exchange.model import NewCustomer, NewPhone
from crm_bridge.found_by import words_for
from crm_bridge.model import Details, Handle, Kind, Mail, NotValid, Phone, Value
from crm_bridge.words import plain, split

_WORDS = ("address", "website", "language", "status", "owner")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A row as it would be kept; `company` is the name of the organisation it names, which may not be there yet.

    `called` are the words of the name: two are called the same, whichever of the words stands first.
    """

    details: Details
    company: str = ""
    note: str = ""
    words: str = ""
    called: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


class Reading:
    """Reads rows for one site."""

    def __init__(self, settings: CustomerSettings, country: str) -> None:
        self._settings = settings
        self._country = country
        self._statuses = {plain(status): status for status in settings.statuses}
        self._own = own_names(settings)

    def incoming(self, one: NewCustomer) -> Incoming:
        """Return a row as it would be kept. Raises NotValid."""
        warnings: list[str] = []
        kind = Kind(one.kind)
        status = self._statuses.get(plain(one.status), "") if one.status else ""
        if one.status and not status:
            warnings.append(f"“{one.status[:40]}” is none of the site's statuses")
        written = Details(
            one.name,
            kind,
            handles=tuple(Handle(handle.medium, handle.name) for handle in one.handles),
            address="\n".join(one.address.lines()),
            language=one.language,
            status=status,
            owner=one.owner,
            tags=one.tags,
        )
        details = rules.details(written, self._settings, self._country)
        details = replace(
            details,
            # The file's reader has read these already, each once and in E.164: that is two thirds of the work.
            phones=tuple(map(_phone, one.phones)),
            mails=self._mails(one.mails, warnings) if one.mails else (),
            website=self._website(one.website, warnings) if one.website else "",
            fields=self._fields(one.own, warnings) if one.own else {},
        )
        company = rules.line("organisation", one.organisation, rules.NAME) if kind is Kind.PERSON else ""
        note = rules.lines("note", one.note, rules.NOTE) if one.note else ""
        words = words_for(details, company)
        return Incoming(details, company, note, words, called(details.name), tuple(warnings))

    def _website(self, text: str, warnings: list[str]) -> str:
        found = self._tried(Details("", website=text), warnings)
        return found.website

    def _fields(self, own: Mapping[str, str], warnings: list[str]) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for said, value in own.items():
            name = self._own.get(said.casefold())
            if name is None:
                warnings.append(f"the site has no field “{said[:40]}”")
            else:
                found |= self._tried(Details("", fields={name: value}), warnings).fields
        return found

    def _tried(self, details: Details, warnings: list[str]) -> Details:
        """Return details of a single value as they are kept, empty with a warning if they cannot be."""
        try:
            return rules.details(details, self._settings, self._country)
        except NotValid as error:
            warnings.append(str(error))
            return Details("")

    @staticmethod
    def _mails(addresses: tuple[str, ...], warnings: list[str]) -> tuple[Mail, ...]:
        found: dict[str, Mail] = {}
        for address in addresses:
            try:
                mail = rules.mail(Mail(address))
            except NotValid as error:
                warnings.append(str(error))
            else:
                found.setdefault(mail.address, mail)
        return tuple(found.values())


def left_out(there: Details, company: str, row: Incoming) -> tuple[str, ...]:
    """Return a warning of what a row says and one who is there is not given: he has another of it, or none.

    `company` is what his organisation is called.
    """
    new = row.details
    said = {
        "name": bool(new.name) and row.called != called(there.name),
        "organisation": bool(row.company) and plain(row.company) != plain(company),
        **{name: getattr(new, name) not in ("", getattr(there, name)) for name in _WORDS},
        "tags": not set(new.tags) <= set(there.tags),
        "own fields": any(there.fields.get(name) != value for name, value in new.fields.items()),
        "note": bool(row.note),
    }
    names = ", ".join(name for name, is_other in said.items() if is_other)
    return (f"left out, for the customer was there already: {names}",) if names else ()


def called(name: str) -> frozenset[str]:
    """Return the words of a name, for telling whether two are called the same.

    >>> called("Žemaitė Ona") == called("Ona  ŽEMAITĖ")
    True
    """
    return frozenset(split(name))


def own_names(settings: CustomerSettings) -> dict[str, str]:
    """Return the names of the site's own fields by what people call them, label or name, in small letters."""
    labels = {(field.label or name).casefold(): name for name, field in settings.fields.items()}
    return {**labels, **{name.casefold(): name for name in settings.fields}}


def _phone(one: NewPhone) -> Phone:
    return Phone(one.number, one.written or one.number, one.label)
