"""A person's rights: everything known about a customer, forgetting one, and who looked at whom.

Owns the customers' own part only: messages, faxes and recordings are other features', who are told which they are.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import store, store_interactions, store_matters, store_privacy
from crm_bridge import store_customers as kept
from crm_bridge.model import CustomerFile, Interaction, NoSuchCustomer
from crm_bridge.telling import Change
from crm_bridge.writing import Desk

#: Who looked at whom is kept for so long.
KEEP_LOOKS = timedelta(days=365)
_PAGE = 1_000
#: More steps, notes or matters than this nobody writes of one customer.
_MOST = 100_000


@dataclass(frozen=True)
class Erased:
    """What went of a customer: how many of each, and what others have to forget too.

    `interactions` are as they were; those of nobody from the customer's own numbers are among the `calls` as well.
    """

    customer: str
    pseudonym: str
    at: datetime
    by: str
    counts: Mapping[str, int]
    numbers: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    calls: tuple[str, ...] = ()


@dataclass(frozen=True)
class Look:
    """Somebody looked at a customer within this hour."""

    by: str
    hour: datetime


class Privacy:
    """What persons may ask of us about themselves."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def looked(self, customer: str, by: str) -> bool:
        """Note that somebody looked at a customer, once an hour; False when that is known or nobody is there."""
        hour = self._desk.clock.now().replace(minute=0, second=0, microsecond=0)
        async with self._desk.db.reading() as session:  # most looks are known: looking costs no write
            if await store_privacy.has_looked(session, customer, by, hour):
                return False
        async with self._desk.db.writing() as session:
            return await store_privacy.add_look(session, customer, by, hour)

    async def lookers(self, customer: str, limit: int = 100) -> list[Look]:
        """List who looked at a customer, the newest first."""
        async with self._desk.db.reading() as session:
            return [Look(by, hour) for by, hour in await store_privacy.list_looks(session, customer, limit)]

    async def forget_looks(self, limit: int = 10_000) -> int:
        """Forget who looked at whom when that is over a year ago; return how many."""
        async with self._desk.db.writing() as session:
            return await store_privacy.remove_looks(session, self._desk.clock.now() - KEEP_LOOKS, limit)

    async def export(self, customer: str) -> dict[str, Any]:
        """Return everything known about a customer, as JSON can say it. Raises NoSuchCustomer."""
        async with self._desk.db.reading() as session:
            file = await kept.find(session, customer)
            if file is None:
                raise NoSuchCustomer(customer)
            everything = {
                "customer": file,
                "notes": await store_matters.list_notes(session, customer, _MOST),
                "matters": await store_matters.list_matters(session, customer, _MOST),
                "activities": await store_matters.list_activities(session, customer, _MOST),
                "interactions": await _interactions(session, customer),
                "steps": [step for _, step in await kept.list_steps(session, customer, None, _MOST)],
                "looked_at_by": [Look(by, at) for by, at in await store_privacy.list_looks(session, customer, _MOST)],
                "merged": await kept.list_files(session, await store_privacy.list_merged(session, customer)),
            }
        return {name: _json(part) for name, part in everything.items()}

    async def erase(self, customer: str, by: str) -> Erased:
        """Forget a customer and those merged into him; what he did stays countable, as somebody's.

        Interactions keep their time, department and outcome, and lose number and facts for a pseudonym that says
        nothing. Raises NoSuchCustomer.
        """
        async with self._desk.writing(by) as now:
            session = now.session
            file = await kept.find(session, customer, lock=True)
            if file is None:
                raise NoSuchCustomer(customer)
            merged = await kept.list_files(session, await store_privacy.list_merged(session, customer))
            everybody = [file, *merged]
            ids = [one.id for one in everybody]
            numbers = {phone.number for one in everybody for phone in one.details.phones}
            holders = await store.holders(session, numbers)
            own = [number for number in numbers if set(holders.get(number, ())) <= set(ids)]
            interactions = [i for id_ in ids for i in await _interactions(session, id_)]
            counts = await store_privacy.count_rows(session, ids)
            pseudonym = f"erased {secrets.token_hex(6)}"
            nameless: list[str] = []
            for id_ in ids:
                nameless += await store_interactions.make_nameless(session, id_, own, pseudonym)
            await kept.remove(session, ids)
            now.told += [Change(id_, "erased") for id_ in ids]
            return Erased(
                customer,
                pseudonym,
                now.at,
                by,
                {**counts, "customers": len(ids), "interactions": len(nameless)},
                tuple(sorted(numbers)),
                tuple(sorted({mail.address for one in everybody for mail in one.details.mails})),
                tuple(interactions),
                tuple(await store_interactions.calls_of(session, nameless)),
            )


async def _interactions(session: AsyncSession, customer: str) -> list[Interaction]:
    found: list[Interaction] = []
    while True:
        some = await store_interactions.list_all(session, customer, found[-1].id if found else "", _PAGE)
        found += some
        if len(some) < _PAGE:
            return found


def _json(value: object) -> Any:  # whatever JSON may hold
    match value:
        case CustomerFile() | Interaction():
            return {name: _json(part) for name, part in asdict(value).items()}
        case Enum():
            return value.value
        case date():
            return value.isoformat()
        case Mapping():
            return {name: _json(part) for name, part in value.items()}
        case list() | tuple():
            return [_json(part) for part in value]
        case None | str() | int() | float():
            return value
        case _:
            return _json(asdict(value))  # type: ignore[call-overload]  # one of the model's dataclasses
