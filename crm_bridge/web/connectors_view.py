"""Connectors and what is kept for them, as the pages show them. Pure; wording of states is in `connectors_words`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from crm_bridge.connectors.model import Deed, ReceiverState, Waiting, WaitingState
from crm_bridge.web.connectors_words import (
    KINDS,
    Standing,
    advice,
    called,
    deed_in_words,
    has_trouble,
    is_alarming,
    standing,
)
from ledger.web.deliveries import Mark
from ledger.web.times import age, exact, soon


@dataclass(frozen=True)
class Moment:
    """A time: in short, and so that nobody has to guess."""

    short: str
    exact: str
    stamp: int


@dataclass(frozen=True)
class Trouble:
    """What went wrong last, and what to do."""

    said: str
    advice: str
    at: Moment | None


@dataclass(frozen=True)
class Row:
    """A receiver."""

    name: str
    kind: str
    host: str
    mark: Mark
    sentence: str
    behind: int
    waiting: int
    failed: int
    oldest: Moment | None
    overdue: bool
    last_success: Moment | None
    trouble: Trouble | None
    alarming: bool
    in_site: bool
    here: bool


@dataclass(frozen=True)
class Kept:
    """Something that has not arrived."""

    id: str
    seq: int
    kind: str
    at: Moment
    customer: str
    customer_id: str
    call: str
    failed: bool
    attempts: int
    next_try: str
    said: str
    advice: str


@dataclass(frozen=True)
class Done:
    """What somebody did with a connector."""

    by: str
    words: str
    at: Moment


class View:
    """Writes for people at the site, now."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self.now = now
        self._zone = zone

    def row(self, state: ReceiverState) -> Row:
        """Return a receiver."""
        how: Standing = standing(state, self.now)
        trouble = None
        if has_trouble(state):
            trouble = Trouble(state.last_error, advice(state.last_error), self._past(state.last_error_at))
        return Row(
            name=state.name,
            kind=KINDS[state.kind],
            host=state.host,
            mark=Mark(how.word, how.tone),
            sentence=how.sentence,
            behind=state.behind,
            waiting=state.waiting,
            failed=state.failed,
            oldest=self._past(state.oldest),
            overdue=state.is_overdue(self.now),
            last_success=self._past(state.last_success),
            trouble=trouble,
            alarming=is_alarming(state, self.now),
            in_site=bool(state.kind),
            here=state.here,
        )

    def kept(self, waiting: Waiting) -> Kept:
        """Return something that waits or failed."""
        occasion, customer = waiting.occasion, waiting.occasion.customer
        return Kept(
            id=occasion.id,
            seq=occasion.seq,
            kind=called(occasion.kind),
            at=self._moment(occasion.at),
            customer="" if customer is None else customer.name or customer.company or "no name",
            customer_id="" if customer is None else customer.id,
            call=occasion.call,
            failed=waiting.state is WaitingState.FAILED,
            attempts=waiting.attempts,
            next_try=self._next(waiting),
            said=waiting.last_reply,
            advice=advice(waiting.last_reply),
        )

    def done(self, deed: Deed) -> Done:
        """Return what somebody did."""
        return Done(deed.by or "Somebody", deed_in_words(deed), self._moment(deed.at))

    def _next(self, waiting: Waiting) -> str:
        if waiting.state is WaitingState.FAILED:
            return "not by itself"
        if waiting.next_at is None:
            return "after what is before it"
        return "now" if waiting.next_at <= self.now else soon(waiting.next_at, self.now, self._zone)

    def _past(self, at: datetime | None) -> Moment | None:
        return None if at is None else self._moment(at)

    def _moment(self, at: datetime) -> Moment:
        return Moment(age(at, self.now, self._zone), exact(at, self._zone), int(at.timestamp() * 1000))
