"""Background work on messages: is there speech in it, what is said, and letting its mail go.

Every handler may run twice and does its work once. What is not known is never a reason to keep a message back: an
unexamined one counts as spoken, one without text is mailed without.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from config.schema import Site
from ledger.clock import Clock
from ledger.database import Database
from ledger.deliveries import Deliveries
from ledger.job_runner import Handler
from ledger.jobs import Decision, Done, JobRecord, Jobs, Retry
from ledger.log import Log
from ledger.spool import Spool
from voicemail import store
from voicemail.model import Message, Step, TextState
from voicemail.promises import KIND, TRANSCRIBE
from voicemail.service import EXAMINE, Voicemail
from voicemail.sound.errors import SoundError
from voicemail.sound.model import Examined
from voicemail.transcription.model import EngineFailed, NoModel, TooBusy, Transcript, TranscriptionError

#: How often a failing engine is tried, and the wait between, seconds.
MOST_TRIES, BETWEEN_TRIES = 3, 5.0

_log = Log(__name__)


class Ear(Protocol):
    """Understands speech."""

    async def transcribe(self, path: Path, language: str) -> Transcript:
        """Write down what is said; raises NoModel, EngineFailed."""


#: Tells whether somebody speaks, and what the sound looks like; raises SoundError.
Gauge = Callable[[Path], Awaitable[Examined]]


@dataclass(frozen=True)
class MessageJobs:
    """The handlers of our kinds of jobs."""

    voicemail: Voicemail
    db: Database
    spool: Spool
    jobs: Jobs
    deliveries: Deliveries
    site: Callable[[], Site]
    clock: Clock
    ear: Ear
    gauge: Gauge

    def handlers(self) -> dict[str, Handler]:
        """Return them by kind."""
        return {EXAMINE: self.examine, TRANSCRIBE: self.transcribe}

    async def examine(self, job: JobRecord) -> Decision:
        """Find out whether anybody spoke; if so, promise the mails and let the words be written down."""
        id_ = str(job.payload["message"])
        message = await self.voicemail.find(id_)
        if message is None or message.empty is not None:
            return Done()
        found = await self._examined(message)
        empty = found is not None and not found.sound.speaks
        now = self.clock.now()
        values: dict[str, Any] = {"empty": empty}
        if found is not None:
            values |= {"seconds": found.sound.seconds, "peaks": list(found.peaks)}
        if empty:
            values["text_state"] = TextState.OFF.value
        async with self.db.writing() as session:
            message = await store.find(session, id_, lock=True)  # people may have moved or deleted it meanwhile
            if message is None or message.empty is not None:
                return Done()
            await store.change(session, id_, **values)
            detail = "could not be measured" if found is None else f"speech in {found.sound.speech_seconds:.1f} s of it"
            await store.add_step(session, id_, Step(now, "found empty" if empty else "examined", detail=detail))
            if not empty and message.deleted_at is None:
                await self.voicemail.promises.make(session, message)
            await self.voicemail.promises.weigh(session, id_)
        await self.voicemail.tell_of(id_)
        return Done()

    async def transcribe(self, job: JobRecord) -> Decision:
        """Write the words down, and let the mails go that wait for them."""
        id_ = str(job.payload["message"])
        message = await self.voicemail.find(id_)
        if message is None or message.text_state is not TextState.WAITING:
            return Done()
        language = message.language or self.site().company.language
        began = self.clock.now()
        try:
            transcript = await self.ear.transcribe(self.spool.path_of(message.file), language)
        except TooBusy as busy:
            return Retry(BETWEEN_TRIES, str(busy))
        except TranscriptionError as failed:
            if isinstance(failed, EngineFailed) and job.attempts < MOST_TRIES:
                return Retry(BETWEEN_TRIES, str(failed))
            why = f"no speech model for {language}" if isinstance(failed, NoModel) else str(failed)
            _log.warning("a message stays without text", message=id_, why=why)
            return await self._no_text(id_, why)
        now = self.clock.now()
        async with self.db.writing() as session:
            await store.put_text(session, id_, TextState.DONE, transcript.text, transcript.words, transcript.engine)
            took = (now - began).total_seconds()
            detail = f"{len(transcript.words)} words by {transcript.engine} in {took:.1f} s"
            await store.add_step(session, id_, Step(now, "transcribed", detail=detail))
            await self.deliveries.hurry(session, KIND, id_)
        await self.voicemail.tell_of(id_)
        return Done()

    async def _no_text(self, id_: str, why: str) -> Decision:
        async with self.db.writing() as session:
            message = await store.find(session, id_, lock=True)
            if message is not None and message.text:  # the words of an earlier time are better than none
                await store.change(session, id_, text_state=TextState.DONE.value)
            else:
                await store.put_text(session, id_, TextState.FAILED, "", (), why)
            await store.add_step(session, id_, Step(self.clock.now(), "not transcribed", detail=why))
            await self.deliveries.hurry(session, KIND, id_)
        await self.voicemail.tell_of(id_)
        return Done()

    async def _examined(self, message: Message) -> Examined | None:
        try:
            return await self.gauge(self.spool.path_of(message.file))
        except SoundError as error:
            _log.warning("a message could not be examined and counts as spoken", message=message.id, why=str(error))
            return None
