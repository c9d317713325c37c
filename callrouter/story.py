"""A call's story in plain sentences, for people who want to know what happened and why.

Owns the wording. Times are told in the zone that is passed in; nothing is looked up.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from callrouter import events as ev
from callrouter.events import Event

_ENDS = {
    "answered": "The call was answered.",
    "abandoned": "The caller gave up",
    "voicemail": "The caller left a message.",
    "fax": "A fax came.",
    "closed": "The caller heard that nobody is there at this hour.",
    "unserved": "Nobody served the caller.",
    "unknown_number": "The number dialled is not in use.",
    "failed": "The call failed on our side.",
}
_BY = {"caller": "The caller hung up first.", "agent": "The agent hung up first.", "us": "We ended the call."}


def sentence(event: Event) -> str:
    """Say what happened in one sentence; '' for what needs no telling."""
    match event:
        case ev.CallOffered():
            who = event.ani or "a withheld number"
            name = f" ({event.ani_name})" if event.ani_name else ""
            return f"{who}{name} called {event.did or 'no number'}."
        case ev.MenuEntered():
            return f"Came to the menu “{event.menu}”."
        case ev.PromptHeard():
            heard = "Heard" if event.whole else "Began to hear"
            return f"{heard} ({event.language}): “{event.text}”"
        case ev.KeysPressed(status="no_input"):
            return "Pressed nothing."
        case ev.KeysPressed():
            note = "" if event.status == "match" else ", which is no choice here"
            return f"Pressed {event.keys}{note}."
        case ev.FactNamed():
            return f"Now known: {event.name} is {event.value}."
        case ev.LanguageChosen():
            return f"From here on in {event.language}."
        case ev.BranchTaken():
            return f"Went from {event.origin or 'the start'} to {event.to}: {event.why}."
        case ev.CallQueued():
            return f"Joined the line of {event.department} at place {event.position}."
        case ev.PositionTold():
            wait = f", expected wait {event.expected_wait:.0f} s" if event.expected_wait is not None else ""
            return f"Was told: place {event.position}{wait}."
        case ev.AgentsOffered():
            others = "".join(f"; not {agent}: {why}" for agent, why in event.why_not.items())
            return f"{_names(event.agents)} rang ({event.why}){others}."
        case ev.OfferEnded():
            return f"{event.agent}: {event.reply} after {event.rang:.0f} s."
        case ev.CallAnswered():
            return f"{event.agent} answered; the caller had waited {event.waited:.0f} s."
        case ev.CallHeld():
            return f"{event.agent or 'The agent'} put the caller on hold."
        case ev.CallResumed():
            return f"{event.agent or 'The agent'} took the caller back."
        case ev.CallTransferred(how="early"):
            to = f"{event.to}, whose phone still rang" if event.to else "somebody whom we could not make out"
            return f"{event.agent or 'The agent'} passed the caller on to {to}."
        case ev.CallTransferred():
            return f"{event.agent or 'The agent'} transferred the caller to {event.to or 'several'} ({event.how})."
        case ev.ConsultationBegun():
            return f"{event.agent or 'The agent'} asked {event.to}, whose phone rang."
        case ev.ConsultationEnded():
            return f"{event.agent or 'The agent'}'s own call to {event.to} was over."
        case ev.CallReleased():
            return f"The conversation with {event.agent} ended after {event.talked:.0f} s."
        case ev.CallLeftQueue():
            to = f" for {event.to}" if event.to else ""
            return f"Left the line of {event.department}{to} after {event.waited:.0f} s: {event.why}."
        case ev.MessageBegun():
            return f"Heard the tone of mailbox {event.mailbox}."
        case ev.MessageTaken(empty=True):
            return f"Said nothing after the tone ({event.seconds:.0f} s)."
        case ev.MessageTaken():
            return f"Left a message of {event.seconds:.0f} s for {event.mailbox}."
        case ev.FaxBegun():
            return f"Now a fax can come for {event.box}."
        case ev.FaxReceived():
            return _fax(event)
        case ev.FaxCallBegun():
            return f"We called {event.number} with a fax."
        case ev.FaxCallEnded():
            return f"The call with a fax ended: {event.result}, {event.pages} pages confirmed."
        case ev.OutboundBegun():
            return f"{event.agent} calls {event.number}."
        case ev.OutboundRinging():
            return f"{event.agent} picked up; {event.number} rings."
        case ev.OutboundAnswered():
            return f"{event.number} answered."
        case ev.OutboundEnded():
            talked = f" They talked for {event.talked:.0f} s." if event.talked else ""
            return f"The call of {event.agent} ended: {event.reply}.{talked}"
        case ev.AttendantServed():
            return "The emergency attendant took over, since we were not there."
        case ev.CallFailed():
            return f"Our own fault: {event.error}."
        case ev.CallEnded():
            return _end(event)
        case ev.CallDisposed():
            said = f": {event.disposition}" if event.disposition else ""
            return f"{event.agent or 'The agent'} finished the work after the call{said}."
        case ev.DispositionMissed():
            return f"{event.agent} did not say what came of the call within the longest wrap-up."
        case ev.AgentChanged():
            return f"{event.agent} is {_why(event.state, event.reason)}{_then(event)}."
        case ev.CustomerChanged():
            return f"{event.by or 'We ourselves'} changed a customer: {event.change}."
        case _:
            return ""


def _fax(event: ev.FaxReceived) -> str:
    why = f": {event.why}" if event.why else ""
    if not event.pages:
        return f"The fax for {event.box} failed before its first page{why}."
    pages = "one page" if event.pages == 1 else f"{event.pages} pages"
    return f"A fax of {pages} came for {event.box}." if event.ok else f"Of a fax for {event.box} {pages} came{why}."


def _end(event: ev.CallEnded) -> str:
    said = _ENDS.get(event.outcome, f"The call ended: {event.outcome}.")
    if event.outcome == "abandoned":
        said = f"{said} in the {event.abandoned_in or 'call'}."
    known = " What came last was not seen by us, so this is estimated." if event.estimated else ""
    return f"{said} {_BY.get(event.hung_up_first, '')}{known}".strip()


def _why(what: str, reason: str) -> str:
    return f"{what} ({reason})" if reason else what


def _then(event: ev.AgentChanged) -> str:
    return f"; to follow when the call is over: {_why(event.then, event.then_reason)}" if event.then else ""


def _names(agents: tuple[str, ...]) -> str:
    return " and ".join(agents) if len(agents) < 3 else f"{', '.join(agents[:-1])} and {agents[-1]}"


def tell(events: Iterable[Event], zone: tzinfo) -> list[str]:
    """Tell a whole call, a line an event, with the time of day to a tenth of a second."""
    lines = []
    for event in events:
        if said := sentence(event):
            at = event.at.astimezone(zone)
            lines.append(f"{at:%H:%M:%S}.{at.microsecond // 100_000}  {said}")
    return lines
