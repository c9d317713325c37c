"""The messages for programs: parse, look up, answer. The shapes are in `api_model`."""

from __future__ import annotations

from aiohttp import web
from pydantic import ValidationError

from ledger.web.api_model import StepAnswer
from ledger.web.asking import limit_of
from ledger.web.visit import Refusal, Visit, Who
from voicemail.model import Message, NoSuchMessage
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
        if wanted.before:
            try:
                await self._inbox.voicemail.get(wanted.before[:64].replace("\0", ""))
            except NoSuchMessage:
                raise Refusal(400, "`before` is no message", "take it from `next` of the answer before") from None
        page = await self._inbox.search(wanted.asked(who, self._inbox.site().company.zone, limit), who)
        names = await self._inbox.names({message.ani for message in page.messages if message.ani})
        answers = [message_answer(message, names.get(message.ani, "")) for message in page.messages]
        return visit.answer(VoicemailsAnswer(messages=answers, next=page.messages[-1].id if page.more else None))

    async def tell_message(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Answer with all that is known of one message."""
        inbox = self._inbox
        message = await inbox.find(visit.request.match_info["id"], who)
        names = await inbox.names({message.ani} if message.ani else set())
        mails = (await inbox.mails([message.id]))[message.id]
        told = VoicemailStoryAnswer(
            message=message_answer(message, names.get(message.ani, "")),
            words=[WordAnswer(text=w.text, start=w.start, end=w.end, confidence=w.confidence) for w in message.words],
            peaks=list(message.peaks),
            mails=[
                MailAnswer(
                    to=d.receiver,
                    state=d.state.value,
                    overdue=inbox.is_late(d),
                    attempts=d.attempts,
                    reply=d.last_reply,
                    since=d.created_at,
                )
                for d in mails
            ],
            ledger=[
                StepAnswer(at=step.at, what=step.what, by=step.by, detail=step.detail)
                for step in await inbox.voicemail.ledger(message.id)
            ],
        )
        return visit.answer(told)

    async def change_message(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Do something with a message and answer with what it is then."""
        given = _given(await visit.body())
        match = visit.request.match_info
        message = await self._deeds.do(match["deed"], match["id"], who, given)
        names = await self._inbox.names({message.ani} if message.ani else set())
        return visit.answer(message_answer(message, names.get(message.ani, "")))


def message_answer(message: Message, name: str) -> VoicemailAnswer:
    """Return a message as the API tells it; `name` is the customer's, '' if it is not known."""
    return VoicemailAnswer(
        id=message.id,
        mailbox=message.mailbox,
        taken_at=message.taken_at,
        seconds=message.seconds,
        number=message.ani,
        name=name or message.ani_name,
        did=message.did,
        call=message.call,
        language=message.language,
        facts=dict(message.facts),
        menus=list(message.menus),
        unread=message.is_unread,
        empty=message.empty,
        partial=message.partial,
        text_state=message.text_state.value,
        text=message.text,
        text_by=message.text_by,
        heard_at=message.heard_at,
        heard_by=message.heard_by,
        handled_at=message.handled_at,
        handled_by=message.handled_by,
        assigned_to=message.assigned_to,
        deleted_at=message.deleted_at,
        deleted_by=message.deleted_by,
        keep_until=message.keep_until,
    )


def _given(body: bytes) -> dict[str, str]:
    if not body.strip():
        return {}
    try:
        return VoicemailDeedBody.model_validate_json(body).model_dump(exclude_none=True)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
        hint = 'send {}, or what the deed needs, such as {"to": "alice"}'
        raise Refusal(400, f"{place}: {error.errors()[0]['msg']}", hint) from None
