"""Rules about the mail server: there is one where mail is wanted, and no password goes to it in the open.

Never shows a password. Who is mailed is in `config.rules.mailboxes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from config.findings import Finding, quoted
from config.reading.tree import Step
from config.rules.scope import Scope


def addresses_without_server(scope: Scope) -> Iterator[Finding]:
    """W415: where addresses are written, there is a mail server; told once, at the first address."""
    site = scope.site
    if site.mail is not None:
        return
    written: list[tuple[Step, ...]] = [
        ("departments", name, "mailbox")
        for name, department in site.departments.items()
        if department.mailbox is not None
    ]
    written += [("mailboxes", name, "mail") for name, mailbox in site.mailboxes.items() if mailbox.mail]
    for name, faxbox in site.faxboxes.items():
        if any(receiver.mail is not None for receiver in faxbox.deliver):
            written.append(("faxboxes", name, "deliver"))
        if faxbox.confirm:
            written.append(("faxboxes", name, "confirm"))
    if site.fax.by_mail is not None:  # who sends a fax by mail is told by mail what became of it
        written.append(("fax", "by_mail", "senders"))
    written += [("reports", "schedules", name, "to") for name in site.reports.schedules]
    for path in written[:1]:
        message = "nobody is mailed: there are addresses, but no `mail:` section says which server takes the mail"
        mend = "add `mail: {server: …, sender: …}`, or delete the addresses"
        yield from scope.finding_at_key("W415", path, message, mend)


def passwords_in_the_open(scope: Scope) -> Iterator[Finding]:
    """W417: a password goes to another machine under TLS only."""
    mail, by_mail = scope.site.mail, scope.site.fax.by_mail
    sent: list[tuple[tuple[Step, ...], str]] = []
    if mail is not None and mail.security == "none" and mail.password is not None:
        sent.append((("mail", "security"), mail.server))
    if by_mail is not None and by_mail.security == "none":
        sent.append((("fax", "by_mail", "security"), by_mail.server))
    for path, server in sent:
        if not is_here(server):
            message = f"the password is sent to {quoted(server)} where everybody on the way can read it"
            yield from scope.finding_at_key("W417", path, message, "write `security: starttls`, or `tls`")


def is_here(server: str) -> bool:
    """Tell whether a server is this machine, by its name alone: a check asks no name service."""
    if server.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(server).is_loopback
    except ValueError:
        return False
