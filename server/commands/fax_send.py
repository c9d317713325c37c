"""`fax send`: a document is handed to the running server, which queues it; and waiting until the fax has arrived.

The rules of what may be sent are the server's; here is only what can be told before a document travels.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from config.values import e164
from fax.documents import kind
from fax.documents.errors import NotSendable
from fax.documents.model import Resolution
from fax.model import UNDER_WAY, Attempt, Fax, State
from fax.orders import LARGEST
from ivr.attendant import snapshot
from reports.text import printable
from server.commands.fax import API, Reader, reading
from server.commands.fax_told import as_json, fate
from server.data_folder import SiteNote, read_note
from server.launch import INTERRUPTED
from server.local_server import ask, find_server
from server.local_upload import hand_over
from server.progress import Show
from server.settings import Settings
from server.terminal import Foreseen, foreseen, progress, put, put_json, remark

#: Who waits looks so often, seconds; and so often while a fax waits for a time that is known.
LOOK_EVERY, LOOK_SELDOM = 0.5, 5.0
#: For so long who waits puts up with a server that is not there, seconds.
SERVER_AWAY = 600.0

#: The fields of the server's form, as they are called here.
_OPTIONS = {
    "box": "--from",
    "number": "--to",
    "name": "--name",
    "subject": "--subject",
    "resolution": "--resolution",
    "cover": "--cover",
    "cover_note": "--note",
    "send_at": "--at",
    "confirm": "--confirm",
    "document": "FILE",
}
_FIELD = re.compile(r"\A`(\w+)`")
#: Numbers are for the result only: what is complained of may end in somebody's log.
_NUMBER = re.compile(r"\+\d{3,}")


@dataclass(frozen=True)
class Wish:
    """What somebody wants to have sent, as the options say it; None and '' for what was left out."""

    document: Path
    number: str
    box: str | None = None
    name: str = ""
    subject: str = ""
    cover: bool | None = None
    note: str = ""
    resolution: str = ""
    at: str = ""
    confirm: tuple[str, ...] = ()


def send(data: Path, wish: Wish, *, wait: bool, json: bool) -> int:
    """Queue a document, and with `wait` see it through: return 1 if it was not sent. Raises `Foreseen`.

    Ctrl-C ends the waiting, not the fax. As JSON it is `{"fax": …}`, as `fax_told.as_json` says, at the end.
    """
    note = read_note(data)
    find_server(data)  # before anything else is complained of
    fields = _form(data, wish, note)
    with foreseen():
        _look_at(wish.document)
        try:
            id_ = str(hand_over(data, API, fields, "document", wish.document)["id"])
        except Foreseen as refused:
            raise Foreseen(_in_our_words(str(refused))) from None
        fax = asyncio.run(_find(data, note, id_))
        if not json:
            when = f"; not before {fax.send_at.astimezone(note.zone):%Y-%m-%d %H:%M}" if fax.send_at else ""
            put(printable(f"Fax {id_} is queued from {fax.box} to {fax.number}{when}."))
        attempts: list[Attempt] = []
        if wait:
            try:
                fax, attempts = _wait(data, note, id_)
            except KeyboardInterrupt:
                remark(f"fax {id_} stays queued: `fax show` tells what becomes of it, `fax cancel` stops it")
                return INTERRUPTED
    if json:
        put_json({"fax": as_json(fax, note.zone)})
    elif wait:
        put(printable(fate(fax, attempts)))
    return 0 if not wait or fax.state is State.SENT else 1


def _form(data: Path, wish: Wish, note: SiteNote) -> dict[str, str]:
    """Return the fields of the server's form; raises Foreseen for what can be told to be wrong here."""
    if e164(wish.number, note.country) is None:
        raise Foreseen("--to is no number that can be called: write one such as +370 5 200 0000")
    if wish.resolution and wish.resolution not in [*Resolution]:
        raise Foreseen(f"--resolution is one of {', '.join(Resolution)}, not {wish.resolution!r}")
    if wish.note and wish.cover is False:
        raise Foreseen("--note is written on the cover sheet: leave out --no-cover, or the note")
    fields = {
        "box": wish.box or _only_box(data),
        "number": wish.number,
        "name": wish.name,
        "subject": wish.subject,
        "resolution": wish.resolution,
        "cover": "1" if wish.cover or wish.note else "",
        "cover_note": wish.note,
        "send_at": _moment(wish.at),
        "confirm": ", ".join(wish.confirm),
        "key": secrets.token_hex(16),  # handed over twice, it is one fax
    }
    return {name: value for name, value in fields.items() if value}


def _only_box(data: Path) -> str:
    """Return the site's fax box where there is no choice; raises Foreseen."""
    try:
        # The site as the server published it; commands of this machine do not know where it was written.
        boxes = list(snapshot.read(Settings(site=data, data=data).snapshot).site.faxboxes)
    except snapshot.BadSnapshot:
        raise Foreseen("name the fax box that it leaves from: --from BOX") from None
    if not boxes:
        raise Foreseen("the site has no fax box to send from: `faxboxes:` describes them")
    if len(boxes) > 1:
        raise Foreseen(f"name the fax box that it leaves from: --from {', '.join(boxes[:-1])} or {boxes[-1]}")
    return boxes[0]


def _moment(at: str) -> str:
    """Return a time as the server's form takes it, without a zone in the site's; '' for none. Raises Foreseen."""
    if not at:
        return ""
    try:
        if ":" not in at:  # a day alone would be its midnight
            raise ValueError(at)
        return datetime.fromisoformat(at.strip()).isoformat()
    except ValueError:
        raise Foreseen(f'--at is a day and a time such as "2026-11-23 09:00", not {at!r}') from None


def _look_at(document: Path) -> None:
    """Raise Foreseen for a document that is told, without reading it whole, not to be sendable; OSError."""
    if not document.is_file():
        raise Foreseen(f"{document} is {'no file' if document.exists() else 'not there'}")
    if (size := document.stat().st_size) > LARGEST:
        most = LARGEST // 1_000_000
        raise Foreseen(f"{document} has {size / 1_000_000:.1f} MB, and at most {most} MB can be sent: send it in parts")
    with document.open("rb") as file:
        head = file.read(kind.HEAD)
    try:
        kind.tell(head)
    except NotSendable as refused:
        raise Foreseen(f"{document}: {refused.why}") from None


def _in_our_words(refusal: str) -> str:
    named = _FIELD.sub(lambda field: _OPTIONS.get(field[1], field[1]), refusal)
    return _NUMBER.sub("this number", named)


async def _find(data: Path, note: SiteNote, id_: str) -> Fax:
    async with reading(data, note) as reader:
        return await reader.faxes.get(id_)


def _wait(data: Path, note: SiteNote, id_: str) -> tuple[Fax, list[Attempt]]:
    """Show how far a fax is until it is not under way any more; return it and its calls.

    How long that is the site's rules decide. Raises Foreseen when the server is away for too long.
    """

    async def follow(show: Show) -> tuple[Fax, list[Attempt]]:
        async with reading(data, note) as reader:
            await _until_it_ended(data, note, id_, reader, show)
            return await reader.faxes.get(id_), await reader.faxes.attempts(id_)

    with progress() as show:
        return asyncio.run(follow(show))


async def _until_it_ended(data: Path, note: SiteNote, id_: str, reader: Reader, show: Show) -> None:
    loop = asyncio.get_running_loop()
    there = loop.time()
    while (fax := await reader.faxes.get(id_)).state in UNDER_WAY:
        told: Mapping[str, Any] | None = None
        try:
            told = await asyncio.to_thread(ask, data, "GET", f"{API}/{quote(id_, safe='')}")
            there = loop.time()
        except Foreseen as away:
            if loop.time() > there + SERVER_AWAY:
                raise Foreseen(f"{away}; fax {id_} stays queued until then") from None
        show(*how_far(fax, told, note))
        await asyncio.sleep(LOOK_SELDOM if told is not None and told["next_try"] else LOOK_EVERY)


def how_far(fax: Fax, told: Mapping[str, Any] | None, note: SiteNote) -> tuple[str, float | None]:
    """Say what happens to a fax that is under way, and how much of it is done; `told` is the server's story of it."""
    if told is None:
        return "it waits: the server does not answer", None
    if (line := told["progress"]) is not None:
        pages, of = int(line["pages"]), int(line["of"])
        done = pages / of if of else None
        return (f"page {min(pages + 1, of)} of {of}" if of and line["doing"] == "sending" else line["doing"]), done
    if fax.state is State.PREPARING:
        return "its pages are being made", None
    if told["next_try"] is None:
        return "it waits for a line", 0.0
    at = f"{datetime.fromisoformat(told['next_try']).astimezone(note.zone):%Y-%m-%d %H:%M}"
    return (f"it is tried again at {at} (attempt {fax.tries}: {fax.why})" if fax.tries else f"it waits until {at}"), 0.0
