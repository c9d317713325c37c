"""The messages for programs: parse, look up, answer. The shapes are in `api_model`."""

from __future__ import annotations

from aiohttp import web

from ledger.web.api_model import StepAnswer, alike
from ledger.web.asking import given_of, limit_of
from ledger.web.visit import Refusal, Visit, Who
from voicemail.model import Message
from voicemail.web.api_model import (
    MailAnswer,
    VoicemailAnswer,
    VoicemailDeedBody,
    VoicemailsAnswer,
    VoicemailStoryAnswer,
    WordAnswer,
)
from voicemail.web.asking import Wanted
from voicemail.web.deeds import Deeds
from voicemail.web.inbox import Inbox

USUAL, MOST = 50, 200


class InboxApi:
    """Serves /api/v1/voicemail."""

    def __init__(self, inbox: Inbox, deeds: Deeds) -> None:
        self._inbox = inbox
        self._deeds = deeds

    async def list_messages(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with a page of messages."""
        wanted, limit = Wanted.of(visit), limit_of(visit, USUAL, MOST)
        if wanted.before and not await self._inbox.has(wanted.before):
            raise Refusal(400, "`before` is no message", "take it from `next` of the answer before")
        page = await self._inbox.search(wanted.asked(who, self._inbox.site().company.zone, limit), who)
        names = await self._inbox.names_of(page.messages)
        answers = [message_answer(message, names.get(message.id, "")) for message in page.messages]
        return visit.answer(VoicemailsAnswer(messages=answers, next=page.messages[-1].id if page.more else None))

    async def tell_message(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with all that is known of one message."""
        inbox = self._inbox
        message = await inbox.find(visit.request.match_info["id"], who)
        mails = await inbox.rules.deliveries_of(message.id)
        told = VoicemailStoryAnswer(
            message=await self._answer(message),
            words=[WordAnswer(**alike(WordAnswer, word)) for word in message.words],
            peaks=list(message.peaks),
            mails=[
                MailAnswer(
                    to=d.receiver,
                    state=d.state.value,
                    overdue=inbox.deliveries.is_late(d),
                    attempts=d.attempts,
                    reply=d.last_reply,
                    since=d.created_at,
                )
                for d in mails
            ],
            ledger=[StepAnswer.of(step) for step in await inbox.rules.ledger(message.id)],
        )
        return visit.answer(told)

    async def change_message(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Do something with a message and answer with what it is then."""
        given = given_of(await visit.body(), VoicemailDeedBody)
        match = visit.request.match_info
        message = await self._deeds.do(match["deed"], match["id"], who, given)
        return visit.answer(await self._answer(message))

    async def _answer(self, message: Message) -> VoicemailAnswer:
        return message_answer(message, (await self._inbox.names_of([message])).get(message.id, ""))


def message_answer(message: Message, name: str) -> VoicemailAnswer:
    """Return a message as the API tells it; `name` is the customer's, '' if it is not known."""
    return VoicemailAnswer(
        **{
            **alike(VoicemailAnswer, message),
            "name": name or message.ani_name,
            "facts": dict(message.facts),
            "menus": list(message.menus),
            "unread": message.is_unread,
            "text_state": message.text_state.value,
        }
    )
