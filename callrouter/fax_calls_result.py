"""What a call with a fax came to, in words for people; and which sign of the line means what. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from callrouter.ami.events import HangupCause
from ivr.agi.fax import LINE_LOST, FaxSent


class FaxCallResult(StrEnum):
    """How a call with a fax ended."""

    SENT = "sent"
    #: The line broke off; `pages` are with the other machine.
    PARTIAL = "partial"
    FAILED = "failed"
    BUSY = "busy"
    NO_ANSWER = "no answer"
    #: The number does not exist, or nobody can be reached there.
    UNREACHABLE = "unreachable"
    #: Answered, but by no fax machine.
    VOICE = "no fax machine"
    #: It never came to a fax, for a reason of our own.
    NOT_CALLED = "not called"
    #: The connection to Asterisk was lost after the fax had begun, and it left no word.
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class FaxCallOver:
    """What became of a call with a fax: `pages` confirmed by the other machine, of `of`, 0 where that is not known.

    `station` is what it calls itself: a stranger's word. `seconds` is the time of the fax, `rate` in bits a second,
    `dots` per inch, across and down. `why` says in words for people why not all of it went through, '' if it did.
    """

    result: FaxCallResult
    pages: int = 0
    of: int = 0
    seconds: float = 0.0
    station: str = ""
    rate: int = 0
    dots: tuple[int, int] = (0, 0)
    ecm: bool = False
    t38: bool = False
    why: str = ""


#: Causes that say something of the number called; every other one says that it cannot be reached.
_NOT_REACHED = {
    HangupCause.UNALLOCATED: "there is no such number",
    HangupCause.REJECTED: "the call was refused",
    HangupCause.NETWORK_OUT_OF_ORDER: "the network is out of order",
    HangupCause.CONGESTION: "all lines are busy",
    2: "there is no way to this network",
    3: "there is no way to this number",
    20: "the number is not connected now",
    22: "the number has changed",
    27: "the number is out of order",
    28: "this is no whole number",
    34: "all lines are busy",
}
#: What the modem says when it never heard a machine [measured, Asterisk 22.10], and what that means.
_NOBODY_THERE = {
    "Timed out waiting for initial communication": "whoever answered is no fax machine",
    "The call dropped prematurely": "whoever answered hung up before there was a fax machine",
    "error negotiating T.38": "whoever answered hung up before there was a fax machine",
}


def unanswered(cause: int, *, rang: bool) -> FaxCallOver:
    """Say what a call came to that ended for this cause before anybody answered."""
    match cause:
        case HangupCause.USER_BUSY:
            return FaxCallOver(FaxCallResult.BUSY, why="the line is busy")
        case HangupCause.NO_ANSWER:
            return FaxCallOver(FaxCallResult.NO_ANSWER, why="nobody answered")
        case HangupCause.NO_RESPONSE if rang:
            return FaxCallOver(FaxCallResult.NO_ANSWER, why="nobody answered")
        case HangupCause.NO_RESPONSE:
            return FaxCallOver(FaxCallResult.UNREACHABLE, why="the carrier did not answer")
        case _:
            why = _NOT_REACHED.get(cause, f"it could not be reached (cause {cause})")
            return FaxCallOver(FaxCallResult.UNREACHABLE, why=why)


def after(sent: FaxSent, *, counted: bool = True) -> FaxCallOver:
    """Say what a call came to in which we sent; `counted` is false where nobody knows how many pages there were."""
    result, why = _judged(sent, counted=counted)
    return FaxCallOver(
        result,
        sent.pages,
        sent.of,
        sent.seconds,
        sent.station,
        sent.rate,
        sent.resolution,
        sent.ecm,
        sent.t38,
        why,
    )


def cancelled(over: FaxCallOver) -> FaxCallOver:
    """Say what a call came to that a person ended, perhaps too late."""
    if over.result in (FaxCallResult.SENT, FaxCallResult.UNKNOWN):
        return over
    return replace(over, result=FaxCallResult.CANCELLED, why="cancelled")


def stopped(over: FaxCallOver) -> FaxCallOver:
    """Say what a call came to that we ended because we stop ourselves."""
    if over.result in (FaxCallResult.SENT, FaxCallResult.UNKNOWN):
        return over
    result = FaxCallResult.PARTIAL if over.pages else FaxCallResult.NOT_CALLED
    return replace(over, result=result, why="the server was stopped meanwhile")


def _judged(sent: FaxSent, *, counted: bool) -> tuple[FaxCallResult, str]:
    # A page is counted when the other machine has confirmed it, so that the pages decide, not how the call ended.
    if (counted and sent.pages >= sent.of > 0) or (sent.ok and not (counted and sent.of)):
        return FaxCallResult.SENT, ""
    if sent.ok:
        return FaxCallResult.PARTIAL, "the modem says that all went well, but not every page was confirmed"
    if not sent.status:  # the modem did not even begin, or nobody can say what it did
        return FaxCallResult.UNKNOWN if sent.why == LINE_LOST else FaxCallResult.NOT_CALLED, sent.why
    if sent.pages:
        return FaxCallResult.PARTIAL, sent.why
    no_sign = not sent.station and not sent.t38 and sent.resolution == (0, 0)
    if no_sign and sent.why in _NOBODY_THERE:
        return FaxCallResult.VOICE, _NOBODY_THERE[sent.why]
    return FaxCallResult.FAILED, sent.why


def not_called(why: str) -> FaxCallOver:
    """Say that it never came to a fax, for a reason of our own."""
    return FaxCallOver(FaxCallResult.NOT_CALLED, why=why)
