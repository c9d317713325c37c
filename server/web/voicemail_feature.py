"""Makes the inbox a feature of the shell: its routes with roles and descriptions, and the way between both worlds.

Owns what an account may see of messages; the handlers are in `voicemail.web`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from crm_bridge.service import Customers
from ledger.items import NoSuchItem, NotPossible
from server.accounts import Account, Role
from server.scopes import Scope
from server.web.api_model import ErrorAnswer
from server.web.customer_names import CustomerNames
from server.web.customer_whose import whose_of
from server.web.entering import entering, who_of
from server.web.parts import Parts
from server.web.route import Answer, Feature, NavItem, Operation, Parameter, Route
from voicemail.model import Shown
from voicemail.web import api_model as shapes
from voicemail.web import pages as pages_of_voicemail
from voicemail.web.api import MOST, USUAL, InboxApi
from voicemail.web.deeds import Deeds
from voicemail.web.inbox import Inbox
from voicemail.web.pages import InboxPages
from voicemail.web.sound import Sound

NAME = "voicemail"
FOLDER = Path(pages_of_voicemail.__file__).parents[1]
API = "/api/v1/voicemail"

_entered = partial(
    entering,
    told={
        NoSuchItem: (404, "there is no such message, or not for you", "the messages are at /voicemail"),
        NotPossible: (409, "", "look at the message again"),
    },
)


def voicemail_feature(parts: Parts, position: Callable[[], str]) -> Feature | None:
    """Return the inbox as a feature; None for a server that keeps no messages."""
    if parts.voicemail is None or parts.deliveries is None or parts.spool is None:
        return None
    names = CustomerNames(Customers(parts.database, parts.site().company.country), parts.clock)
    inbox = Inbox(
        parts.voicemail,
        parts.deliveries,
        parts.spool,
        parts.site,
        parts.clock,
        names,
        parts.call_back,
        whose=whose_of(parts),
    )
    deeds = Deeds(inbox)

    async def unread(account: Account) -> int:
        return sum(box.count.unread for box in await inbox.boxes(who_of(account)))

    return Feature(
        NAME,
        routes=(*_pages(InboxPages(inbox, deeds, position), Sound(inbox)), *_api(inbox, deeds)),
        nav=(NavItem("Voicemail", "/voicemail", count=unread),),
        templates=FOLDER / "templates",
        static=FOLDER / "static",
    )


def _pages(pages: InboxPages, sound: Sound) -> tuple[Route, ...]:
    at = "/voicemail"
    return (
        Route("GET", at, _entered(pages.list_messages)),
        Route("GET", f"{at}/undelivered", _entered(pages.list_undelivered), role=Role.SUPERVISOR),
        Route("POST", at + "/undelivered/{delivery}/again", _entered(pages.try_again), role=Role.ADMIN),
        Route("GET", at + "/{id}", _entered(pages.show_message)),
        Route("GET", at + "/{id}/sound", _entered(sound.noted())),
        Route("POST", at + "/{id}/{deed}", _entered(pages.act)),
    )


def _api(inbox: Inbox, deeds: Deeds) -> tuple[Route, ...]:
    api, sound = InboxApi(inbox, deeds), Sound(inbox)
    unknown = _error("a parameter is unknown")
    nobody = _error("there is no such message, or several begin so")
    listed = Operation(
        "listVoicemail",
        "Messages, the newest first; an operator sees those of their own mailboxes",
        {200: Answer("the messages", shapes.VoicemailsAnswer, shapes.MESSAGES), 400: _error("a parameter is wrong")},
        _PARAMETERS,
    )
    told = Operation(
        "tellVoicemail",
        "One message with its words, its mails and everything that happened to it",
        {200: Answer("the message", shapes.VoicemailStoryAnswer, shapes.STORY), 400: unknown, 404: nobody},
        (_ID,),
    )
    heard = Operation(
        "hearVoicemail",
        "The sound of a message, as it was taken; Range requests are served. It does not count as heard",
        {200: Answer("the sound", content_type="audio/wav", example="RIFF…"), 400: unknown, 404: nobody},
        (_ID,),
    )
    changed = Operation(
        "changeVoicemail",
        "Do something with a message",
        {
            200: Answer("the message after it", shapes.VoicemailAnswer, shapes.MESSAGE),
            400: _error("the body cannot be understood, or lacks what the deed needs"),
            404: _error("there is no such message, or no such deed"),
            409: _error("this cannot be done with the message as it is"),
            413: _error("the body is too large"),
        },
        (_ID, Parameter("deed", "what is done", {"type": "string", "enum": list(deeds.names)}, "handled", "path")),
        body=Answer("what the deed needs; may be left out", shapes.VoicemailDeedBody, {"to": "alice"}),
    )
    read, write = Scope.VOICEMAIL_READ, Scope.VOICEMAIL_WRITE
    return (
        Route("GET", API, _entered(api.list_messages), operation=listed, scope=read),
        Route("GET", API + "/{id}", _entered(api.tell_message), operation=told, scope=read),
        Route("GET", API + "/{id}/sound", _entered(sound.send), operation=heard, scope=read),
        Route("POST", API + "/{id}/{deed}", _entered(api.change_message), operation=changed, scope=write),
    )


def _error(means: str) -> Answer:
    return Answer(means, ErrorAnswer)


_DAY = {"type": "string", "format": "date"}
_YES = {"type": "string", "enum": ["1", "0"]}
_ID = Parameter("id", "the message's id, or a beginning that only one has", {"type": "string"}, "0b9f6d1c", "path")
_PARAMETERS = (
    Parameter("mailbox", "only those of this one", {"type": "string"}, "billing"),
    Parameter("show", "which; left out: open ones", {"type": "string", "enum": [*Shown]}, "handled"),
    Parameter("words", "only those with these words, or from this caller", {"type": "string"}, "invoice"),
    Parameter("unread", "1 for those that nobody heard", _YES, "1"),
    Parameter("mine", "1 for those assigned to who asks", _YES, "1"),
    Parameter("since", "a day at the site; not those before it", _DAY, "2026-11-16"),
    Parameter("until", "a day at the site; not those after it", _DAY, "2026-11-20"),
    Parameter("before", "only those older than this message", {"type": "string"}, "0b9f6d1c2a7e5f4c8d3b6a9e1f2c4d5e"),
    Parameter("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, 50),
)
