"""Reads a file to its end and decides on every row, and writes nothing: what an import would do.

Bounded as an import is; whom rows before would bring is kept in memory as far as it takes to tell who is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from config.customers import CustomerSettings
from crm_bridge import importing_store as store
from crm_bridge.exchange.plan import Plan
from crm_bridge.exchange.receiver import Became, Piece, Taken
from crm_bridge.exchange.rows import Row
from crm_bridge.importing_again import may_gain, read_otherwise
from crm_bridge.importing_details import Incoming, Reading
from crm_bridge.importing_matching import Add, Decision, Join, Refuse, Register, Skip, decide
from crm_bridge.importing_model import Rule
from crm_bridge.importing_work import NOTHING, missing, register_for
from crm_bridge.model import Details, Kind, NotValid
from crm_bridge.words import plain
from ledger.database import Database


class Trial:
    """Receives rows and keeps none."""

    def __init__(self, db: Database, settings: CustomerSettings, country: str, plan: Plan, rule: Rule) -> None:
        self._db = db
        self._reading = Reading(settings, country)
        self._plan = plan
        self._rule = rule
        self._new = Register()
        self.companies = 0

    def prepare(self, rows: Sequence[Row]) -> Sequence[Incoming | str]:
        """Return each row as it would be kept, or why it cannot be."""
        return [self._prepared(row) for row in rows]

    def _prepared(self, row: Row) -> Incoming | str:
        try:
            return self._reading.incoming(row.customer)
        except NotValid as error:
            return str(error)

    async def take(self, piece: Piece[Incoming | str]) -> Sequence[Taken]:
        """Decide on rows."""
        async with self._db.reading() as session:
            before = await store.brought(session, self._plan.digest, (row.number for row in piece.rows))
            again = await read_otherwise(session, self._plan, before)
            gaining = await may_gain(session, self._rule, before, again)
            there = await register_for(session, [ready for ready in piece.ready if isinstance(ready, Incoming)])
        taken: list[Taken] = []
        for row, ready in zip(piece.rows, piece.ready, strict=True):
            if isinstance(ready, str):
                taken.append(Taken(Became.REFUSED, why=ready))
            elif row.number in before:
                file = gaining.get(before[row.number].customer) if row.number in again else None
                gives = file is not None and missing(file.details, ready.details) != NOTHING
                taken.append(Taken(Became.MERGED if gives else Became.KNOWN))
            else:
                taken.append(self._decided(ready, there))
        return taken

    def _decided(self, ready: Incoming, there: Register) -> Taken:
        decision: Decision = decide(ready, there, self._rule)
        if isinstance(decision, Add):
            decision = decide(ready, self._new, self._rule)
        match decision:
            case Refuse(why):
                return Taken(Became.REFUSED, why=why)
            case Skip():
                return Taken(Became.KNOWN)
            case Join():
                return Taken(Became.MERGED, warnings=ready.warnings)
            case Add():
                self._new.put_new(f"new {id(ready)}", ready.details, ready.called)
                self._name(ready.company, there)
                return Taken(Became.ADDED, warnings=ready.warnings)

    def _name(self, company: str, there: Register) -> None:
        key = plain(company)
        if company and key not in there.companies and key not in self._new.companies:
            self._new.put_new(f"made {key}", Details(company, Kind.ORGANISATION))
            self.companies += 1
