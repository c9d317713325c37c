"""Notes of contacts and what is to be done next: in the file of whose the contact is, or kept with one of nobody's.

Owns that they go along when a contact becomes somebody else's, with a step for both; whose it is, is said elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from crm_bridge import store_held, store_matters
from crm_bridge.model import Activity, Note
from crm_bridge.store_held import Held
from crm_bridge.writing import Writing


async def settle(now: Writing, interaction: str, customer: str) -> None:
    """Put what is kept with a contact into the file of the customer whose it is."""
    held = await store_held.list_about(now.session, interaction)
    for one in held:
        await file(now, one, customer)
    await store_held.remove(now.session, [one.id for one in held])


async def file(now: Writing, held: Held, customer: str) -> None:
    """Write a note and what is to be done next into a customer's file, as of when it was said and by whom.

    What is in a file already is not written again.
    """
    if held.text or held.disposition:
        note = Note(held.id, customer, held.at, held.by, held.text, held.interaction, held.disposition)
        if await store_matters.add_note(now.session, note):
            data = {"about": note.id, "interaction": note.interaction, "disposition": note.disposition}
            now.changed(customer, "note added", about=note.id, changes={}, data=data)
    if held.next and held.due is not None:
        activity = Activity(
            held.activity or id_of(held.id, "next"),
            customer,
            held.next,
            held.due,
            held.at,
            held.by,
            done_at=held.done_at,
            done_by=held.done_by,
            interaction=held.interaction,
        )
        if await store_matters.add_activity(now.session, activity):
            data = {"about": activity.id, "due": activity.due.isoformat(), "whose": activity.whose}
            changes = {name: ["", data[name]] for name in ("due", "whose")}
            changes = {"what": ["", activity.what], **changes}
            now.changed(customer, "activity added", about=activity.id, changes=changes, data=data)


async def take_along(now: Writing, interactions: Collection[str], former: str | None, to: str | None) -> None:
    """Move what was written of contacts that were `former`'s to whose they are now, or keep it with those of nobody.

    None as `former` means whoever has something written of contacts that nobody had yet. What is to be done is of no
    matter any more: that is the former's.
    """
    await _take_notes_along(now, interactions, former, to)
    for activity in await store_matters.activities_of_interactions(now.session, interactions, former):
        if activity.customer == to:
            continue
        data = {"about": activity.id}
        now.changed(activity.customer, "activity taken away", about=activity.interaction, data=data)
        if to is not None:
            await store_matters.move_activity(now.session, activity.id, to)
            now.changed(to, "activity given", about=activity.interaction, data=data)
        else:
            await store_held.add(now.session, _held(activity))
            await store_matters.remove_activity(now.session, activity.id, with_steps=True)


async def _take_notes_along(now: Writing, interactions: Collection[str], former: str | None, to: str | None) -> None:
    for note in await store_matters.notes_of_interactions(now.session, interactions, former):
        if note.customer == to:
            continue
        now.changed(note.customer, "note taken away", about=note.interaction, data={"about": note.id})
        if to is not None:
            await store_matters.move_note(now.session, note.id, to)
            now.changed(to, "note given", about=note.interaction, data={"about": note.id})
        else:
            held = Held(note.id, note.interaction, note.at, note.by, note.text, note.disposition)
            await store_held.add(now.session, held)
            await store_matters.remove_note(now.session, note.id, with_steps=True)


def _held(activity: Activity) -> Held:
    return Held(
        activity.id,
        activity.interaction,
        activity.created_at,
        activity.whose,
        "",
        next=activity.what,
        due=activity.due,
        activity=activity.id,
        done_at=activity.done_at,
        done_by=activity.done_by,
    )


def id_of(*parts: str) -> str:
    """Return the id that the same words always have.

    >>> id_of("a", "b") == id_of("a", "b") != id_of("ab", "")
    True
    """
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
