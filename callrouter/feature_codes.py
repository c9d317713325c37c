"""Feature codes: what operators dial on their phones to log in and out, to pause and to come back.

Owns the codes and what is said back. The agent is known by the phone, which had to prove who it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from callrouter.agents import AgentState, Deed, NotPossible
from callrouter.roster import Roster
from config.schema import Site
from ivr import phrases
from ivr.conversation import CallerGone, Conversation


@dataclass(frozen=True)
class Code:
    """A code, what it does, and the phrase that confirms it."""

    deed: Deed
    said: str
    reason: str = ""


CODES: dict[str, Code] = {
    "*11": Code(Deed.LOG_IN, "logged_in"),
    "*12": Code(Deed.LOG_OUT, "logged_out"),
    "*13": Code(Deed.PAUSE, "paused"),
    "*14": Code(Deed.RESUME, "unpaused"),
}


def read(site: Site, code: str) -> Code | None:
    """Return what a code does; a digit behind ``*13`` names the reason of the pause, as the site lists them."""
    known = CODES.get(code[:3])
    if known is None or len(code) > 4 or (len(code) == 4 and known.deed is not Deed.PAUSE):
        return None
    reason = ""
    if known.deed is Deed.PAUSE:
        reasons = site.pause_reasons
        if len(code) == 4 and code[3] not in reasons:
            return None
        reason = reasons[code[3]] if len(code) == 4 else "pause"
    return Code(known.deed, known.said, reason)


async def serve(conversation: Conversation, site: Site, roster: Roster, agent: str, code: str) -> str:
    """Do what the code says and, once that is on disk, say it back; return the phrase said.

    A hang-up meanwhile changes nothing.
    """
    said = _do(site, roster, agent, code)
    await roster.on_disk(agent)
    person = site.people.get(agent)
    language = (person.language if person else None) or site.company.language
    try:
        await conversation.play([phrases.phrase(site, said, language)], interruptible=True)
        await conversation.hangup()
    except CallerGone:
        return said
    return said


def _do(site: Site, roster: Roster, agent: str, code: str) -> str:
    known = read(site, code)
    if known is None:
        return "unknown_code"
    if agent not in roster.agents:
        return "not_possible"
    if known.deed is Deed.RESUME and roster.agents[agent].state is AgentState.LOGGED_OUT:
        return "not_possible"
    try:
        roster.do(agent, known.deed, reason=known.reason)
    except NotPossible:
        return "not_possible"
    return known.said
