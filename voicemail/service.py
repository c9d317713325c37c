"""The rules of messages: how one is kept, what people may do with it, and when it may go.

What can be done with anything in a box is in `ledger.items_deeds`, SQL in `store`, background work in `jobs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path

from callrouter.messages import LeftMessage
from config.schema import Site
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.items_deeds import ItemDeeds
from ledger.jobs import Job, Jobs
from ledger.log import Log
from ledger.spool import Spool
from ledger.spool_register import SpoolRegister
from voicemail import store
from voicemail.model import Asked, Count, Message, NoSuchMessage, NotPossible, Page, Step, TextState
from voicemail.promises import KIND, Promises
from voicemail.sound.errors import SoundError

EXAMINE = "voicemail.examine"

_log = Log(__name__)

#: Is told which message changed.
Changed = Callable[[Message], None]


class Voicemail(ItemDeeds[Message]):
    """The messages of one server."""

    called, box_called, no_such = "message", "mailbox", NoSuchMessage

    def __init__(
        self,
        db: Database,
        spool: Spool,
        jobs: Jobs,
        deliveries: Deliveries,
        site: Callable[[], Site],
        clock: Clock,
    ) -> None:
        self._spool = spool
        self._register = SpoolRegister(db, spool)
        self._jobs = jobs
        self._deliveries = deliveries
        self._site = site
        self.promises = Promises(store.rows, deliveries, self._register, clock, jobs, site)
        super().__init__(db, store.rows, self.promises, clock)

    # ---- a message comes

    async def keep(self, left: LeftMessage) -> str:
        """Make a message safe: file, then row and work in one transaction. Return its file in the spool.

        Keeping it twice is keeping it once. Raises LedgerError and OSError.
        """
        name = file_of(left)
        if left.partial:  # whoever was writing it could not write how long it became
            await asyncio.to_thread(_repair, left.path)
        file = await self._spool.adopt(left.path, name=name)
        now = self._clock.now()
        message = Message(
            id=name.partition(".")[0],
            mailbox=left.mailbox,
            file=name,
            taken_at=left.at,
            keep_until=left.at + self.kept_in(left.mailbox),
            seconds=left.seconds,
            call=left.call,
            did=left.did,
            ani=left.ani,
            ani_name=left.ani_name,
            language=left.language,
            facts=left.facts,
            menus=left.menus,
            partial=left.partial,
            text_state=TextState.WAITING if self._site().mailbox(left.mailbox).transcribe else TextState.OFF,
        )
        async with self._db.writing() as session:
            if await store.add(session, message):
                await self._register.record(session, file, now, message.keep_until)
                broken = "broken off on our side" if left.partial else ""
                await store.add_step(session, message.id, Step(left.at, "recorded", detail=broken))
                detail = f"{file.size} bytes, SHA-256 {file.sha256}"
                await store.add_step(session, message.id, Step(now, "stored", detail=detail))
                await self._jobs.add(session, Job(EXAMINE, f"{EXAMINE} {message.id}", {"message": message.id}))
        self.tell(message)
        return name

    async def done(self, left: LeftMessage) -> None:
        """Remove a recording that was kept from where it was; raises OSError."""
        await asyncio.to_thread(left.path.unlink, missing_ok=True)

    # ---- people look

    async def search(self, asked: Asked) -> Page:
        """Return the messages asked for, the newest first."""
        async with self._db.reading() as session:
            return await store.search(session, asked)

    async def count(self) -> dict[str, Count]:
        """Count what is unread and open, by mailbox; a mailbox without messages is not in it."""
        async with self._db.reading() as session:
            return await store.count(session)

    async def ledger(self, id_: str) -> list[Step]:
        """Tell everything that happened to a message, deliveries too, in the order of time."""
        async with self._db.reading() as session:
            steps = await store.steps_of(session, id_)
        deliveries = {d.id: d for d in await self._deliveries.list_about(KIND, [id_])}
        for attempt in await self._deliveries.attempts(list(deliveries)):
            to = deliveries[attempt.delivery].receiver
            steps.append(Step(attempt.began_at, "mailing", detail=f"to {to}, attempt {attempt.number}"))
            if attempt.ended_at is not None:
                what = {"accepted": "mailed", "refused": "refused", "later": "not mailed"}[attempt.result]
                steps.append(Step(attempt.ended_at, what, detail=f"to {to}: {attempt.reply}"))
        return sorted(steps, key=lambda step: step.at)

    def may_read(self, account: str) -> frozenset[str]:
        """Return the mailboxes of a person: the own ones, and those of the departments the person is in."""
        site = self._site()
        person = site.people.get(account)
        departments = set(person.departments) if person is not None else set()
        return frozenset(
            name
            for name in site.mailbox_names
            if account in (box := site.mailbox(name)).people or departments.intersection(box.departments)
        )

    def boxes(self) -> Collection[str]:
        return self._site().mailbox_names

    def kept_in(self, box: str) -> timedelta:
        return timedelta(days=self._site().mailbox(box).keep)

    # ---- people act

    async def heard(self, id_: str, by: str, how: str = "on the page") -> Message:
        """Note that somebody listened."""
        async with self._db.writing() as session:
            message = await self._locked(session, id_)
            now = self._clock.now()
            if message.heard_at is None:
                await store.change(session, id_, heard_at=now, heard_by=by)
            await store.add_step(session, id_, Step(now, "heard", by, how))
        return await self._changed(id_)

    async def transcribe_again(self, id_: str, by: str) -> Message:
        """Let the engine listen once more, for who has given it a better model."""
        async with self._db.writing() as session:
            await self._there(session, id_)
            now = self._clock.now()
            await store.change(session, id_, text_state=TextState.WAITING.value)
            await store.add_step(session, id_, Step(now, "transcription asked for", by))
            await self.promises.transcribe(session, id_, f"at {now.isoformat()}")
        return await self._changed(id_)

    async def resend(self, id_: str, by: str) -> Message:
        """Mail it again to the addresses of its mailbox; raises NotPossible when it has none, or is gone."""
        async with self._db.writing() as session:
            message = await self._there(session, id_)
            if not self.promises.receivers_of(message.mailbox):
                raise NotPossible(f"mailbox {message.mailbox} has no mail address")
            now = self._clock.now()
            await store.add_step(session, id_, Step(now, "mail asked for again", by))
            await self.promises.make_again(session, message, f"resent at {now.isoformat()}")
            await self.promises.weigh(session, id_)
        return await self._changed(id_)

    async def forget_old(self, limit: int = 100) -> int:
        """Remove originals whose time is over and which somebody has, and messages without one; return how many."""
        now = self._clock.now()
        files = await self._register.remove_old(now, limit)
        async with self._db.writing() as session:
            past = await store.past(session, now, limit)
            await store.remove(session, past)
            await self.promises.forget(session, past)
            await self._jobs.forget(session, [f"{EXAMINE} {id_}" for id_ in past])
        return max(len(files), len(past))


def file_of(left: LeftMessage) -> str:
    """Return the name in the spool that this recording has, however often it is kept."""
    return Spool.name_for(f"message of {left.call} in {left.path.name}", ".wav")


def _repair(path: Path) -> None:
    from voicemail.sound.telephone_wav import repair  # with numpy, which a server seldom needs

    try:
        repair(path)
    except SoundError as error:
        _log.warning("a broken recording is kept as it is", why=str(error))
