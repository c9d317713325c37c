"""The front desk: where a call from Asterisk enters, and which room it is shown to.

Owns the reading of what Asterisk says of a call, all of which may come from a stranger.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

import structlog

from callrouter import feature_codes
from callrouter.caller_number import ani_of
from callrouter.early_transfer import EarlyTransfer
from callrouter.fax_calls import FaxCalls
from callrouter.outbound import Outbound
from callrouter.reception import Arrival
from callrouter.roster import Roster
from callrouter.switchboard import Switchboard, call_id
from config.schema import Site
from config.values import Destination, e164
from ivr import phrases
from ivr.agi.dial import phone_of
from ivr.agi.fax_tone import FaxTone
from ivr.agi.leg import AgiLeg, Messages
from ivr.agi.session import AgiSession
from ivr.conversation import CallerGone, Conversation, HandOver, Reply
from server.versions_in_use import VersionInUse, VersionsInUse
from voicemail.phone import Listening

log = structlog.get_logger(__name__)

#: What people dial to listen to their messages.
LISTEN = "*97"
#: A dialogue with a person of the site who dialled its code.
PhoneDialogue = Callable[[Conversation, Site, str], Awaitable[None]]
#: How long a colleague's phone rings, seconds.
RING_COLLEAGUE = 60.0


#: What Asterisk brings back to us in the middle of a call.
_BACK = frozenset({"transferred", "fax", "early"})


class FrontDesk:
    """Serves every AGI session, on the version of the site that its call is on."""

    def __init__(
        self,
        versions: VersionsInUse,
        roster: Roster,
        switchboard: Switchboard,
        messages: Messages,
        *,
        listening: Listening,
        outbound: Outbound,
        fax_calls: FaxCalls,
        dialogues: Mapping[str, PhoneDialogue] = MappingProxyType({}),
    ) -> None:
        """`dialogues` are those that a code begins, by the code."""
        self._versions = versions
        self._roster = roster
        self._switchboard = switchboard
        self._messages = messages
        self._outbound = outbound
        self._fax_calls = fax_calls
        self._dialogues = {LISTEN: listening.serve, **dialogues}

    async def serve(self, session: AgiSession) -> None:
        """Serve one session to its end. What is raised from here sends the caller to the emergency attendant."""
        back = session.request.script in _BACK
        version = self._versions.of(call_id(session.request.uniqueid)) if back else self._versions.now
        leg = AgiLeg(session, version.prompts, messages=self._messages, wake_channel=self._switchboard.wake)
        try:
            match session.request.script:
                case "inbound":
                    await self._inbound(version, session, leg)
                case "feature":
                    await self._feature(version, session, leg)
                case "originated":
                    await self._originated(leg, _argument(session))
                case "internal":
                    await self._internal(version, session, leg)
                case "transferred":
                    await self._transferred(version, session, leg)
                case "fax":
                    await self._fax(version, session, leg)
                case "early":
                    await self._passed_on(version, session, leg)
                case other:
                    log.warning("a kind of call that is not served yet", script=other[:40])
                    await leg.hangup()
        except CallerGone:
            return

    async def _originated(self, leg: AgiLeg, call: str) -> None:
        if not await self._fax_calls.serve(leg, call):
            await self._outbound.serve(leg, call)

    async def _feature(self, version: VersionInUse, session: AgiSession, leg: AgiLeg) -> None:
        await leg.answer()
        agent, code = phone_of(session.request.channel), _argument(session)
        dialogue = self._dialogues.get(code)
        if dialogue is not None:
            await dialogue(leg, version.site, agent)
        else:
            await feature_codes.serve(leg, version.site, self._roster, agent, code)

    async def _inbound(self, version: VersionInUse, session: AgiSession, leg: AgiLeg) -> None:
        caller = arrival(session, version.site)
        try:
            await leg.answer()
        except CallerGone:
            await version.reception.missed(caller)
            return
        tone, number = FaxTone(session), version.site.find_number(caller.did)
        if number is not None and number.fax is not None:
            await tone.listen()
        await version.reception.receive(leg, caller, tone)

    async def _fax(self, version: VersionInUse, session: AgiSession, leg: AgiLeg) -> None:
        """A fax machine was heard, and Asterisk has taken it out of whatever went on."""
        await FaxTone(session).forget()
        await version.reception.resume_as_fax(leg, arrival(session, version.site))

    async def _transferred(self, version: VersionInUse, session: AgiSession, leg: AgiLeg) -> None:
        call = call_id(session.request.uniqueid)
        if not version.reception.expects(call):
            await self._internal(version, session, leg)
            return
        person = version.site.extension(_argument(session))
        to = Destination(kind="person", name=person) if person else None
        await version.reception.resume(leg, call, to, FaxTone(session))

    async def _passed_on(self, version: VersionInUse, session: AgiSession, leg: AgiLeg) -> None:
        """A transfer that was sent while the colleague's phone still rang."""
        call = call_id(session.request.uniqueid)
        if not version.reception.expects(call):
            await self._internal(version, session, leg)
            return
        transfer = EarlyTransfer(version.site, self._roster, self._switchboard)
        to = await transfer.destination(leg, session.request.uniqueid, _argument(session))
        await version.reception.resume(leg, call, to, FaxTone(session))

    async def _internal(self, version: VersionInUse, session: AgiSession, leg: AgiLeg) -> None:
        """A colleague calls a colleague: no customer's call, so it is in no report."""
        dialled = _argument(session)
        person = version.site.extension(dialled) or (dialled if dialled in version.site.people else None)
        language = version.site.company.language
        if person is None:
            await leg.answer()
            said = phrases.phrase(version.site, "unknown_extension", language)
            await leg.play([said], interruptible=False)
        else:
            handed = await leg.hand_over(HandOver((person,), RING_COLLEAGUE, music=False))
            if handed.reply is not Reply.ANSWERED and not handed.caller_gone:
                await leg.answer()
                await leg.play([phrases.phrase(version.site, "no_answer", language)], interruptible=False)
            if handed.caller_gone:
                return  # perhaps only from here: a customer in this place may have been fetched, see the switchboard
        await leg.hangup()


def arrival(session: AgiSession, site: Site) -> Arrival:
    """Read who calls whom, numbers in E.164 where they are numbers, a caller's '' where withheld; names are cleaned."""
    request = session.request
    number = "" if request.withheld else _clean(request.caller_id or "", 40)
    dialled = _argument(session)
    return Arrival(
        call=call_id(request.uniqueid),
        did=e164(dialled, site.company.country) or dialled,
        ani=ani_of(number, site.company.country),
        ani_name="" if request.withheld else _clean(_unquoted(request.caller_name or ""), 80),
        channel=request.channel,
        uniqueid=request.uniqueid,
    )


def _argument(session: AgiSession) -> str:
    return _clean(session.arguments[0] if session.arguments else "", 64)


def _unquoted(name: str) -> str:
    r"""Undo SIP's way of writing \" in a name, which Asterisk leaves to us."""
    return re.sub(r"\\(.)", r"\1", name)


def _clean(text: str, longest: int) -> str:
    """Keep what can be printed, and not too much of it."""
    return "".join(c for c in text[: 4 * longest] if c.isprintable())[:longest].strip()
