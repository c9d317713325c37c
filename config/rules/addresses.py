"""Rules about mail addresses: each can be one, by its form alone; no name service is asked.

Who is mailed what is in `config.rules.mailboxes` and `config.rules.faxes`.
"""

from __future__ import annotations

from collections.abc import Iterator

from config.findings import Finding, quoted
from config.reading.tree import Step
from config.rules.scope import Scope
from config.schema import Site

#: The longest part of a domain between two dots (RFC 1035).
_LONGEST_LABEL = 63


def impossible_addresses(scope: Scope) -> Iterator[Finding]:
    """E341, W453: an address has a form that mail can be sent to, and a domain that others know."""
    for path, address in addresses(scope.site):
        fault = fault_of(address)
        if fault is not None:
            message = f"no mail can be sent to {quoted(address)}: {fault}"
            yield from scope.finding("E341", path, message, "mend the address")
        elif "." not in address.partition("@")[2]:
            message = f"{quoted(address)} is known within your own network at most: its domain has no dot"
            yield from scope.finding("W453", path, message, "write the whole domain")


def addresses(site: Site) -> Iterator[tuple[tuple[Step, ...], str]]:
    """Yield every address that the site mails to or from, with its path."""
    for name, department in site.departments.items():
        if department.mailbox is not None:
            yield ("departments", name, "mailbox"), department.mailbox
    for name, mailbox in site.mailboxes.items():
        for index, address in enumerate(mailbox.mail):
            yield ("mailboxes", name, "mail", index), address
    for name, faxbox in site.faxboxes.items():
        for index, receiver in enumerate(faxbox.deliver):
            if receiver.mail is not None:
                yield ("faxboxes", name, "deliver", index, "mail"), receiver.mail
        for index, address in enumerate(faxbox.confirm):
            yield ("faxboxes", name, "confirm", index), address
    for name, schedule in site.reports.schedules.items():
        for index, address in enumerate(schedule.to):
            yield ("reports", "schedules", name, "to", index), address
    if site.mail is not None:
        yield ("mail", "sender"), site.mail.sender


def fault_of(address: str) -> str | None:
    """Say why no mail can have this address, though it looks like one; None if it can.

    >>> [fault_of(text) is None for text in ("ann@acme.example", ".ann@acme.example", "ann@-acme.example", "a@acme.1")]
    [True, False, False, False]
    """
    local, _, domain = address.partition("@")
    labels = domain.split(".")
    if local.startswith(".") or local.endswith("."):
        return "what stands before the @ begins or ends with a dot"
    if any(label.startswith("-") or label.endswith("-") or not label for label in labels):
        return "a part of its domain begins or ends with a hyphen"
    if any(len(label) > _LONGEST_LABEL for label in labels):
        return f"a part of its domain is longer than {_LONGEST_LABEL} letters"
    if len(labels) > 1 and labels[-1].isdigit():
        return "no domain ends in a number"
    return None
