"""Writes the mails that are due: brings together the message, the caller's name and the sound."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path

from config.schema import Site
from ledger.delivery_model import Delivery, NothingToSend
from ledger.log import Log
from ledger.spool import Spool
from voicemail.mail import compose
from voicemail.model import Message, NoSuchMessage
from voicemail.service import Voicemail
from voicemail.sound.errors import SoundError
from voicemail.sound.model import MailSound, NotAttached

_log = Log(__name__)


#: Makes of a recording, and the most bytes, what is attached; raises SoundError.
SoundForMail = Callable[[Path, int], Awaitable[MailSound | NotAttached]]
#: The largest attachment, bytes; in a mail it takes a third more.
MOST_BYTES = 12 * 1024 * 1024


class Notices:
    """The composer of mails about messages."""

    def __init__(
        self,
        voicemail: Voicemail,
        spool: Spool,
        site: Callable[[], Site],
        sound: SoundForMail,
        name_of: Callable[[str, str], Awaitable[str]],
    ) -> None:
        """`name_of` tells the customer's name by the number and that of ours, '' if it is not known."""
        self._voicemail = voicemail
        self._spool = spool
        self._site = site
        self._sound = sound
        self._name_of = name_of

    async def compose(self, delivery: Delivery, *, small: bool) -> EmailMessage:
        """Write one mail; raises NothingToSend when the message is gone."""
        site = self._site()
        try:
            message = await self._voicemail.get(delivery.about)
        except NoSuchMessage:
            raise NothingToSend("the message is not there any more") from None
        if message.deleted_at is not None:
            raise NothingToSend(f"{message.deleted_by} deleted the message")
        if site.mail is None:
            raise NothingToSend("the site names no mail server")
        sound, why = (None, "the mail server takes no mail of this size") if small else await self._attachment(message)
        return compose(
            message, site, site.mail,
            receiver=delivery.receiver, id_=delivery.id, caller=await self._caller(message),
            sound=sound, why_no_sound=why,
        )  # fmt: skip

    async def _attachment(self, message: Message) -> tuple[MailSound | None, str]:
        try:
            sound = await self._sound(self._spool.path_of(message.file), MOST_BYTES)
        except SoundError as error:
            return None, str(error)
        return (None, sound.why) if isinstance(sound, NotAttached) else (sound, "")

    async def _caller(self, message: Message) -> str:
        """A mail without the customer's name is better than none."""
        try:
            return await self._name_of(message.ani, message.did)
        except Exception as error:  # noqa: BLE001 - the customers' files are another feature; said, and done without
            _log.warning("the caller's name could not be looked up", error=type(error).__name__)
            return ""
