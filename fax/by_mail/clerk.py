"""Owns what happens to one mail: who may send, what is asked for, one fax a number, an answer, and away with it.

A mail is put away only when every fax of it is queued: dying before that means that it is read again, and its faxes
have the same keys. Must not know how a mailbox is reached, nor when.
"""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from config.faxes import FaxByMail
from fax.by_mail import words
from fax.by_mail.errors import MailStuck, OpenerLost, Unfit, Unwelcome
from fax.by_mail.header import read_head
from fax.by_mail.model import Drawer, Enclosed, Found, Head, Limits, Result, Wish
from fax.by_mail.opener import open_letter
from fax.by_mail.screen import box_for
from fax.by_mail.subject import digits, read_subject
from fax.model import Fax, NotPossible, Order
from ledger.log import Log

Submit = Callable[[Order, Path], Awaitable[Fax]]
#: To whom, subject, text, and what tells the mail that it is about from all others. May come twice of one mail.
Answer = Callable[[str, str, str, str], Awaitable[None]]

#: A mail whose opening failed so often is refused: it is the mail.
_MOST_OPENINGS = 3

_log = Log(__name__)


class Mails(Protocol):
    """The mails that are still to do, as far as one of them matters."""

    async def find(self, uid: int) -> Found | None:
        """Return the size and header of a mail; None when it is gone."""

    async def fetch(self, uid: int, into: Path) -> int:
        """Write a mail to a new file, at most one byte too long; return its length, 0 when it is gone."""

    async def put_away(self, uid: int, drawer: Drawer) -> None:
        """Take a mail out of those that are still to do."""


@dataclass(frozen=True)
class Done:
    """What became of one mail: so many faxes, or none; `unanswered` if its sender should know and does not."""

    faxes: int = 0
    refused: bool = False
    unanswered: bool = False


class Clerk:
    """Makes faxes of mails, with drafts in a folder of its own."""

    def __init__(
        self, submit: Submit, answer: Answer, folder: Path, limits: Limits, dialled: Callable[[str], str] = digits
    ) -> None:
        """`dialled` returns a number as it is called, so that one written in two ways is called once."""
        self._dialled = dialled
        self._submit = submit
        self._answer = answer
        self._folder = folder
        self._limits = limits

    async def attend(self, mails: Mails, uid: int, settings: FaxByMail, *, tries: int = 0) -> Done:
        """See to one mail, once more after so many `tries`; it is put away, or this raises and it stays.

        Raises a ByMailError, or what `submit` and `answer` raise.
        """
        found = await mails.find(uid)
        if found is None:
            return Done()
        head = read_head(found.header)
        try:
            box = self._welcome(found, head, settings)
            results = await self._fax(mails, uid, found, head, box, tries)
        except Unwelcome as unwelcome:
            _log.info("a mail is no fax and is not answered", uid=uid, why=unwelcome.why)
            await mails.put_away(uid, Drawer.REFUSED)
            return Done(refused=True)
        except Unfit as unfit:
            answered = await self._tell(head, words.nothing_sent(unfit.why), uid)
            await mails.put_away(uid, Drawer.REFUSED)
            return Done(refused=True, unanswered=not answered)
        faxes = sum(not result.why for result in results)
        answered = faxes == len(results) or await self._tell(head, words.some_not_sent(results), uid)
        await mails.put_away(uid, Drawer.SENT if faxes else Drawer.REFUSED)
        return Done(faxes, refused=not faxes, unanswered=not answered)

    async def sweep(self) -> None:
        """Remove what another process of ours left when it died."""
        await asyncio.to_thread(_sweep, self._folder)

    def _welcome(self, found: Found, head: Head, settings: FaxByMail) -> str:
        if len(found.header) > self._limits.header_bytes:
            raise Unwelcome("its header is too long")
        return box_for(head, settings.senders)

    async def _fax(self, mails: Mails, uid: int, found: Found, head: Head, box: str, tries: int) -> list[Result]:
        self._check_size(found.size)
        wish = read_subject(head.subject, self._limits.numbers)  # before anything is fetched
        draft = self._folder / secrets.token_hex(8)
        await asyncio.to_thread(draft.mkdir, mode=0o700, parents=True)
        try:
            mail = draft / "mail"
            length = await mails.fetch(uid, mail)
            if not length:
                raise MailStuck("it was there, and is gone")
            self._check_size(length)
            enclosed = await _open(mail, tries)
            numbers: dict[str, str] = {}
            for number in wish.numbers:
                numbers.setdefault(self._dialled(number), number)
            return [await self._order(head, wish, number, box, enclosed) for number in numbers.values()]
        finally:
            await asyncio.to_thread(shutil.rmtree, draft, ignore_errors=True)

    def _check_size(self, size: int) -> None:
        most = self._limits.mail_bytes
        if size > most:
            raise Unfit(f"The mail is too long: we take mails up to {most / 1e6:.0f} MB, attachments as they travel.")

    async def _order(self, head: Head, wish: Wish, number: str, box: str, enclosed: Enclosed) -> Result:
        order = Order(
            box=box,
            number=number,
            sent_by=head.sender,
            subject=wish.subject,
            resolution=wish.resolution,
            confirm=(head.sender,) if head.may_answer else (),
            key=_key(head, number, enclosed),
        )
        try:
            async with asyncio.timeout(self._limits.hand_on_seconds):
                await self._submit(order, enclosed.path)
        except NotPossible as error:
            return Result(number, str(error))
        return Result(number)

    async def _tell(self, head: Head, text: str, uid: int) -> bool:
        """Answer the sender, who is an allowed one; False when an answer would reach no person."""
        if not head.may_answer:
            _log.warning("a mail is no fax, and nobody is there to be told", uid=uid)
            return False
        async with asyncio.timeout(self._limits.hand_on_seconds):
            await self._answer(head.sender, words.subject_of(head.subject), text, head.message_id)
        return True


async def _open(mail: Path, tries: int) -> Enclosed:
    try:
        return await open_letter(mail)
    except OpenerLost as error:
        if tries + 1 < _MOST_OPENINGS:
            raise
        raise Unfit("The mail could not be opened: it may be damaged.") from error


def _key(head: Head, number: str, enclosed: Enclosed) -> str:
    """Return what is the same when the same mail is read again, and only then."""
    told = "\0".join((head.sender, head.message_id, digits(number), enclosed.sha256))
    return f"mail {sha256(told.encode()).hexdigest()}"


def _sweep(folder: Path) -> None:
    for left in folder.glob("*"):
        shutil.rmtree(left, ignore_errors=True)
