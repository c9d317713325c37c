"""Merging two customers: choose the other, see what would happen, then do it."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from crm_bridge.merging import Preview
from crm_bridge.model import CustomerFile, NoSuchCustomer, NotPossible
from crm_bridge.web.asking import id_of, known_form, words_of
from crm_bridge.web.names import Names
from crm_bridge.web.room import CustomersRoom
from crm_bridge.web.words import FIELDS, shown, value_in_words
from ledger.web.visit import Visit, Who

#: What moves, in words for one and for many.
_MOVED: Mapping[str, tuple[str, str]] = {
    "interaction": ("contact", "contacts"),
    "note": ("note", "notes"),
    "matter": ("offer, order or opportunity", "offers, orders and opportunities"),
    "activity": ("activity", "activities"),
    "number": ("number", "numbers"),
    "mail": ("mail address", "mail addresses"),
    "handle": ("handle", "handles"),
    "relation": ("person concerned", "people concerned"),
    "concerned": ("customer who names them", "customers who name them"),
    "person": ("person who belongs to it", "people who belong to it"),
}


class MergePage:
    """Serves /customers/{id}/merge; the deed itself is among the others."""

    def __init__(self, room: CustomersRoom) -> None:
        self._room = room

    async def show(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show who might be the same, or what merging with the one in `with` would do. Raises NoSuchCustomer."""
        room = self._room
        file = await room.files.get(id_of(visit))
        chosen = words_of(visit, "with")
        why_not, preview = "", None
        if chosen:
            try:
                preview = await room.merging.preview(file.id, known_form(chosen))
            except NotPossible as why:
                why_not = str(why)
            except NoSuchCustomer:
                why_not = "there is no such customer any more: choose another"
        await room.looked_at([file.id, *([preview.gone.id] if preview is not None else [])], who)
        alike = await room.merging.suggest(file.id, limit=8) if preview is None else []
        others = {(pair.other if pair.one.id == file.id else pair.one).id: pair.why for pair in alike}
        filled = [str(preview.filled["organisation"])] if preview and "organisation" in preview.filled else []
        names = await Names.of(room, who.name, [*others, *filled])
        return visit.page(
            "customers/merge.html",
            file=file,
            title=_title(file),
            alike=[(names.customer(id_), why) for id_, why in others.items()],
            preview=preview,
            other=_title(preview.gone) if preview is not None else "",
            gains=_gains(preview, names) if preview is not None else [],
            moves=_moves(preview) if preview is not None else [],
            stays=_stays(preview, names) if preview is not None else [],
            why_not=why_not,
        )


def _title(file: CustomerFile) -> str:
    return shown(file.details.name) or next((phone.number for phone in file.details.phones), "No name")


def _moves(preview: Preview) -> list[str]:
    return [f"{n} {_MOVED[kind][n > 1]}" for kind, n in preview.moved.items() if n and kind in _MOVED]


def _gains(preview: Preview, names: Names) -> list[tuple[str, str]]:
    """List what the one who stays lacks and would be given."""
    return [(_label(name), _in_words(name, value, names)) for name, value in preview.filled.items()]


def _stays(preview: Preview, names: Names) -> list[tuple[str, str, str]]:
    """List where both have something else: it stays as it is at the one who stays."""
    one, other = preview.keep.details, preview.gone.details
    found = []
    for name in ("name", "status", "owner", "language", "website", "address"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine and theirs and mine != theirs:
            found.append((_label(name), _in_words(name, mine, names), _in_words(name, theirs, names)))
    return found


def _label(name: str) -> str:
    return FIELDS.get(name, name.capitalize())


def _in_words(name: str, value: object, names: Names) -> str:
    match name:
        case "organisation":
            return names.customer(str(value)).name
        case "owner":
            return names.colleague(str(value))
        case "insiders" if isinstance(value, list | tuple):
            return ", ".join(names.person(person) for person in value)
        case "fields" if isinstance(value, Mapping):
            return shown(", ".join(f"{key}: {one}" for key, one in value.items()))
        case _:
            return value_in_words(value)
