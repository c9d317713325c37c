"""What the first rows of a file would become, said before anything is written. Decides as the import itself does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import importing_store as store
from crm_bridge import store_customers as kept
from crm_bridge.exchange.rows import Preview, Refused, Row
from crm_bridge.importing_again import LEFT, OTHERWISE, WHY, may_gain, read_otherwise
from crm_bridge.importing_details import Incoming, Reading, left_out
from crm_bridge.importing_matching import Add, Join, Refuse, Register, Skip, There, decide
from crm_bridge.importing_model import Fate, Fated, Rule
from crm_bridge.importing_work import NOTHING, missing, register_for
from crm_bridge.model import CustomerFile, Details, Kind, NotValid
from crm_bridge.words import plain

#: Whom a row before would bring has no id yet; it has this and the row's number.
_NEW = "row "
_MADE = "made "


async def fates(session: AsyncSession, preview: Preview, reading: Reading, rule: Rule) -> tuple[Fate, ...]:
    """Return what each row would become."""
    read = [(row, _read(row, reading)) for row in preview.rows]
    incoming = [ready for _, ready in read if isinstance(ready, Incoming)]
    register = await register_for(session, incoming)
    before = await store.brought(session, preview.plan.digest, [row.number for row in preview.rows])
    again = await read_otherwise(session, preview.plan, before)
    gaining = await may_gain(session, rule, before, again)
    ids = {id_ for one in incoming for id_ in register.who(one)} if rule is Rule.JOIN else set()
    there = gaining | {file.id: file for file in await kept.list_files(session, ids)}
    found: list[Fate] = []
    for row, ready in read:
        if row.number in before and isinstance(ready, Incoming):
            whom = gaining.get(before[row.number].customer) if row.number in again else None
            fate = _fate_again(row, ready, before[row.number].customer, whom, row.number in again)
        else:
            fate = _fate(row, ready, register, rule)
        found.append(_with_what_is_left_out(fate, ready, there))
    return tuple(found)


def _fate_again(row: Row | Refused, ready: Incoming, id_: str, whom: CustomerFile | None, otherwise: bool) -> Fate:
    """Return the fate of a row that an earlier import of this file brought; `whom` the rule may give more to."""
    if whom is None:
        return Fate(row, Fated.SKIP, LEFT if otherwise else WHY, id_)
    gives = missing(whom.details, ready.details) != NOTHING
    return Fate(row, Fated.JOIN if gives else Fated.SKIP, OTHERWISE, id_, whom.details.name, warnings=ready.warnings)


def _with_what_is_left_out(fate: Fate, ready: Incoming | str, there: Mapping[str, CustomerFile]) -> Fate:
    file = there.get(fate.customer)
    if fate.fated is not Fated.JOIN or file is None or isinstance(ready, str):
        return fate
    return replace(fate, warnings=(*fate.warnings, *left_out(file.details, file.company, ready)))


def _read(row: Row | Refused, reading: Reading) -> Incoming | str:
    if isinstance(row, Refused):
        return row.why
    try:
        return reading.incoming(row.customer)
    except NotValid as error:
        return str(error)


def _fate(row: Row | Refused, ready: Incoming | str, register: Register, rule: Rule) -> Fate:
    if isinstance(row, Refused) or isinstance(ready, str):
        return Fate(row, Fated.REFUSE, ready if isinstance(ready, str) else "")
    warnings = (*row.warnings, *ready.warnings)
    made = register.companies.get(plain(ready.details.name), []) if ready.details.kind is Kind.ORGANISATION else []
    if len(made) == 1 and made[0].id.startswith(_MADE):
        return Fate(row, Fated.NEW, warnings=warnings)
    match decide(ready, register, rule):
        case Refuse(why):
            return Fate(row, Fated.REFUSE, why, warnings=warnings)
        case Skip(whom):
            return Fate(row, Fated.SKIP, _why(whom), *_link(whom), warnings=warnings)
        case Join(whom):
            return Fate(row, Fated.JOIN, _why(whom), *_link(whom), warnings=warnings)
        case Add():
            is_new = _company_is_new(row, ready, register)
            register.put_new(f"{_NEW}{row.number}", ready.details)
            return Fate(row, Fated.NEW, company=ready.company, company_is_new=is_new, warnings=warnings)


def _company_is_new(row: Row, ready: Incoming, register: Register) -> bool:
    if not ready.company or plain(ready.company) in register.companies:
        return False
    register.put_new(f"{_MADE}{row.number}", Details(ready.company, Kind.ORGANISATION))
    return True


def _why(whom: There) -> str:
    return f"the same as in {whom.id}" if whom.id.startswith(_NEW) else "is there already"


def _link(whom: There) -> tuple[str, str]:
    return ("" if whom.id.startswith((_NEW, _MADE)) else whom.id), whom.name
