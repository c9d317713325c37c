"""A customer's timeline as it is shown: contacts over every medium, notes, and what was done with the file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from config.schema import Site
from crm_bridge.model import Direction, Entry, Interaction, Medium, Step
from crm_bridge.web import amounts
from crm_bridge.web.contact_page import page_of
from crm_bridge.web.moments import day_in_words, due
from crm_bridge.web.names import Named, Names
from crm_bridge.web.words import (
    VALUE,
    Changed,
    changes_of,
    contact_mark,
    contact_title,
    shown,
    step_title,
    value_in_words,
)
from ledger.web.deliveries import Mark
from ledger.web.times import exact

#: Where somebody says whose a contact is.
WHOSE = "/customers/whose"
#: The kind of a step by how its name begins; the rest are changes.
_KINDS = {
    "note": "note",
    "opportunity": "matter",
    "offer": "matter",
    "order": "matter",
    "activity": "activity",
    "merge": "merge",
    "told apart": "merge",
}


@dataclass(frozen=True)
class ShownEntry:
    """One line. `kind` names its sign, `page` is '' where there is none but this one.

    `customer` is named where the line is another's than the page's. `closed` is a call whose story is for others.
    """

    id: str
    kind: str
    at: datetime
    time: str
    exact: str
    title: str
    page: str
    mark: Mark | None
    about: tuple[str, ...]
    by: str
    changes: tuple[Changed, ...]
    note: str
    text: str
    customer: Named | None
    belongs_to: str
    whose: str
    whose_page: str
    closed: bool


@dataclass(frozen=True)
class EntriesView:
    """Shows entries by the names of one site, at one moment, on the page of `at`; what is another's names that one.

    Of the calls in `closed` the reader may not have the story: they have no page.
    """

    site: Site
    now: datetime
    names: Names
    at: str = ""
    closed: Collection[str] = ()

    def shown(self, entries: Iterable[Entry]) -> list[ShownEntry]:
        """Return entries as they are shown, in their order."""
        entries = list(entries)
        pages = {e.interaction.id: page_of(e.interaction, self.closed) for e in entries if e.interaction is not None}
        return [self._contact(e, e.interaction) if e.interaction else self._step(e, e.step, pages) for e in entries]

    def _contact(self, entry: Entry, contact: Interaction) -> ShownEntry:
        word, tone = contact_mark(contact)
        page = page_of(contact, self.closed)
        whose = f"one of {entry.one_of}" if entry.one_of > 1 else ""
        return self._entry(
            entry,
            kind=_sign(contact),
            title=contact_title(contact),
            page=page,
            closed=bool(contact.page and not page),
            mark=Mark(word, tone),
            about=tuple(self._about(contact)),
            whose=whose,
            whose_page=f"{WHOSE}/{quote(contact.id, safe='')}" if whose else "",
        )

    def _step(self, entry: Entry, step: Step | None, pages: Mapping[str, str]) -> ShownEntry:
        assert step is not None, "an entry is an interaction or a step"
        kind = next((kind for begins, kind in _KINDS.items() if step.what.startswith(begins)), "change")
        added = step.what.endswith(" added")
        tells = not added and step.what != "added" and kind != "note"
        changes = tuple(changes_of(step.changes, self.site.customers, self._in_words)) if tells else ()
        note = entry.note
        mark = Mark(shown(note.disposition, 40)) if note is not None and note.disposition else None
        is_there = note is not None and step.what == "note added"
        return self._entry(
            entry,
            kind=kind,
            title="Note, removed since" if step.what == "note added" and note is None else step_title(step),
            mark=mark if is_there else None,
            by=self.names.who(step.by),
            about=tuple(self._added(step)) if added and kind in ("matter", "activity") else (),
            changes=changes,
            note=note.id if note is not None and is_there else "",
            text=note.text if note is not None and is_there else "",
            page=pages.get(note.interaction, "") if note is not None and is_there else "",
        )

    def _added(self, step: Step) -> Iterable[str]:
        """Say in short what was added: its title or text, its amount and stage, or when it is due."""
        for name in ("title", "what", "amount", "stage", "due"):
            pair = step.changes.get(name)
            if isinstance(pair, list) and len(pair) == 2 and pair[1]:
                words = self._in_words(name, pair[1])
                currency = step.changes.get("currency")
                yield f"{words} {currency[1]}" if name == "amount" and isinstance(currency, list) else words

    def _in_words(self, name: str, value: object) -> str:
        match name, value:
            case ("owner" | "whose", str()):
                return self.names.colleague(value)
            case "insiders", list():
                return shown(", ".join(self.names.person(str(person)) for person in value), VALUE)
            case "amount", int():
                # Its currency is the site's, or told beside it.
                return amounts.written(value, self.site.customers.currency).rpartition(" ")[0] if value else ""
            case (("due" | "expected"), str()):
                return _moment(value, self.now, self.site.company.zone)
            case _:
                return value_in_words(value)

    def _entry(self, entry: Entry, **more: object) -> ShownEntry:
        another = entry.customer not in ("", self.at)
        named = self.names.customer(entry.customer) if another else None
        nothing: dict[str, object] = {
            "page": "", "mark": None, "about": (), "by": "", "changes": (), "note": "", "text": "", "whose": "",
            "whose_page": "", "closed": False,
        }  # fmt: skip
        zone = self.site.company.zone
        fields = {
            **nothing,
            "id": entry.id,
            "at": entry.at,
            "time": _short(entry.at, self.now, zone),
            "exact": exact(entry.at, zone),
            "customer": named,
            "belongs_to": entry.customer,
            **more,
        }
        return ShownEntry(**fields)  # type: ignore[arg-type]  # the names and kinds are those just above

    def _about(self, contact: Interaction) -> Iterable[str]:
        department = self.site.departments.get(contact.department)
        if contact.department:
            yield (department.name or contact.department) if department is not None else contact.department
        if contact.answered_by:
            yield self.names.person(contact.answered_by)
        if contact.waited >= 1:
            yield f"waited {_clock(contact.waited)}"
        if contact.talked >= 1 and contact.medium is not Medium.FAX:
            yield f"talked {_clock(contact.talked)}"
        yield from (f"{shown(k, 40)}: {shown(v, VALUE)}" for k, v in list(_sorted(contact.facts))[:10])


def _sorted(facts: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    return sorted((str(name), str(value)) for name, value in facts.items())


def _sign(contact: Interaction) -> str:
    if contact.medium is Medium.VOICE:
        return "call-in" if contact.direction is Direction.IN else "call-out"
    return contact.medium.value


def _short(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    there, today = at.astimezone(zone), now.astimezone(zone)
    day = f"{there.day} {there:%b}" if there.year == today.year else f"{there.day} {there:%b %Y}"
    return f"{there:%H:%M}" if there.date() == today.date() else f"{day}, {there:%H:%M}"


def _moment(text: str, now: datetime, zone: ZoneInfo) -> str:
    try:
        if len(text) == len("2026-12-24"):
            return day_in_words(date.fromisoformat(text), now.astimezone(zone).date())
        return due(datetime.fromisoformat(text), now, zone).words
    except (ValueError, TypeError):  # what an older version of ours wrote
        return shown(text, VALUE)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, int(seconds)), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
