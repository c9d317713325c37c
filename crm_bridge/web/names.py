"""Everybody whom one page names, looked up at once: colleagues by account, customers by id."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from crm_bridge.model import Customer
from crm_bridge.web.room import Colleague, CustomersRoom
from crm_bridge.web.words import IN_LIST, name_of, shown


@dataclass(frozen=True)
class Named:
    """A customer's name and where the page is."""

    id: str
    name: str
    company: str = ""


@dataclass(frozen=True)
class Names:
    """What people are called on a page. `people` are those of the site, by name."""

    colleagues: Mapping[str, Colleague]
    customers: Mapping[str, Customer]
    people: Mapping[str, str]
    me: str = ""

    @classmethod
    async def of(cls, room: CustomersRoom, me: str, ids: Collection[str] = ()) -> Names:
        """Look them up."""
        colleagues = {one.name: one for one in await room.colleagues()}
        people = {name: person.name for name, person in room.site().people.items()}
        return cls(colleagues, await room.customers.of(ids) if ids else {}, people, me)

    def colleague(self, account: str) -> str:
        """Return what the owner of an account is called, '' for nobody."""
        known = self.colleagues.get(account)
        return known.title if known is not None else shown(account, IN_LIST)

    def who(self, account: str) -> str:
        """Return who did something, for a sentence."""
        if not account:
            return "the system"
        return "you" if account == self.me else self.colleague(account)

    def person(self, name: str) -> str:
        """Return what somebody of the site is called, by the name of the person or of the account."""
        return self.people.get(name) or self.colleague(name)

    def customer(self, id_: str) -> Named:
        """Return a customer's name; one that is gone has none."""
        known = self.customers.get(id_)
        if known is None:
            return Named("", "somebody who was removed")
        return Named(known.id, name_of(known), shown(known.company, IN_LIST))

    def choices(self, chosen: str = "") -> list[tuple[str, str]]:
        """List the accounts to choose from, the own one first, and what stands there now even if it is gone."""
        listed = sorted(self.colleagues.values(), key=lambda one: (one.name != self.me, one.title.casefold()))
        found = [(one.name, f"{one.title} (you)" if one.name == self.me else one.title) for one in listed]
        if chosen and chosen not in self.colleagues:
            found.append((chosen, f"{self.colleague(chosen)} (no account any more)"))
        return found
