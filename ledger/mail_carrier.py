"""Owns deliveries by mail: asks the feature for the mail, hands it to the server, says what came of it."""

from collections.abc import Awaitable, Callable, Mapping
from email.message import EmailMessage
from typing import Protocol

from ledger import mailer
from ledger.delivery_model import Accepted, Delivery, Later, NothingToSend, Refused, Result
from ledger.mailer import MailServer


class Composer(Protocol):
    """Writes the mails of one kind."""

    async def compose(self, delivery: Delivery, *, small: bool) -> EmailMessage:
        """Write the mail; `small` without attachments, for a server that does not take so much.

        The same delivery gets the same Message-ID each time. Raises NothingToSend.
        """


class MailCarrier:
    """Carries over the channel "mail". `server` is asked anew for each mail; None while the site names none."""

    def __init__(
        self,
        server: Callable[[], MailServer | None],
        composers: Mapping[str, Composer],
        hand_over: Callable[[MailServer, EmailMessage, str], Awaitable[mailer.Handed]] = mailer.hand_over,
    ) -> None:
        self._server = server
        self._composers = dict(composers)
        self._hand_over = hand_over

    async def carry(self, delivery: Delivery) -> Result:
        """Try once; without its attachments where the server takes no more."""
        server = self._server()
        if server is None:
            return Later("the site names no mail server: add a section `mail:`", admin=True)
        composer = self._composers.get(delivery.kind)
        if composer is None:
            return Later(f"nobody here writes mails about {delivery.kind}", admin=True)
        try:
            handed = await self._hand_over(server, await composer.compose(delivery, small=False), delivery.receiver)
            if isinstance(handed, mailer.TooLarge):
                small = await composer.compose(delivery, small=True)
                handed = await self._hand_over(server, small, delivery.receiver)
        except NothingToSend as nothing:
            return Refused(str(nothing) or "there is nothing to send any more")
        match handed:
            case mailer.Accepted(reply):
                return Accepted(reply)
            case mailer.Later(why, _, admin):
                return Later(why, admin)
            case mailer.Refused(why) | mailer.TooLarge(_, why):
                return Refused(why)
