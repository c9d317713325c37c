"""Customers and what hangs on them, as the API tells them. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from crm_bridge.matching import Match
from crm_bridge.merging import UNDO
from crm_bridge.model import Activity, Customer, CustomerFile, Entry, Interaction, Matter, Note, Relation
from crm_bridge.store_merges import Merge
from crm_bridge.web import api_model as shapes
from ledger.web.api_model import Shape


def customer(file: CustomerFile) -> shapes.CustomerAnswer:
    """Return a customer's file."""
    written = file.details
    return shapes.CustomerAnswer(
        id=file.id,
        version=file.version,
        since=file.since,
        changed_at=file.changed_at,
        name=written.name,
        kind=written.kind,
        organisation=written.organisation,
        company=file.company,
        phones=[shapes.PhoneAnswer(number=p.number, written=p.written, label=p.label) for p in written.phones],
        mails=[shapes.MailAnswer(address=mail.address, label=mail.label) for mail in written.mails],
        handles=[shapes.HandleAnswer(service=h.service, handle=h.handle) for h in written.handles],
        address=written.address,
        website=written.website,
        language=written.language,
        status=written.status,
        owner=written.owner,
        insiders=list(written.insiders),
        relations=_relations(written.relations),
        concerned_in=_relations(file.concerned_in),
        tags=list(written.tags),
        fields=dict(written.fields),
        made_by_us=file.made_by_us,
        merged_into=file.merged_into,
    )


def short(one: Customer) -> shapes.ShortAnswer:
    """Return a customer in short."""
    return shapes.ShortAnswer(
        id=one.id,
        name=one.name,
        kind=one.kind,
        numbers=list(one.numbers),
        organisation=one.organisation,
        company=one.company,
        language=one.language,
        status=one.status,
        owner=one.owner,
    )


def match(found: Match) -> shapes.MatchAnswer:
    """Return who has a number."""
    return shapes.MatchAnswer(
        match=found.kind,
        said=found.said,
        number=found.number,
        customers=[short(one) for one in found.customers],
        count=found.count,
        switchboard=short(found.switchboard) if found.switchboard is not None else None,
        people=[short(one) for one in found.people],
        people_count=found.people_count,
        nameless=short(found.nameless) if found.nameless is not None else None,
    )


def note(one: Note) -> shapes.NoteAnswer:
    """Return a note."""
    return shapes.NoteAnswer(**asdict(one))


def matter(one: Matter) -> shapes.MatterAnswer:
    """Return an opportunity, offer or order."""
    return shapes.MatterAnswer(**_known(one, shapes.MatterAnswer))


def activity(one: Activity) -> shapes.ActivityAnswer:
    """Return an activity."""
    return shapes.ActivityAnswer(**_known(one, shapes.ActivityAnswer))


def interaction(one: Interaction) -> shapes.InteractionAnswer:
    """Return a contact."""
    return shapes.InteractionAnswer(**_known(one, shapes.InteractionAnswer))


def entry(one: Entry) -> shapes.EntryAnswer:
    """Return a line of a history."""
    step = one.step
    return shapes.EntryAnswer(
        id=one.id,
        at=one.at,
        interaction=interaction(one.interaction) if one.interaction is not None else None,
        step=shapes.StepAnswer(what=step.what, by=step.by, about=step.about, changes=dict(step.changes))
        if step is not None
        else None,
        note=note(one.note) if one.note is not None else None,
        one_of=one.one_of,
    )


def merge(one: Merge) -> shapes.MergeAnswer:
    """Return a merge."""
    return shapes.MergeAnswer(id=one.id, kept=one.kept, gone=one.gone, at=one.at, by=one.by, until=one.at + UNDO)


def _relations(those: tuple[Relation, ...]) -> list[shapes.RelationAnswer]:
    return [shapes.RelationAnswer(customer=one.customer, role=one.role) for one in those]


def _known(one: object, shape: type[Shape]) -> dict[str, Any]:
    """Return what a shape says of a value whose fields have the same names."""
    return {name: getattr(one, name) for name in shape.model_fields}
