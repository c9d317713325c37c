"""The form of a customer, new or there already: what is wrong stays in it, and what others wrote meanwhile is said.

Nothing that somebody typed is ever lost: the form comes back with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from crm_bridge import rules
from crm_bridge.model import ChangedMeanwhile, CustomerFile, Details, Kind, NotPossible, NotValid
from crm_bridge.narrowing import Narrowed
from crm_bridge.reconciling import reconcile
from crm_bridge.web.asking import id_of
from crm_bridge.web.draft import Draft, Row
from crm_bridge.web.names import Names
from crm_bridge.web.room import CustomersRoom
from crm_bridge.web.words import FIELDS, shown, value_in_words
from crm_bridge.words import plain
from ledger.web.leading import lead_to
from ledger.web.times import exact
from ledger.web.visit import Visit, Who

HOME = "/customers"
#: What is told under a mistake that belongs to no field.
ALL = ""
#: Steps that are looked at for what others wrote meanwhile.
_STEPS = 200


@dataclass(frozen=True)
class Theirs:
    """A field that somebody else wrote meanwhile: what it is now, and whether it was taken over."""

    what: str
    now: str
    taken: bool


@dataclass(frozen=True)
class Conflict:
    """Who changed the file meanwhile, when, and what."""

    by: str
    at: str
    fields: tuple[Theirs, ...]


class EditPage:
    """Serves /customers/new and /customers/{id}/edit."""

    def __init__(self, room: CustomersRoom) -> None:
        self._room = room

    async def show_new(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show an empty form, filled in with what the address says."""
        kind = visit.query("kind") or ""
        number, organisation = visit.query("number") or "", visit.query("organisation") or ""
        company = (await self._room.customers.of([organisation])).get(organisation) if len(organisation) <= 64 else None
        draft = Draft(
            kind=kind if kind == Kind.ORGANISATION.value else Kind.PERSON.value,
            name=shown(visit.query("name") or "", rules.NAME),
            phones=(Row(shown(number, 60)),) if number else (),
            owner=who.name,
            status=next(iter(self._room.settings.statuses), ""),
            organisation=company.id if company is not None else "",
            company=company.name if company is not None else "",
        )
        return await self._page(visit, who, draft)

    async def add(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Write a new customer and lead to the page, or show the form again with what is wrong."""
        draft, mistakes = await self._resolved(Draft.of_form(await visit.form()))
        if not mistakes:
            try:
                file = await self._room.files.add(draft.details(), who.name)
            except NotValid as wrong:
                mistakes = self._mistakes(draft, wrong)
            else:
                return lead_to(f"{HOME}/{file.id}", **{"did": "added", "with": f"{file.id}:"})
        return await self._page(visit, who, draft, mistakes=mistakes)

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the form of a customer who is there. Raises NoSuchCustomer."""
        file = await self._room.files.get(id_of(visit))
        names = await self._names(who, file.details)
        await self._room.looked(file.id, who)
        return await self._page(visit, who, Draft.of_file(file, names), file)

    async def change(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Write what the form says, or show it again: with what is wrong, or with what others wrote meanwhile."""
        file = await self._room.files.get(id_of(visit))
        draft, mistakes = await self._resolved(Draft.of_form(await visit.form()))
        if mistakes:
            return await self._page(visit, who, draft, file, mistakes)
        try:
            await self._room.files.change(file.id, draft.version, draft.details(file.details), who.name)
        except (NotValid, NotPossible) as wrong:
            return await self._page(visit, who, draft, file, self._mistakes(draft, wrong))
        except ChangedMeanwhile as meanwhile:
            return await self._conflict(visit, who, draft, file.id, meanwhile)
        return lead_to(f"{HOME}/{file.id}", **{"did": "changed", "with": f"{file.id}:"})

    async def _conflict(
        self, visit: Visit, who: Who, draft: Draft, id_: str, meanwhile: ChangedMeanwhile
    ) -> web.StreamResponse:
        room = self._room
        file = await room.files.get(id_)  # anew: it was changed between our look and our writing
        steps = [step for step in await room.files.steps(id_, _STEPS) if step.at > _moment(draft.seen)]
        mine = rules.details(draft.details(file.details), room.settings, room.site().company.country)
        done = reconcile(mine, file.details, steps)
        names = await self._names(who, done.details, file.details)
        company = names.customers.get(done.details.organisation or "")
        merged = Draft.of_details(
            done.details,
            company.name if company is not None else "",
            names,
            version=file.version,
            seen=file.changed_at.isoformat(),
        )
        conflict = Conflict(
            by=names.who(meanwhile.by) if meanwhile.by else "somebody",
            at=exact(meanwhile.at, room.zone) if meanwhile.at is not None else "",
            fields=tuple(
                Theirs(self._label(name), self._now(file.details, name, names), name in done.taken)
                for name in (*done.clashing, *done.taken)
            ),
        )
        return await self._page(visit, who, merged, file, conflict=conflict)

    async def _page(
        self,
        visit: Visit,
        who: Who,
        draft: Draft,
        file: CustomerFile | None = None,
        mistakes: Mapping[str, str] | None = None,
        conflict: Conflict | None = None,
    ) -> web.Response:
        names = await self._names(who)
        site = self._room.site()
        return visit.page(
            "customers/edit.html",
            status=409 if conflict else 422 if mistakes else 200,
            draft=draft,
            file=file,
            title=shown(file.details.name) if file is not None else "",
            mistakes=mistakes or {},
            conflict=conflict,
            settings=self._room.settings,
            owners=names.choices(draft.owner),
            people=[(name, person.name) for name, person in site.people.items()],
            strangers=[name for name in draft.insiders if name not in site.people],
            languages=sorted({site.company.language, *site.company.languages}),
        )

    async def _names(self, who: Who, *details: Details) -> Names:
        ids = {relation.customer for one in details for relation in one.relations}
        ids |= {one.organisation for one in details if one.organisation}
        return await Names.of(self._room, who.name, ids)

    async def _resolved(self, draft: Draft) -> tuple[Draft, dict[str, str]]:
        """Find what was named by typing instead of choosing; say what is not there."""
        mistakes: dict[str, str] = {}
        if not draft.company.strip() or draft.kind != Kind.PERSON.value:
            draft = replace(draft, organisation="", company="" if not draft.company.strip() else draft.company)
        elif not draft.organisation:
            found = await self._only(draft.company, Narrowed(kind=Kind.ORGANISATION))
            draft = replace(draft, organisation=found)
            if not found:
                mistakes["organisation"] = "there is no organisation of just this name: choose one from the list"
        relations = []
        for n, row in enumerate(draft.relations):
            value = row.value or await self._only(row.name, Narrowed())
            relations.append(replace(row, value=value))
            if not value:
                mistakes[f"relation.{n}"] = "there is no customer of just this name: choose one from the list"
        return replace(draft, relations=tuple(relations)), mistakes

    async def _only(self, name: str, narrowed: Narrowed) -> str:
        """Return the only customer of just this name, '' for none or several."""
        found = await self._room.customers.search(name, narrowed=narrowed)
        same = [one.id for one in found if plain(one.name) == plain(name)]
        return same[0] if len(same) == 1 else ""

    def _mistakes(self, draft: Draft, wrong: Exception) -> dict[str, str]:
        return draft.mistakes(self._room.settings, self._room.site().company.country) or {ALL: str(wrong)}

    def _label(self, name: str) -> str:
        if name.startswith("fields."):
            own = self._room.settings.fields.get(name.removeprefix("fields."))
            return (own.label if own is not None else None) or name.removeprefix("fields.")
        return FIELDS[name]

    def _now(self, details: Details, name: str, names: Names) -> str:
        if name.startswith("fields."):
            return value_in_words(details.fields.get(name.removeprefix("fields.")))
        match name:
            case "organisation":
                return names.customer(details.organisation).name if details.organisation else ""
            case "owner":
                return names.colleague(details.owner)
            case "phones":
                return ", ".join(phone.written or phone.number for phone in details.phones)
            case "mails":
                return ", ".join(mail.address for mail in details.mails)
            case "handles":
                return ", ".join(f"{handle.service} {handle.handle}" for handle in details.handles)
            case "relations":
                return ", ".join(f"{names.customer(r.customer).name} ({r.role})" for r in details.relations)
            case "insiders":
                return ", ".join(names.person(person) for person in details.insiders)
            case _:
                value = getattr(details, name)
                return value_in_words(list(value) if isinstance(value, tuple) else value)


def _moment(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return read if read.tzinfo is not None else datetime.fromisoformat("1970-01-01T00:00:00+00:00")
