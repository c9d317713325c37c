"""Owns looking into the mailbox again and again, and how that fares. Must not know what a mail says."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from config.faxes import FaxByMail
from fax.by_mail.clerk import Answer, Clerk, Done, Submit
from fax.by_mail.errors import MailboxAway, MailboxWrong, MailStuck
from fax.by_mail.held import Held
from fax.by_mail.model import DoorState, Limits
from fax.by_mail.subject import digits
from fax.by_mail.visit import Visit
from ledger.backoff import Backoff
from ledger.clock import Clock
from ledger.log import Log

_LONGEST_AWAY = 300.0
#: Longer: a wrong password said often enough locks the account.
_LONGEST_WRONG = 900.0
_UNSET_SECONDS = 60.0

_log = Log(__name__)


class MailDoor:
    """The door through which mails come in to be faxed."""

    def __init__(
        self,
        settings: Callable[[], FaxByMail | None],
        submit: Submit,
        answer: Answer,
        *,
        folder: Path,
        clock: Clock,
        limits: Limits | None = None,
        dialled: Callable[[str], str] = digits,
    ) -> None:
        """`settings` is asked before each round; `folder` holds drafts of ours only, and is made when needed.

        `dialled` returns a number as it is called, however it is written.
        """
        self._settings = settings
        self._clock = clock
        self._limits = limits or Limits()
        self._clerk = Clerk(submit, answer, folder, self._limits, dialled)
        self._held = Held()
        self._state = DoorState()
        self._failures = 0
        self._waits_longest = _LONGEST_AWAY
        self._one_at_a_time = asyncio.Lock()
        self._woken = asyncio.Event()

    @property
    def state(self) -> DoorState:
        """How it fares now."""
        return self._state

    def wake(self) -> None:
        """Look at once, and take up new settings, however long the wait was to be."""
        self._woken.set()

    async def run(self) -> None:
        """Look for ever, as often as the settings say; less often while it fails. Ends when cancelled."""
        await self._clerk.sweep()
        while True:
            self._woken.clear()
            settings = self._settings()
            full = False
            try:
                full = await self.look() >= self._limits.mails
            except (MailboxAway, MailboxWrong):
                pass  # the state says so, and the log did once
            except Exception as error:  # noqa: BLE001 - a fault of ours must not end faxes by mail for good
                _log.error("looking for faxes by mail failed", exc_info=error)
                self._note_failure(f"a fault here: {type(error).__name__}", _LONGEST_AWAY)
            if not full:
                await self._wait(_UNSET_SECONDS if settings is None else settings.every)

    async def look(self) -> int:
        """See to the mails that are there, some at most; return how many were seen to.

        Raises MailboxAway and MailboxWrong. One mail that fails stays, and is tried again later.
        """
        async with self._one_at_a_time:
            settings = self._settings()
            if settings is None:
                self._failures = 0
                self._state = replace(self._state, error="", failing_since=None)
                return 0
            try:
                seen_to = await self._round(settings)
            except MailboxWrong as error:
                self._note_failure(error.why, _LONGEST_WRONG)
                raise
            except MailboxAway as error:
                self._note_failure(error.why, _LONGEST_AWAY)
                raise
            self._note_success()
            return seen_to

    async def _round(self, settings: FaxByMail) -> int:
        async with Visit(settings, self._limits) as visit:
            due = self._held.due(visit.validity, await visit.waiting(), self._clock.monotonic())
            seen_to = 0
            for uid in due[: self._limits.mails]:
                seen_to += await self._attend(visit, uid, settings)
            return seen_to

    async def _attend(self, visit: Visit, uid: int, settings: FaxByMail) -> bool:
        """See to one mail; False when it has to wait. Raises MailboxAway, with which the round is over."""
        try:
            done = await self._clerk.attend(visit, uid, settings, tries=self._held.tries(uid))
        except MailboxAway:
            # It may be this mail at which the server breaks off each time: the next round begins with the others.
            self._held.failed(uid, self._clock.monotonic())
            raise
        except MailStuck as error:
            _log.warning("a mail could not be seen to; tried again later", uid=uid, why=error.why)
            self._held.failed(uid, self._clock.monotonic())
            return False
        except Exception as error:  # noqa: BLE001 - whatever it is, the mail stays, and the others have their turn
            _log.warning("a mail could not be seen to; tried again later", uid=uid, exc_info=error)
            self._held.failed(uid, self._clock.monotonic())
            return False
        self._held.done(uid)
        self._count(done)
        return True

    def _count(self, done: Done) -> None:
        state = self._state
        self._state = replace(
            state,
            faxes=state.faxes + done.faxes,
            refused=state.refused + done.refused,
            unanswered=state.unanswered + done.unanswered,
        )

    def _note_success(self) -> None:
        if self._state.error:
            _log.info("the mailbox of faxes is reached again")
        self._failures = 0
        self._state = replace(
            self._state, looked_at=self._clock.now(), error="", failing_since=None, held=len(self._held)
        )

    def _note_failure(self, why: str, longest: float) -> None:
        """Keep what is wrong; say it when it is new, not with every round."""
        if why != self._state.error:
            _log.error("faxes by mail do not come in", why=why)
        self._failures += 1
        self._waits_longest = longest
        since = self._state.failing_since or self._clock.now()
        self._state = replace(self._state, error=why, failing_since=since, held=len(self._held))

    async def _wait(self, every: float) -> None:
        seconds = every
        if self._failures:
            backoff = Backoff(every, max(every, self._waits_longest), attempts=1_000_000)
            chance = random.random()  # noqa: S311 - spreads load only
            seconds = backoff.delay(self._failures, chance) or every
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass  # nobody woke us
