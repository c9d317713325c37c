"""A person's rights: everything known about a customer, forgetting one, and who looked at whom.

Owns the customers' own part only: messages, faxes and recordings are other features', who are told which they are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

import phonenumbers
from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import importing_known, once_store, store, store_held, store_interactions, store_matters, store_privacy
from crm_bridge import store_customers as kept
from crm_bridge.model import CustomerFile, Interaction, Kind, Medium, NoSuchCustomer
from crm_bridge.telling import Change
from crm_bridge.writing import Cabinet
from ledger.forgetting import forget_for_good
from ledger.forgetting_words import Whom, new_pseudonym

#: Shorter parts of a name are words of any text.
_SHORTEST_NAME = 4
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
    #: The same for those who forget with us: only what nobody else has.
    whom: Whom = field(default_factory=lambda: Whom(""))


#: Is called in the transaction in which a customer is forgotten, to write down what others have to forget.
Also = Callable[[AsyncSession, Erased], Awaitable[None]]


@dataclass(frozen=True)
class Look:
    """Somebody looked at a customer within this hour; `customer` is named where looks are one person's."""

    by: str
    hour: datetime
    customer: str = ""


class Privacy:
    """What persons may ask of us about themselves."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet
        self.db = cabinet.db
        self._watchers: list[Callable[[Whom], None]] = []

    def watch(self, forget: Callable[[Whom], None]) -> None:
        """Call this whenever a customer is forgotten: for what somebody keeps in memory."""
        self._watchers.append(forget)

    async def looked(self, customer: str, by: str) -> bool:
        """Note that somebody looked at a customer, once an hour; False when that is known or nobody is there."""
        hour = self._cabinet.clock.now().replace(minute=0, second=0, microsecond=0)
        async with self._cabinet.db.reading() as session:  # most looks are known: looking costs no write
            if await store_privacy.has_looked(session, customer, by, hour):
                return False
        async with self._cabinet.db.writing() as session:
            return await store_privacy.add_look(session, customer, by, hour)

    async def looked_at(self, those: Collection[str], by: str) -> None:
        """Note that somebody looked at several customers at once, each once an hour; ids of nobody are left out."""
        hour = self._cabinet.clock.now().replace(minute=0, second=0, microsecond=0)
        async with self._cabinet.db.reading() as session:
            new = await store_privacy.list_unlooked(session, those, by, hour)
        if new:
            async with self._cabinet.db.writing() as session:
                await store_privacy.add_looks(session, new, by, hour)

    async def lookers(self, customer: str, limit: int = 100) -> list[Look]:
        """List who looked at a customer, the newest first."""
        async with self._cabinet.db.reading() as session:
            return [Look(by, hour) for by, hour in await store_privacy.list_looks(session, customer, limit)]

    async def looks_of(self, by: str, limit: int = 200) -> list[Look]:
        """List whom somebody looked at, the newest first."""
        async with self._cabinet.db.reading() as session:
            return [
                Look(by, hour, customer) for customer, hour in await store_privacy.list_looks_by(session, by, limit)
            ]

    async def watchers(self, since: datetime, limit: int = 200) -> list[tuple[str, int, datetime]]:
        """List who looked at customers since a time, at how many, and when last; who looked at most first."""
        async with self._cabinet.db.reading() as session:
            return await store_privacy.count_looks(session, since, limit)

    async def forget_looks(self, limit: int = 10_000) -> int:
        """Forget who looked at whom when that is over a year ago; return how many."""
        async with self._cabinet.db.writing() as session:
            return await store_privacy.remove_looks(session, self._cabinet.clock.now() - KEEP_LOOKS, limit)

    async def export(self, customer: str, *, interactions: bool = True) -> dict[str, Any]:
        """Return everything known about a customer, as JSON can say it; contacts may be many, and be left out.

        Raises NoSuchCustomer.
        """
        async with self._cabinet.db.reading() as session:
            file = await kept.find(session, customer)
            if file is None:
                raise NoSuchCustomer(customer)
            merged = await store_privacy.list_merged(session, customer)
            everybody = (customer, *merged)
            looks = [look for id_ in everybody for look in await store_privacy.list_looks(session, id_, _MOST)]
            whom = (await _what_goes(session, file, "", self._cabinet.clock.now(), "")).whom
            everything = {
                "customer": file,
                "concerned": await _concerned(session, file),
                "notes": await store_matters.list_notes(session, customer, _MOST),
                "matters": await store_matters.list_matters(session, customer, _MOST),
                "activities": await store_matters.list_activities(session, customer, _MOST),
                **({"interactions": await _interactions(session, customer)} if interactions else {}),
                "steps": [step for _, step in await kept.list_steps(session, customer, None, _MOST)],
                "looked_at_by": [Look(by, at) for by, at in sorted(looks, key=lambda look: look[1], reverse=True)],
                "merged": await kept.list_files(session, merged),
                "imports": await importing_known.list_known(session, whom),
            }
        return {name: _json(part) for name, part in everything.items()}

    async def each_interaction(self, customer: str) -> AsyncIterator[dict[str, Any]]:
        """Yield a customer's interactions as JSON can say them, by id; a short session for each page."""
        after = ""
        while True:
            async with self._cabinet.db.reading() as session:
                some = await store_interactions.list_all(session, customer, after, _PAGE)
            for one in some:
                yield _json(one)
            if len(some) < _PAGE:
                return
            after = some[-1].id

    async def look_over(self, customer: str, along: Collection[str] = ()) -> Erased:
        """Return what would go if a customer, and those `along`, were forgotten now; changes nothing.

        Raises NoSuchCustomer.
        """
        async with self._cabinet.db.reading() as session:
            file = await kept.find(session, customer)
            if file is None:
                raise NoSuchCustomer(customer)
            return await _what_goes(session, file, "", self._cabinet.clock.now(), "", along)

    async def erase(
        self, customer: str, by: str, *, pseudonym: str = "", also: Also | None = None, along: Collection[str] = ()
    ) -> Erased:
        """Forget a customer, those merged into him, and those `along` who are he; what he did stays countable.

        Interactions keep their time, department and outcome, and lose number and facts for a pseudonym that says
        nothing. `also` is called in the same transaction. Raises NoSuchCustomer.
        """
        async with self._cabinet.writing(by) as now:
            session = now.session
            await forget_for_good(session)
            file = await kept.find(session, customer, lock=True)
            if file is None:
                raise NoSuchCustomer(customer)
            gone = await _what_goes(session, file, pseudonym or new_pseudonym(), now.at, by, along)
            answers = await once_store.forget(session, once_store.words_of(gone.whom))
            gone = replace(gone, counts={**gone.counts, once_store.CALLED: answers})
            if also is not None:
                await also(session, gone)
            people = [p for id_ in gone.whom.customers for p in await store.list_ids_of_people(session, id_)]
            for id_ in gone.whom.customers:
                await store_interactions.make_nameless(session, id_, gone.whom.numbers, gone.pseudonym)
            await store_privacy.mask_of_others(session, gone.whom.customers, gone.whom.numbers, gone.pseudonym)
            contacts = {*(one.id for one in gone.interactions), *gone.whom.calls, *gone.whom.left}
            await store_held.remove_about(session, sorted(contacts))
            await store_privacy.forget_imported(session, gone.whom.customers, gone.whom)
            await kept.remove(session, gone.whom.customers)
            for some in store.some_at_once(people):  # nobody finds them any more by the name of who employed them
                await store.put_words(session, await kept.found_by(session, await kept.list_files(session, some)))
            now.told += [Change(id_, "erased") for id_ in gone.whom.customers]
            # Before anybody else writes: what is written next has to know it.
            for forget in self._watchers:
                forget(gone.whom)
            return gone


async def _what_goes(
    session: AsyncSession, file: CustomerFile, pseudonym: str, at: datetime, by: str, along: Collection[str] = ()
) -> Erased:
    """Gather all that there is of a customer, of those merged into this one, and of those along."""
    merged = [id_ for one in (file.id, *along) for id_ in await store_privacy.list_merged(session, one)]
    everybody = [file, *await kept.list_files(session, {*merged, *along} - {file.id})]
    ids = tuple(one.id for one in everybody)
    numbers = {phone.number for one in everybody for phone in one.details.phones}
    mails = {mail.address for one in everybody for mail in one.details.mails}
    # A name of one word is found in what is nobody's.
    whole = {one.details.name for one in everybody if " " in one.details.name.strip()}
    holders = await store.holders(session, numbers)
    own = tuple(sorted(number for number in numbers if set(holders.get(number, ())) <= set(ids)))
    contacts = [i for id_ in ids for i in await _interactions(session, id_)]
    for id_ in await store_privacy.list_of_nobody(session, own):
        if (one := await store_interactions.find(session, id_)) is not None:
            contacts.append(one)
    given = await store_privacy.list_given(session, ids)  # even while the call goes on
    counts = await store_privacy.count_rows(session, ids)
    whom = Whom(
        pseudonym,
        customers=ids,
        calls=tuple(sorted({*(i.call for i in contacts if i.call), *(set(given) - {i.id for i in contacts})})),
        left=tuple(sorted({i.left for i in contacts if i.left and i.medium is not Medium.VOICE})),
        numbers=own,
        local=tuple(dict.fromkeys(_local(number) for number in own)),
        mails=tuple(sorted(mails - await store_privacy.mails_of_others(session, mails, ids))),
        names=tuple(dict.fromkeys(_names(everybody))),
        alone=tuple(sorted(whole - await store_privacy.names_of_others(session, whole, ids))),
    )
    return Erased(
        file.id,
        pseudonym,
        at,
        by,
        {**counts, "customers": len(ids), "interactions": len(contacts)},
        tuple(sorted(numbers)),
        tuple(sorted(mails)),
        tuple(i for i in contacts if i.customer is not None),
        whom.calls,
        whom,
    )


async def _concerned(session: AsyncSession, file: CustomerFile) -> list[dict[str, Any]]:
    """Return the people concerned by name, and those in whose files this one is concerned."""
    sides = ((file.details.relations, False), (file.concerned_in, True))
    names = await kept.names_of(session, {one.customer for relations, _ in sides for one in relations})
    return [
        {"customer": one.customer, "name": names.get(one.customer, ""), "role": one.role, "in_their_file": theirs}
        for relations, theirs in sides
        for one in relations
    ]


def _names(files: list[CustomerFile]) -> list[str]:
    """Return what these are called: whole names, and of people each part that is long enough to be one."""
    names = [file.details.name for file in files]
    people = [file.details.name for file in files if file.details.kind is Kind.PERSON]
    parts = [part for name in people for part in name.split() if len(part) >= _SHORTEST_NAME]
    return [name for name in [*names, *parts] if name.strip()]


def _local(number: str) -> str:
    """Return the digits of a number without its country's."""
    return phonenumbers.national_significant_number(phonenumbers.parse(number))


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
