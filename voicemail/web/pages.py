"""The inbox as pages: the list, one message, what people do with it by forms, and mails that did not get through."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from ledger.web.item_pages import SAID, ItemPages
from ledger.web.times import exact
from ledger.web.undelivered import Undelivered
from ledger.web.visit import Visit, Who
from voicemail.model import Count, Message, Shown
from voicemail.web.asking import Wanted
from voicemail.web.deeds import Deeds
from voicemail.web.inbox import Inbox
from voicemail.web.view import View, outline, why_no_words, words

HOME = "/voicemail"
#: Messages on one page.
PAGE = 50
LISTS = {
    Shown.OPEN: "Open",
    Shown.HANDLED: "Handled",
    Shown.EMPTY: "Missed calls",
    Shown.DELETED: "Deleted",
}
_SAID = {
    **SAID,
    "transcribe": ("It will be transcribed again", ""),
    "resend": ("It will be mailed again", ""),
    "call_back": ("Your phone rings, then the caller's", ""),
}


class InboxPages(ItemPages[Message]):
    """Serves /voicemail and below."""

    home, folder, delivery, said_of = HOME, "voicemail", "this mail", _SAID

    def __init__(self, inbox: Inbox, deeds: Deeds, position: Callable[[], str]) -> None:
        super().__init__(inbox, deeds, position)
        self._inbox = inbox

    async def list_messages(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the messages that the address asks for."""
        inbox, wanted, position = self._inbox, Wanted.of(visit), self._position()
        boxes = await inbox.boxes(who)
        await self.require_list(wanted.mailbox, wanted.before, boxes, who)
        site = inbox.site()
        page = await inbox.search(wanted.asked(who, site.company.zone, PAGE), who)
        mails = await inbox.deliveries_of([message.id for message in page.messages])
        names = await inbox.names_of(page.messages)
        view = self.view(who)
        total = Count(sum(box.count.unread for box in boxes), sum(box.count.open for box in boxes))
        return visit.page(
            "voicemail/inbox.html",
            who=who,
            wanted=wanted,
            lists=LISTS,
            boxes=boxes,
            total=total,
            rows=[view.row(m, names.get(m.id, ""), mails[m.id]) for m in page.messages],
            older=page.messages[-1].id if page.more else "",
            undelivered=await inbox.undelivered() if who.sees_all else Undelivered(),
            said=await self.said(visit, who),
            position=position,
            now=inbox.clock.now(),
        )

    async def show_message(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show one message, and all that can be done with it."""
        inbox, position = self._inbox, self._position()
        message = await inbox.find(visit.request.match_info["id"], who)
        site, view = inbox.site(), self.view(who)
        mails = await inbox.rules.deliveries_of(message.id)
        names = await inbox.names_of([message])
        spoken, gap = words(message)
        return visit.page(
            "voicemail/message.html",
            who=who,
            message=message,
            list=self.left(visit, message),
            row=view.row(message, names.get(message.id, ""), mails),
            state=view.state(message),
            words=spoken,
            gap=gap,
            no_words=why_no_words(message),
            outline=outline(message.peaks),
            bars=min(len(message.peaks), 150),
            steps=view.steps(await inbox.rules.ledger(message.id)),
            mails=[view.delivery(delivery) for delivery in mails],
            readers=[(name, view.person(name)) for name in inbox.readers(message.mailbox)],
            boxes=inbox.other_boxes(message.mailbox),
            has_mail=bool(site.mailbox(message.mailbox).mail),
            no_call_back=self._deeds.why_no_call_back(message, who),
            whose=await inbox.whose(message.call, message.ani, message.did),
            keep_until=exact(message.keep_until, site.company.zone),
            said=await self.said(visit, who),
            position=position,
            now=inbox.clock.now(),
        )

    def view(self, _who: Who) -> View:
        return View(self._inbox.site(), self._inbox.clock.now(), self._inbox.deliveries.is_late)
