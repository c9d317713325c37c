"""What some rows bring, worked out in memory and written at once: new customers, organisations, what others are given.

Owns which writes follow from a decision; the decision is in `importing_matching`, SQL is in the stores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_bridge import importing_store as kept_imports
from crm_bridge import rules, store
from crm_bridge import store_customers as kept
from crm_bridge.bulk import write_new
from crm_bridge.differences import diff
from crm_bridge.exchange.receiver import Became, Taken
from crm_bridge.exchange.rows import Row
from crm_bridge.found_by import words_for
from crm_bridge.holding import absorb
from crm_bridge.importing_details import Incoming, left_out
from crm_bridge.importing_matching import Add, Join, Refuse, Register, Skip, decide
from crm_bridge.importing_model import Before, Import, Rule
from crm_bridge.model import CustomerFile, Details, Kind, Note
from crm_bridge.words import plain
from crm_bridge.writing import Writing
from ledger.ids import new_id

#: What is given to somebody who is there stands behind what he has.
_BEHIND = 1_000


@dataclass
class _Gain:
    """Somebody who was there, and what this piece gives him."""

    file: CustomerFile
    after: Details


@dataclass
class Work:
    """What one piece brings, until it is written."""

    now: Writing
    one: Import
    register: Register
    #: Whom rows may be given to, and organisations that this import made because rows named them.
    there: dict[str, CustomerFile] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    new: dict[str, tuple[CustomerFile, str]] = field(default_factory=dict)
    filled: dict[str, tuple[CustomerFile, str]] = field(default_factory=dict)
    gains: dict[str, _Gain] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    brought: list[Mapping[str, Any]] = field(default_factory=list)
    companies: int = 0

    async def look_around(self, rows: Sequence[Incoming]) -> None:
        """Fetch whom rows may be given to."""
        ids: set[str] = set()
        named = {plain(row.details.name) for row in rows if row.details.kind is Kind.ORGANISATION}
        of_name = {one.id for name in named for one in self.register.companies.get(name, ())}
        if of_name:
            self.made = await kept_imports.made_by(self.now.session, self.one.id, of_name)
        if self.one.rule is Rule.JOIN:
            ids = {id_ for row in rows for id_ in self.register.who(row)}
        if ids | self.made:
            files = await kept.list_files(self.now.session, ids | self.made)
            self.there = {file.id: file for file in files}

    def take(self, row: Row, ready: Incoming | str) -> Taken:
        """Decide on a row and note what is to be written."""
        if isinstance(ready, str):
            return Taken(Became.REFUSED, why=ready)
        if (company := self._made(ready)) is not None:
            return self._fill(company, row, ready)
        match decide(ready, self.register, self.one.rule):
            case Refuse(why):
                return Taken(Became.REFUSED, why=why)
            case Skip(whom):
                return Taken(Became.KNOWN, whom.id, warnings=ready.warnings)
            case Join(whom):
                return self._join(whom.id, row, ready)
            case Add():
                return self._add(row, ready)

    def take_again(self, row: Row, ready: Incoming | str, before: Before, otherwise: bool) -> Taken:
        """Decide on a row that an earlier import of this file brought: it gives more only if it is read otherwise."""
        if otherwise and isinstance(ready, Incoming) and self.one.rule is Rule.JOIN and before.customer in self.there:
            return self._join(before.customer, row, ready, before.part)
        return Taken(Became.KNOWN, before.customer)

    def _add(self, row: Row, ready: Incoming) -> Taken:
        warnings = ready.warnings
        details, words = ready.details, ready.words
        if ready.company:
            company = self._company(row, ready.company)
            details = replace(details, organisation=company)
            if company is None:
                warnings = (*warnings, "several organisations are called so: it belongs to none of them yet")
                words = words_for(details, "")
        file = CustomerFile(new_id(), self.now.at, details, 1, self.now.at)
        self.new[file.id] = (file, words)
        self.register.put_new(file.id, details, ready.called)
        self._note(file.id, ready)
        self._brought(row, 0, file.id)
        return Taken(Became.ADDED, file.id, warnings=warnings)

    def _company(self, row: Row, name: str) -> str | None:
        """Return the organisation of this name, made if there is none; None where there are several."""
        there = self.register.companies.get(plain(name), [])
        if there:
            return there[0].id if len(there) == 1 else None
        details = Details(name, Kind.ORGANISATION)
        file = CustomerFile(new_id(), self.now.at, details, 1, self.now.at)
        self.new[file.id] = (file, words_for(details, ""))
        self.there[file.id] = file
        self.made.add(file.id)
        self.register.put_new(file.id, details)
        self.companies += 1
        self._brought(row, 1, file.id)
        return file.id

    def _made(self, ready: Incoming) -> CustomerFile | None:
        """Return the organisation that a row tells about, if we made it of its name and nobody has written into it."""
        if ready.details.kind is not Kind.ORGANISATION:
            return None
        there = self.register.companies.get(plain(ready.details.name), [])
        if len(there) != 1 or there[0].id not in self.made:
            return None
        file = self.there.get(there[0].id)
        return file if file is not None and file.version == 1 else None

    def _fill(self, company: CustomerFile, row: Row, ready: Incoming) -> Taken:
        file = replace(company, details=ready.details)
        if company.id in self.new:
            self.new[company.id] = (file, ready.words)
        else:
            self.filled[company.id] = (file, ready.words)
        self.made.discard(company.id)
        self.companies -= 1
        self.register.put_new(company.id, ready.details)
        self._note(company.id, ready)
        self._brought(row, 0, company.id)
        return Taken(Became.ADDED, company.id, warnings=ready.warnings)

    def _join(self, id_: str, row: Row, ready: Incoming, part: int = 0) -> Taken:
        new = self.new.get(id_) or self.filled.get(id_)
        before = new[0] if new is not None else self.there[id_]
        gain = self.gains.get(id_)
        now = gain.after if gain is not None else before.details
        gave = missing(now, ready.details)
        after = replace(
            now,
            phones=(*now.phones, *gave.phones),
            mails=(*now.mails, *gave.mails),
            handles=(*now.handles, *gave.handles),
        )
        if max(len(after.phones), len(after.mails), len(after.handles)) > rules.MOST:
            return Taken(Became.REFUSED, why=f"{rules.MOST} numbers, mail addresses or handles are enough for anybody")
        if after == now:
            return Taken(Became.KNOWN, id_)
        self.register.put_new(id_, gave)
        if new is not None:
            into = self.new if id_ in self.new else self.filled
            into[id_] = (replace(before, details=after), words_for(after, ready.company))
            self._brought(row, part, id_, {})
        else:
            self.gains[id_] = _Gain(before, after)
            self._brought(row, part, id_, _listed(gave))
        return Taken(Became.MERGED, id_, warnings=(*ready.warnings, *self._left_out(before, now, ready)))

    def _left_out(self, file: CustomerFile, now: Details, ready: Incoming) -> tuple[str, ...]:
        named = self.register.companies.get(plain(ready.company), ())
        company = ready.company if any(one.id == now.organisation for one in named) else file.company
        return left_out(now, company, ready)

    def _note(self, customer: str, ready: Incoming) -> None:
        if ready.note:
            self.notes.append(Note(new_id(), customer, self.now.at, self.now.by, ready.note))

    def _brought(self, row: Row, part: int, customer: str, gave: Mapping[str, Any] | None = None) -> None:
        key = {"digest": digest_of(self.one), "row": row.number, "part": part}
        self.brought.append({**key, "import": self.one.id, "customer": customer, "gave": gave})

    async def write(self) -> None:
        """Write all of it; organisations first, for people belong to them."""
        session = self.now.session
        new = sorted(self.new.values(), key=lambda one: one[0].details.kind is Kind.PERSON)
        await write_new(self.now, new)
        for file, words in self.filled.values():
            version = await kept.change(session, file.id, file.version, file.details, self.now.at)
            await store.put_words(session, {file.id: words})
            self.now.changed(file.id, "imported", data={"version": version})
        if self.filled:
            await absorb(self.now, {p.number: f.id for f, _ in self.filled.values() for p in f.details.phones})
        await self._give()
        await kept_imports.add_notes(session, self.notes)
        await kept_imports.note_brought(session, self.brought)

    async def _give(self) -> None:
        session, gains = self.now.session, self.gains.values()
        for gain in gains:
            gave = missing(gain.file.details, gain.after)
            await kept_imports.give(session, gain.file.id, gave, _BEHIND, self.now.at)
            changes = diff(gain.file.details, gain.after)
            data = {"fields": list(changes), "version": gain.file.version + 1}
            self.now.changed(gain.file.id, "imported", about=self.one.id, changes=changes, data=data)
        if gains:
            files = [replace(gain.file, details=gain.after) for gain in gains]
            await store.put_words(session, await kept.found_by(session, files))
            new = [(gain.file.id, missing(gain.file.details, gain.after).phones) for gain in gains]
            await absorb(self.now, {phone.number: id_ for id_, phones in new for phone in phones})


async def register_for(session: AsyncSession, rows: Sequence[Incoming]) -> Register:
    """Return who may be one of some rows, and the organisations that they name."""
    named = [
        *((plain(row.details.name), phone.number, "") for row in rows for phone in row.details.phones),
        *((plain(row.details.name), "", mail.address) for row in rows for mail in row.details.mails),
    ]
    companies = {plain(row.company) for row in rows if row.company}
    companies |= {plain(row.details.name) for row in rows if row.details.kind is Kind.ORGANISATION}
    return await kept_imports.register_of(session, named, companies - {""})


NOTHING = Details("")


def missing(there: Details, row: Details) -> Details:
    """Return the numbers, mail addresses and handles of a row that are not there."""
    numbers = {phone.number for phone in there.phones}
    addresses = {mail.address for mail in there.mails}
    return Details(
        "",
        phones=tuple(phone for phone in row.phones if phone.number not in numbers),
        mails=tuple(mail for mail in row.mails if mail.address not in addresses),
        handles=tuple(handle for handle in row.handles if handle not in there.handles),
    )


def _listed(gave: Details) -> dict[str, Any]:
    return {
        "phones": [phone.number for phone in gave.phones],
        "mails": [mail.address for mail in gave.mails],
        "handles": [[handle.service, handle.handle] for handle in gave.handles],
    }


def digest_of(one: Import) -> str:
    """Return what tells the content of its file from every other."""
    assert one.plan is not None, "nothing begins without its plan"
    return one.plan.digest
