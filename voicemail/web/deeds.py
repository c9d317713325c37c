"""What people do with a message, by the names that forms and programs use."""

from __future__ import annotations

from ledger.web.item_deeds import DeedTable
from voicemail.model import Message
from voicemail.web.inbox import Inbox


class Deeds(DeedTable[Message]):
    """Everything that can be done with one message."""

    def __init__(self, inbox: Inbox) -> None:
        rules = inbox.rules
        super().__init__(
            inbox,
            "mailbox",
            ("heard", lambda message, who, given: rules.heard(message.id, who.name, given.get("how", "elsewhere"))),
            {
                "transcribe": lambda message, who, _: rules.transcribe_again(message.id, who.name),
                "resend": lambda message, who, _: rules.resend(message.id, who.name),
            },
        )
