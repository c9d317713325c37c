"""Owns what makes a customer of values, wherever they came from: limits, several of a kind, what is warned of.

Pure. A value that is none is left out with a warning; a row that says nobody, or too much, is refused by `Unfit`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from crm_bridge.exchange import values
from crm_bridge.exchange.limits import (
    MOST_NAME,
    MOST_NOTE,
    MOST_OF_ONE,
    MOST_OWN,
    MOST_OWNER,
    MOST_STREET,
    MOST_TAG,
    MOST_WORD,
)
from crm_bridge.exchange.model import Address, Kind, NewCustomer, NewHandle, NewPhone
from crm_bridge.exchange.values import Unfit, block, fitting, line

_Value = TypeVar("_Value")
_NOWHERE = Address()


class Draft:
    """A customer in the making: values are put in as they are met."""

    __slots__ = (
        *("address", "handles", "kind", "language", "mails", "name", "note", "organisation", "own", "owner", "phones"),
        *("status", "tags", "warnings", "website"),
    )

    def __init__(self) -> None:
        self.kind: Kind | None = None
        self.name = self.organisation = self.website = self.language = self.status = self.owner = self.note = ""
        self.address: dict[str, str] = {}
        self.phones: list[NewPhone] = []
        self.mails: list[str] = []
        self.handles: list[NewHandle] = []
        self.tags: list[str] = []
        self.own: dict[str, str] = {}
        self.warnings: list[str] = []

    def add_phones(self, texts: Iterable[str], label: str, country: str) -> None:
        for text in texts:
            self.phones += self._warned(lambda: values.phones(text, label, country), [])  # noqa: B023 - called at once

    def add_mails(self, texts: Iterable[str]) -> None:
        for text in texts:
            if address := self._warned(lambda: values.mail(text), ""):  # noqa: B023 - called at once
                self.mails.append(address)

    def add_handles(self, texts: Iterable[str], medium: str) -> None:
        for text in texts:
            found = self._warned(lambda: values.handle(fitting(text, "handle", MOST_WORD), medium), None)  # noqa: B023
            if found is not None:
                self.handles.append(found)

    def add_tags(self, texts: Iterable[str]) -> None:
        self.tags += (fitting(text, "tag", MOST_TAG) for text in texts)

    def add_note(self, text: str) -> None:
        """Put a note after those that are there."""
        if text := block(text):
            self.note = fitting(f"{self.note}\n{text}" if self.note else text, "note", MOST_NOTE)

    def add_own(self, name: str, text: str) -> None:
        """Say an own field of the site's; one of text may have several lines."""
        if text := block(text):
            self.own[name] = fitting(text, f"field {name}", MOST_OWN)

    def say_website(self, text: str) -> None:
        self.website = self.website or self._warned(lambda: values.website(text), "")

    def say_language(self, text: str) -> None:
        self.language = self.language or self._warned(lambda: values.language(text), "")

    def say_kind(self, text: str) -> None:
        self.kind = self.kind or self._warned(lambda: values.kind(text), None)

    def live_at(self, part: str, text: str) -> None:
        """Say a part of the address, by its name in `Address`."""
        text = block(text) if part == "street" else line(text)
        self.address[part] = fitting(text, part.replace("_", " "), MOST_STREET if part == "street" else MOST_WORD)

    def customer(self) -> NewCustomer:
        """Return the customer. Raises Unfit when nothing tells who it is, or a value is too long."""
        name, organisation, kind = self.name, self.organisation, self.kind
        if kind is None:
            kind = Kind.ORGANISATION if organisation and name in ("", organisation) else Kind.PERSON
        if kind is Kind.ORGANISATION and (not name or name == organisation):
            name, organisation = organisation, ""
        customer = NewCustomer(
            kind=kind,
            name=fitting(name, "name", MOST_NAME),
            organisation=fitting(organisation, "organisation", MOST_NAME),
            phones=_different(self.phones, "telephone numbers", lambda phone: phone.number),
            mails=_different(self.mails, "mail addresses", str.casefold),
            handles=_different(self.handles, "handles", lambda handle: handle),
            address=Address(**self.address) if self.address else _NOWHERE,
            website=self.website,
            language=self.language,
            status=fitting(self.status, "status", MOST_WORD),
            owner=fitting(self.owner, "owner", MOST_OWNER),
            tags=_different(self.tags, "tags", lambda tag: tag),
            note=self.note,
            own=self.own,
        )
        if not customer.somebody:
            why = "it has no name, no organisation, no number, no mail address and no handle"
            raise Unfit("; ".join((why, *self.warnings[:3])))
        return customer

    def _warned(self, read: Callable[[], _Value], instead: _Value) -> _Value:
        try:
            return read()
        except Unfit as error:
            self.warnings.append(str(error))
            return instead


def _different(found: list[_Value], what: str, of: Callable[[_Value], object]) -> tuple[_Value, ...]:
    """Return each once, as it was met first."""
    if len(found) < 2:
        return tuple(found)
    if len(found) > MOST_OF_ONE:
        raise Unfit(f"it has more than {MOST_OF_ONE} {what}")
    once: dict[object, _Value] = {}
    for value in found:
        once.setdefault(of(value), value)
    return tuple(once.values())
