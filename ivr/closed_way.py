"""Where callers go who come when something is closed by hand: what the site says of closed doors, read for this one.

Pure. Shared by the server and the emergency attendant.
"""

from __future__ import annotations

from config.schema import Site
from config.values import Destination

HANG_UP = Destination(kind="hangup")


def closed_way(site: Site, entry: Destination) -> Destination:
    """Return the `closed:` of a menu or department, else the department's mailbox, else hanging up.

    A menu that only greets and leads on is as closed as what it leads to.
    """
    entry = site.resolve(entry)
    if entry.kind != "menu":
        return _of_place(site, entry)
    menu = site.menus[entry.name]
    if menu.closed is not None:
        return menu.closed.go
    return _of_place(site, site.resolve(menu.go)) if menu.go is not None else HANG_UP


def _of_place(site: Site, entry: Destination) -> Destination:
    if entry.kind == "menu":
        closed = site.menus[entry.name].closed
        return closed.go if closed is not None else HANG_UP
    if entry.kind != "department":
        return HANG_UP
    department = site.departments[entry.name]
    if department.closed is not None:
        return department.closed
    has_mailbox = department.mailbox is not None or entry.name in site.mailboxes
    return Destination(kind="voicemail", name=entry.name) if has_mailbox else HANG_UP
