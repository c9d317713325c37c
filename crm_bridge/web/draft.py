"""A customer as a form has it: every field as text, from a file or as somebody typed it, and back.

Pure. Whether it may be written is said in `crm_bridge.rules`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from config.customers import CustomerSettings
from crm_bridge import rules
from crm_bridge.model import CustomerFile, Details, Handle, Kind, Mail, NotValid, Phone, Relation
from crm_bridge.web.names import Names

#: Rows of one kind that a form may have; a file has at most 50.
MOST = 60
#: The longest text that is taken from a field, letters; longer ones are cut, and refused by the rules.
_LONGEST = 30_000
_ROW = re.compile(r"(phone|mail|handle|relation)\.(\d{1,3})(?:\.(label|service|role|name))?", re.ASCII)


@dataclass(frozen=True)
class Row:
    """A row of a list: the value, what stands beside it (label, service or role), and a customer's name."""

    value: str = ""
    beside: str = ""
    name: str = ""


@dataclass(frozen=True)
class Draft:
    """The form. `organisation` is an id, `company` what is written there; `tags` are separated by commas.

    `version` and `seen` say which state of the file it was filled in from.
    """

    kind: str = Kind.PERSON.value
    name: str = ""
    organisation: str = ""
    company: str = ""
    phones: tuple[Row, ...] = ()
    mails: tuple[Row, ...] = ()
    handles: tuple[Row, ...] = ()
    relations: tuple[Row, ...] = ()
    address: str = ""
    website: str = ""
    language: str = ""
    status: str = ""
    owner: str = ""
    insiders: tuple[str, ...] = ()
    tags: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    seen: str = ""

    @classmethod
    def of_details(cls, details: Details, company: str, names: Names, *, version: int = 0, seen: str = "") -> Draft:
        """Return the form filled in with this."""
        return cls(
            kind=details.kind.value,
            name=details.name,
            organisation=details.organisation or "",
            company=company,
            phones=tuple(Row(p.written or p.number, p.label) for p in details.phones),
            mails=tuple(Row(m.address, m.label) for m in details.mails),
            handles=tuple(Row(h.handle, h.service) for h in details.handles),
            relations=tuple(Row(r.customer, r.role, names.customer(r.customer).name) for r in details.relations),
            address=details.address,
            website=details.website,
            language=details.language,
            status=details.status,
            owner=details.owner,
            insiders=details.insiders,
            tags=", ".join(details.tags),
            fields={name: str(value) for name, value in details.fields.items()},
            version=version,
            seen=seen,
        )

    @classmethod
    def of_file(cls, file: CustomerFile, names: Names) -> Draft:
        """Return the form filled in with a file."""
        return cls.of_details(file.details, file.company, names, version=file.version, seen=file.changed_at.isoformat())

    @classmethod
    def of_form(cls, form: Mapping[str, str]) -> Draft:
        """Return what somebody typed."""
        rows = _rows_of(form)
        version = form.get("version", "")
        return cls(
            **{
                name: form.get(name, "")[:_LONGEST]
                for name in ("kind", "name", "organisation", "company", "address", "website", "language", "status")
            },
            owner=form.get("owner", "")[:_LONGEST],
            tags=form.get("tags", "")[:_LONGEST],
            phones=tuple(rows["phone"]),
            mails=tuple(rows["mail"]),
            handles=tuple(rows["handle"]),
            relations=tuple(rows["relation"]),
            insiders=tuple(sorted(islice((n.partition(".")[2] for n in form if n.startswith("insider.")), MOST))),
            fields={n.partition(".")[2]: v[:_LONGEST] for n, v in form.items() if n.startswith("field.")},
            version=int(version) if re.fullmatch(r"\d{1,9}", version, re.ASCII) else 0,
            seen=form.get("seen", "")[:40],
        )

    def details(self, before: Details | None = None) -> Details:
        """Return what it says; a number that stands as it stood in `before` stays that number."""
        known = {phone.written: phone.number for phone in before.phones} if before is not None else {}
        kind = Kind.ORGANISATION if self.kind == Kind.ORGANISATION.value else Kind.PERSON
        return Details(
            name=self.name,
            kind=kind,
            organisation=(self.organisation or None) if kind is Kind.PERSON else None,
            phones=tuple(_phone(row, known) for row in self.phones if row.value.strip()),
            mails=tuple(Mail(row.value, row.beside) for row in self.mails if row.value.strip()),
            handles=tuple(Handle(row.beside, row.value) for row in self.handles if row.value.strip()),
            relations=tuple(Relation(row.value, row.beside or "concerned") for row in self.relations if row.value),
            address=self.address,
            website=self.website,
            language=self.language.strip(),
            status=self.status,
            owner=self.owner,
            insiders=self.insiders,
            tags=tuple(tag for part in self.tags.split(",") if (tag := part.strip())),
            fields=dict(self.fields),
        )

    def mistakes(self, settings: CustomerSettings, country: str) -> dict[str, str]:
        """Say what is wrong with which row, by the name of its field."""
        found: dict[str, str] = {}

        def look(name: str, check: Callable[[], object]) -> None:
            try:
                check()
            except NotValid as wrong:
                found[name] = str(wrong)

        for n, row in enumerate(self.phones):
            if row.value.strip():
                look(f"phone.{n}", lambda row=row: rules.phone(Phone("", row.value, row.beside), country))  # type: ignore[misc]  # the row of this turn
        for n, row in enumerate(self.mails):
            if row.value.strip():
                look(f"mail.{n}", lambda row=row: rules.mail(Mail(row.value, row.beside)))  # type: ignore[misc]  # as above
        for name in settings.fields:
            value = self.fields.get(name, "")
            look(f"field.{name}", lambda name=name, value=value: _own_field(name, value, settings, country))  # type: ignore[misc]  # as above
        return found


def _own_field(name: str, value: str, settings: CustomerSettings, country: str) -> None:
    rules.details(Details("", fields={name: value}), settings, country)


def _phone(row: Row, known: Mapping[str, str]) -> Phone:
    return Phone(known.get(row.value, ""), row.value, row.beside)


def _rows_of(form: Mapping[str, str]) -> dict[str, list[Row]]:
    """Return the rows of each list in the order of their numbers, those without a value left out."""
    found: dict[str, dict[int, dict[str, str]]] = {"phone": {}, "mail": {}, "handle": {}, "relation": {}}
    for name, kind, number, part in _parts_of(form):
        found[kind].setdefault(number, {})[part] = form[name][:_LONGEST]
    return {
        kind: [
            Row(
                row.get("value", ""),
                row.get("label") or row.get("service") or row.get("role") or "",
                row.get("name", ""),
            )
            for _, row in sorted(rows.items())[:MOST]
            if row.get("value", "").strip() or row.get("name", "").strip()
        ]
        for kind, rows in found.items()
    }


def _parts_of(form: Mapping[str, str]) -> Iterator[tuple[str, str, int, str]]:
    for name in form:
        if (match := _ROW.fullmatch(name)) is not None:
            yield name, match[1], int(match[2]), match[3] or "value"
