"""What people do with a message, by the names that forms and programs use: one table, the rights in front of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from ledger.web.asking import needed
from ledger.web.visit import Refusal, Who
from voicemail.model import Message, NotPossible
from voicemail.web.inbox import Inbox

#: What somebody gave with the deed: `to`, `text`, `mailbox`.
Given = Mapping[str, str]
_Deed = Callable[[Message, Who, Given], Awaitable[Message]]


class Deeds:
    """Everything that can be done with one message."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        rules = inbox.voicemail
        self._deeds: dict[str, _Deed] = {
            "heard": lambda m, who, given: rules.heard(m.id, who.name, given.get("how", "elsewhere")),
            "handled": lambda m, who, _: rules.handle(m.id, who.name),
            "reopened": lambda m, who, _: rules.reopen(m.id, who.name),
            "assigned": lambda m, who, given: rules.assign(m.id, needed(given, "to", empty=True), who.name),
            "note": lambda m, who, given: rules.note(m.id, needed(given, "text"), who.name),
            "forwarded": lambda m, who, given: rules.forward(m.id, needed(given, "mailbox"), who.name),
            "deleted": lambda m, who, _: rules.delete(m.id, who.name),
            "restored": lambda m, who, _: rules.restore(m.id, who.name),
            "transcribe": lambda m, who, _: rules.transcribe_again(m.id, who.name),
            "resend": lambda m, who, _: rules.resend(m.id, who.name),
            "call_back": self._call_back,
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._deeds)

    async def do(self, deed: str, id_: str, who: Who, given: Given) -> Message:
        """Do it and return the message as it is then; raises NoSuchMessage, NotPossible, Refusal for no such deed."""
        if (act := self._deeds.get(deed)) is None:
            raise Refusal(404, "there is no such deed", f"the deeds are {', '.join(self._deeds)}")
        return await act(await self._inbox.find(id_, who), who, given)

    def why_no_call_back(self, message: Message, who: Who) -> str:
        """Say why this person cannot call this caller back from here; '' when it can be done."""
        if self._inbox.call_back is None:
            return "Calling back from here is not available"
        if not message.ani:
            return "The caller withheld the number"
        if not who.person:
            return "Your account belongs to nobody with a phone"
        return ""

    async def _call_back(self, message: Message, who: Who, _given: Given) -> Message:
        if why := self.why_no_call_back(message, who):
            raise NotPossible(why)
        assert self._inbox.call_back is not None
        await self._inbox.call_back.call_back(who.person, message.ani, message)
        how = f"from the phone of {who.person}"
        return await self._inbox.voicemail.called_back(message.id, who.name, how, begins=True)
