"""Who of those who are there a row is, where that is certain, and what the rule makes of it. Never a guess.

A row is a customer who has one of its numbers or mail addresses and is called the same, or where one of both has no
name; an organisation also one of the same name, if there is only one. SQL is in `importing_store`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crm_bridge.importing_details import Incoming, called
from crm_bridge.importing_model import Rule
from crm_bridge.model import Details, Kind
from crm_bridge.words import plain


@dataclass(frozen=True, slots=True)
class There:
    """A customer who is there, as far as it takes to tell."""

    id: str
    kind: Kind
    name: str
    called: frozenset[str]


@dataclass(frozen=True, slots=True)
class Add:
    """It is somebody new."""


@dataclass(frozen=True, slots=True)
class Join:
    """It is certainly this one, and the rule gives what is new to him."""

    whom: There


@dataclass(frozen=True, slots=True)
class Skip:
    """It is there, and the rule leaves it so."""

    whom: There


@dataclass(frozen=True, slots=True)
class Refuse:
    """It could be several: whose it is, is for people to say."""

    why: str


Decision = Add | Join | Skip | Refuse


@dataclass(slots=True)
class Register:
    """Those who are there and may be one of some rows; whom the rows before brought is put in as well."""

    by_number: dict[str, list[There]] = field(default_factory=dict)
    by_mail: dict[str, list[There]] = field(default_factory=dict)
    #: Organisations by their plain name.
    companies: dict[str, list[There]] = field(default_factory=dict)

    def put(self, one: There, numbers: Iterable[str], mails: Iterable[str]) -> None:
        """Put somebody in."""
        for number in numbers:
            self.by_number.setdefault(number, []).append(one)
        for address in mails:
            self.by_mail.setdefault(address, []).append(one)
        if one.kind is Kind.ORGANISATION and one.name:
            same = self.companies.setdefault(plain(one.name), [])
            if one not in same:
                same.append(one)

    def put_new(self, id_: str, details: Details, words: frozenset[str] | None = None) -> There:
        """Put somebody in who was just brought; `words` are those of the name, if they are known."""
        one = There(id_, details.kind, details.name, called(details.name) if words is None else words)
        self.put(one, (phone.number for phone in details.phones), (mail.address for mail in details.mails))
        return one

    def who(self, row: Incoming) -> Mapping[str, There]:
        """Return who the row may be, by id."""
        details = row.details
        found: dict[str, There] = {}
        for phone in details.phones:
            found.update((one.id, one) for one in self.by_number.get(phone.number, ()) if _same(row, one))
        for mail in details.mails:
            found.update((one.id, one) for one in self.by_mail.get(mail.address, ()) if _same(row, one))
        if not found and details.kind is Kind.ORGANISATION and details.name:
            found.update((one.id, one) for one in self.companies.get(plain(details.name), ()))
        return found


def decide(row: Incoming, register: Register, rule: Rule) -> Decision:
    """Say what becomes of a row."""
    if rule is Rule.ADD:
        return Add()
    found = register.who(row)
    if not found:
        return Add()
    first = next(iter(found.values()))
    if rule is Rule.SKIP:
        return Skip(first)
    if len(found) > 1:
        return Refuse(f"it may be each of {len(found)} customers who are there: say by hand which")
    return Join(first)


def _same(row: Incoming, one: There) -> bool:
    if not row.called or not one.called:
        return True
    return row.called == one.called and row.details.kind is one.kind
