"""What follows when customers come to have numbers: what passed with them while they were nobody's becomes theirs.

Owns that this is never a guess: where others have the number too, whose a contact was is for people to say.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import store, store_customers, store_interactions, store_moving
from crm_bridge.model import Customer, Details, Interaction, Kind, NotValid
from crm_bridge.writing import Writing
from ledger.ids import new_id


async def absorb(now: Writing, holders: Mapping[str, str]) -> int:
    """Give to each number's new customer what is nobody's, and what we made of the number ourselves.

    Return how many interactions found their customer.
    """
    session = now.session
    nameless = await store.nameless_of(session, holders)
    waiting = {*nameless, *await store_interactions.numbers_of_nobody(session, holders)}
    peoples = await store.holders(session, waiting)
    given = 0
    for number in sorted(waiting):
        customer = holders[number]
        if peoples.get(number) != [customer]:
            continue
        given += await _take_over(session, nameless.get(number, ()), customer)
        given += await store_interactions.give(session, number, customer)
    return given


async def find_their_customer(session: AsyncSession, contacts: Collection[Interaction]) -> None:
    """Give contacts that nobody was given by hand to the one who has their number, where that was written beside us."""
    wanted = {contact.number for contact in contacts}
    nameless = await store.nameless_of(session, wanted)
    made = {id_ for ids in nameless.values() for id_ in ids}
    holders = await store.holders(session, wanted)
    only = {number: theirs[0] for number, theirs in holders.items() if len(theirs) == 1 and theirs[0] not in made}
    if not only:
        return
    for number, customer in sorted(only.items()):
        await _take_over(session, nameless.get(number, ()), customer)
    theirs = [contact.id for contact in contacts if contact.number in only]
    said = await store_interactions.assigned_of(session, theirs)
    owned = await store_interactions.owners_of(session, theirs)
    for contact in contacts:
        if contact.number in only and contact.id not in said and contact.id not in owned:
            await store_interactions.give_to(session, [contact.id], only[contact.number])


async def _take_over(session: AsyncSession, nameless: Collection[str], customer: str) -> int:
    """Give a customer what we made of the number ourselves, and count the interactions of it."""
    given = 0
    for gone in nameless:
        if gone != customer:
            given += await store_interactions.count(session, gone)
            await store_moving.move_all(session, gone, customer)
            await store_moving.keep_looks(session, gone, customer)
            await store_customers.remove(session, [gone])
    return given


async def leave_nameless(now: Writing, numbers: Collection[str]) -> None:
    """Make files of numbers that nobody has any more, and give them what passed with the numbers."""
    left = set(numbers) - set(await store.holders(now.session, numbers))
    for number in sorted(await store_interactions.numbers_of_nobody(now.session, left)):
        nameless = Customer(new_id(), since=now.at, numbers=(number,), made_by_us=True)
        await store.add_customers(now.session, [nameless])
        await store_interactions.give(now.session, number, nameless.id)


async def require_others(now: Writing, id_: str, details: Details) -> None:
    """Raise NotValid where details name customers who are not there, or cannot be what they are named as."""
    if why := why_not(id_, details, await store_customers.kinds_of(now.session, named_in(details))):
        raise NotValid(why)


def named_in(details: Details) -> set[str]:
    """Return the other customers that details name."""
    others = {relation.customer for relation in details.relations}
    return others if details.organisation is None else others | {details.organisation}


def why_not(id_: str, details: Details, there: Mapping[str, Kind]) -> str:
    """Say why details that name others cannot be written, '' if they can; `there` is what those named are."""
    if details.organisation is not None and there.get(details.organisation) is not Kind.ORGANISATION:
        return "there is no such organisation"
    if any(relation.customer not in there or relation.customer == id_ for relation in details.relations):
        return "among the people concerned is a customer who is not there"
    return ""
