"""What the open pages are told: each call that changed, once for everybody, as the row they show.

Owns the way from events to the feed. Many events of a moment make one message; with nobody listening nothing is
rendered.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection

from callrouter import events as ev
from callrouter.agents import AgentState
from callrouter.calls import Call, CallState
from callrouter.events import Event
from crm_bridge.pop import concerned
from crm_bridge.service import Customers
from fax.model import Fax, Progress
from fax.web.words import progress_words
from ledger.web.visit import Who
from server.web import call_view
from server.web.call_book import CallBook
from server.web.call_names import CallNames
from server.web.call_sight import Touched
from server.web.feed import RELOAD, Feed
from server.web.frame import Frame
from server.web.parts import Parts
from voicemail.model import Message

#: How long changes gather before they are told, seconds. Nobody sees a tenth of a second.
GATHER = 0.1
#: Changes of a customer that leave the names and whose the calls are as they were.
_OF_NO_NAME = ("note", "activity", "opportunity", "offer", "order")
#: Of so many calls is remembered whom they concerned; of an older one that goes on, the call itself tells it.
MOST_TOUCHED = 5_000
#: More calls than this at once, and the pages fetch everything instead.
MOST_AT_ONCE = 200


class Live:
    """Watches the chronicle for the pages."""

    def __init__(self, parts: Parts, book: CallBook, frame: Frame) -> None:
        self.feed = Feed()
        self._parts = parts
        self._book = book
        self._frame = frame
        self._changed: dict[str, None] = {}
        self._ended: dict[str, Call] = {}
        self._touched: OrderedDict[str, Touched] = OrderedDict()
        self._messages: dict[str, str] = {}
        self._faxes: dict[str, str] = {}
        self._lines: dict[str, tuple[Progress, bool]] = {}
        self._customers: dict[tuple[str, str], None] = {}
        self._board = ""
        self.names = CallNames(Customers(parts.database, parts.site().company.country), parts.clock, self._named)
        self._soon: asyncio.TimerHandle | None = None
        parts.chronicle.watch(self._hear)
        self._forget: list[Callable[[], None]] = []
        if parts.voicemail is not None:
            self._forget.append(parts.voicemail.watch(self._hear_message))
        if parts.faxes is not None:
            self._forget += [parts.faxes.watch(self._hear_fax), parts.faxes.watch_progress(self._hear_progress)]

    def board(self) -> dict[str, object]:
        """Return the figures above the calls."""
        calls = Counter(call.state for call in self._parts.chronicle.calls.values())
        agents = Counter(agent.state for agent in self._parts.roster.agents.values())
        return {
            "waiting": calls[CallState.WAITING] + calls[CallState.RINGING],
            "talking": calls[CallState.TALKING],
            "ready": agents[AgentState.READY],
            "logged_in": agents.total() - agents[AgentState.LOGGED_OUT],
            "reachable": self._parts.pbx_reachable(),
            "day": self._book.today().isoformat(),
        }

    def tell_board(self) -> None:
        """Tell the figures if they are others than before."""
        board = json.dumps(self.board())
        if board != self._board:
            self._board = board
            self.feed.publish("board", board)

    def row(self, call: Call, *, live: bool) -> call_view.CallRow:
        """Return the call as a row of the page."""
        parts = self._parts
        agents, now, name = parts.roster.agents.values(), parts.clock.now(), self.names.known(call.id)
        return call_view.row(call, parts.site(), agents, now, live=live, name=name)

    def touched(self, call: Call) -> Touched:
        """Return whom a call has concerned by now, as far as was heard of it here."""
        return self._touched.get(call.id, Touched()) | Touched.by_call(call)

    def sees(self, who: Who, touched: Touched) -> bool:
        """Tell whether somebody sees a call that has concerned these."""
        sight = self._book.sight(who)
        return sight is None or sight.includes(touched)

    async def close(self) -> None:
        """Tell nothing more; every listener comes to its end."""
        if self._soon is not None:
            self._soon.cancel()
        while self._forget:
            self._forget.pop()()
        self.feed.close()
        await self.names.close()

    def _hear(self, event: Event, call: Call | None) -> None:
        if self.feed.closed:
            return
        if isinstance(event, ev.CallEnded) and call is not None:
            self._ended[call.id] = call
        if isinstance(event, ev.LineClosed | ev.LineReopened):
            self.feed.publish("closures", "{}")  # what it is, every page may show; who asks is told
        if event.call:
            self._changed[event.call] = None
            self._touch(event)
        if isinstance(event, ev.CustomerChanged):
            self._customers[event.customer, event.change] = None
            if not event.change.startswith(_OF_NO_NAME):
                self.names.forget()
        if isinstance(event, ev.CallOffered) and call is not None and len(self.feed):
            self.names.ask(call)  # so that it is there when the call is told
        self._tell_desks(event, call)
        self._gather()

    def _touch(self, event: Event) -> None:
        """Remember whom this concerned, whoever listens: a page that opens later shows the call."""
        self._touched[event.call] = self._touched.get(event.call, Touched()).after(event)
        if len(self._touched) > MOST_TOUCHED:
            self._touched.popitem(last=False)

    def _tell_desks(self, event: Event, call: Call | None) -> None:
        """Tell whom an event concerns to look at their desks, at once: a phone rings there.

        It says nothing but that: who calls is read by the page, as its own account.
        """
        for person in concerned(event, call):
            self.feed.publish("desk", "{}", to=person)

    def _named(self, calls: Collection[Call]) -> None:
        """Tell calls again whose names were not there when they were told."""
        for call in calls:
            if call.ended_at is not None:
                self._ended[call.id] = call
            self._changed[call.id] = None
        self._gather()

    def _hear_message(self, message: Message) -> None:
        if not self.feed.closed:
            self._messages[message.id] = message.mailbox
            self._gather()

    def _hear_fax(self, fax: Fax) -> None:
        if not self.feed.closed:
            self._faxes[fax.id] = fax.box
            self._gather()

    def _hear_progress(self, progress: Progress, over: bool) -> None:
        if not self.feed.closed:
            self._lines[progress.id] = (progress, over)
            self._gather()

    def _gather(self) -> None:
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(GATHER, self._tell)

    def _tell(self) -> None:
        self._soon = None
        changed, ended, messages = tuple(self._changed), self._ended, self._messages
        faxes, lines, customers = self._faxes, self._lines, self._customers
        self._changed, self._ended, self._messages, self._faxes, self._lines = {}, {}, {}, {}, {}
        self._customers = {}
        if not len(self.feed):
            self.feed.skip()
            return
        if len(changed) + len(messages) + len(faxes) + len(lines) + len(customers) > MOST_AT_ONCE:
            self.feed.publish(RELOAD, "{}")
        else:
            for id_, mailbox in messages.items():
                # Everybody hears of it, so it says nothing; a page fetches the message, if its reader may see it.
                self.feed.publish("voicemail", json.dumps({"id": id_, "mailbox": mailbox}))
            for id_, box in faxes.items():
                self.feed.publish("fax", json.dumps({"id": id_, "box": box}))
            for progress, over in lines.values():
                self.feed.publish("fax_progress", json.dumps(_told(progress, over)))
            for id_, change in customers:
                # What was changed, never what was written: everybody hears of it.
                self.feed.publish("customer", json.dumps({"id": id_, "change": change}))
            for name in changed:
                self._tell_call(name, ended.get(name))
        self.tell_board()

    def _tell_call(self, name: str, ended: Call | None) -> None:
        call = self._parts.chronicle.calls.get(name)
        if (shown_now := call or ended) is not None:
            self.names.ask(shown_now)
        if call is not None:
            shown = self._frame.fragment("call_rows.html", "live_row", self.row(call, live=True))
            self.feed.publish("call", json.dumps({"id": name, "row": shown}), about=self.touched(call))
        elif ended is not None:
            shown = self._frame.fragment("call_rows.html", "ended_row", self.row(ended, live=False))
            day = ended.offered_at.astimezone(self._parts.site().company.zone).date()
            told = json.dumps({"id": name, "row": shown, "day": day.isoformat()})
            self.feed.publish("ended", told, about=self.touched(ended))


def _told(progress: Progress, over: bool) -> dict[str, object]:
    """Return how far a fax is, without whose it is: everybody hears of it."""
    return {
        "id": progress.id,
        "box": progress.box,
        "direction": progress.direction.value,
        "pages": progress.pages,
        "of": progress.of,
        "words": progress_words(progress),
        "over": over,
    }
