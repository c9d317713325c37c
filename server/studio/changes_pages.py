"""The page that says in words what changes from one version to another, and in lines. Parse, look up, render."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from aiohttp import web

from config.diff.model import Change
from config.reading.tree import locate
from config.versions.model import VersionError
from config.versions.store import Publication, VersionStore
from server.site_sides import (
    PUBLISHED,
    Difference,
    NeverPublished,
    NoSuchSide,
    Side,
    compare,
    folder_side,
    version_side,
)
from server.studio.overview.sites import Seen
from server.studio.room import StudioRoom
from server.studio.sight import LOOKS, is_admin, told_of
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

AT = "/site/changes"
DRAFT = "draft"
#: So many publications are offered to be compared.
MOST_OFFERED = 50
_LONGEST_NAME = 40


@dataclass(frozen=True)
class Line:
    """A line of the comparison as text, and what it is to the eye."""

    text: str
    tone: str


class ChangesPages:
    """Serves /site/changes."""

    def __init__(self, room: StudioRoom, _parts: Parts) -> None:
        self._room = room
        self._sites = room.sites

    def routes(self) -> tuple[Route, ...]:
        return (Route("GET", AT, self.show, role=LOOKS),)

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what changed from `a`, left out what is published, to `b`, left out the draft. Raises Problem.

        A supervisor is shown no draft: left out, it is the last publication and the one before it.
        """
        edits = is_admin(visit)
        publications = await asyncio.to_thread(VersionStore(self._room.versions).publications)
        usual = (PUBLISHED, DRAFT) if edits else (_before(publications), PUBLISHED)
        names = visit.query("a") or usual[0], visit.query("b") or usual[1]
        if not edits and DRAFT in names:
            raise Problem(403, "only an admin may see the draft", f"what was published is at {AT}")
        if any(len(name) > _LONGEST_NAME for name in names):
            raise Problem(404, "there is no such version", "those that were published are at /site/versions")
        trouble, status, found, old, new = "", 200, None, None, None
        places: dict[Change, str] = {}
        try:
            old, new, found = await asyncio.to_thread(partial(_compared, self._room, *names))
            places = _places(await self._sites.draft(), found.changes) if names[1] == DRAFT else {}
        except NoSuchSide as error:
            trouble, status = str(error), 404 if isinstance(error, NeverPublished) else 200
            if not edits:
                trouble = "These two cannot be compared; an admin sees why."
        told = told_of(found.changes) if found is not None and not edits else None
        if found is not None and told is not None:
            found = replace(found, changes=told.changes)
        return visit.page(
            "studio/changes.html",
            status=status,
            here_now=AT,
            a=names[0],
            b=names[1],
            offered=[self._offer(one) for one in reversed(publications[-MOST_OFFERED:])],
            old=old,
            new=new,
            found=found,
            places=places,
            lines=_lines(found) if found is not None and edits else [],
            hidden=told.hidden if told is not None else 0,
            trouble=trouble,
            is_draft=names == (PUBLISHED, DRAFT),
        )

    def _offer(self, one: Publication) -> tuple[str, str]:
        at = one.at.astimezone(self._room.site().company.zone)
        why = f": {one.why}" if one.why else ""
        return str(one.number), f"{one.number}, {at.day} {at:%b %Y, %H:%M} by {one.who}{why}"


def side(room: StudioRoom, name: str) -> Side:
    """Return a side by its word in an address; blocks. Raises NoSuchSide."""
    if name == DRAFT:
        return folder_side(room.draft, room.environment, "the draft")
    store = VersionStore(room.versions)
    try:
        served = store.current()
    except (OSError, VersionError) as error:
        raise NoSuchSide(f"the versions cannot be read: {error}") from error
    if name == PUBLISHED and served is None:  # a server whose site was never published serves the draft's folder
        return Side("what callers hear", room.draft, room.site())
    return version_side(store, name, room.environment)


def _before(publications: Sequence[Publication]) -> str:
    """Return the number of the publication before the one in force; of the only one itself."""
    return str(publications[max(0, len(publications) - 2)].number) if publications else PUBLISHED


def _compared(room: StudioRoom, a: str, b: str) -> tuple[Side, Side, Difference]:
    old, new = side(room, a), side(room, b)
    return old, new, compare(old, new)


def _places(draft: Seen, changes: Iterable[Change]) -> dict[Change, str]:
    """Return where in the editor each change is written; what was removed is nowhere."""
    places = {}
    for change in changes:
        if draft.root is None or change.kind == "removed" or not change.path:
            continue
        place = locate(draft.root, change.path)
        if place.path:
            places[change] = draft.edit(place.key)
    return places


def _lines(found: Difference) -> list[Line]:
    tones = {"+": "more", "-": "less", "@": "place"}
    return [
        Line(text, "file" if text.startswith(("+++ ", "--- ")) else tones.get(text[:1], "same"))
        for text in found.text.lines
    ]
