"""How connectors stand, in words for people: what each is, how it does, what went wrong and what to do. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from crm_bridge.connectors.model import BreakerState, Deed, DeedKind, ReceiverState

KINDS: Final = {"webhook": "Web-hook", "zammad": "Zammad", "rest": "CRM", "": "Not in the site any more"}

#: What was said last, and what somebody can do; the first that fits.
_ADVICE: Final = (
    (r"`internal: true`", "Write `internal: true` beside it in the site if it is yours; else mend its address."),
    (r"certificate", "Have its certificate renewed, or signed by an authority that this machine trusts."),
    (r"\bTLS\b", "Look whether it speaks TLS at this port, and not plain http."),
    (r"name of .* is not known", "Look at the name of its machine in the site, and at this machine's name service."),
    (r"cannot be reached|did not answer in time", "Look whether it runs, and whether a firewall is in between."),
    (r"broke off|no HTTP", "Look into its log: it took the request, and did not end it well."),
    (r"no token was given|given as a token", "Look at client_id and client_secret in the site."),
    (
        r"answered (401|403|407)",
        "It does not know us: look at the password or token in the site, and our rights there.",
    ),
    (r"answered (404|410)", "Look at its address in the site: there is nothing there."),
    (r"it has moved", "Write its new address into the site: nothing is sent after a redirect."),
    (r"answered 413", "It takes no event of this size: raise its limit, then send it again."),
    (r"answered (429|503)", "It asks for a pause, and gets it. Nothing is to be done."),
    (r"answered 4\d\d", "It does not take this event as it is: mend the receiver or the template, then send it again."),
    (r"answered 5\d\d", "It has a fault of its own: its log says which. It is tried again by itself."),
    (r"template", "Mend the template in the site, start the server anew, then send it again."),
    (r"no JSON", "Look at its address in the site: what answers there is a page, not an interface."),
    (r"fault of ours", "Look into the log of this server."),
)
#: What was dropped, where it was all that there was.
_DROPPED: Final = {"failed": " that had failed", "waiting": " that waited"}


@dataclass(frozen=True)
class Standing:
    """How a receiver does: a word with its tone, and a sentence."""

    word: str
    tone: str
    sentence: str


def advice(said: str) -> str:
    """Say what somebody can do about what was said last; '' where nothing helps but time.

    >>> advice("the web-hook answered 404: not here")
    'Look at its address in the site: there is nothing there.'
    """
    return next((words for pattern, words in _ADVICE if re.search(pattern, said)), "")


def standing(state: ReceiverState, now: datetime) -> Standing:
    """Say how a receiver does."""
    if not state.kind:
        return _gone(state)
    if not state.here:
        why = "This server does not send to it now: it has just begun, another one does, or its log says why not."
        return Standing("Not from here", "calm", why)
    if not state.known:
        return Standing("Begins", "calm", "It is just being taken up.")
    if state.breaker is not BreakerState.CLOSED:
        return _left_alone(state)
    if state.is_overdue(now):
        return Standing("Overdue", "bad", f"It answers, but {_waiting(state)} for too long already.")
    if state.waiting:
        return Standing("Some wait", "warn", f"It answers; {_waiting(state)} for another try.")
    if state.failed:
        return Standing("Works", "warn", f"It works, but {counted(state.failed)} failed: somebody has to look.")
    if state.last_success is None:
        return Standing("Ready", "calm", "Nothing has been sent to it yet.")
    return Standing("Works", "good", "Everything has arrived.")


def is_alarming(state: ReceiverState, now: datetime) -> bool:
    """Tell whether somebody has to look at a receiver."""
    return state.failed > 0 or state.is_overdue(now) or (not state.kind and state.waiting > 0)


def has_trouble(state: ReceiverState) -> bool:
    """Tell whether what went wrong last is still of interest."""
    if state.last_error_at is None:
        return False
    since = state.last_success is None or state.last_error_at > state.last_success
    return since or state.failed > 0 or state.waiting > 0


def counted(number: int) -> str:
    """Say how many events.

    >>> counted(1), counted(1200)
    ('1 event', '1,200 events')
    """
    return "1 event" if number == 1 else f"{number:,} events"


def deed_in_words(deed: Deed) -> str:
    """Say what somebody did, after the name.

    >>> deed_in_words(Deed(now, "ann", DeedKind.DROPPED, 12, "failed"))
    'dropped 12 events that had failed'
    """
    many = counted(deed.events)
    match deed.what:
        case DeedKind.AGAIN if deed.about:
            return "sent an event again"
        case DeedKind.AGAIN:
            return f"sent {many} again" if deed.events else "had what waits tried at once"
        case DeedKind.DROPPED:
            return f"dropped {many}{_DROPPED.get(deed.about, '')}"
        case DeedKind.TESTED:
            return f"tested it: {deed.about}"
        case DeedKind.FORGOTTEN:
            return "had it forgotten"


def called(kind: str) -> str:
    """Write a kind of event as words.

    >>> called("call_ended")
    'Call ended'
    """
    return kind.replace("_", " ").capitalize()


def _left_alone(state: ReceiverState) -> Standing:
    nothing = f"Nothing is lost: {_waiting(state)}." if state.waiting else "Nothing is lost."
    if state.breaker is BreakerState.PROBING:
        return Standing("Being tried", "warn", f"It did not answer before. {nothing}")
    seconds = state.next_probe or 0.0
    again = "now" if seconds < 1 else f"in {seconds:.0f} s" if seconds < 120 else f"in {seconds / 60:.0f} min"
    why = "It does not answer, or asked for a pause."
    return Standing("Left alone", "bad", f"{why} {nothing} The next try is {again}.")


def _gone(state: ReceiverState) -> Standing:
    if not state.waiting and not state.failed:
        return Standing("Gone", "calm", "The site does not name it any more, and nothing is kept for it.")
    kept = counted(state.waiting + state.failed)
    return Standing("Gone", "warn", f"The site does not name it any more; {kept} kept for it never leave.")


def _waiting(state: ReceiverState) -> str:
    return f"{counted(state.waiting)} {'waits' if state.waiting == 1 else 'wait'}"
