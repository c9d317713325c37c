"""How the audit log reads: the deeds of the journal and the publications of the version store as one list.

Owns which entries are deeds, what each is called and of which kind it is. A publication is read where it was made, so
that one by a command is told with no server running; the journal has it too, once a server serves it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from callrouter import events as ev
from config.versions.store import Publication, VersionStore
from ledger.entry import Entry
from ledger.journal_reads import JournalReads
from server.studio.audit import DEEDS, KIND, Acted

#: The kinds of deeds, as the page offers them.
KINDS: Mapping[str, str] = {
    "site": "Draft edited",
    "publishing": "Published, rolled back",
    "access": "Accounts and tokens",
    "closures": "Closed by hand",
    "agents": "Agents",
    "customers": "Customers and privacy",
    "connectors": "Connectors",
    "post": "Voicemail, fax, reports",
    "imports": "History of another PBX",
    "other": "Anything else",
}
#: By the beginning of the path of what was done at the door; the longest that fits counts.
_PATHS: Mapping[str, str] = {
    "/site": "site",
    "/site/publish": "publishing",
    "/site/rollback": "publishing",
    "/api/v1/agents": "agents",
    "/connectors": "connectors",
    "/api/v1/connectors": "connectors",
    "/customers": "customers",
    "/api/v1/customers": "customers",
    "/api/v1/privacy": "customers",
    "/voicemail": "post",
    "/fax": "post",
    "/reports": "post",
}
#: What commands and phones say they did, by its beginning.
_WORDS: Mapping[str, str] = {
    "made an account": "access",
    "gave an account": "access",
    "removed an account": "access",
    "spoke a recording": "site",
    "exported": "customers",
    "imported": "imports",
    "forgot an import": "imports",
}


@dataclass(frozen=True)
class Deed:
    """A deed as the log tells it, with its kind."""

    acted: Acted
    kind: str


class AuditBook:
    """Reads what was done. `versions` is where publications are; None for a server without a site of its own."""

    def __init__(self, journal: JournalReads, versions: VersionStore | None = None) -> None:
        self._journal = journal
        self._versions = versions

    async def last(self, limit: int) -> list[Deed]:
        """Return what was done last, the newest first."""
        return await self._told(await self._journal.last(*_READERS, limit=limit), limit)

    async def between(self, start: datetime, end: datetime, limit: int) -> list[Deed]:
        """Return the newest of what was done from `start` up to but not at `end`, the newest first."""
        found: deque[Entry] = deque(maxlen=limit)
        async for entry in self._journal.between(start, end, list(_READERS)):
            found.append(entry)
        return [deed for deed in await self._told(found, limit, since=start) if start <= deed.acted.at < end]

    async def _told(self, entries: Sequence[Entry], limit: int, since: datetime | None = None) -> list[Deed]:
        kept = await asyncio.to_thread(self._versions.publications) if self._versions is not None else ()
        known = {(one.number, one.version) for one in kept}
        if since is None and len(entries) == limit:  # older ones than the journal's would stand alone
            since = min(entry.at for entry in entries)
        deeds = [_of_publication(one) for one in reversed(kept) if since is None or one.at >= since]
        deeds += [_READERS[entry.kind](entry) for entry in entries if _publication_of(entry) not in known]
        return sorted(deeds, key=lambda deed: deed.acted.at, reverse=True)[:limit]


def _publication_of(entry: Entry) -> tuple[object, object] | None:
    if entry.kind != ev.SitePublished.KIND:
        return None
    return entry.data.get("number"), entry.data.get("version")


def _of_publication(one: Publication) -> Deed:
    return _published(one.at, one.number, one.version, one.who, one.why, one.back_to)


def _published(at: datetime, number: object, version: str, who: str, why: str, back_to: object) -> Deed:
    back = f", back to {back_to}" if back_to else ""
    what = "rolled back" if back else "published"
    return Deed(Acted(at, who, what, f"number {number}, version {version}{back}", why), "publishing")


def _kind_of(what: str) -> str:
    if (known := _DOORS.get(what)) is not None:
        return known
    return next((kind for begin, kind in _WORDS.items() if what.startswith(begin)), "other")


def _doors() -> Iterator[tuple[str, str]]:
    for name, what in DEEDS.items():
        path = name.partition(" ")[2]
        fitting = [begin for begin in _PATHS if path.startswith(begin)]
        yield what, _PATHS[max(fitting, key=len)] if fitting else "other"


_DOORS = dict(_doors())


def _word(entry: Entry, name: str) -> str:
    return str(entry.data.get(name) or "")


def _by_the_door(entry: Entry) -> Deed:
    acted = Acted(entry.at, *(_word(entry, name) for name in ("who", "what", "about", "why")))
    return Deed(acted, _kind_of(acted.what))


def _token(what: str) -> Callable[[Entry], Deed]:
    return lambda entry: Deed(Acted(entry.at, _word(entry, "by"), what, _word(entry, "token")), "access")


def _served(entry: Entry) -> Deed:
    version, who, why = (_word(entry, name) for name in ("version", "who", "why"))
    return _published(entry.at, entry.data.get("number"), version, who, why, entry.data.get("back_to"))


def _closed(entry: Entry) -> Deed:
    return Deed(
        Acted(entry.at, _word(entry, "who"), "closed by hand", _word(entry, "scope"), _until(entry)), "closures"
    )


def _opened(entry: Entry) -> Deed:
    who = _word(entry, "who") or "by itself"
    return Deed(Acted(entry.at, who, "opened again", _word(entry, "scope")), "closures")


def _until(entry: Entry) -> str:
    """Say until when a door was closed; what another version of ours wrote otherwise is left out."""
    try:
        return f"until {datetime.fromisoformat(_word(entry, 'until')).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError):
        return ""


_READERS: Mapping[str, Callable[[Entry], Deed]] = {
    KIND: _by_the_door,
    "token_made": _token("made a token"),
    "token_rotated": _token("rotated a token"),
    "token_removed": _token("removed a token"),
    ev.SitePublished.KIND: _served,
    ev.LineClosed.KIND: _closed,
    ev.LineReopened.KIND: _opened,
}
