"""The data folder: its owner's alone, one server's at a time, and readable by commands without its site.

Owns `site.json`, which tells them what they need, and opening the folder's database while the server runs.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from config.faxes import FaxBox
from config.mailboxes import Mailbox
from config.schema import Site
from ledger.database import Database
from ledger.files import write_whole
from server.terminal import Foreseen

log = structlog.get_logger(__name__)

NAME = "site.json"
DATABASE = "switchroom.db"
#: No honest note is longer.
LONGEST = 1_000_000


#: What a umask takes away for all but the owner: this folder is full of numbers, names and voices.
OTHERS = 0o077


class FolderInUse(Exception):
    """Another server runs on this data folder."""


@contextmanager
def only_server(data: Path) -> Iterator[None]:
    """Keep a second server away from this folder for as long as the block runs, and however it ends.

    Raises:
        FolderInUse: there is one already; nothing was touched.
    """
    with (data / "server.lock").open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.seek(0)
            raise FolderInUse(f"a server runs on {data} already (process {held.read(20).strip() or '?'})") from None
        held.truncate(0)
        held.write(str(os.getpid()))
        held.flush()
        yield


def make_private(data: Path) -> None:
    """Take what the folder holds out of the reach of everybody else on this machine; blocks.

    What belongs to another user stays as it is, behind the folder's own door. Raises Foreseen for what is no folder.
    """
    require_folder(data)
    if not data.exists():
        return
    kept_open = 0
    for folder, _, files in os.walk(data):
        for path in (folder, *(os.path.join(folder, name) for name in files)):  # noqa: PTH118  a path for each is slow
            try:
                mode = os.lstat(path).st_mode
                if mode & OTHERS and (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
                    Path(path).chmod(stat.S_IMODE(mode) & ~OTHERS)
            except FileNotFoundError:
                continue  # a server at work on it has just removed it
            except PermissionError:
                kept_open += 1
    if kept_open:
        log.warning("files in the data folder belong to another user and stay as they are", files=kept_open)


@contextmanager
def written_privately() -> Iterator[None]:
    """Keep what the block writes from everybody else on this machine; of the whole process, so for commands only."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def require_folder(data: Path) -> None:
    """Raise Foreseen if this is a file."""
    if data.exists() and not data.is_dir():
        raise Foreseen(f"{data} is a file, and --data names a folder: the one that the server is started with")


@dataclass(frozen=True)
class BoxNote:
    """What a mailbox or fax box is called, '' where it is called as whose it is, and the departments that read it."""

    title: str = ""
    departments: tuple[str, ...] = ()


@dataclass(frozen=True)
class SiteNote:
    """The site as far as reports need it; `answer_within` holds each department's target in seconds."""

    timezone: str = "UTC"
    country: str = "LT"
    company: str = ""
    database: str | None = None
    answer_within: Mapping[str, float] = field(default_factory=dict)
    short_abandon: float = 5.0
    service_level: Mapping[str, Any] = field(default_factory=dict)
    #: What departments and people are called.
    names: Mapping[str, str] = field(default_factory=dict)
    #: The boxes that messages and faxes come into; one that is not here is a person's.
    mailboxes: Mapping[str, BoxNote] = field(default_factory=dict)
    faxboxes: Mapping[str, BoxNote] = field(default_factory=dict)
    #: The people of each department.
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def note_of(site: Site) -> SiteNote:
    """Return the note of a site."""
    targets = {name: department.answer_within for name, department in site.departments.items()}
    company = site.company
    names = {name: department.name or name for name, department in site.departments.items()}
    names |= {name: person.name for name, person in site.people.items()}
    reports = site.reports
    rule = reports.service_level.model_dump()
    mailboxes = _box_notes({name: site.mailbox(name) for name in site.mailbox_names}, names)
    faxboxes = _box_notes({name: site.faxbox(name) for name in site.faxboxes}, names)
    members = {
        department: tuple(name for name, person in site.people.items() if department in person.departments)
        for department in site.departments
    }
    return SiteNote(
        company.timezone, company.country, company.name, site.database, targets, reports.short_abandon, rule, names,
        mailboxes, faxboxes, members,
    )  # fmt: skip


def _box_notes(boxes: Mapping[str, Mailbox | FaxBox], names: Mapping[str, str]) -> dict[str, BoxNote]:
    """Note each box of which its name does not tell everything."""
    noted = {
        name: BoxNote(box.name if box.name and box.name != names.get(name, name) else "", box.departments)
        for name, box in boxes.items()
    }
    return {name: note for name, note in noted.items() if note != BoxNote()}


def write_note(data: Path, note: SiteNote) -> None:
    """Write the note, whole or not at all; only its owner can read it, for a database's address may be secret."""
    fields = {
        "timezone": note.timezone,
        "country": note.country,
        "company": note.company,
        "database": note.database,
        "answer_within": dict(note.answer_within),
        "short_abandon": note.short_abandon,
        "service_level": dict(note.service_level),
        "names": dict(note.names),
        "mailboxes": {name: [box.title, *box.departments] for name, box in note.mailboxes.items()},
        "faxboxes": {name: [box.title, *box.departments] for name, box in note.faxboxes.items()},
        "members": {name: list(people) for name, people in note.members.items()},
    }
    write_whole(data / NAME, json.dumps(fields, ensure_ascii=False, indent=1))


def read_note(data: Path) -> SiteNote:
    """Read the note; where there is none, times are in UTC and the database is the folder's own.

    Raises:
        Foreseen: the file is there and cannot be used, or this is no folder.
    """
    require_folder(data)
    path = data / NAME
    try:
        with path.open() as file:
            found = json.loads(file.read(LONGEST))
        return _note(found)
    except FileNotFoundError:
        return SiteNote()
    except (OSError, ValueError, TypeError, AttributeError, ZoneInfoNotFoundError) as error:
        raise Foreseen(f"{path} cannot be used ({error}): start the server, it writes it anew") from error


def _note(found: Any) -> SiteNote:
    note = SiteNote(
        timezone=str(found.get("timezone") or "UTC"),
        country=str(found.get("country") or "LT"),
        company=str(found.get("company") or ""),
        database=found.get("database") or None,
        answer_within={str(name): float(target) for name, target in (found.get("answer_within") or {}).items()},
        short_abandon=float(found.get("short_abandon", 5.0)),
        service_level=dict(found.get("service_level") or {}),
        names={str(name): str(title) for name, title in (found.get("names") or {}).items()},
        mailboxes=_boxes(found.get("mailboxes")),
        faxboxes=_boxes(found.get("faxboxes")),
        members={str(name): tuple(map(str, people)) for name, people in (found.get("members") or {}).items()},
    )
    ZoneInfo(note.timezone)
    return note


def _boxes(found: Any) -> dict[str, BoxNote]:
    return {
        str(name): BoxNote(str(title), tuple(map(str, departments)))
        for name, (title, *departments) in (found or {}).items()
    }


@asynccontextmanager
async def database_of(data: Path, note: SiteNote) -> AsyncIterator[Database]:
    """Open the database that belongs to a data folder; the server may be running.

    Raises:
        Foreseen: nothing was ever stored there.
        DatabaseError: it cannot be opened.
    """
    where = note.database or str(data / DATABASE)
    if note.database is None and not (data / DATABASE).exists():
        raise Foreseen(f"{data} holds no {DATABASE}: is it the folder that the server was started with (--data)?")
    async with await Database.open(where) as database:
        yield database
