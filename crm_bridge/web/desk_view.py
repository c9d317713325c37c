"""What the desk's pages show of a call: names for people, how certain we are, what came before. Pure; wording only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from config.schema import Asks, Site
from crm_bridge import pop
from crm_bridge.matching import Matched
from crm_bridge.model import Customer, Interaction, Kind, Note
from crm_bridge.pop import Came, Chosen, Stage, Subject
from crm_bridge.pop_room import asks_of, department_of
from crm_bridge.web import amounts
from crm_bridge.web.contact_page import page_of
from crm_bridge.web.desk_room import Known
from crm_bridge.web.words import contact_mark, contact_title, name_of, shown
from ledger.web.times import age, exact

_STAGES = {
    Stage.RINGING: ("Ringing", "warn"),
    Stage.ASKED: ("Asked", "warn"),
    Stage.TALKING: ("Talking", "good"),
    Stage.CALLING: ("Calling", "warn"),
    Stage.OVER: ("Over", "calm"),
}
_NOTE_LETTERS = 140


@dataclass(frozen=True)
class Sure:
    """How certain it is who calls; `tone` as pills have it."""

    words: str
    tone: str


@dataclass(frozen=True)
class ContactRow:
    """A contact before this one."""

    title: str
    mark: tuple[str, str]
    with_whom: str
    note: str
    disposition: str
    at: datetime
    exact: str
    age: str
    page: str


@dataclass(frozen=True)
class OpenRow:
    """A matter or an activity that is open; `late` where its day is past."""

    title: str
    detail: str
    late: bool = False


@dataclass(frozen=True)
class Choice:
    """Somebody who may be the caller."""

    id: str
    name: str
    detail: str


@dataclass(frozen=True)
class Card:
    """A call on a desk. `name` is the best there is of who is calling, `page` the file's, '' for none."""

    id: str
    stage: Stage
    word: str
    tone: str
    name: str
    company: str
    is_company: bool
    number: str
    carrier_name: str
    language: str
    sure: Sure
    page: str
    named: bool
    choices: tuple[Choice, ...]
    people: tuple[Choice, ...]
    can_attach: bool
    came: Came
    chosen: Chosen
    department: str
    contacts: tuple[ContactRow, ...]
    open: tuple[OpenRow, ...]
    now: datetime
    #: Other systems may be asked who that is.
    ask_elsewhere: bool

    @property
    def announced(self) -> str:
        """What is read out, and stands in the title, when it appears."""
        verb = {Stage.RINGING: "is calling", Stage.ASKED: "a colleague asks about", Stage.CALLING: "you call"}
        words = verb.get(self.stage, "on the line")
        return f"{self.name} {words}" if self.stage is Stage.RINGING else f"{words[:1].upper()}{words[1:]}: {self.name}"


@dataclass(frozen=True)
class After:
    """The form of what is said after a call: `asks` as the department has it, `owed` while wrap-up waits for it."""

    id: str
    name: str
    over: bool
    asks: Asks
    owed: bool
    dispositions: tuple[str, ...]
    said: str
    filed: bool
    kept: tuple[str, ...]


def card(subject: Subject, known: Known, site: Site, now: datetime) -> Card:
    """Return a call as its desk shows it."""
    match = known.whose.match if known.whose is not None else None
    customer = known.whose.customer if known.whose is not None else None
    word, tone = _STAGES[subject.stage]
    number = (match.number if match is not None else "") or subject.number
    call, company = subject.call, customer.company if customer is not None else ""
    chosen = pop.chosen(call, site) if call is not None else Chosen()
    several = match is not None and match.kind is Matched.ONE_OF and not _by_hand(known)
    zone, notes = site.company.zone, {note.interaction: note for note in reversed(known.notes) if note.interaction}
    return Card(
        id=subject.id,
        stage=subject.stage,
        word=word,
        tone=tone,
        name=name_of(customer) if customer is not None else _unnamed(subject, known, number),
        company=shown(company, 80),
        is_company=customer is not None and customer.kind is Kind.ORGANISATION,
        number=number,
        carrier_name=shown(call.ani_name, 80) if call is not None else "",
        language=(customer.language if customer is not None else "") or chosen.language,
        sure=sure(known),
        page=f"/customers/{customer.id}" if customer is not None else "",
        named=customer is not None,
        choices=tuple(_choice(c) for c in match.customers if c != customer) if several and match is not None else (),
        people=tuple(map(_choice, match.people)) if match is not None and not _by_hand(known) else (),
        can_attach=match is not None and match.kind is Matched.UNKNOWN and bool(match.number),
        came=pop.came(subject, site),
        chosen=chosen,
        department=pop.department_title(subject.department, site) if subject.department else "",
        contacts=tuple(_contact(c, notes.get(c.id), site, now, page_of(c, known.closed)) for c in known.contacts),
        open=_open(known, site, now),
        now=now.astimezone(zone),
        ask_elsewhere=bool(site.connectors) and bool(number),
    )


def sure(known: Known) -> Sure:
    """Say how certain it is who calls: never a guess."""
    if known.whose is None:
        return Sure("the customers cannot be looked up now", "bad")
    if known.whose.by_hand:
        return Sure("assigned by hand", "good")
    match = known.whose.match
    if match.kind is Matched.KNOWN and match.switchboard is None:
        return Sure("known by this number", "good")
    if match.kind is Matched.UNKNOWN:
        return Sure(match.said, "calm") if match.nameless is None else Sure("unknown, but has been here before", "calm")
    return Sure("number withheld" if match.kind is Matched.WITHHELD else match.said, "warn")


def after(subject: Subject, card: Card, site: Site, *, owed: bool, said: str, kept: Sequence[str]) -> After:
    """Return the form for a call."""
    rules = site.departments.get(department_of(subject, site))
    asks = asks_of(subject, site)
    dispositions = rules.dispositions if rules is not None and asks != "off" else ()
    over = subject.stage is Stage.OVER
    return After(subject.id, card.name, over, asks, owed, dispositions, said, card.named, tuple(kept))


def choice_of(customer: Customer) -> Choice:
    """Return somebody as one who may be the caller."""
    return _choice(customer)


def _by_hand(known: Known) -> bool:
    return known.whose is not None and known.whose.by_hand


def _unnamed(subject: Subject, known: Known, number: str) -> str:
    if known.whose is not None and known.whose.match.kind is Matched.WITHHELD:
        return "Number withheld"
    return number or "No number"


def _choice(customer: Customer) -> Choice:
    parts = [customer.company, ", ".join(customer.numbers[:2])]
    return Choice(customer.id, name_of(customer), shown(" · ".join(part for part in parts if part), 120))


def _contact(contact: Interaction, note: Note | None, site: Site, now: datetime, page: str) -> ContactRow:
    zone = site.company.zone
    text, disposition = (note.text, note.disposition) if note is not None else ("", "")
    whom = pop.person_title(contact.answered_by, site) if contact.answered_by else ""
    return ContactRow(
        contact_title(contact),
        contact_mark(contact),
        whom or (pop.department_title(contact.department, site) if contact.department else ""),
        shown(text, _NOTE_LETTERS),
        disposition,
        contact.started,
        exact(contact.started, zone),
        age(contact.started, now, zone),
        page,
    )


def _open(known: Known, site: Site, now: datetime) -> tuple[OpenRow, ...]:
    zone = site.company.zone
    rows = []
    for activity in known.activities:
        due = activity.due.astimezone(zone)
        late = activity.due < now
        detail = f"{'was due' if late else 'due'} {due.day} {due:%b}"
        rows.append(OpenRow(shown(activity.what, 120), detail, late))
    for matter in known.matters:
        parts = [
            matter.kind.value,
            matter.stage,
            amounts.written(matter.amount, matter.currency) if matter.amount else "",
        ]
        rows.append(OpenRow(shown(matter.title, 120), " · ".join(part for part in parts if part)))
    return tuple(rows)
