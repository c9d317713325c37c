"""What callers of the town left in its month: voicemails and faxes of every fate, the same each time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from fax import store as fax_store
from fax.model import Asked as AskedFaxes
from fax.model import Direction, Fax, State
from fax.model import Shown as ShownFaxes
from ledger.database import Database
from ledger.web.asking import begins, ends
from reports.period import bounds
from tests.reports.town import DEPARTMENTS, EVIL, FIRST, NOW, PEOPLE, ZONE
from voicemail import store as voicemail_store
from voicemail.model import Asked as AskedMessages
from voicemail.model import Message
from voicemail.model import Shown as ShownMessages

KEPT = timedelta(days=400)
VOICEMAILS, FAXES = 140, 60


class Came(NamedTuple):
    """One that came in, and what became of it: columns of either table."""

    ident: str
    box: str
    at: datetime
    ani: str
    name: str
    fate: dict[str, Any]


async def settle_messages(db: Database) -> None:
    """Write them into a database."""
    async with db.writing() as session:
        for n, (came, empty) in enumerate(each_came("v", VOICEMAILS)):
            await voicemail_store.add(
                session,
                Message(
                    id=came.ident, mailbox=came.box, file=f"{came.ident}.wav", taken_at=came.at,
                    keep_until=came.at + KEPT, seconds=12.0, call=f"call-{n}" if n % 3 else "", ani=came.ani,
                    ani_name=came.name, empty=empty if n % 5 else empty or None, **came.fate,
                ),
            )  # fmt: skip
        for came, empty in each_came("f", FAXES):
            state = State.FAILED if empty else State.PARTIAL if came.ident.endswith("7") else State.RECEIVED
            await fax_store.add(session, _fax(came, Direction.IN, state))
        for came, _ in each_came("0", 20):
            await fax_store.add(session, _fax(came, Direction.OUT, State.SENT))


def _fax(came: Came, direction: Direction, state: State) -> Fax:
    return Fax(
        id=came.ident, direction=direction, box=came.box, state=state, at=came.at, keep_until=came.at + KEPT,
        number=came.ani, name=came.name, file=f"{came.ident}.tif", **came.fate,
    )  # fmt: skip


def each_came(prefix: str, count: int, seed: int = 11) -> Iterator[tuple[Came, bool]]:
    """Yield so many, and whether there is nothing in them: some before the month, most in it."""
    dice = Random(f"{seed}{prefix}")
    begin = bounds(FIRST, ZONE)[0] - timedelta(days=3)
    month = (NOW - begin).total_seconds() - 600
    for n in range(count):
        at = begin + timedelta(seconds=dice.randrange(int(month)))
        box = dice.choices([*DEPARTMENTS, "alice"], (5, 4, 2, 1))[0]
        ani = "" if dice.random() < 0.05 else f"+3706{dice.randrange(10_000_000):07}"
        empty, fate = False, dict[str, Any]()
        if (roll := dice.random()) < 0.6:
            age = min(dice.lognormvariate(9, 2), (NOW - at).total_seconds())
            fate = {"handled_at": at + timedelta(seconds=age), "handled_by": dice.choice([*PEOPLE, "sue"])}
        elif roll < 0.7:
            empty = True
        if dice.random() < 0.08:
            fate |= {"deleted_at": NOW, "deleted_by": "bob"}
        yield (
            Came(f"{prefix}{n:03x}", box, at, ani, EVIL if n == 3 else dice.choice(("", "Rūta", "Jonas")), fate),
            empty,
        )


async def listed_at(db: Database, address: str) -> list[str]:
    """Return what the page of an inbox lists, by the same rules."""
    path, query = urlsplit(address).path, parse_qs(urlsplit(address).query)
    said = {name: values[0] for name, values in query.items()}
    since, until = (date.fromisoformat(said[name]) for name in ("since", "until"))
    start, end = begins(since, ZONE), ends(until, ZONE)
    async with db.reading() as session:
        if path == "/voicemail":
            boxes = frozenset({said["mailbox"]}) if "mailbox" in said else None
            messages = AskedMessages(
                mailboxes=boxes, shown=ShownMessages(said["show"]), since=start, until=end, limit=1_000
            )
            return [one.id for one in (await voicemail_store.search(session, messages)).messages]
        assert path == "/fax"
        boxes = frozenset({said["box"]}) if "box" in said else None
        faxes = AskedFaxes(
            direction=Direction.IN, boxes=boxes, shown=ShownFaxes(said["show"]), since=start, until=end, limit=1_000
        )
        return [one.id for one in (await fax_store.search(session, faxes)).faxes]
