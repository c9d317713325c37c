"""Zammad's generic CTI protocol: each call is announced, answered and hung up, by form posts to one address.

Owns which of our events become which of its three, after its documentation ("Generic CTI": newCall, answer, hangup).

* A call is announced when a line or a phone gets it: a caller in a menu is nothing that an agent could see or take.
* A call that never got so far is announced and hung up in one, so that it is in the caller log, as missed.
* Everybody who answers, so also the second one after a transfer, is told.
* A call of ours is answered when the customer answers; that the agent's own phone rang first is not told.
* Zammad knows an answering agent by login, id or number (`answeringNumber`): the site's `users` says which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import aiohttp

from callrouter import events as ev
from callrouter.events import Outcome
from config.connectors import Zammad
from config.schema import Person
from crm_bridge.connectors.model import CallNow, Occasion
from crm_bridge.connectors.showing import masked
from crm_bridge.connectors.wire import NoAnswer, Wire
from ledger.clock import Clock
from ledger.delivery_model import Accepted, Result
from ledger.ids import new_id
from ledger.masking import secrets_of

WHO = "Zammad"
_TOLD: Final = frozenset(
    kind.KIND
    for kind in (
        ev.CallQueued, ev.AgentsOffered, ev.CallAnswered, ev.CallEnded,
        ev.OutboundBegun, ev.OutboundAnswered, ev.OutboundEnded,
    )
)  # fmt: skip
#: Why a call is over, in Zammad's words; by our outcomes.
_CAUSES: Final[Mapping[str, str]] = {
    Outcome.ANSWERED: "normalClearing",
    Outcome.ABANDONED: "cancel",
    Outcome.VOICEMAIL: "forwarded",
    Outcome.FAX: "forwarded",
    Outcome.CLOSED: "noAnswer",
    Outcome.UNSERVED: "noAnswer",
    Outcome.UNKNOWN_NUMBER: "notFound",
    Outcome.FAILED: "congestion",
    # of calls that we made
    "busy": "busy",
    "no answer": "noAnswer",
    "cancelled": "cancel",
}

Fields = list[tuple[str, str]]


class ZammadSender:
    """Tells one Zammad about calls."""

    needs_call = True

    def __init__(self, settings: Zammad, wire: Wire, people: Mapping[str, Person], clock: Clock) -> None:
        self._clock = clock
        self._settings = settings
        self._wire = wire
        self._people = people
        self._secrets = secrets_of(settings.url)

    def wants(self, kind: str) -> bool:
        """Tell whether Zammad has anything like this."""
        return kind in _TOLD

    async def send(self, occasion: Occasion) -> Result:
        """Post what follows from an event; the first that is not taken decides."""
        result: Result = Accepted("nothing of it concerns Zammad")
        for fields in self.posts(occasion):
            form = aiohttp.FormData(fields)
            try:
                answer = await self._wire.ask(
                    "POST", self._settings.url, headers={"Idempotency-Key": occasion.id}, form=form
                )
            except NoAnswer as none:
                return none.why
            result = self._wire.judge(answer, self._secrets)
            if not isinstance(result, Accepted):
                break
        return result

    async def test(self) -> Result:
        """Announce and hang up a withheld call, which is in the caller log as missed: Zammad has nothing smaller."""
        at = self._clock.now()
        id_ = f"test-{new_id()}"
        now = CallNow("in", "", "", at.isoformat(), at.isoformat(), outcome=Outcome.ABANDONED.value)
        return await self.send(Occasion(id_, 0, ev.CallEnded.KIND, at, id_, call=id_, now=now))

    def preview(self, occasion: Occasion) -> str:
        """Return the forms."""
        forms = ["\n".join(f"{name}: {value}" for name, value in form) for form in self.posts(occasion)]
        return masked("\n\n".join(forms), self._secrets) or "Nothing of it concerns Zammad."

    def posts(self, occasion: Occasion) -> Iterator[Fields]:
        """Yield the forms that tell Zammad of an event."""
        now = occasion.now
        if now is None:
            return
        if not now.announced:
            yield self._form("newCall", occasion, now)
        if occasion.kind in (ev.CallAnswered.KIND, ev.OutboundAnswered.KIND):
            agent = occasion.agent or next(iter(now.agents), "")
            yield [*self._form("answer", occasion, now), ("answeringNumber", self._user(agent))]
        elif occasion.kind in (ev.CallEnded.KIND, ev.OutboundEnded.KIND):
            hangup = [*self._form("hangup", occasion, now), ("cause", _cause(now))]
            last = now.agents[-1:] if now.direction == "in" else ()
            yield [*hangup, *(("answeringNumber", self._user(agent)) for agent in last)]

    def _form(self, event: str, occasion: Occasion, now: CallNow) -> Fields:
        theirs, ours = now.number.removeprefix("+") or "anonymous", now.did.removeprefix("+")
        there = theirs, ours
        if now.direction == "out":
            there = ours or "anonymous", theirs
        fields = [
            ("event", event), ("from", there[0]), ("to", there[1]),
            ("direction", now.direction), ("callId", occasion.call),
        ]  # fmt: skip
        fields += [("user[]", self._name(agent)) for agent in self._involved(occasion, now)]
        if event == "newCall" and now.department:
            fields.append(("queue", now.department))
        return fields

    def _involved(self, occasion: Occasion, now: CallNow) -> tuple[str, ...]:
        """List whose call it is: who answers it, who had it last, or whose phones ring."""
        if occasion.agent:
            return (occasion.agent,)
        return now.agents[-1:] or now.rung

    def _name(self, agent: str) -> str:
        person = self._people.get(agent)
        return agent if person is None else person.name

    def _user(self, agent: str) -> str:
        return self._settings.users.get(agent, agent)


def _cause(now: CallNow) -> str:
    if now.direction == "out" and now.talked > 0:
        return "normalClearing"
    return _CAUSES.get(now.outcome, "congestion")
