"""The inbox as pages: the list, one message, what people do with it by forms, and mails that did not get through."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from ledger.errors import NoSuchDelivery
from ledger.web.leading import goal_of, lead_to
from ledger.web.times import exact
from ledger.web.undelivered import Undelivered
from ledger.web.visit import Refusal, Visit, Who
from voicemail.model import Count, Message, NoSuchMessage, Shown
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
#: What is said at the bottom of a page after a deed, and the deed that takes it back.
SAID = {
    "handled": ("Marked as handled", "reopened"),
    "reopened": ("Open again", ""),
    "assigned": ("Assigned", ""),
    "note": ("Note written down", ""),
    "forwarded": ("Forwarded", ""),
    "deleted": ("Deleted", "restored"),
    "restored": ("Brought back", ""),
    "transcribe": ("It will be transcribed again", ""),
    "resend": ("It will be mailed again", ""),
    "call_back": ("Your phone rings, then the caller's", ""),
}


class InboxPages:
    """Serves /voicemail and below. `position` tells where in the stream of news a page begins to listen."""

    def __init__(self, inbox: Inbox, deeds: Deeds, position: Callable[[], str]) -> None:
        self._inbox = inbox
        self._deeds = deeds
        self._position = position

    async def list_messages(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the messages that the address asks for."""
        inbox, wanted, position = self._inbox, Wanted.of(visit), self._position()
        boxes = await inbox.boxes(who)
        if wanted.mailbox and not who.sees_all and wanted.mailbox not in {box.name for box in boxes}:
            raise Refusal(404, "there is no such mailbox", f"yours are at {HOME}")
        if wanted.before:
            await self._require_place(wanted.before)
        site = inbox.site()
        page = await inbox.search(wanted.asked(who, site.company.zone, PAGE), who)
        mails = await inbox.mails([message.id for message in page.messages])
        names = await inbox.names({message.ani for message in page.messages if message.ani})
        view = self._view()
        total = Count(sum(box.count.unread for box in boxes), sum(box.count.open for box in boxes))
        return visit.page(
            "voicemail/inbox.html",
            who=who,
            wanted=wanted,
            lists=LISTS,
            boxes=boxes,
            total=total,
            rows=[view.row(m, names.get(m.ani, ""), mails[m.id]) for m in page.messages],
            older=page.messages[-1].id if page.more else "",
            undelivered=await inbox.undelivered() if who.sees_all else Undelivered(),
            said=await self._said(visit, who),
            position=position,
            now=inbox.clock.now(),
        )

    async def show_message(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show one message, and all that can be done with it."""
        inbox, position = self._inbox, self._position()
        message = await inbox.find(visit.request.match_info["id"], who)
        site, view = inbox.site(), self._view()
        mails = await inbox.deliveries.list_about("voicemail", [message.id])
        names = await inbox.names({message.ani} if message.ani else set())
        spoken, gap = words(message)
        return visit.page(
            "voicemail/message.html",
            who=who,
            message=message,
            row=view.row(message, names.get(message.ani, ""), mails),
            state=view.state(message),
            words=spoken,
            gap=gap,
            no_words=why_no_words(message),
            outline=outline(message.peaks),
            bars=min(len(message.peaks), 150),
            steps=view.steps(await inbox.voicemail.ledger(message.id)),
            mails=[view.mail(delivery) for delivery in mails],
            readers=[(name, view.person(name)) for name in inbox.readers(message.mailbox)],
            boxes=self._other_boxes(message),
            has_mail=bool(site.mailbox(message.mailbox).mail),
            no_call_back=self._deeds.why_no_call_back(message, who),
            keep_until=exact(message.keep_until, site.company.zone),
            said=await self._said(visit, who),
            position=position,
            now=inbox.clock.now(),
        )

    async def act(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Do what a form says, and lead back to where it was sent from, with a word about it."""
        form = await visit.form()
        deed, id_ = visit.request.match_info["deed"], visit.request.match_info["id"]
        if deed not in SAID:
            raise Refusal(404, "there is no such deed", f"the deeds are {', '.join(SAID)}")
        message = await self._deeds.do(deed, id_, who, form)
        goal = goal_of(form.get("next", ""), HOME, f"{HOME}/{message.id}")
        gone = deed == "deleted" or not self._inbox.may_see(message, who)
        if gone and goal.partition("?")[0].endswith(message.id):
            goal = goal_of(form.get("list", ""), HOME, HOME)
        return lead_to(goal, **{"did": deed, "with": message.id})

    async def list_undelivered(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Show the mails that a server refused or that are under way for too long."""
        inbox, position, view = self._inbox, self._position(), self._view()
        found = await inbox.undelivered()
        about = {delivery.about for delivery in found.all}
        messages: dict[str, Message] = {}
        for id_ in about:
            try:
                messages[id_] = await inbox.voicemail.get(id_)
            except NoSuchMessage:  # its time was over
                continue
        names = await inbox.names({message.ani for message in messages.values() if message.ani})
        rows = {id_: view.row(m, names.get(m.ani, ""), ()) for id_, m in messages.items()}
        return visit.page(
            "voicemail/undelivered.html",
            who=who,
            mails=[view.mail(delivery) for delivery in found.all],
            rows=rows,
            said=visit.query("did") or "",
            position=position,
            now=inbox.clock.now(),
        )

    async def try_again(self, visit: Visit, who: Who) -> web.StreamResponse:
        """Take up a refused mail anew, for an admin who has mended why."""
        form = await visit.form()
        if not who.is_admin:
            raise Refusal(403, "only an admin may do this", "ask an admin")
        id_ = visit.request.match_info["delivery"]
        try:
            await self._inbox.deliveries.try_again(id_[:64].replace("\0", ""))
        except NoSuchDelivery:
            raise Refusal(409, "this mail was not refused, or is taken up again already", "look again") from None
        goal = goal_of(form.get("next", ""), HOME, f"{HOME}/undelivered")
        if (about := goal.partition("?")[0].removeprefix(f"{HOME}/")) != "undelivered":
            self._inbox.voicemail.tell(await self._inbox.find(about, who))
        return lead_to(goal, did="again")

    def _view(self) -> View:
        return View(self._inbox.site(), self._inbox.clock.now(), self._inbox.is_late)

    def _other_boxes(self, message: Message) -> list[tuple[str, str]]:
        site = self._inbox.site()
        return [(name, site.mailbox(name).name or name) for name in site.mailbox_names if name != message.mailbox]

    async def _require_place(self, before: str) -> None:
        try:
            await self._inbox.voicemail.get(before[:64].replace("\0", ""))
        except NoSuchMessage:
            raise Refusal(404, "there is no such message to go on before", f"begin at {HOME} again") from None

    async def _said(self, visit: Visit, who: Who) -> Mapping[str, str]:
        """Return what to say of the deed that led here, and how it is taken back; {} for nothing."""
        deed, id_ = visit.query("did") or "", visit.query("with") or ""
        if deed == "again":
            return {"text": "It will be tried again", "undo": "", "id": ""}
        if deed not in SAID or not id_:
            return {}
        text, undo = SAID[deed]
        try:
            message = await self._inbox.find(id_, who)
        except NoSuchMessage:  # forwarded to where this person does not read
            return {"text": text, "undo": "", "id": ""}
        still = {"restored": message.deleted_at is not None, "reopened": message.handled_at is not None}
        return {"text": text, "undo": undo if still.get(undo) else "", "id": message.id}
