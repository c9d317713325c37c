"""Rules about faxes: each fax box belongs to somebody, and what is delivered arrives where nobody else reads it.

Never shows a web-hook's address, which may hold a token. Folders are looked at only beside a site that is a folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from config.addresses import machine_of
from config.faxes import Receiver
from config.findings import Finding, nearest, quoted
from config.folders import faults
from config.mailboxes import is_address
from config.reading.tree import Step
from config.rules.mail import is_here
from config.rules.scope import Scope


def unknown_faxboxes(scope: Scope) -> Iterator[Finding]:
    """E319: a fax box that is named is written."""
    site = scope.site
    named: list[tuple[tuple[Step, ...], str]] = [
        (way.name_path, way.destination.name) for way in scope.ways if way.destination.kind == "fax"
    ]
    named += [
        (("numbers", number, "fax"), entry.fax) for number, entry in site.numbers.items() if entry.fax is not None
    ]
    senders = site.fax.by_mail.senders if site.fax.by_mail is not None else {}
    named += [(("fax", "by_mail", "senders", sender), name) for sender, name in senders.items()]
    known = scope.names("faxboxes")
    for path, name in named:
        if name not in known:
            near = nearest(name, known)
            if name in scope.names("departments") or name in scope.names("people"):
                mend = f"add `faxboxes: {{{name}: {{}}}}`, or name another"
            elif near is not None:
                mend = f"did you mean {near}?"
            else:
                mend = "add it to `faxboxes:`, or name another"
            yield from scope.finding("E319", path, f"no fax box {quoted(name)}", mend)


def nobodys_faxboxes(scope: Scope) -> Iterator[Finding]:
    """E324: a fax box has the name of a department or person, or says who reads it."""
    owners = {*scope.names("departments"), *scope.names("people")}
    for name, faxbox in scope.site.faxboxes.items():
        if name not in owners and not faxbox.departments and not faxbox.people:
            near = nearest(name, owners)
            mend = "say who reads it: add `departments:` or `people:`"
            mend = mend if near is None else f"did you mean {near}? else {mend}"
            message = f"fax box {quoted(name)} belongs to nobody"
            yield from scope.finding_at_key("E324", ("faxboxes", name), message, mend)


def impossible_senders(scope: Scope) -> Iterator[Finding]:
    """E325: who may send by mail has an address, or all of a domain has."""
    by_mail = scope.site.fax.by_mail
    for sender in by_mail.senders if by_mail is not None else ():
        if not is_address(f"anybody{sender}" if sender.startswith("@") else sender):
            message = f"{quoted(sender)} is neither an address nor a domain"
            mend = 'write such as bob@acme.example, or "@acme.example" for everybody there'
            yield from scope.finding_at_key("E325", ("fax", "by_mail", "senders", sender), message, mend)


def unusable_webhooks(scope: Scope) -> Iterator[Finding]:
    """E326: a web-hook is on a machine, at a port that there can be."""
    for path, receiver in _receivers(scope):
        if receiver.webhook is not None and machine_of(receiver.webhook) is None:
            message = "this address names no machine, or a port that there cannot be"
            mend = "write such as https://crm.acme.example/faxes"
            yield from scope.finding("E326", (*path, "webhook"), message, mend)


def undelivered_faxboxes(scope: Scope) -> Iterator[Finding]:
    """W420: somebody gets the faxes of every box that faxes come to."""
    site = scope.site
    reached = {way.destination.name for way in scope.ways if way.destination.kind == "fax"}
    reached |= {number.fax for number in site.numbers.values() if number.fax is not None}
    for name, faxbox in site.faxboxes.items():
        # `deliver: []` says that it is meant.
        if name in reached and "deliver" not in faxbox.model_fields_set and not site.faxbox(name).deliver:
            message = f"nobody gets the faxes of {quoted(name)}: they are on the pages only"
            mend = f"add `mailbox:` to department {name}, or `deliver:` here"
            mend = f"{mend if name in site.departments else 'add `deliver:`'}; or `deliver: []` if that is meant"
            yield from scope.finding_at_key("W420", ("faxboxes", name), message, mend)


def webhooks_in_the_open(scope: Scope) -> Iterator[Finding]:
    """W421: a fax goes to another machine under TLS only."""
    for path, receiver in _receivers(scope):
        url = receiver.webhook or ""
        machine = machine_of(url) if url.startswith("http:") else None
        if machine is not None and not is_here(machine):
            message = "this web-hook is sent the faxes where everybody on the way can read them"
            yield from scope.finding_at_key("W421", (*path, "webhook"), message, "write https://…")


def useless_tones(scope: Scope) -> Iterator[Finding]:
    """W422: a fax machine is listened for where people talk."""
    for number, entry in scope.site.numbers.items():
        if entry.fax is not None and entry.entry.kind == "fax":
            message = f"every call to this number is a fax for {quoted(entry.entry.name)}: no tone is listened for"
            yield from scope.finding_at_key("W422", ("numbers", number, "fax"), message, "delete `fax:`")


def missing_folders(scope: Scope) -> Iterator[Finding]:
    """W423: a folder that gets faxes is there, and can be written into by who checks."""
    if scope.folder is None:
        return
    named = [(path, receiver.folder) for path, receiver in _receivers(scope) if receiver.folder is not None]
    found = faults(folder for _, folder in named) if named else {}
    for path, folder in named:
        if folder in found:
            yield from scope.finding("W423", (*path, "folder"), *found[folder])


def receivers_written_twice(scope: Scope) -> Iterator[Finding]:
    """W424: a box delivers a fax to nobody twice."""
    for name, faxbox in scope.site.faxboxes.items():
        seen: set[tuple[str, str]] = set()
        for index, receiver in enumerate(faxbox.deliver):
            where = str(PurePath(receiver.folder)) if receiver.folder is not None else receiver.where
            there = receiver.channel, where.lower() if receiver.mail is not None else where
            if there in seen:
                message = f"fax box {quoted(name)} delivers there already"
                path = ("faxboxes", name, "deliver", index)
                yield from scope.finding_at_key("W424", path, message, "delete one of them")
            seen.add(there)


def _receivers(scope: Scope) -> Iterator[tuple[tuple[Step, ...], Receiver]]:
    """Yield every receiver that is written, with its path."""
    for name, faxbox in scope.site.faxboxes.items():
        for index, receiver in enumerate(faxbox.deliver):
            yield ("faxboxes", name, "deliver", index), receiver
