"""Rows that an earlier import of the same file brought: they bring nothing again, unless the file is read otherwise.

Read otherwise, a row is certainly the customer whom it brought, and the rule may give him what it says now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import importing_store as store
from crm_bridge import store_customers as kept
from crm_bridge.exchange.plan import Plan
from crm_bridge.importing_model import Before, Rule
from crm_bridge.model import CustomerFile

WHY = "an earlier import of this file brought it"
OTHERWISE = f"{WHY}, read otherwise"
#: For one whom the rule leaves as he is, though the file says something else of him now.
LEFT = f"{OTHERWISE}: “Add what is new” gives what it says now, or take that import back first"


async def read_otherwise(session: AsyncSession, plan: Plan, before: Mapping[int, Before]) -> frozenset[int]:
    """Return which of these rows are read otherwise than by every import that brought something of them."""
    plans = await store.list_plans(session, {id_ for one in before.values() for id_ in one.imports}) if before else {}
    same = {id_ for id_, earlier in plans.items() if plan.reads_as(earlier)}
    return frozenset(row for row, one in before.items() if one.customer and same.isdisjoint(one.imports))


async def may_gain(
    session: AsyncSession, rule: Rule, before: Mapping[int, Before], rows: Iterable[int]
) -> dict[str, CustomerFile]:
    """Return those whom rows read otherwise may give something: the rule wants it, and they are not merged away."""
    if rule is not Rule.JOIN or not (ids := {before[row].customer for row in rows}):
        return {}
    return {file.id: file for file in await kept.list_files(session, ids) if file.merged_into is None}
