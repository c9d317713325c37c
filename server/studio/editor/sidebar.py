"""What stands at the left of the editor: the things of the site by section, and the files.

Owns addresses of the editor, and nothing that is shown in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from server.studio.editor.editing import Look
from server.studio.editor.shapes import ENTRIES, section_label, sections

AT = "/site/edit"


@dataclass(frozen=True)
class Thing:
    """One line of the list."""

    name: str
    address: str
    here: bool


@dataclass(frozen=True)
class Section:
    """A section of the site, and its entries if each has a form."""

    name: str
    label: str
    address: str
    here: bool
    #: None for a section that is one form.
    things: tuple[Thing, ...] | None
    written: bool


@dataclass(frozen=True)
class Sidebar:
    """All of it."""

    sections: tuple[Section, ...]
    files: tuple[Thing, ...]


def address_of(section: str, name: str = "") -> str:
    """Return where a thing is edited."""
    return f"{AT}/{section}" + (f"/{quote(name, safe='')}" if name else "")


def address_of_file(name: str, line: int = 0) -> str:
    """Return where a file is edited as text."""
    return f"{AT}/file/{quote(name, safe='')}" + (f"?line={line}" if line else "")


def sidebar(look: Look, section: str = "", name: str = "", file: str = "") -> Sidebar:
    """Return the lists, with what is edited now marked."""
    return Sidebar(
        tuple(_section(look, one, section, name) for one in sections()),
        tuple(Thing(one.name, address_of_file(one.name), one.name == file) for one in look.files),
    )


def _section(look: Look, one: str, section: str, name: str) -> Section:
    things = None
    if one in ENTRIES:
        entries = look.entries(one)
        things = tuple(Thing(entry, address_of(one, entry), (one, entry) == (section, name)) for entry in entries)
    written = bool(things) or any(one in content for content in look.contents.values())
    return Section(one, section_label(one), address_of(one), one == section, things, written)
