"""Whose a contact is: somebody's for certain, or what its number says, which is for people to decide. Never a guess."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import matching, store, store_interactions
from crm_bridge.matching import Match
from crm_bridge.model import Customer, Interaction


@dataclass(frozen=True)
class Whose:
    """Whose a contact is; `match` is what its number says, whoever it was given to.

    `interaction` is None where it has not been written down yet, which takes a moment.
    """

    match: Match
    customer: Customer | None = None
    interaction: Interaction | None = None
    by_hand: bool = False


async def whose(session: AsyncSession, interaction: str, number: str, country: str) -> Whose:
    """Return whose an interaction is: whose somebody said, or nobody's; else as written down, else by its number.

    A file that we made of a number ourselves is nobody: that is what it is there to say.
    """
    there = await store_interactions.find(session, interaction) if interaction else None
    found = await matching.match(session, number or (there.number if there else ""), country)
    said = await store_interactions.assigned_of(session, [interaction]) if interaction else {}
    if interaction in said and said[interaction] is None:
        return Whose(found, None, there, by_hand=True)
    customer = None
    if (id_ := said.get(interaction) or (there.customer if there is not None else None)) is not None:
        customer = await store.find_customer(session, id_)
    if customer is None or customer.made_by_us:
        customer = matching.certain(found)
    if customer is not None and customer.made_by_us:
        customer = None
    return Whose(found, customer, there, by_hand=interaction in said)


async def written(session: AsyncSession, interactions: Collection[str]) -> dict[str, Customer | None]:
    """Return whose these interactions are as far as somebody said it or it is written down; None is nobody's by hand.

    The others are whose their number says.
    """
    said = await store_interactions.assigned_of(session, interactions)
    others = [id_ for id_ in interactions if id_ not in said]
    owners = {**await store_interactions.owners_of(session, others), **{i: c for i, c in said.items() if c is not None}}
    known = await store.customers_of(session, set(owners.values()))
    found: dict[str, Customer | None] = {id_: None for id_, customer in said.items() if customer is None}
    found.update((id_, known[customer]) for id_, customer in owners.items() if customer in known)
    return found
