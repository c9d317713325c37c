"""Rules about names: what is named must exist, and once.

Looks at one reference at a time; where ways lead as a whole is in `config.rules.ways`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from config.findings import Finding, nearest, quoted
from config.phrase_names import IN_WORDS, PHRASE_NAMES
from config.reading.tree import Step
from config.rules.scope import Scope
from config.ways import Way

_SECTIONS = {"menu": "menus", "department": "departments", "person": "people"}


def unknown_destinations(scope: Scope) -> Iterator[Finding]:
    """E301, E310, E315: where a caller is sent must exist."""
    for way in scope.ways:
        kind, name = way.destination.kind, way.destination.name
        if kind in ("back", "repeat"):
            if way.start.kind == "number":
                message = f"a call begins here, so it cannot go {quoted(kind)}"
                yield from scope.finding("E315", way.path, message, "name a menu, department or person")
        elif kind == "voicemail":
            owners = ("departments", "people", "mailboxes")
            if not any(name in scope.names(section) for section in owners):
                known = chain.from_iterable(scope.names(section) for section in owners)
                message = f"no department, person or mailbox {quoted(name)}, so there is no voicemail of it"
                yield from scope.finding("E310", way.name_path, message, instead(name, known))
        elif kind == "name":
            if not any(name in scope.names(section) for section in _SECTIONS.values()):
                known = chain.from_iterable(scope.names(section) for section in _SECTIONS.values())
                message = f"no menu, department or person {quoted(name)}"
                mend = instead(name, known)
                if name in scope.names("mailboxes"):
                    mend = f"{quoted(name)} is a mailbox: write `{{voicemail: {name}}}`"
                elif name in scope.names("faxboxes"):
                    mend = f"{quoted(name)} is a fax box: write `{{fax: {name}}}`"
                yield from scope.finding("E301", way.path, message, mend)
        elif kind in _SECTIONS and name not in scope.names(_SECTIONS[kind]):
            yield from _unknown_of_kind(scope, way, kind, name)


def _unknown_of_kind(scope: Scope, way: Way, kind: str, name: str) -> Iterator[Finding]:
    for other, section in _SECTIONS.items():
        if name in scope.names(section):
            mend = f"{quoted(name)} is a {other}: write `go: {name}`"
            break
    else:
        mend = instead(name, scope.names(_SECTIONS[kind]))
    yield from scope.finding("E301", way.name_path, f"no {kind} {quoted(name)}", mend)


def instead(name: str, known: Iterable[str]) -> str:
    """Return the mend for a name that nothing has."""
    near = nearest(name, known)
    return f"did you mean {near}?" if near is not None else "add it, or name another"


def names_used_twice(scope: Scope) -> Iterator[Finding]:
    """E302: menus, departments and people share their names."""
    first: dict[str, str] = {}
    for kind, section in _SECTIONS.items():
        for name in scope.written(section):
            if name in first:
                place = scope.key(_SECTIONS[first[name]], name)
                message = f"{quoted(name)} is already the name of a {first[name]}, in {place}"
                yield from scope.finding_at_key("E302", (section, name), message, "rename one of them")
            else:
                first[name] = kind


def phones_used_twice(scope: Scope) -> Iterator[Finding]:
    """E303: an extension belongs to one person."""
    first: dict[str, str] = {}
    for name, person in scope.site.people.items():
        if person.phone in first:
            message = f"phone {quoted(person.phone)} is already that of {first[person.phone]}"
            path = ("people", name, "phone")
            yield from scope.finding("E303", path, message, "give one of them another extension")
        else:
            first[person.phone] = name


def unknown_departments(scope: Scope) -> Iterator[Finding]:
    """E304: people serve departments that exist, and those who read mailboxes and fax boxes do too."""
    used: list[tuple[tuple[Step, ...], str]] = [
        (("people", name, "departments", index), department)
        for name, person in scope.site.people.items()
        for index, department in enumerate(person.departments)
    ]
    used += [
        (("mailboxes", name, "departments", index), department)
        for name, mailbox in scope.site.mailboxes.items()
        for index, department in enumerate(mailbox.departments)
    ]
    used += [
        (("faxboxes", name, "departments", index), department)
        for name, faxbox in scope.site.faxboxes.items()
        for index, department in enumerate(faxbox.departments)
    ]
    known = scope.names("departments")
    for path, department in used:
        if department not in known:
            yield from scope.finding("E304", path, f"no department {quoted(department)}", instead(department, known))


def unknown_hours(scope: Scope) -> Iterator[Finding]:
    """E305: hours that are named are written."""
    used: list[tuple[tuple[Step, ...], str]] = [
        (("menus", name, "closed", "hours"), menu.closed.hours)
        for name, menu in scope.site.menus.items()
        if menu.closed is not None
    ]
    used += [
        (("departments", name, "hours"), department.hours)
        for name, department in scope.site.departments.items()
        if department.hours is not None
    ]
    used += [
        (("mailboxes", name, "closed", "hours"), mailbox.closed.hours)
        for name, mailbox in scope.site.mailboxes.items()
        if mailbox.closed is not None
    ]
    known = scope.names("hours")
    for path, hours in used:
        if hours not in known:
            yield from scope.finding("E305", path, f"no hours {quoted(hours)}", instead(hours, known))


def unknown_phrases(scope: Scope) -> Iterator[Finding]:
    """E318: what is said otherwise is something that is said at all."""
    for name in scope.site.phrases:
        if name not in PHRASE_NAMES:
            near = nearest(name, PHRASE_NAMES)
            mend = f"known here: {IN_WORDS}"
            mend = mend if near is None else f"did you mean {near}? {mend}"
            yield from scope.finding_at_key("E318", ("phrases", name), f"no phrase {quoted(name)}", mend)


def unknown_emergency_phones(scope: Scope) -> Iterator[Finding]:
    """E313: emergency phones are people."""
    used: list[tuple[tuple[Step, ...], str]] = [
        (("emergency", "phones", index), name) for index, name in enumerate(scope.site.emergency.phones)
    ]
    used += [
        (("departments", department, "emergency_phones", index), name)
        for department, entry in scope.site.departments.items()
        for index, name in enumerate(entry.emergency_phones)
    ]
    known = scope.names("people")
    for path, name in used:
        if name not in known:
            yield from scope.finding("E313", path, f"no person {quoted(name)}", instead(name, known))
