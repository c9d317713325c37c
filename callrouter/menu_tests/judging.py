"""Holds what came of a rehearsed call against what its test expects, and says in words where they differ.

Owns the wording of a failure. Pure: it rehearses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callrouter import events as ev
from callrouter.events import Outcome
from callrouter.reception import MOST_DESTINATIONS
from callrouter.rehearsal.call import Rehearsal
from config.site_tests import Expectation

#: How the story says that menus led on and on.
LED_ON = "led on more than "
#: A circle of more places is not told.
_SHOWN = 12


@dataclass(frozen=True)
class Failure:
    """One thing that came otherwise than expected. `key` is where under `expect:` that is written, or ''."""

    what: str
    expected: str
    came: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, but {self.came}"


def failures(expect: Expectation, rehearsed: Rehearsal) -> tuple[Failure, ...]:
    """Return all that differs; nothing, if the test passes."""
    return tuple(_failures(expect, rehearsed))


def _failures(expect: Expectation, rehearsed: Rehearsal) -> Iterator[Failure]:
    if expect.outcome != Outcome.UNSERVED.value and (round_ := _round(rehearsed)):
        yield Failure("where it ends", "an end", f"the caller is led round and round: {round_}, until we hang up")
    if expect.destination and expect.destination != rehearsed.destination:
        yield Failure("where it ends", expect.destination, _came_to(rehearsed), expect.destination.split(" ")[0])
    if expect.outcome is not None and expect.outcome != rehearsed.outcome:
        yield Failure("how it ends", _plain(expect.outcome), f"it was {_plain(rehearsed.outcome)}", "outcome")
    before = [stop.partition(" ")[2] for stop in rehearsed.stops[:-1]]
    if expect.through and not _in_order(expect.through, before):
        came = f"it went through {_list(before, 'nothing else')}"
        yield Failure("what it goes through", ", ".join(expect.through), came, "through")
    if expect.answered_by is not None and expect.answered_by != rehearsed.answered_by:
        yield Failure("who answers", expect.answered_by, f"{rehearsed.answered_by or 'nobody'} did", "answered_by")
    if expect.path is not None and expect.path != rehearsed.path:
        yield Failure("the menus", _list(expect.path, "none"), f"they were {_list(rehearsed.path, 'none')}", "path")
    if expect.language is not None and expect.language != rehearsed.language:
        yield Failure("the language", expect.language, f"it was {rehearsed.language}", "language")
    if expect.closed is not None and expect.closed != rehearsed.met_closed:
        came = f"there was {_one(rehearsed.met_closed)}"
        yield Failure("a closed door", _one(expect.closed), came, "closed")
    if expect.mail is not None and set(expect.mail) != set(rehearsed.mail):
        came = f"it goes to {_list(rehearsed.mail, 'nobody')}"
        yield Failure("who gets mail", _list(expect.mail, "nobody"), came, "mail")
    yield from _facts(expect, rehearsed)
    if expect.heard or expect.not_heard:
        yield from _heard(expect, rehearsed)


def _came_to(rehearsed: Rehearsal) -> str:
    why = f" ({rehearsed.why})" if rehearsed.why else ""
    if rehearsed.destination:
        return f"it ended at {rehearsed.destination}{why}"
    return f"the call was {_plain(rehearsed.outcome)} before it came anywhere{why}"


def _round(rehearsed: Rehearsal) -> str:
    """Return the places between which he was led until that was ended; '' for a call that was not."""
    if rehearsed.outcome != Outcome.UNSERVED:
        return ""
    taken = [event for event in rehearsed.events if isinstance(event, ev.BranchTaken)]
    if not taken or (not taken[-1].why.startswith(LED_ON) and len(taken) < MOST_DESTINATIONS):
        return ""
    places = [event.origin.removeprefix("department ") for event in taken[-_SHOWN:]]
    last = next((n for n in range(1, len(places)) if places[n] == places[0]), None)
    return "" if last is None else " → ".join([*places[:last], places[0]])


def _facts(expect: Expectation, rehearsed: Rehearsal) -> Iterator[Failure]:
    for name, value in expect.facts.items():
        came = rehearsed.facts.get(name)
        if came != value:
            is_ = "is not known" if came is None else f"is {came}"
            yield Failure("the facts", f"{name}: {value}", f"{name} {is_}", "facts")


def _heard(expect: Expectation, rehearsed: Rehearsal) -> Iterator[Failure]:
    menus = {event.menu for event in rehearsed.events if isinstance(event, ev.PromptHeard) and event.menu}
    said = "\n".join(rehearsed.said).casefold()

    def heard(words: str) -> bool:
        return words in menus if words in rehearsed.site.menus else words.casefold() in said

    for words in expect.heard:
        if not heard(words):
            yield Failure("what is heard", f"“{words}”", f"the caller heard {_said(rehearsed)}", "heard")
    for words in expect.not_heard:
        if heard(words):
            yield Failure("what is not heard", f"that “{words}” is not heard", "the caller heard it", "not_heard")


def _said(rehearsed: Rehearsal) -> str:
    return "; ".join(f"“{text}”" for text in rehearsed.said) or "nothing"


def _in_order(wanted: Sequence[str], came: Sequence[str]) -> bool:
    left = iter(came)
    return all(name in left for name in wanted)


def _one(there_is: bool) -> str:
    return "one" if there_is else "none"


def _list(names: Sequence[str], none: str) -> str:
    return ", ".join(names) or none


def _plain(word: str) -> str:
    return word.replace("_", " ")
