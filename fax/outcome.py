"""Owns what is said to a person about a fax that was sent: what became of it, and what to do. Pure words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fax.documents.model import Outcome
from fax.model import Attempt, Fax, Result, State

_MOST_WHY = 200

#: What a call came to, as a sentence.
CALLS = {
    Result.SENT: "The receiver’s machine confirmed every page.",
    Result.PARTIAL: "The line broke off on the way.",
    Result.FAILED: "A machine answered, but the fax did not go through.",
    Result.BUSY: "The line was busy.",
    Result.NO_ANSWER: "Nobody answered.",
    Result.UNREACHABLE: "The number does not exist, or nobody can be reached there.",
    Result.VOICE: "The call was answered, but not by a fax machine.",
    Result.NOT_CALLED: "The call could not be placed.",
    Result.UNKNOWN: "The connection was lost after the fax had begun, and nothing says how it ended.",
    Result.CANCELLED: "It was cancelled.",
}
_AGAIN_LATER = "Send it again later, or ask the receiver for another number."
_CHECK_NUMBER = "Check the number, and ask the receiver whether a fax machine is on it."
_TO_DO = {
    Result.PARTIAL: "Send it again: the receiver has the first pages only.",
    Result.FAILED: "Send it again; should that fail as well, ask the receiver to look at the machine.",
    Result.BUSY: _AGAIN_LATER,
    Result.NO_ANSWER: _AGAIN_LATER,
    Result.UNREACHABLE: _CHECK_NUMBER,
    Result.VOICE: _CHECK_NUMBER,
    Result.NOT_CALLED: "Nothing is wrong with the fax or its number: tell whoever looks after the telephone system.",
}


@dataclass(frozen=True)
class Became:
    """What became of a fax. `title` ends a sentence that begins with it; `to_do` is '' where nothing is to be done."""

    outcome: Outcome
    title: str
    said: str
    to_do: str = ""

    @property
    def words(self) -> str:
        """All of it as one text."""
        return f"{self.said} {self.to_do}".strip()


def became(fax: Fax, attempts: Sequence[Attempt]) -> Became:
    """Say what became of a fax that is not under way any more; `attempts` are its calls in order."""
    calls = [attempt for attempt in attempts if attempt.result is not None]
    last = calls[-1].result if calls else None
    called = f" The number was called {len(calls)} times." if len(calls) > 1 else ""
    pages = pages_through(fax, attempts)
    through = f"{pages} of {count(fax.of)}"
    match fax.state:
        case State.SENT:
            return Became(Outcome.SENT, "was delivered", f"{CALLS[Result.SENT]}{called}")
        case State.UNKNOWN:
            # A report knows three outcomes: "in part" is the one that asks for a look.
            to_do = "It is not sent again by itself: ask the receiver before you send it again."
            return Became(Outcome.UNKNOWN, "may have arrived: nobody knows", f"{CALLS[Result.UNKNOWN]}{called}", to_do)
        case State.CANCELLED if pages:
            said = f"It was cancelled on the way: {through} had gone through."
            return Became(Outcome.PARTIAL, "was cancelled on the way", said)
        case State.CANCELLED:
            return Became(Outcome.FAILED, "was cancelled", "It was cancelled before a page had gone through.")
        case _ if pages and last is not None and not calls[-1].pages:
            said = (
                f"{through} went through before the line broke off. The last call: {CALLS[last]}{called}{_because(fax)}"
            )
            return Became(Outcome.PARTIAL, "was delivered in part", said, _TO_DO[Result.PARTIAL])
        case _ if pages:
            said = f"The line broke off: {through} went through.{called}{_because(fax)}"
            return Became(Outcome.PARTIAL, "was delivered in part", said, _TO_DO[Result.PARTIAL])
        case _ if last is None:
            said = f"It was never called out.{_because(fax)}"
            return Became(Outcome.FAILED, "was not delivered", said, "Mend that, and send it anew.")
        case _:
            said = f"{CALLS[last]}{called}{_because(fax)}"
            return Became(Outcome.FAILED, "was not delivered", said, _TO_DO.get(last, ""))


def pages_through(fax: Fax, attempts: Sequence[Attempt]) -> int:
    """Return how many pages the receiver has: those of the call in which most went through."""
    return max([fax.pages, *(attempt.pages for attempt in attempts)])


def outcome_of(attempt: Attempt) -> Outcome:
    """Say how a call is marked."""
    if attempt.result is Result.SENT:
        return Outcome.SENT
    if attempt.result is Result.UNKNOWN:
        return Outcome.UNKNOWN
    return Outcome.PARTIAL if attempt.pages else Outcome.FAILED


def said_of(attempt: Attempt) -> str:
    """Say what a call came to, with what was heard of it; '' where the mark says all."""
    if attempt.result is None or attempt.result is Result.SENT:
        return ""
    heard = line(attempt.said, _MOST_WHY)
    return f"{CALLS[attempt.result]} {_sentence(heard)}" if heard else CALLS[attempt.result]


def count(pages: int) -> str:
    """Count pages.

    >>> count(1), count(3)
    ('1 page', '3 pages')
    """
    return f"{pages} {'page' if pages == 1 else 'pages'}"


def line(text: str, most: int) -> str:
    """Make one printable line of a stranger's words, with at most so many letters."""
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return clean if len(clean) <= most else f"{clean[: most - 1]}…"


def _because(fax: Fax) -> str:
    why = line(fax.why, _MOST_WHY)
    return f" {_sentence(why)}" if why else ""


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}{'' if words[-1:] in '.!?…' else '.'}"
