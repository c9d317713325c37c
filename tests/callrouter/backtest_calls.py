"""Calls for back-tests: told to the journal as reception tells them, by the interpreter over the simulator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from callrouter import events as ev
from callrouter.backtest.past import KINDS, Past, Reading
from callrouter.chronicle import entry
from callrouter.events import Event, Outcome, Party
from callrouter.steps import as_event
from config.schema import Site
from ivr.conversation import CallerGone
from ivr.interpreter import Dialogue
from ivr.simulator import Press, Simulator, script

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # a Tuesday, in office hours
NUMBER = "+37052000000"


class _Clock:
    """The time of the call."""

    def __init__(self, at: datetime, conversation: Simulator) -> None:
        self._at, self._conversation = at, conversation

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self._conversation.elapsed)

    def monotonic(self) -> float:
        return self._conversation.elapsed


async def told(
    site: Site,
    keys: str | Sequence[Press],
    *,
    call: str = "c1",
    at: datetime = START,
    did: str = NUMBER,
    menus_at: datetime | None = None,
    hangs_up_at: float | None = None,
    then: Sequence[Event] = (),
) -> tuple[list[Event], str]:
    """Return the events of a call, and where its menus led; `then` is what happened there, before the end."""
    caller = Simulator(script(keys) if isinstance(keys, str) else keys, hangs_up_at=hangs_up_at)
    clock = _Clock(at, caller)
    events: list[Event] = [ev.CallOffered(
        at=at, call=call, did=did, ani="+37060000001", site=site.version,
        menus_at=menus_at.isoformat() if menus_at else "",
    )]  # fmt: skip
    number = site.find_number(did)
    assert number is not None
    dialogue = Dialogue(
        site, caller, at=menus_at or at, language=number.language, facts=number.facts,
        note=lambda step: events.append(as_event(step, call, clock)),
    )  # fmt: skip
    try:
        place = str((await dialogue.follow(number.entry, "number dialled")).destination)
        end = ev.CallEnded(at=clock.now(), call=call, outcome=Outcome.ANSWERED, hung_up_first=Party.AGENT)
    except CallerGone:
        place = f"menu {dialogue.path[-1]}"
        outcome, where = (Outcome.CLOSED, "") if dialogue.met_closed else (Outcome.ABANDONED, "menu")
        end = ev.CallEnded(at=clock.now(), call=call, outcome=outcome, hung_up_first=Party.CALLER, abandoned_in=where)
    return [*events, *then, end], place


def past_of(events: Sequence[Event]) -> Past:
    """Return the call as a back-test reads it."""
    reading = Reading()
    found = None
    for event in events:
        if event.KIND in KINDS:
            stored = entry(event)
            found = reading.take(stored.call or "", stored.kind, stored.at, dict(stored.data)) or found
    assert found is not None
    return found
