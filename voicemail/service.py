"""The rules of messages: how one is kept, what people may do with it, and when it may go.

Everything that happens to a message is a step of its own ledger, written in the same transaction. SQL is in `store`,
background work in `jobs`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from callrouter.messages import LeftMessage
from config.schema import Site
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.delivery_model import Delivery
from ledger.jobs import Job, Jobs
from ledger.log import Log
from ledger.spool import Spool
from ledger.spool_register import SpoolRegister
from voicemail import store
from voicemail.model import Asked, Count, Message, NoSuchMessage, NotPossible, Page, Step, TextState
from voicemail.promises import KIND, Promises
from voicemail.sound.errors import SoundError

EXAMINE = "voicemail.examine"
#: A deleted message can be brought back for so long.
UNDO = timedelta(days=14)
#: The longest note, letters.
NOTE_LENGTH = 2_000

_log = Log(__name__)

#: Is told which message changed.
Changed = Callable[[Message], None]


class Voicemail:
    """The messages of one server."""

    def __init__(
        self,
        db: Database,
        spool: Spool,
        jobs: Jobs,
        deliveries: Deliveries,
        site: Callable[[], Site],
        clock: Clock,
    ) -> None:
        self._db = db
        self._spool = spool
        self._register = SpoolRegister(db, spool)
        self.promises = Promises(jobs, deliveries, self._register, site, clock)
        self._jobs = jobs
        self._deliveries = deliveries
        self._site = site
        self._clock = clock
        self._watchers: list[Changed] = []

    # ---- a message comes

    async def keep(self, left: LeftMessage) -> str:
        """Make a message safe: file, then row and work in one transaction. Return its file in the spool.

        Keeping it twice is keeping it once. Raises LedgerError and OSError.
        """
        name = file_of(left)
        if left.partial:  # whoever was writing it could not write how long it became
            await asyncio.to_thread(_repair, left.path)
        file = await self._spool.adopt(left.path, name=name)
        mailbox = self._site().mailbox(left.mailbox)
        now = self._clock.now()
        message = Message(
            id=name.partition(".")[0],
            mailbox=left.mailbox,
            file=name,
            taken_at=left.at,
            keep_until=left.at + timedelta(days=mailbox.keep),
            seconds=left.seconds,
            call=left.call,
            did=left.did,
            ani=left.ani,
            ani_name=left.ani_name,
            language=left.language,
            facts=left.facts,
            menus=left.menus,
            partial=left.partial,
            text_state=TextState.WAITING if mailbox.transcribe else TextState.OFF,
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

    async def get(self, id_: str) -> Message:
        """Return a message; raises NoSuchMessage."""
        async with self._db.reading() as session:
            message = await store.find(session, id_)
        if message is None:
            raise NoSuchMessage(id_)
        return message

    async def beginning(self, id_: str, limit: int) -> list[Message]:
        """List messages whose ids begin so, deleted ones too."""
        async with self._db.reading() as session:
            return await store.beginning(session, id_, limit)

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

    async def deliveries_of(self, id_: str) -> list[Delivery]:
        """List the mails about a message."""
        return await self._deliveries.list_about(KIND, [id_])

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

    async def handle(self, id_: str, by: str) -> Message:
        """Note that somebody has done what the caller wanted; twice is once."""
        async with self._db.writing() as session:
            message = await self._there(session, id_)
            if message.handled_at is None:
                now = self._clock.now()
                await store.change(session, id_, handled_at=now, handled_by=by)
                await store.add_step(session, id_, Step(now, "handled", by))
                await self.promises.settle_if_done(session, message, by_person=True)
        return await self._changed(id_)

    async def reopen(self, id_: str, by: str) -> Message:
        """Note that it is not handled after all."""
        async with self._db.writing() as session:
            message = await self._locked(session, id_)
            if message.handled_at is not None:
                await store.change(session, id_, handled_at=None, handled_by="")
                await store.add_step(session, id_, Step(self._clock.now(), "reopened", by))
        return await self._changed(id_)

    async def assign(self, id_: str, to: str, by: str) -> Message:
        """Give it to somebody; '' to nobody. Raises NotPossible for somebody who may not read it."""
        async with self._db.writing() as session:
            message = await self._locked(session, id_)
            if to and message.mailbox not in self.may_read(to):
                raise NotPossible(f"{to} cannot read mailbox {message.mailbox}")
            await store.change(session, id_, assigned_to=to)
            await store.add_step(session, id_, Step(self._clock.now(), "assigned", by, to or "nobody"))
        return await self._changed(id_)

    async def note(self, id_: str, text: str, by: str) -> Message:
        """Write something down about it; raises NotPossible for nothing, or too much."""
        text = text.strip()
        if not 0 < len(text) <= NOTE_LENGTH:
            raise NotPossible(f"a note has 1 to {NOTE_LENGTH} letters")
        async with self._db.writing() as session:
            await self._locked(session, id_)
            await store.add_step(session, id_, Step(self._clock.now(), "note", by, text))
        return await self._changed(id_)

    async def forward(self, id_: str, mailbox: str, by: str) -> Message:
        """Move it to another mailbox, whose people are told; a message is in one place, so nobody does it twice.

        Raises NotPossible when there is no such mailbox, and when its recording is gone.
        """
        site = self._site()
        if mailbox not in site.mailbox_names:
            raise NotPossible(f"there is no mailbox {mailbox}")
        async with self._db.writing() as session:
            message = await self._there(session, id_)
            if message.mailbox != mailbox:
                now = self._clock.now()
                # For the people there it is new, whatever was done with it here.
                anew = {"mailbox": mailbox, "assigned_to": "", "heard_at": None, "heard_by": ""}
                await store.change(session, id_, **anew, handled_at=None, handled_by="")
                step = Step(now, "forwarded", by, f"from {message.mailbox} to {mailbox}")
                await store.add_step(session, id_, step)
                until = message.taken_at + timedelta(days=site.mailbox(mailbox).keep)
                await self.promises.keep_until(session, message, max(message.keep_until, until))
                if message.empty is False:
                    await self.promises.mail(session, id_, mailbox, now, again=f"to {mailbox} at {now}")
                    await self.promises.unsettle(session, message)
        return await self._changed(id_)

    async def delete(self, id_: str, by: str) -> Message:
        """Take it out of the lists; for two weeks it can be brought back."""
        async with self._db.writing() as session:
            message = await self._locked(session, id_)
            if message.deleted_at is None:
                now = self._clock.now()
                await store.change(session, id_, deleted_at=now, deleted_by=by)
                await store.add_step(session, id_, Step(now, "deleted", by))
                await self.promises.keep_until(session, message, now + UNDO)
                await self.promises.take_back(session, id_)
                await self.promises.settle_if_done(session, message, by_person=True)
        return await self._changed(id_)

    async def restore(self, id_: str, by: str) -> Message:
        """Bring a deleted message back, and with it what was owed about it; raises NotPossible once it is over."""
        async with self._db.writing() as session:
            message = await self._locked(session, id_)
            if message.deleted_at is not None:
                keep = timedelta(days=self._site().mailbox(message.mailbox).keep)
                until = max(message.taken_at + keep, self._clock.now() + UNDO)
                await store.change(session, id_, deleted_at=None, deleted_by="")
                await store.add_step(session, id_, Step(self._clock.now(), "brought back", by))
                await self.promises.keep_until(session, message, until)
                await self.promises.renew(session, message)
        return await self._changed(id_)

    async def called_back(self, id_: str, by: str, how: str, *, begins: bool = False) -> Message:
        """Note that somebody calls the caller back, and how that ended."""
        what = "calls back" if begins else "called back"
        async with self._db.writing() as session:
            await self._locked(session, id_)
            await store.add_step(session, id_, Step(self._clock.now(), what, by, how))
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
            if not self._site().mailbox(message.mailbox).mail:
                raise NotPossible(f"mailbox {message.mailbox} has no mail address")
            now = self._clock.now()
            await store.add_step(session, id_, Step(now, "mail asked for again", by))
            await self.promises.mail_again(session, message, f"resent at {now.isoformat()}")
        return await self._changed(id_)

    # ---- background work, see `jobs`

    async def lock(self, session: AsyncSession, id_: str) -> None:
        """Keep others from a message until the transaction ends; what is owed about it is changed after that."""
        await store.find(session, id_, lock=True)

    async def delivery_ended(self, session: AsyncSession, delivery: Delivery) -> None:
        """Let the original go, once its time is over, when every mail about it was accepted."""
        message = await store.find(session, delivery.about, lock=True)
        if message is not None:
            await self.promises.settle_if_done(session, message)

    async def delivery_tried(self, delivery: Delivery) -> None:
        """Tell the watchers that the mails of a message stand otherwise."""
        async with self._db.reading() as session:
            message = await store.find(session, delivery.about)
        if message is not None:
            self.tell(message)

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

    def watch(self, watcher: Changed) -> Callable[[], None]:
        """Have this called with every message that changed; call what is returned to end that."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def tell(self, message: Message) -> None:
        """Tell the watchers of a message."""
        for watcher in self._watchers:
            watcher(message)

    async def _locked(self, session: AsyncSession, id_: str) -> Message:
        message = await store.find(session, id_, lock=True)
        if message is None:
            raise NoSuchMessage(id_)
        return message

    async def _there(self, session: AsyncSession, id_: str) -> Message:
        message = await self._locked(session, id_)
        if message.deleted_at is not None:
            raise NotPossible("a deleted message is brought back first")
        return message

    async def _changed(self, id_: str) -> Message:
        message = await self.get(id_)
        self.tell(message)
        return message


def file_of(left: LeftMessage) -> str:
    """Return the name in the spool that this recording has, however often it is kept."""
    return Spool.name_for(f"message of {left.call} in {left.path.name}", ".wav")


def _repair(path: Path) -> None:
    from voicemail.sound.telephone_wav import repair  # with numpy, which a server seldom needs

    try:
        repair(path)
    except SoundError as error:
        _log.warning("a broken recording is kept as it is", why=str(error))
