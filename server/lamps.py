"""The message lamps: every phone shows how many messages wait for its person.

Owns when Asterisk is told what. Which mailboxes are whose is voicemail's rule, how a lamp is lit the port's.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import structlog

from callrouter.ami.errors import AmiError
from callrouter.ami.port import Listener, Notice, PbxFound
from callrouter.ami.requests import MOST_LAMPS, Lamp
from config.schema import Site
from ledger.backoff import Backoff
from ledger.errors import LedgerError
from voicemail.model import Count
from voicemail.service import Changed

log = structlog.get_logger(__name__)

#: Changes are gathered for so long before Asterisk is told again, seconds.
GATHER = 0.5
#: So often we look although nobody told of a change: messages also go because their time is over. Seconds.
LOOK_AGAIN = 300.0
#: What fails is tried again for ever.
PAUSES = Backoff(first=0.5, longest=60.0, attempts=1_000_000)
#: A lamp counts no further.
MOST_SHOWN = 9999


class Counts(Protocol):
    """What the lamps need of voicemail."""

    async def count(self) -> dict[str, Count]:
        """Count what is unread and open, by mailbox; raises LedgerError."""

    def may_read(self, account: str) -> frozenset[str]:
        """Return the mailboxes of a person."""

    def watch(self, watcher: Changed) -> Callable[[], None]:
        """Tell of every message that changed."""


class ShowsLamps(Protocol):
    """What the lamps need of a PBX."""

    @property
    def reachable(self) -> bool:
        """Tell whether it can be asked."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call for every notice."""

    async def show_lamps(self, lamps: Sequence[Lamp]) -> None:
        """Light lamps; raises AmiError."""


class Lamps:
    """The lamps of all phones. One for the server."""

    def __init__(
        self,
        voicemail: Counts,
        pbx: ShowsLamps,
        site: Callable[[], Site],
        *,
        gather: float = GATHER,
        look_again: float = LOOK_AGAIN,
        pauses: Backoff = PAUSES,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._voicemail = voicemail
        self._pbx = pbx
        self._site = site
        self._gather = gather
        self._look_again = look_again
        self._pauses = pauses
        self._chance = chance
        self._wanted = asyncio.Event()
        self._found = asyncio.Event()
        #: What Asterisk knows. A new one begins with a new, empty one; what is under way then is noted in the old.
        self._shown: dict[str, Lamp] = {}
        self._readers_of: Site | None = None
        self._readers: dict[str, frozenset[str]] = {}
        self.failures = 0

    async def run(self) -> None:
        """Keep the lamps right until cancellation. The PBX need not be there yet."""
        stop_watching = self._voicemail.watch(lambda _: self._wanted.set())
        stop_listening = self._pbx.subscribe(self._hear)
        failed = 0
        try:
            while True:
                self._wanted.clear()
                self._found.clear()
                try:
                    await self._show()
                except (AmiError, LedgerError) as error:
                    failed += 1
                    self.failures += 1
                    log.warning("message lamps are not right and are tried again", attempt=failed, reason=str(error))
                    # An Asterisk that has just been started is worth a try at once.
                    await _at_most(self._pauses.delay(failed, self._chance()) or self._pauses.longest, self._found)
                else:
                    failed = 0
                    await asyncio.sleep(self._gather)
                    await _at_most(self._look_again, self._wanted)
        finally:
            stop_listening()
            stop_watching()

    def _hear(self, notice: Notice) -> None:
        if isinstance(notice, PbxFound):
            # Whether it was restarted or only out of reach: told twice does no harm.
            self._shown = {}
            self._found.set()
            self._wanted.set()

    async def _show(self) -> None:
        """Tell Asterisk what it does not know yet; while it is out of reach, nothing: PbxFound brings us back."""
        if not self._pbx.reachable:
            return
        shown = self._shown
        people = await self._mailboxes()
        counts = await self._voicemail.count()
        changed = [lamp for lamp in lamps(people, counts) if shown.get(lamp.phone) != lamp]
        for begin in range(0, len(changed), MOST_LAMPS):
            some = changed[begin : begin + MOST_LAMPS]
            for lamp in some:
                shown.pop(lamp.phone, None)  # should no answer come, nobody knows what it shows
            await self._pbx.show_lamps(some)
            shown.update({lamp.phone: lamp for lamp in some})

    async def _mailboxes(self) -> Mapping[str, frozenset[str]]:
        """Return the mailboxes of every person, asked once for each site; calls are not kept waiting for it."""
        site = self._site()
        if site is not self._readers_of:
            readers = {}
            for person in site.people:
                readers[person] = self._voicemail.may_read(person)
                await asyncio.sleep(0)
            self._readers, self._readers_of = readers, site
        return self._readers


def lamps(people: Mapping[str, frozenset[str]], counts: Mapping[str, Count]) -> list[Lamp]:
    """Return what everybody's lamp is to show: over the person's mailboxes, what nobody heard, and what else is open.

    >>> lamps({"ann": frozenset({"sales", "ann"})}, {"sales": Count(unread=2, open=5), "ann": Count(unread=1, open=1)})
    [Lamp(phone='ann', new=3, old=3)]
    """
    shown = []
    for person, mailboxes in people.items():
        own = [counts[mailbox] for mailbox in mailboxes if mailbox in counts]
        new, total = sum(count.unread for count in own), sum(count.open for count in own)
        shown.append(Lamp(person, min(new, MOST_SHOWN), min(max(total - new, 0), MOST_SHOWN)))
    return shown


async def _at_most(seconds: float, event: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
