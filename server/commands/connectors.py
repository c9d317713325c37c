"""`connectors list`, `show` and `resend`: how the connectors do, what is kept for one, and sending it again.

The running server is asked: it knows the site and the breakers. Where none runs, looking works on the data folder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from crm_bridge.connectors import health, store
from crm_bridge.connectors.model import ReceiverState, Waiting, WaitingState
from crm_bridge.connectors.showing import in_lines
from crm_bridge.connectors.webhook import as_told
from crm_bridge.web.connectors_api import event as event_of
from crm_bridge.web.connectors_api import told
from crm_bridge.web.connectors_words import KINDS, called, counted
from ledger.clock import SystemClock
from ledger.journal_reads import JournalReads
from reports.text import printable, table
from server.data_folder import SiteNote, database_of, read_note
from server.local_server import ask
from server.terminal import Foreseen, complain, foreseen, put, put_json, remark

#: Where the running server is asked.
API = "/api/v1/connectors"
#: Events of each state that are shown.
MOST = 50
HEADS = ("Connector", "Kind", "State", "Waiting", "Failed", "Oldest", "Last arrived")
_RIGHT = (3, 4)
#: What is said of a connector while nobody sends: what the site says of it is then not known.
_NOT_RUNNING = {"state": "No server", "sentence": "No server runs, so nothing is sent.", "kind": "", "alarm": False}

Told = dict[str, Any]  # JSON of the API's shapes


def list_connectors(data: Path, *, json: bool) -> int:
    """Print every connector; return 1 if somebody has to look at one. Raises `Foreseen`.

    As JSON it is what `GET /api/v1/connectors` answers.
    """
    note = read_note(data)
    try:
        connectors: list[Told] = ask(data, "GET", API)["connectors"]
    except Foreseen:
        with foreseen():
            connectors = [_unsent(state) for state in asyncio.run(_states(data, note))]
        remark("no server answers: this is what its data folder says")
    if json:
        put_json({"connectors": connectors})
    elif not connectors:
        put("no connectors")
    else:
        for line in table(HEADS, [_row(one, note.zone) for one in connectors], right=_RIGHT):
            put(line)
        for one in connectors:
            for line in _trouble(one):
                put(printable(f"{one['name']}: {line}"))
    return 1 if any(one["alarm"] for one in connectors) else 0


def show(data: Path, name: str, *, json: bool) -> int:
    """Print a connector and what is kept for it; return 1 when there is none of this name. Raises `Foreseen`.

    As JSON it is `{"connector", "failed", "waiting"}`, in the shapes of the API.
    """
    note = read_note(data)
    try:
        stories = [ask(data, "GET", _of(name, f"?state={state}&limit={MOST}")) for state in ("failed", "waiting")]
        connector: Told = stories[0]["connector"]
        failed, waiting = (story["events"] for story in stories)
    except Foreseen:
        with foreseen():
            found = asyncio.run(_kept(data, note, name))
        if found is None:
            complain("there is no such connector; try `connectors list`")
            return 1
        remark("no server answers: this is what its data folder says")
        connector, failed, waiting = found
    if json:
        put_json({"connector": connector, "failed": failed, "waiting": waiting})
        return 0
    for line in _lines(connector, failed, waiting, note.zone):
        put(printable(line))
    return 0


def resend(data: Path, name: str, event: str, *, json: bool) -> int:
    """Have the running server send an event again, or all that failed. Raises `Foreseen` when it refuses or none runs.

    As JSON it is `{"connector", "events"}`: how many that had failed go now.
    """
    count = int(ask(data, "POST", _of(name, "/resend"), {"event": event} if event else {})["events"])
    if json:
        put_json({"connector": name, "events": count})
    elif count:
        put(f"{counted(count)} {'goes' if count == 1 else 'go'} again; `connectors show` tells what becomes of it.")
    else:
        put("Nothing had failed; what waits is tried now.")
    return 0


def _of(name: str, rest: str) -> str:
    return f"{API}/{quote(name, safe='')}{rest}"


async def _states(data: Path, note: SiteNote) -> list[ReceiverState]:
    async with database_of(data, note) as database:
        return await health.states(database, JournalReads(database), {})


async def _kept(data: Path, note: SiteNote, name: str) -> tuple[Told, list[Told], list[Told]] | None:
    async with database_of(data, note) as database:
        states = await health.states(database, JournalReads(database), {})
        connector = next((_unsent(state) for state in states if state.name == name), None)
        if connector is None:
            return None
        async with database.reading() as session:
            failed = await store.list_kept(session, name, WaitingState.FAILED, 0, MOST)
            waiting = await store.list_kept(session, name, WaitingState.WAITING, 0, MOST)
    return connector, [_event(one) for one in failed], [_event(one) for one in waiting]


def _unsent(state: ReceiverState) -> Told:
    return told(state, SystemClock().now()).model_dump(mode="json") | _NOT_RUNNING


def _event(waiting: Waiting) -> Told:
    return event_of(waiting, in_lines(as_told(waiting.occasion))).model_dump(mode="json")


def _row(one: Told, zone: ZoneInfo) -> tuple[str, ...]:
    kind = KINDS[one["kind"]] if one["kind"] or one["here"] or one["state"] == "Gone" else ""
    return (
        one["name"], kind, one["state"], str(one["waiting"]), str(one["failed"]),
        _at(one["oldest"], zone), _at(one["last_success"], zone) or "never",
    )  # fmt: skip


def _lines(connector: Told, failed: Sequence[Told], waiting: Sequence[Told], zone: ZoneInfo) -> list[str]:
    kind = KINDS[connector["kind"]] if connector["kind"] else ""
    where = f" at {connector['host']}" if connector["host"] else ""
    lines = [f"{connector['name']}{f', {kind}' if kind else ''}{where}: {connector['state']}. {connector['sentence']}"]
    lines += [f"last arrived   {_at(connector['last_success'], zone) or 'never'}", *_trouble(connector)]
    for title, events, count in (("Failed", failed, connector["failed"]), ("Waiting", waiting, connector["waiting"])):
        if events:
            lines += ["", f"{title}: {counted(count)}{f', the first {MOST}' if count > len(events) else ''}"]
        for one in events:
            lines.append(f"  {_at(one['at'], zone)}  {called(one['kind'])}  {one['id']}  tries: {one['attempts']}")
            lines += [f"      {words}" for words in (one["said"], one["advice"]) if words]
    return lines


def _trouble(one: Told) -> list[str]:
    if not one["advice"]:
        return []
    return [one["last_error"], f"  {one['advice']}"]


def _at(moment: str | None, zone: ZoneInfo) -> str:
    return "" if not moment else f"{datetime.fromisoformat(moment).astimezone(zone):%Y-%m-%d %H:%M:%S}"
