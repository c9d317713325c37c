"""What our words for ringing phones are in Asterisk's: the arguments of `Dial`, and what its variables say.

Owns the spelling only; both AGI legs, the live one and the emergency attendant's, use it.
"""

from __future__ import annotations

import re

from ivr.conversation import HandOver, Reply

#: DIALSTATUS to our words. What is not here rang in vain.
REPLIES = {
    "ANSWER": Reply.ANSWERED,
    "BUSY": Reply.BUSY,
    "NOANSWER": Reply.NO_ANSWER,
    "CHANUNAVAIL": Reply.UNREACHABLE,
    "CONGESTION": Reply.UNREACHABLE,
    "CANCEL": Reply.CANCELLED,
}

#: When a phone answered, by Asterisk's clock. Its own ANSWEREDTIME counts from when *we* answered the caller.
ANSWERED_AT = "SWITCHROOM_ANSWERED_AT"
#: What time it is by Asterisk's clock.
NOW = "STRFTIME(,,%s.%3q)"


def arguments(to: HandOver) -> tuple[str, str, str]:
    """Return phones, seconds and options of `Dial`.

    With `g` the caller comes back to us when the other side hangs up; `m` is music while it rings, `r` a tone;
    `S` ends a conversation that was forgotten; `U` has the moment noted at which somebody answered; `o` says who
    we are to somebody outside. Raises ValueError for what is no number.
    """
    phones = "&".join([f"PJSIP/{phone}" for phone in to.phones] + _outside(to.outside))
    options = f"{'m' if to.music else 'r'}gS({round(to.longest)})U(switchroom-answered)"
    if to.outside and to.shown_as:
        options += f"o({_number(to.shown_as)})"
    return phones, str(max(1, round(to.ring_for))), options


def _outside(number: str) -> list[str]:
    return [f"PJSIP/{_number(number)}@trunk"] if number else []


def _number(number: str) -> str:
    """Let nothing but a number into the command: in a dialled text such as 5&PJSIP/1 all else has a meaning."""
    if not re.fullmatch(r"\+[1-9][0-9]{3,14}", number):
        raise ValueError("not a number in E.164")
    return number


def phone_of(channel: str) -> str:
    """Return whose phone a channel belongs to.

    >>> phone_of("PJSIP/anna-lena-0000002a")
    'anna-lena'
    """
    return channel.partition("/")[2].rpartition("-")[0]


def talked(answered_at: str | None, now: str | None) -> float:
    """Return the length of a conversation in seconds, from what Asterisk says of these two variables."""
    try:
        return max(0.0, round(float(now or "") - float(answered_at or ""), 3))
    except ValueError:
        return 0.0
