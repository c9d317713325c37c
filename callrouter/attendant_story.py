"""What an attendant's report amounts to in the journal's words.

Owns the translation, and the ids by which a report that is read again tells nothing twice. Pure: keeps nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from callrouter import events as ev
from callrouter.events import Outcome, Party
from callrouter.switchboard import call_id
from ivr.attendant import report as reports
from ivr.attendant.report import Report
from ledger.clock import Clock

#: An event that may be told twice, and the id by which it is known then.
Told = tuple[str, ev.Event]


def story_of(report: Report, clock: Clock, kept: Sequence[Told] = (), *, left: Outcome | None = None) -> list[Told]:
    """Return a report as events, each with an id that it has however often the report is read.

    `kept` tells of what the caller left with the attendant, and `left` is what he has left, then or before.
    """
    call, key = call_id(report.uniqueid), reports.key(report)
    began, ended = time_of(report.began, clock), time_of(report.ended, clock)
    story: list[Told] = []

    def tell(what: str, event: ev.Event) -> None:
        story.append((_id(key, what), event))

    tell(
        "offered",
        ev.CallOffered(at=began, call=call, did=report.did, ani=report.ani, site=report.site, uniqueid=report.uniqueid),
    )
    tell("served", ev.AttendantServed(at=began, call=call, result=report.error or report.outcome))
    for number, step in enumerate(report.steps):
        if (event := _event(step, call, began)) is not None:
            tell(f"step {number}", event)
    if report.answered_by:
        answered = ended - timedelta(seconds=report.talked)
        by = (Party.CALLER if report.caller_gone else Party.AGENT).value
        agent = report.answered_by
        tell("answered", ev.CallAnswered(at=answered, call=call, agent=agent))
        tell("released", ev.CallReleased(at=ended, call=call, agent=agent, talked=report.talked, by=by))
    story += kept
    outcome = _outcome(report, left=left)
    tell(
        "ended",
        ev.CallEnded(
            at=ended,
            call=call,
            outcome=outcome.value,
            hung_up_first=(Party.CALLER if report.caller_gone else Party.US).value,
            abandoned_in=("fax" if report.fax else "menu") if outcome is Outcome.ABANDONED else "",
        ),
    )
    return story


def what_was_left(events: Iterable[ev.Event]) -> Outcome | None:
    """Tell whether a caller left anything, which is how his call ended whatever came after."""
    story = list(events)
    if any(isinstance(event, ev.FaxReceived) and event.pages for event in story):
        return Outcome.FAX
    if any(isinstance(event, ev.MessageTaken) and not event.empty for event in story):
        return Outcome.VOICEMAIL
    return None


def _id(of: str, what: str) -> str:
    """Return the id of an event that may be told twice."""
    return uuid5(NAMESPACE_OID, f"{of} {what}").hex


def _outcome(report: Report, *, left: Outcome | None) -> Outcome:
    try:
        outcome = Outcome(report.outcome)
    except ValueError:
        outcome = Outcome.FAILED
    return left if left is not None and outcome is not Outcome.ANSWERED else outcome


def time_of(text: str, clock: Clock) -> datetime:
    """Read a time of a report; one that cannot be read is now."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return clock.now()
    return at if at.tzinfo is not None else clock.now()


_STEPS: dict[str, type[ev.Event]] = {
    "MenuEntered": ev.MenuEntered,
    "PromptPlayed": ev.PromptHeard,
    "KeysPressed": ev.KeysPressed,
    "FactNamed": ev.FactNamed,
    "LanguageChosen": ev.LanguageChosen,
    "BranchTaken": ev.BranchTaken,
}


def _event(step: dict[str, object], call: str, began: datetime) -> ev.Event | None:
    """Return a step of a report as an event; None for what is none."""
    kind = _STEPS.get(str(step.get("kind")))
    if kind is None:
        return None
    fields = {name: value for name, value in step.items() if name not in ("kind", "at")}
    try:
        at = datetime.fromisoformat(str(step.get("at")))
        return ev.from_data(kind.KIND, at, call, "", "", fields)
    except (ValueError, TypeError):
        return None
