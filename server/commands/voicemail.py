"""`voicemail`: the messages as a list, one with everything that happened to it, and having work done again.

Looking works on the data folder, with or without a server; deeds are asked of the running server.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote
from zoneinfo import ZoneInfo

from ledger.clock import SystemClock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery
from ledger.jobs import Jobs
from ledger.spool import Spool
from reports.text import printable, table
from server.data_folder import database_of, read_note
from server.local_server import ask
from server.terminal import Foreseen, complain, foreseen, put, put_json
from voicemail.mail import clock
from voicemail.model import Asked, Message, Shown, Step, TextState
from voicemail.service import Voicemail

#: How many messages a list shows at most, and how many are named when a beginning fits several.
MOST, NAMED = 200, 10
_HEADS = ("Time", "Mailbox", "From", "Length", "State", "First words", "Message")


def list_messages(data: Path, mailbox: str | None, shown: str, words: str, *, json: bool) -> int:
    """Print messages, the newest first. Raises `Foreseen`."""
    if shown not in list(Shown):
        raise Foreseen(f"--show is one of {', '.join(Shown)}, not {shown!r}")
    note = read_note(data)
    asked = Asked(frozenset({mailbox}) if mailbox else None, Shown(shown), words, limit=MOST)

    async def find() -> tuple[Message, ...]:
        async with database_of(data, note) as database:
            return (await _reader(database, data).search(asked)).messages

    with foreseen():
        messages = asyncio.run(find())
    if json:
        put_json({"timezone": note.timezone, "messages": [_as_json(message, note.zone) for message in messages]})
    elif not messages:
        put("no messages")
    else:
        for line in table(_HEADS, [_row(message, note.zone) for message in messages], right=(3,)):
            put(printable(line))
    return 0


def show(data: Path, id_: str, *, json: bool) -> int:
    """Print a message and its ledger; return 1 when there is no such message, or more than one that begins so."""
    note = read_note(data)

    async def find() -> tuple[list[Message], list[Step], list[Delivery]]:
        async with database_of(data, note) as database:
            reader = _reader(database, data)
            found = await reader.beginning(id_, NAMED + 1)
            if len(found) != 1:
                return found, [], []
            return found, await reader.ledger(found[0].id), await reader.deliveries_of(found[0].id)

    with foreseen():
        found, steps, deliveries = asyncio.run(find())
    if (message := _only(found)) is None:
        return 1
    if json:
        told = [{"at": s.at.isoformat(), "what": s.what, "by": s.by, "detail": s.detail} for s in steps]
        mails = [
            {"to": d.receiver, "state": d.state.value, "attempts": d.attempts, "reply": d.last_reply}
            for d in deliveries
        ]
        put_json({"message": _as_json(message, note.zone), "mails": mails, "ledger": told})
        return 0
    for line in _told(message, steps, deliveries, note.zone):
        put(printable(line))
    return 0


def transcribe(data: Path, id_: str, *, again: bool) -> int:
    """Have the running server write down what is said; return 1 for no such message, or one that has its text.

    Raises `Foreseen` when no server runs, or it refuses.
    """
    note = read_note(data)

    async def find() -> list[Message]:
        async with database_of(data, note) as database:
            return await _reader(database, data).beginning(id_, NAMED + 1)

    with foreseen():
        message = _only(asyncio.run(find()))
    if message is None:
        return 1
    if message.text_state is TextState.DONE and not again:
        complain("it has its text already; to have it written anew add --again")
        return 1
    return act(data, message.id, "transcribe")


def act(data: Path, id_: str, deed: str) -> int:
    """Have the running server transcribe or mail a message again. Raises `Foreseen` when none runs, or it refuses."""
    ask(data, "POST", f"/api/v1/voicemail/{quote(id_, safe='')}/{deed}", {})
    put("It will be done; `voicemail show` tells when it was.")
    return 0


def _only(found: list[Message]) -> Message | None:
    """Return the one message that was meant; None, and a complaint, when there is none or there are several."""
    if len(found) == 1:
        return found[0]
    names = ", ".join(message.id[:12] for message in found[:NAMED])
    complain(f"several messages begin so: {names}" if found else "there is no such message; try `voicemail list`")
    return None


def _reader(database: Database, data: Path) -> Voicemail:
    """Return the messages to look at; whoever would change one is told that this needs the server."""
    clock_ = SystemClock()
    return Voicemail(database, Spool(data / "spool"), Jobs(database), Deliveries(database), _needs_server, clock_)


def _needs_server() -> NoReturn:
    raise Foreseen("this needs the running server")


def _row(message: Message, zone: ZoneInfo) -> tuple[str, ...]:
    words = " ".join(message.text.split())
    return (
        f"{message.taken_at.astimezone(zone):%Y-%m-%d %H:%M}",
        message.mailbox,
        " ".join(part for part in (message.ani or "withheld", message.ani_name) if part),
        clock(message.seconds),
        _state(message),
        words if len(words) <= 40 else words[:39] + "…",
        message.id[:12],
    )


def _state(message: Message) -> str:
    if message.deleted_at is not None:
        return "deleted"
    if message.empty:
        return "empty"
    if message.handled_at is not None:
        return f"handled by {message.handled_by}"
    return "new" if message.is_unread else "heard"


def _told(message: Message, steps: list[Step], deliveries: list[Delivery], zone: ZoneInfo) -> list[str]:
    caller = " ".join(part for part in (message.ani_name, message.ani or "a withheld number") if part)
    taken = message.taken_at.astimezone(zone)
    lines = [
        f"Message {message.id}, {_state(message)}",
        f"{caller} left {clock(message.seconds)} for {message.mailbox} on {taken:%Y-%m-%d at %H:%M:%S} ({zone}).",
        f"Call {message.call}" if message.call else "The call is not known.",
    ]
    if message.text:
        lines += ["", message.text]
    elif message.text_state is TextState.FAILED:
        lines += ["", f"No text: {message.text_by}"]
    lines.append("")
    for step in steps:
        who = f" by {step.by}" if step.by else ""
        what = f"{step.what}{who}"
        lines.append(f"{step.at.astimezone(zone):%H:%M:%S}  {what}{f': {step.detail}' if step.detail else ''}")
    lines += [
        f"Mail to {d.receiver}: {d.state.value} ({d.attempts} attempts) {d.last_reply}".rstrip() for d in deliveries
    ]
    return lines


def _as_json(message: Message, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": message.id,
        "mailbox": message.mailbox,
        "at": message.taken_at.astimezone(zone).isoformat(),
        "seconds": round(message.seconds, 2),
        "from": message.ani,
        "name": message.ani_name,
        "to": message.did,
        "call": message.call,
        "language": message.language,
        "facts": dict(message.facts),
        "menus": list(message.menus),
        "empty": message.empty,
        "partial": message.partial,
        "state": _state(message),
        "assigned_to": message.assigned_to,
        "text_state": message.text_state.value,
        "text": message.text,
        "text_by": message.text_by,
    }
