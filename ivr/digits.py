"""Collecting keys: pure judgement of what was pressed so far, and the three clocks around it.

Owns prefixes (1 and 10 may live in one menu), lengths and the terminator. Shared by all media.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum

from config.schema import Collect, Wait
from ivr.conversation import NOTHING, Conversation, Heard


class Verdict(Enum):
    """What the keys pressed so far amount to."""

    MORE = "a beginning: more must follow"
    ENOUGH = "an entry, but more may follow"
    COMPLETE = "an entry, and nothing may follow"
    WRONG = "no entry, and nothing that follows can make it one"


class Status(StrEnum):
    """How an entry ended, in the words of VoiceXML."""

    MATCH = "match"
    NO_MATCH = "no_match"
    NO_INPUT = "no_input"


@dataclass(frozen=True)
class Entry:
    """Keys as pressed, without the terminator, and what they were."""

    text: str
    status: Status


#: After a wrong entry of several keys, keys closer to each other than this still belong to it; for so long at most.
REST_GAP, MOST_REST = 0.6, 5.0

Judge = Callable[[str], Verdict]


def among(options: Iterable[str]) -> Judge:
    """Judge keys against a fixed set of entries."""
    entries = frozenset(options)
    beginnings = frozenset(entry[:end] for entry in entries for end in range(1, len(entry)))

    def judge(text: str) -> Verdict:
        if text in entries:
            return Verdict.ENOUGH if text in beginnings else Verdict.COMPLETE
        return Verdict.MORE if text in beginnings else Verdict.WRONG

    return judge


def number(collect: Collect) -> Judge:
    """Judge the digits of a number of known lengths, first digits and check."""

    def judge(text: str) -> Verdict:
        if not (text.isascii() and text.isdigit()) or len(text) > collect.longest:
            return Verdict.WRONG
        starts = collect.starts_with
        if starts and not any(s.startswith(text) or text.startswith(s) for s in starts):
            return Verdict.WRONG
        if len(text) < collect.shortest or (starts and not any(text.startswith(s) for s in starts)):
            return Verdict.MORE
        good = collect.check == "none" or luhn(text)
        if len(text) == collect.longest:
            return Verdict.COMPLETE if good else Verdict.WRONG
        return Verdict.ENOUGH if good else Verdict.MORE

    return judge


def luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of those before it (ISO/IEC 7812-1, annex B).

    >>> luhn("79927398713"), luhn("79927398710")
    (True, False)
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


async def collect_keys(conversation: Conversation, first: Heard, judge: Judge, wait: Wait) -> Entry:
    """Go on from the first key heard (or none) to a whole entry.

    Three clocks run: `first_key` until anything is pressed, `between_keys` after each key, `whole` over all.
    `#` ends an entry early, unless it is an option itself. A wake-up, meant for the waiting line that the caller
    has just left, ends nothing. Raises `CallerGone`.
    """
    started = conversation.elapsed
    heard = first
    text = ""
    if not heard:
        heard = await _listen(conversation, min(wait.first_key, wait.whole))
        if not heard:
            return Entry("", Status.NO_INPUT)
    while True:
        ends = heard.complete
        if heard.text == "#" and judge(text + "#") is Verdict.WRONG and text:
            ends = True
        else:
            text += heard.text
        verdict = judge(text)
        if verdict is Verdict.COMPLETE:
            return Entry(text, Status.MATCH)
        if verdict is Verdict.WRONG:
            if len(text) > 1 and not ends:
                await _swallow_the_rest(conversation, until=started + wait.whole)
            return Entry(text, Status.NO_MATCH)
        left = wait.whole - (conversation.elapsed - started)
        heard = NOTHING if ends or left <= 0 else await _listen(conversation, min(wait.between_keys, left))
        if not heard:
            return Entry(text, Status.MATCH if verdict is Verdict.ENOUGH else Status.NO_MATCH)


async def _swallow_the_rest(conversation: Conversation, until: float) -> None:
    """Let a caller who dials something longer, such as an extension we do not have, finish it.

    Else its last keys would cut the apology and count as the next entry.
    """
    until = min(until, conversation.elapsed + MOST_REST)
    while (left := until - conversation.elapsed) > 0 and await conversation.listen(min(REST_GAP, left)):
        pass


async def _listen(conversation: Conversation, seconds: float) -> Heard:
    until = conversation.elapsed + seconds
    heard = await conversation.listen(seconds)
    while heard.woken and conversation.elapsed < until:
        heard = await conversation.listen(until - conversation.elapsed)
    return heard
