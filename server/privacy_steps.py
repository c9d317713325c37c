"""The steps by which every part of the house forgets a person, in the order in which they are done.

Owns what each asks of its part. The names of steps are kept in the database while an erasure goes on: never change one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.archive import events_of
from callrouter.forgetting import OUTGOING, find_drops, forget_drops, masked
from callrouter.projection import Changed
from config.schema import Site
from crm_bridge import once_store
from crm_bridge.connectors.service import Connectors
from crm_bridge.erasing import StepTally
from crm_bridge.importing_forgetting import ForgetImports
from crm_bridge.jobs import Projection as Contacts
from fax.forgetting import ForgetFaxes
from ledger.clock import Clock
from ledger.database import Database
from ledger.forgetting import (
    NotNow,
    forget_for_good,
    in_order,
    mask_calls,
    mask_mentions,
    mask_said,
    require_read,
    some,
)
from ledger.forgetting_disk import compact, count_in_files, overwrite
from ledger.forgetting_words import Whom
from ledger.journal_reads import JournalReads
from ledger.tables import journal as entries
from reports import forgetting as reports_forget
from reports.imports.backfill import throw_away
from reports.issued_forgetting import ForgetIssued
from reports.records import Projection as Records
from voicemail.forgetting import ForgetMessages

#: A call that we placed and of whose end nobody told is over after so long.
_LONGEST = timedelta(hours=6)
_AT_ONCE = 100
#: The index of the words that customers are found by.
WORDS = "crm_words_fulltext"
#: What calls are counted as that another had from a number of theirs.
OF_OTHERS = "calls of others"


@dataclass(frozen=True)
class MessagesStep:
    """Messages that were left."""

    messages: ForgetMessages
    name: str = "voicemails"

    async def count(self, whom: Whom) -> Mapping[str, int]:
        """Count them."""
        of_others = len(await self.messages.find_of_others(whom))
        return {"voicemails": len(await self.messages.find(whom)), self.messages.of_others: of_others}

    async def forget(self, whom: Whom, tally: StepTally) -> None:
        """Remove them."""
        await self.messages.forget(whom, tally)


@dataclass(frozen=True)
class FaxesStep:
    """Faxes that came and went."""

    faxes: ForgetFaxes
    name: str = "faxes"

    async def count(self, whom: Whom) -> Mapping[str, int]:
        """Count them."""
        of_others = len(await self.faxes.find_of_others(whom))
        return {"faxes": len(await self.faxes.find(whom)), self.faxes.of_others: of_others}

    async def forget(self, whom: Whom, tally: StepTally) -> None:
        """Remove them."""
        await self.faxes.forget(whom, tally)


@dataclass(frozen=True)
class DropsStep:
    """What was left while the ledger was away, and what imports have of the person."""

    drop: Path
    imports: ForgetImports
    name: str = "files that wait"

    async def count(self, whom: Whom) -> Mapping[str, int]:
        """Count what was left; of the files brought in that is known once they are read."""
        return {"files that waited to be taken in": len(await find_drops(self.drop, whom))}

    async def forget(self, whom: Whom, tally: StepTally) -> None:
        """Remove these files. Raises NotNow while an import goes on."""
        await tally.removing("files that waited to be taken in", len(await find_drops(self.drop, whom)))
        await forget_drops(self.drop, whom)
        await self.imports.forget(whom, tally)


@dataclass(frozen=True)
class JournalStep:
    """The journal: who called is masked, what happened stays."""

    db: Database
    journal: JournalReads
    site: Callable[[], Site]
    clock: Clock
    #: Where entries lie that the database could not take yet.
    emergency: Path
    name: str = "journal"

    async def count(self, whom: Whom) -> Mapping[str, int]:
        """Count the entries of their calls: what of them is masked shows when it is done."""
        count = 0
        async with self.db.reading() as session:
            for asked in some(whom.calls):
                query = sa.select(sa.func.count()).where(entries.c.call.in_(asked))
                count += await session.scalar(query) or 0
        return {"journal entries looked through": count, OF_OTHERS: len(whom.others)}

    async def forget(self, whom: Whom, tally: StepTally) -> None:
        """Mask them. Raises NotNow while a call goes on, or what is derived from the calls is not written yet."""
        if await asyncio.to_thread(lambda: any(path.stat().st_size for path in self.emergency.glob("*.jsonl"))):
            raise NotNow("entries of the journal are not in the database yet")
        await self._require_ended(whom)
        await require_read(self.db, [Records.reader, Contacts.reader], [*whom.calls, *whom.others])
        ours = facts_of(self.site())
        await mask_calls(self.db, whom.calls, lambda entry: masked(entry, whom, ours), tally)
        await mask_mentions(self.db, whom, tally)
        self.journal.forget_recent()
        tally.stays(OF_OTHERS, len(whom.others))

    async def _require_ended(self, whom: Whom) -> None:
        c, since = entries.c, self.clock.now() - _LONGEST
        for asked in some(whom.calls):
            async with self.db.reading() as session:
                kinds = [*OUTGOING, *OUTGOING.values()]
                query = sa.select(c.call, c.kind).where(c.call.in_(asked), c.kind.in_(kinds), c.at > since)
                told = [(call, kind) for call, kind in await session.execute(query)]
            over = {call for call, kind in told if kind in OUTGOING.values()}
            if any(call not in over for call, kind in told if kind in OUTGOING):
                raise NotNow("somebody calls this person")


@dataclass(frozen=True)
class FiguresStep:
    """What is derived from the calls, made anew: records of reports, and contacts of nobody."""

    db: Database
    journal: JournalReads
    country: str
    #: Where Asterisk writes down what happened to channels, numbers among it; what it told is in the records.
    channel_events: Path
    issued: ForgetIssued
    name: str = "figures"

    async def count(self, whom: Whom) -> Mapping[str, int]:
        """Count issued reports that name the person; all else stays, without name and number."""
        return {"issued reports": await self.issued.count(whom)}

    async def forget(self, whom: Whom, tally: StepTally) -> None:
        """Make them anew, as a rebuild would."""
        calls = await in_order(self.db, whom.calls)
        await reports_forget.make_anew(self.journal, self.db, calls, _Staying(tally))
        await reports_forget.mask_mentions(self.db, whom)
        await throw_away(self.channel_events)
        await self.issued.forget(whom, tally)
        # Those of others too: the journal has the number no more, and whose they are stays.
        calls = await in_order(self.db, [*whom.calls, *whom.others])
        contacts = Contacts(self.journal, self.db, self.country)
        for begin in range(0, len(calls), _AT_ONCE):
            stories = await self.journal.of_calls(calls[begin : begin + _AT_ONCE])
            told = {call: events_of(found) for call, found in stories.items()}
            async with self.db.writing() as session:
                await contacts.write(session, Changed((), told))


@dataclass(frozen=True)
class CopiesStep:
    """Copies on their way to other systems, what jobs and receivers said, the index of words, and logs of ours."""

    db: Database
    connectors: Connectors
    logs: tuple[Path, ...]
    name: str = "copies"

    async def count(self, whom: Whom) -> Mapping[str, int]:
        """Count nothing: what waits now may have left by then."""
        return {}

    async def forget(self, whom: Whom, tally: StepTally) -> None:
        """Forget them."""
        for customer in whom.customers or ("",):
            await self.connectors.erase(customer, whom.calls, whom.numbers, tally)
        await self._forget_answers(whom, tally)
        await mask_said(self.db, whom, tally)
        await compact(self.db, WORDS)
        places = await count_in_files(self.logs, whom.in_bytes())
        await tally.removing("places in logs", sum(places.values()))
        await overwrite(self.logs, whom.in_bytes())

    async def _forget_answers(self, whom: Whom, tally: StepTally) -> None:
        """Forget what programs were answered, which is kept for a day in case they ask again."""
        async with self.db.writing() as session:
            await forget_for_good(session)
            gone = await once_store.forget(session, once_store.words_of(whom))
            await tally.add(session, once_store.CALLED, gone)


@dataclass(frozen=True)
class _Staying:
    """Takes what is made anew, as often as the step is done, for what is there afterwards too."""

    tally: StepTally

    async def add(self, session: AsyncSession, what: str, count: int) -> None:
        """Count it once the step is done."""
        self.tally.stays(what, count)


def facts_of(site: Site) -> frozenset[str]:
    """Return the values that the site itself gives to facts: they say nothing of a caller."""
    found: set[str] = set()

    def look(value: object) -> None:
        match value:
            case Mapping():
                for name, part in value.items():
                    if name == "facts" and isinstance(part, Mapping):
                        found.update(str(one) for one in part.values())
                    else:
                        look(part)
            case list() | tuple():
                for part in value:
                    look(part)

    look(site.model_dump())
    return frozenset(found)
