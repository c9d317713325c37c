"""Taking numbers and names of somebody who was forgotten out of the lines that imported files told.

Owns that a file which is read once more does not bring them back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import sqlalchemy as sa

from ledger.database import Database
from ledger.forgetting import forget_for_good, holds
from ledger.forgetting_words import Whom, is_pseudonym
from reports.imports.store import contacts
from reports.tables import calls

#: What stands for somebody who was forgotten.
_PSEUDONYM = re.compile(r"erased [a-z]{12}")


def is_masked(lines: Iterable[str]) -> bool:
    """Tell whether somebody was taken out of these lines; nothing is added to such a contact any more."""
    return any(_PSEUDONYM.search(line) for line in lines)


async def mask_mentions(db: Database, whom: Whom) -> None:
    """Mask numbers and addresses in the lines of every contact, and the name that came with such a number.

    Numbers in the records are masked where they are kept. Raises DatabaseError.
    """
    if not whom.searched:
        return
    async with db.writing() as session:
        await forget_for_good(session)
        query = sa.select(contacts.c.contact, contacts.c.lines, calls.c.ani, calls.c.ani_name)
        query = query.outerjoin(calls, calls.c.call == contacts.c.contact)
        found = await session.execute(query.where(holds(contacts.c.lines, whom.searched)))
        for contact, lines, ani, name in found.all():
            new = [whom.masked_surely(line) for line in lines]
            if name and (whom.has_number(ani) or is_pseudonym(ani)):
                new = [line.replace(name, whom.pseudonym) for line in new]
                await session.execute(sa.update(calls).where(calls.c.call == contact).values(ani_name=whom.pseudonym))
            await session.execute(sa.update(contacts).where(contacts.c.contact == contact).values(lines=new))
