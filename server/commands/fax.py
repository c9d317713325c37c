"""`fax list`, `show`, `resend` and `cancel`: the faxes, one with everything that happened to it, and deeds.

Looking works on the data folder, with or without a server; deeds are asked of the running server. Sending is in
`fax_send`, words and JSON are in `fax_told`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from fax.model import Asked, Direction, Fax, Page, Shown, State
from fax.preparing import SEND
from fax.service import FaxService
from ledger.clock import SystemClock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.jobs import Jobs
from ledger.spool import Spool
from reports.text import printable, table
from server.commands.fax_told import HEADS, SHORT, Story, as_json, lines, row, story_as_json
from server.data_folder import SiteNote, database_of, read_note
from server.local_server import ask
from server.terminal import Foreseen, complain, foreseen, put, put_json, remark

#: Where the running server is asked.
API = "/api/v1/faxes"
#: How many faxes a list shows at most, and how many are named when a beginning fits several.
MOST, NAMED = 200, 10
#: What `--state` may be, by direction, and what it may be for either.
_STATES: Mapping[Direction, tuple[Shown, ...]] = {
    Direction.IN: (Shown.OPEN, Shown.HANDLED, Shown.FAILED),
    Direction.OUT: (Shown.UNDER_WAY, Shown.SENT, Shown.NOT_SENT),
}
_EITHER = (Shown.DELETED, Shown.ALL)
_WAYS = {Direction.IN: "--received", Direction.OUT: "--sent"}


@dataclass(frozen=True)
class Reader:
    """What a data folder tells of faxes; whoever would change one is told that this needs the server."""

    faxes: FaxService
    jobs: Jobs

    async def story(self, fax: Fax) -> Story:
        """Return all that is known of a fax."""
        id_ = fax.id
        job = await self.jobs.find(f"{SEND} {id_}") if fax.state is State.WAITING else None
        return Story(
            fax,
            await self.faxes.attempts(id_),
            await self.faxes.deliveries_of(id_),
            await self.faxes.ledger(id_),
            job.run_at if job is not None else None,
        )


@asynccontextmanager
async def reading(data: Path, note: SiteNote) -> AsyncIterator[Reader]:
    """Open a data folder to look at its faxes. Raises Foreseen and DatabaseError."""
    async with database_of(data, note) as database:
        yield _reader(database, data)


def list_faxes(data: Path, direction: Direction | None, box: str | None, state: str, words: str, *, json: bool) -> int:
    """Print faxes, the newest first. Raises `Foreseen`.

    As JSON it is `{"timezone", "faxes": […], "more"}`: each as `fax_told.as_json` says, `more` if there are older ones.
    """
    note = read_note(data)
    shown = _shown(direction, state)
    asked = Asked(direction, frozenset({box}) if box else None, shown, words, limit=MOST)

    async def find() -> Page:
        async with reading(data, note) as reader:
            return await reader.faxes.search(asked)

    with foreseen():
        page = asyncio.run(find())
    if json:
        faxes = [as_json(fax, note.zone) for fax in page.faxes]
        put_json({"timezone": note.timezone, "faxes": faxes, "more": page.more})
        return 0
    if not page.faxes:
        put("no faxes")
        return 0
    for line in table(HEADS, [row(fax, note.zone) for fax in page.faxes]):
        put(printable(line))
    if page.more:
        remark(f"there are older ones: these are the last {MOST}; narrow it with --box, --state or --search")
    return 0


def show(data: Path, id_: str, *, json: bool) -> int:
    """Print a fax and its ledger; return 1 when there is no such fax, or more than one that begins so.

    As JSON it is what `fax_told.story_as_json` says.
    """
    note = read_note(data)

    async def find() -> tuple[list[Fax], Story | None]:
        async with reading(data, note) as reader:
            found = await reader.faxes.beginning(id_, NAMED + 1)
            return found, await reader.story(found[0]) if len(found) == 1 else None

    with foreseen():
        found, story = asyncio.run(find())
    if _only(found) is None or story is None:
        return 1
    if json:
        put_json(story_as_json(story, note.zone))
        return 0
    for line in lines(story, note.zone):
        put(printable(line))
    return 0


def resend(data: Path, id_: str, *, json: bool) -> int:
    """Have the running server bring a received fax to its receivers again, or send a sent one as a new fax.

    Return 1 for no such fax. As JSON it is `{"fax", "of"}`, ids: what goes out now, and of which one; the same for a
    received fax. Raises `Foreseen` when no server runs, or it refuses.
    """
    if (fax := _which(data, id_)) is None:
        return 1
    new = str(ask(data, "POST", f"{API}/{quote(fax.id, safe='')}/resend", {})["id"])
    if json:
        put_json({"fax": new, "of": fax.id})
    elif fax.direction is Direction.IN:
        put(f"It goes to the receivers of {fax.box} again; `fax show` tells when they had it.")
    else:
        put(f"It is sent again, as fax {new}; `fax show` tells what becomes of it.")
    return 0


def cancel(data: Path, id_: str, *, json: bool) -> int:
    """Have the running server send a fax no more; return 1 for no such fax.

    As JSON it is `{"fax", "state"}`: a fax on the line is sending until its call has ended. Raises `Foreseen` when no
    server runs, or it refuses.
    """
    if (fax := _which(data, id_)) is None:
        return 1
    state = str(ask(data, "POST", f"{API}/{quote(fax.id, safe='')}/cancelled", {})["state"])
    if json:
        put_json({"fax": fax.id, "state": state})
    elif state == State.CANCELLED:
        put("It is cancelled.")
    else:
        put("Its call is being ended; `fax show` tells how far it came.")
    return 0


def _which(data: Path, id_: str) -> Fax | None:
    """Return the fax that was meant; None, and a complaint, when that is not one."""
    note = read_note(data)

    async def find() -> list[Fax]:
        async with reading(data, note) as reader:
            return await reader.faxes.beginning(id_, NAMED + 1)

    with foreseen():
        return _only(asyncio.run(find()))


def _only(found: list[Fax]) -> Fax | None:
    if len(found) == 1:
        return found[0]
    names = ", ".join(fax.id[:SHORT] for fax in found[:NAMED])
    more = " and more" if len(found) > NAMED else ""
    complain(f"several faxes begin so: {names}{more}" if found else "there is no such fax; try `fax list`")
    return None


def _shown(direction: Direction | None, state: str) -> Shown:
    """Return which faxes a word stands for; raises Foreseen for one that does not belong there."""
    ways = [direction] if direction is not None else list(Direction)
    possible = [*(shown for way in ways for shown in _STATES[way]), *_EITHER]
    known = {shown.replace(" ", "-"): shown for shown in possible}
    if (found := known.get(state.strip().replace(" ", "-"))) is None:
        where = f" with {_WAYS[direction]}" if direction is not None else ""
        raise Foreseen(f"--state{where} is one of {', '.join(known)}, not {state!r}")
    return found


def _reader(database: Database, data: Path) -> Reader:
    clock, jobs = SystemClock(), Jobs(database)
    faxes = FaxService(database, Spool(data / "spool"), jobs, Deliveries(database), _needs_server, clock)
    return Reader(faxes, jobs)


def _needs_server() -> NoReturn:
    raise Foreseen("this needs the running server")
