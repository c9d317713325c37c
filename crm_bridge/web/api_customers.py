"""Customers for programs: parse, look up, write, answer. The shapes are in `api_model` and `api_bodies`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from crm_bridge import store_customers
from crm_bridge.files import Files
from crm_bridge.merging import Merging
from crm_bridge.model import CustomerFile, Details, Handle, Kind, Mail, NoSuchCustomer, Phone, Relation
from crm_bridge.narrowing import Narrowed
from crm_bridge.privacy import Privacy
from crm_bridge.search import LIMIT
from crm_bridge.service import Customers
from crm_bridge.web import api_bodies as bodies
from crm_bridge.web import api_model as shapes
from crm_bridge.web import api_views as views
from crm_bridge.web.api_asking import before_of, cursor_of, id_of, place_of, text_of
from crm_bridge.web.api_once import Once
from crm_bridge.writing import Cabinet
from ledger.web.asking import limit_of, one_of, yes_of
from ledger.web.visit import Refusal, Visit, Who

AT = "/api/v1/customers"
USUAL, MOST = 50, 200


@dataclass(frozen=True)
class CustomerApi:
    """Serves /api/v1/customers."""

    cabinet: Cabinet
    customers: Customers
    files: Files
    merging: Merging
    privacy: Privacy
    once: Once

    async def list_customers(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with those who have what was typed or have a number, or with a page of all by name."""
        limit, typed, number = limit_of(visit, USUAL, MOST), text_of(visit, "q"), text_of(visit, "number", 60)
        narrowed = Narrowed(
            status=text_of(visit, "status"),
            owner=text_of(visit, "owner"),
            tag=text_of(visit, "tag"),
            kind=one_of(visit, "kind", Kind, Kind.PERSON) if visit.query("kind") else None,
            unknown=yes_of(visit, "unknown"),
        )
        place = place_of(visit, 2)
        if ((typed or number) and place is not None) or (typed and number) or (number and narrowed):
            hint = "one of `q`, `number` and `cursor`; and nothing narrows `number`"
            raise Refusal(400, "these parameters do not go together", hint)
        behind = None
        if number:
            found = await self.customers.match(number)
            short = [*found.customers, *([found.nameless] if found.nameless is not None else [])][:limit]
        elif typed:
            short = await self.customers.search(typed, min(limit, LIMIT), narrowed)
        else:
            after = None if place is None else (place[0], place[1])
            short, behind = await self.customers.browse(narrowed, after, limit)
        files = await self._files_of([one.id for one in short])
        # Whole files, unlike what a page lists while somebody types.
        await self.privacy.looked_at([file.id for file in files], who.name)
        return visit.answer(shapes.CustomersAnswer(customers=[*map(views.customer, files)], next=cursor_of(behind)))

    async def match(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with who has a number, as far as that is certain."""
        number = visit.request.query.get("number")
        if number is None:
            raise Refusal(400, "`number` is missing", "send the number as it was shown, empty if it was withheld")
        found = await self.customers.match(text_of(visit, "number", 60), did=text_of(visit, "did", 60))
        named = [*found.customers, *found.people, *filter(None, (found.switchboard, found.nameless))]
        await self.privacy.looked_at([one.id for one in named], who.name)
        return visit.answer(views.match(found))

    async def add_customer(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Write a new customer and answer with the file."""

        async def make() -> web.Response:
            given = await bodies.given(visit, bodies.CustomerBody)
            file = await self.files.add(replace(Details(given.name), **_written(given, {})), who.name)
            response = visit.answer(views.customer(file), status=201)
            response.headers["Location"] = f"{AT}/{file.id}"
            return response

        return await self.once.do(visit, who, make)

    async def tell_customer(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with a customer's file."""
        file = await self.find(visit)
        await self.privacy.looked(file.id, who.name)
        return visit.answer(views.customer(file))

    async def change_customer(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Write what was sent over the version that was seen, and answer with the file after it."""
        given = await bodies.given(visit, bodies.CustomerChangeBody)
        file = await self.find(visit)
        details = replace(file.details, **_written(given, file.details.fields))
        return visit.answer(views.customer(await self.files.change(file.id, given.version, details, who.name)))

    async def tell_timeline(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with a page of a customer's history."""
        limit, before = limit_of(visit, USUAL, MOST), before_of(visit)
        file = await self.find(visit)
        await self.privacy.looked(file.id, who.name)
        page = await self.customers.timeline(file.id, before, limit)
        behind = None if page.before is None else (page.before[0].isoformat(), page.before[1])
        return visit.answer(shapes.TimelineAnswer(entries=[*map(views.entry, page.entries)], next=cursor_of(behind)))

    async def list_merges(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with the merges that can be undone."""
        file = await self.find(visit)
        await self.privacy.looked(file.id, who.name)
        return visit.answer(shapes.MergesAnswer(merges=[*map(views.merge, await self.merging.merges_of(file.id))]))

    async def merge(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Merge another customer into this one, and answer with the merge and the customer after it."""

        async def make() -> web.Response:
            given = await bodies.given(visit, bodies.MergeBody)
            kept = await self.find(visit)
            merge = await self.merging.merge(kept.id, given.gone, who.name)
            merges = {one.id: one for one in await self.merging.merges_of(kept.id)}
            file = await self.files.get(kept.id)
            told = shapes.MergedAnswer(merge=views.merge(merges[merge]), customer=views.customer(file))
            return visit.answer(told, status=201)

        return await self.once.do(visit, who, make)

    async def undo_merge(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Take a merge into this customer back, and answer with the customer after it."""
        file, merge = await self.find(visit), id_of(visit, "merge")
        if merge not in {one.id for one in await self.merging.merges_of(file.id)}:
            raise Refusal(404, "there is no such merge that can be undone", f"they are at {AT}/{file.id}/merges")
        await self.merging.undo(merge, who.name)
        return visit.answer(views.customer(await self.files.get(file.id)))

    async def find(self, visit: Visit) -> CustomerFile:
        """Return the file that the address names. Raises NoSuchCustomer."""
        id_ = id_of(visit)
        if not id_:
            raise NoSuchCustomer(id_)
        return await self.files.get(id_)

    async def _files_of(self, ids: list[str]) -> list[CustomerFile]:
        async with self.cabinet.db.reading() as session:
            files = {file.id: file for file in await store_customers.list_files(session, ids)}
        return [files[id_] for id_ in ids if id_ in files]


def _written(given: bodies.CustomerBody, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent, by the names of the details; of own fields those that were not named stay."""
    written: dict[str, Any] = {
        "phones": tuple(Phone("", phone.number, phone.label) for phone in given.phones),
        "mails": tuple(Mail(mail.address, mail.label) for mail in given.mails),
        "handles": tuple(Handle(handle.service, handle.handle) for handle in given.handles),
        "relations": tuple(Relation(relation.customer, relation.role) for relation in given.relations),
        "fields": {**own, **given.fields},
    }
    names = given.model_fields_set - {"version"}
    return {name: written[name] if name in written else getattr(given, name) for name in names}
