"""The rules of customers' files: how one is written, changed, and found to be whose number it was.

Everything done is a step of the customer's, written in the same transaction. SQL is in the stores; several customers
at once are in `bulk`, two that are one in `merging`.
"""

from __future__ import annotations

from dataclasses import replace

from crm_bridge import noting, rules, store, store_interactions
from crm_bridge import store_customers as kept
from crm_bridge.differences import diff
from crm_bridge.holding import absorb, require_others
from crm_bridge.model import (
    ChangedMeanwhile,
    CustomerFile,
    Details,
    Interaction,
    Kind,
    NoSuchCustomer,
    NotPossible,
    NotValid,
    Phone,
    Step,
)
from crm_bridge.writing import Cabinet, Writing
from ledger.ids import new_id


class Files:
    """The files of all customers, for those who write into them."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet

    async def get(self, id_: str) -> CustomerFile:
        """Return a customer's file; raises NoSuchCustomer."""
        async with self._cabinet.db.reading() as session:
            file = await kept.find(session, id_)
        if file is None:
            raise NoSuchCustomer(id_)
        return file

    async def list_all(self, after: str = "", limit: int = 500) -> list[CustomerFile]:
        """List files that people wrote, by id, from the one behind `after` on: for exports."""
        async with self._cabinet.db.reading() as session:
            return await kept.list_all(session, after, limit)

    async def steps(self, id_: str, limit: int = 100) -> list[Step]:
        """List what was done with a customer, the newest first."""
        async with self._cabinet.db.reading() as session:
            return [step for _, step in await kept.list_steps(session, id_, None, limit)]

    async def add(self, details: Details, by: str) -> CustomerFile:
        """Write a new customer; what passed with the numbers while they were nobody's is his. Raises NotValid."""
        details = rules.details(details, self._cabinet.settings(), self._cabinet.country)
        if not (details.name or details.phones or details.mails or details.handles):
            raise NotValid("a customer has a name, or at least a number, a mail address or a handle")
        async with self._cabinet.writing(by) as now:
            await require_others(now, "", details)
            file = CustomerFile(new_id(), now.at, details, 1, now.at)
            await kept.insert(now.session, [file])
            await store.put_words(now.session, await kept.found_by(now.session, [file]))
            await absorb(now, {phone.number: file.id for phone in details.phones})
            now.changed(file.id, "added", changes=diff(None, details), data={"version": 1})
        return await self.get(file.id)

    async def change(self, id_: str, version: int, details: Details, by: str) -> CustomerFile:
        """Write a file anew over the version that was seen; without a difference nothing happens.

        Raises ChangedMeanwhile when it has another version by now, NoSuchCustomer, NotPossible, NotValid.
        """
        details = rules.details(details, self._cabinet.settings(), self._cabinet.country)
        async with self._cabinet.writing(by) as now:
            before = await now.customer(id_)
            if before.version != version:
                raise await self._meanwhile(now, id_)
            was, is_ = before.details.kind, details.kind
            if was is Kind.ORGANISATION and is_ is not was and await store.count_people(now.session, id_):
                raise NotPossible("people belong to this organisation: give them another one first")
            await require_others(now, id_, details)
            await self._write(now, before, details, "changed")
        return await self.get(id_)

    async def attach(self, number: str, customer: str, by: str, *, label: str = "", country: str = "") -> int:
        """Add a number to a customer, and give him what passed with it while it was nobody's; count that.

        Interactions of nobody stay nobody's where others have the number too. A number that the customer has
        already is no mistake. Raises NoSuchCustomer, NotPossible, NotValid.
        """
        phone = rules.phone(Phone("", number, label), country or self._cabinet.country)
        async with self._cabinet.writing(by) as now:
            before = await now.customer(customer)
            if all(phone.number != there.number for there in before.details.phones):
                details = replace(before.details, phones=(*before.details.phones, phone))
                if len(details.phones) > rules.MOST:
                    raise NotValid(f"these are too many numbers: at most {rules.MOST}")
                return await self._write(now, before, details, "number attached")
            return await absorb(now, {phone.number: customer})

    async def assign(self, interaction: str, customer: str | None, by: str) -> Interaction:
        """Say by hand whose an interaction is, such as one that came from a number of several; None is nobody's.

        Its notes and what is to be done go along. Raises NoSuchCustomer, NotPossible.
        """
        async with self._cabinet.writing(by) as now:
            before = await store_interactions.find(now.session, interaction)
            if before is None:
                raise NotPossible("there is no such interaction")
            if customer is not None:
                await now.customer(customer)
            if before.customer != customer:
                await store_interactions.assign(now.session, interaction, customer, by, now.at)
                for whose, what in ((before.customer, "interaction taken away"), (customer, "interaction given")):
                    if whose is not None:
                        now.changed(whose, what, about=interaction)
                if before.customer is not None:
                    await noting.take_along(now, [interaction], before.customer, customer)
        return replace(before, customer=customer)

    async def _write(self, now: Writing, before: CustomerFile, details: Details, what: str) -> int:
        """Write what changed and count the interactions that found their customer by it."""
        changes = diff(before.details, details)
        if not changes:
            return 0
        version = await kept.change(now.session, before.id, before.version, details, now.at)
        if version is None:
            raise ChangedMeanwhile
        file = replace(before, details=details)
        await store.put_words(now.session, await kept.found_by(now.session, [file]))
        if details.name != before.details.name and details.kind is Kind.ORGANISATION:
            await self._found_by_company(now, before.id)
        now.changed(before.id, what, changes=changes, data={"fields": list(changes), "version": version})
        there = {phone.number for phone in before.details.phones}
        return await absorb(now, {p.number: before.id for p in details.phones if p.number not in there})

    async def _found_by_company(self, now: Writing, organisation: str) -> None:
        """Have the people of an organisation found by its new name."""
        everybody = await store.list_ids_of_people(now.session, organisation)
        for some in store.some_at_once(everybody):
            await store.put_words(
                now.session, await kept.found_by(now.session, await kept.list_files(now.session, some))
            )

    async def _meanwhile(self, now: Writing, id_: str) -> ChangedMeanwhile:
        last = await kept.list_steps(now.session, id_, None, 1)
        return ChangedMeanwhile(last[0][1].by, last[0][1].at) if last else ChangedMeanwhile()
