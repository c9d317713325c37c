"""Whom a call has concerned, and who may therefore see it. Pure: events and calls in, an answer out.

Owns the rule; the SQL that says the same is in `call_store`. Knows no request and no page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from callrouter import events as ev
from callrouter.calls import Call
from callrouter.events import Event
from config.schema import Site
from ledger.web.visit import Who
from server.report_room import departments_of

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Touched:
    """Whom a call has concerned by now: it only grows.

    Departments by a stay in their lines or by their phones ringing, people by their own phones, boxes by what the
    caller left in them.
    """

    departments: frozenset[str] = _NONE
    people: frozenset[str] = _NONE
    mailboxes: frozenset[str] = _NONE
    faxboxes: frozenset[str] = _NONE

    def after(self, event: Event) -> Touched:
        """Return whom it has concerned once this has happened too."""
        people, mailbox, faxbox = {event.agent}, "", ""
        match event:
            case ev.AgentsOffered():
                people.update(event.agents)
            case ev.CallTransferred() | ev.ConsultationBegun():
                people.add(event.to)
            case ev.MessageTaken():
                mailbox = event.mailbox
            case ev.FaxReceived():
                faxbox = event.box
        return self | Touched(_named(event.department), _named(*people), _named(mailbox), _named(faxbox))

    def __or__(self, other: Touched) -> Touched:
        """Return whom either has concerned."""
        return Touched(
            self.departments | other.departments,
            self.people | other.people,
            self.mailboxes | other.mailboxes,
            self.faxboxes | other.faxboxes,
        )

    @classmethod
    def by(cls, events: Iterable[Event]) -> Touched:
        """Return whom a call's story has concerned."""
        touched = cls()
        for event in events:
            touched = touched.after(event)
        return touched

    @classmethod
    def by_call(cls, call: Call) -> Touched:
        """Return the same as far as the call itself knows: it forgets who was asked, and what was left."""
        departments = (*call.departments, call.department, *(talk.department for talk in call.talks))
        people = (*call.rung, *call.ringing, call.asked, call.sent_by, call.answered_by, *(t.agent for t in call.talks))
        return cls(_named(*departments), _named(*people))


@dataclass(frozen=True)
class Sight:
    """Who sees not the calls of the whole site, but those that concerned their departments, their phone or boxes."""

    departments: frozenset[str] = _NONE
    person: str = ""
    mailboxes: frozenset[str] = _NONE
    faxboxes: frozenset[str] = _NONE

    def includes(self, touched: Touched) -> bool:
        """Tell whether a call that has concerned these is seen. One that is in the menus still has concerned nobody."""
        return bool(
            self.departments & touched.departments
            or self.person in touched.people
            or self.mailboxes & touched.mailboxes
            or self.faxboxes & touched.faxboxes
        )


def sight_of(site: Site, who: Who) -> Sight | None:
    """Return what somebody sees of the calls, by the site as it is now; None for who sees all.

    Departments are those in which they work, and those whose reports they see: of a list's calls nobody shall be
    refused one.
    """
    viewed = departments_of(site, who.person, sees_all=who.sees_all)
    if viewed is None:
        return None
    person = site.people.get(who.person)
    departments = viewed | frozenset(person.departments if person is not None else ())
    mailboxes = {name: site.mailbox(name) for name in site.mailbox_names}
    faxboxes = {name: site.faxbox(name) for name in site.faxboxes}
    return Sight(
        departments,
        who.person,
        frozenset(n for n, box in mailboxes.items() if who.reader in box.people or departments & set(box.departments)),
        frozenset(n for n, box in faxboxes.items() if who.reader in box.people or departments & set(box.departments)),
    )


def _named(*names: str) -> frozenset[str]:
    return frozenset(name for name in names if name)
