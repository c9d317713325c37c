"""The customers of the demo: whom the operators' desks name when a phone rings.

Owns who they are. One caller is known, one is one of two with the same number, and one is nobody known.
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from crm_bridge.matching import Matched
from crm_bridge.model import Details, Kind, Phone
from server.accounts import Accounts, Role
from server.customer_room import CustomerRoom
from server.demo.scenes import OPERATORS

#: Who writes them into the files.
BY = "demo"
COMPANY = Details("Ryto rasa", Kind.ORGANISATION)
#: People with their numbers; the first and the last belong to the company.
PEOPLE = (
    Details("Ina Petraitė", phones=(Phone("+37060000011"),), language="lt", status="customer"),
    Details("Mantas Kazlauskas", phones=(Phone("+37060000012"),)),
    Details("Milda Kazlauskienė", phones=(Phone("+37060000012"),)),
    Details("Paula Jankauskienė", phones=(Phone("+37060000015"),), language="lt", status="customer"),
)


async def welcome(room: CustomerRoom) -> None:
    """Write the demo's customers, but for those who are there already."""
    there = {person.phones[0].number: await room.customers.match(person.phones[0].number) for person in PEOPLE}
    new = [p for p in PEOPLE if there[p.phones[0].number].kind not in (Matched.KNOWN, Matched.ONE_OF)]
    company = (await room.files.add(COMPANY, BY)).id if PEOPLE[0] in new else None
    for person in new:
        belongs = company if person in (PEOPLE[0], PEOPLE[-1]) else None
        await room.files.add(replace(person, organisation=belongs), BY)


async def open_desks(accounts: Accounts) -> str | None:
    """Make an account for each operator; return their password, None where all have one already."""
    known = {account.name for account in await accounts.list_accounts()}
    missing = [name for name in OPERATORS if name not in known]
    if not missing:
        return None
    password = secrets.token_urlsafe(9)
    for name in missing:
        await accounts.add(name, password, Role.OPERATOR, person=name)
    return password
