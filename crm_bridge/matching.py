"""Who is calling: one customer, one of several, nobody we know, or somebody who does not say. Never a guess.

Owns what follows from a number. SQL is in `store`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.caller_number import is_withheld, number_of
from crm_bridge import store
from crm_bridge.model import Customer, Kind

#: So many are listed at most; `Match.count` says how many there are.
MOST = 20


class Matched(StrEnum):
    """What a number says of who is calling."""

    KNOWN = "known"
    ONE_OF = "one of several"
    UNKNOWN = "unknown"
    WITHHELD = "withheld"


@dataclass(frozen=True)
class Match:
    """What is known of who has a number.

    `number` is in E.164, '' where there is none. `customers` are those whose number it is, `count` of them.
    `switchboard` is the organisation whose number it is: then any of its `people` may be calling, `people_count` of
    them. `nameless` is the file of a number that has called before, of whom nobody has written anything.
    """

    kind: Matched
    number: str = ""
    customers: tuple[Customer, ...] = ()
    count: int = 0
    switchboard: Customer | None = None
    people: tuple[Customer, ...] = ()
    people_count: int = 0
    nameless: Customer | None = None

    @property
    def said(self) -> str:
        """Say it in words, without a name."""
        match self.kind:
            case Matched.ONE_OF:
                return f"one of {self.count}"
            case Matched.KNOWN if self.switchboard is not None and self.people_count:
                return f"the company, or one of its {self.people_count}"
            case _:
                return self.kind.value

    @property
    def customer(self) -> Customer | None:
        """The one customer, where there is one."""
        return self.customers[0] if self.kind is Matched.KNOWN else None

    @property
    def file(self) -> Customer | None:
        """Whose history is the caller's for certain: the customer's, or that of the number."""
        return self.customer or self.nameless


async def match(session: AsyncSession, ani: str, country: str) -> Match:
    """Return who has a number, read as dialled in `country`."""
    number = number_of(ani, country)
    if number is None:
        return Match(Matched.WITHHELD if is_withheld(ani) else Matched.UNKNOWN)
    theirs = await store.list_holders(session, number, MOST)
    if not theirs:
        return Match(Matched.UNKNOWN, number)
    if theirs[0].made_by_us:
        return Match(Matched.UNKNOWN, number, nameless=theirs[0])
    written = tuple(customer for customer in theirs if not customer.made_by_us)
    count = len(written) if len(theirs) < MOST else await store.count_holders(session, number)
    company = [customer for customer in written if customer.kind is Kind.ORGANISATION]
    switchboard = company[0] if len(company) == 1 else None
    people: tuple[Customer, ...] = ()
    if switchboard is not None:
        people = tuple(await store.list_people(session, switchboard.id, MOST))
    return Match(
        Matched.KNOWN if count == 1 else Matched.ONE_OF,
        number,
        written,
        count,
        switchboard,
        people,
        len(people) if len(people) < MOST or switchboard is None else await store.count_people(session, switchboard.id),
    )


def certain(found: Match) -> Customer | None:
    """Return whom one may name for a number: the one customer, or the company that all who have it belong to.

    None where the number is of several who are not one company's: naming one would be a guess.
    """
    if found.kind is Matched.ONE_OF:
        company = found.switchboard
        ours = company is not None and found.count == len(found.customers)
        belong = ours and all(company.id in (c.id, c.organisation) for c in found.customers if company is not None)
        return company if belong else None
    return found.file
