"""What people wrote of a customer, as the card on the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from config.customers import CustomerSettings, OwnField
from crm_bridge.model import CustomerFile, Value
from crm_bridge.web.names import Named, Names
from crm_bridge.web.words import VALUE, shown
from ledger.web.times import exact


@dataclass(frozen=True)
class Number:
    """A number as it was written, in E.164 for calling."""

    number: str
    written: str
    label: str


@dataclass(frozen=True)
class Concerned:
    """Another customer concerned, and what that one is to this; `of` where this one is that to the other."""

    customer: Named
    role: str
    of: bool = False


@dataclass(frozen=True)
class Card:
    """Who somebody is. `website` is where a link leads, `website_words` what it says."""

    numbers: tuple[Number, ...]
    mails: tuple[tuple[str, str], ...]
    handles: tuple[tuple[str, str], ...]
    address: str
    website: str
    website_words: str
    language: str
    status: str
    owner: str
    company: Named | None
    insiders: tuple[str, ...]
    concerned: tuple[Concerned, ...]
    #: As they are, and as they may be shown.
    tags: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    since: str
    changed: str


def card_of(file: CustomerFile, settings: CustomerSettings, names: Names, zone: ZoneInfo) -> Card:
    """Return the card of a file; a field that the site has dropped is not shown."""
    details = file.details
    concerned = [Concerned(names.customer(r.customer), shown(r.role)) for r in details.relations]
    concerned += [Concerned(names.customer(r.customer), shown(r.role), of=True) for r in file.concerned_in]
    return Card(
        numbers=tuple(Number(p.number, shown(p.written or p.number), shown(p.label)) for p in details.phones),
        mails=tuple((mail.address, shown(mail.label)) for mail in details.mails),
        handles=tuple((shown(handle.service), shown(handle.handle)) for handle in details.handles),
        address=details.address,
        website=details.website,
        website_words=shown(_plain(details.website), 60),
        language=details.language,
        status=details.status,
        owner=names.colleague(details.owner),
        company=names.customer(details.organisation) if details.organisation is not None else None,
        insiders=tuple(shown(names.person(person)) for person in details.insiders),
        concerned=tuple(concerned),
        tags=tuple((tag, shown(tag)) for tag in details.tags),
        fields=tuple(
            (own.label or name, _in_words(details.fields[name], own))
            for name, own in settings.fields.items()
            if name in details.fields
        ),
        since=exact(file.since, zone),
        changed=exact(file.changed_at, zone),
    )


def _plain(website: str) -> str:
    parts = urlsplit(website)
    return f"{parts.netloc}{parts.path}".removeprefix("www.").rstrip("/") or website


def _in_words(value: Value, own: OwnField) -> str:
    if own.kind == "date":
        try:
            day = date.fromisoformat(str(value))
        except ValueError:  # it was text before the site made it a date
            return shown(str(value), VALUE)
        return f"{day.day} {day:%B %Y}"
    return f"{value:,}" if own.kind == "number" and isinstance(value, int | float) else shown(str(value), 10 * VALUE)
