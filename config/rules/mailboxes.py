"""Rules about mailboxes: each belongs to somebody who is told of its messages, and can be reached.

Never shows a PIN. Where mail goes is in `config.rules.mail`, what callers hear in `config.rules.spoken`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from config.findings import Finding, nearest, quoted
from config.rules.names import instead
from config.rules.scope import Scope

_DIGITS = "0123456789"


def unknown_readers(scope: Scope) -> Iterator[Finding]:
    """E320: people who read a mailbox or fax box exist."""
    known = scope.names("people")
    readers: list[tuple[str, str, tuple[str, ...]]] = [
        ("mailboxes", name, mailbox.people) for name, mailbox in scope.site.mailboxes.items()
    ]
    readers += [("faxboxes", name, faxbox.people) for name, faxbox in scope.site.faxboxes.items()]
    for section, name, people in readers:
        for index, person in enumerate(people):
            if person not in known:
                path = (section, name, "people", index)
                yield from scope.finding("E320", path, f"no person {quoted(person)}", instead(person, known))


def nobodys_mailboxes(scope: Scope) -> Iterator[Finding]:
    """E321: a mailbox has the name of a department or person, or says who reads it."""
    owners = {*scope.names("departments"), *scope.names("people")}
    for name, mailbox in scope.site.mailboxes.items():
        if name not in owners and not mailbox.departments and not mailbox.people:
            near = nearest(name, owners)
            mend = "say who reads it: add `departments:` or `people:`"
            mend = mend if near is None else f"did you mean {near}? else {mend}"
            message = f"mailbox {quoted(name)} belongs to nobody"
            yield from scope.finding_at_key("E321", ("mailboxes", name), message, mend)


def addresses_written_twice(scope: Scope) -> Iterator[Finding]:
    """E322: a department's address stands in one place."""
    for name, mailbox in scope.site.mailboxes.items():
        department = scope.site.departments.get(name)
        if department is not None and department.mailbox is not None and "mail" in mailbox.model_fields_set:
            place = scope.key("departments", name, "mailbox")
            message = f"who is mailed is also said by the department's `mailbox:`, in {place}"
            yield from scope.finding_at_key("E322", ("mailboxes", name, "mail"), message, "delete one of them")


def mailboxes_without_address(scope: Scope) -> Iterator[Finding]:
    """W408: somebody is told of every mailbox that callers are led to."""
    site = scope.site
    for way in scope.ways:
        name = way.destination.name
        if way.destination.kind != "voicemail" or name not in site.mailbox_names or site.mailbox(name).mail:
            continue
        written = site.mailboxes.get(name)
        if written is not None and "mail" in written.model_fields_set:
            continue  # `mail: []` says that it is meant
        if written is not None:
            mend = f"add `mail:` to mailbox {name}"
        elif name in site.departments:
            mend = f"add `mailbox:` to department {name}"
        else:
            mend = f"add `mailboxes: {{{name}: {{mail: [ADDRESS]}}}}`"
        message = f"nobody is mailed the messages for {quoted(name)}: its mailbox has no address"
        mend = f"{mend}; or `mail: []` to its mailbox if that is meant"
        yield from scope.finding("W408", way.name_path, message, mend)


def unreachable_mailboxes(scope: Scope) -> Iterator[Finding]:
    """W419: something leads callers to every mailbox that is written."""
    reached = {way.destination.name for way in scope.ways if way.destination.kind == "voicemail"}
    for name in scope.site.mailboxes:
        if name not in reached:
            mend = f"lead callers to `{{voicemail: {name}}}`, or delete it"
            if name in scope.site.people:
                mend = f"add `no_answer: {{voicemail: {name}}}` to the person, or delete it"
            message = f"nothing leads to mailbox {quoted(name)}"
            yield from scope.finding_at_key("W419", ("mailboxes", name), message, mend)


def guessable_pins(scope: Scope) -> Iterator[Finding]:
    """W416: a PIN is none of those that are tried first."""
    for name in scope.site.mailboxes:
        mailbox = scope.site.mailbox(name)
        phones = {
            person.phone
            for reader, person in scope.site.people.items()
            if reader in mailbox.people or set(mailbox.departments).intersection(person.departments)
        }
        if mailbox.pin is not None and is_guessable(mailbox.pin, phones):
            message = f"the PIN of mailbox {quoted(name)} is one of the first that a stranger tries"
            mend = "choose digits that follow no rule and are nobody's extension"
            yield from scope.finding_at_key("W416", ("mailboxes", name, "pin"), message, mend)


def is_guessable(pin: str, phones: Collection[str]) -> bool:
    """Tell whether a PIN is one digit again and again, counts up or down, or is an extension.

    >>> [is_guessable(pin, {"101"}) for pin in ("1111", "2345", "0987", "0101", "4711")]
    [True, True, True, True, False]
    """
    counted = _DIGITS * 2
    return len(set(pin)) == 1 or pin in counted or pin[::-1] in counted or pin.lstrip("0") in phones
