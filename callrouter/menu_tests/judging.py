"""Holds what came of a rehearsed call against what its test expects, and says in words where they differ.

Owns the wording of a failure. Pure: it rehearses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from callrouter import events as ev
from callrouter.rehearsal.call import Rehearsal
from config.site_tests import Expectation


@dataclass(frozen=True)
class Failure:
    """One thing that came otherwise than expected."""

    what: str
    expected: str
    came: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, but {self.came}"


def failures(expect: Expectation, rehearsed: Rehearsal) -> tuple[Failure, ...]:
    """Return all that differs; nothing, if the test passes."""
    return tuple(_failures(expect, rehearsed))


def _failures(expect: Expectation, rehearsed: Rehearsal) -> Iterator[Failure]:
    if expect.destination and expect.destination != rehearsed.destination:
        yield Failure("where it ends", expect.destination, _came_to(rehearsed))
    if expect.outcome is not None and expect.outcome != rehearsed.outcome:
        yield Failure("how it ends", _plain(expect.outcome), f"it was {_plain(rehearsed.outcome)}")
    before = [stop.partition(" ")[2] for stop in rehearsed.stops[:-1]]
    if expect.through and not _in_order(expect.through, before):
        yield Failure(
            "what it goes through", ", ".join(expect.through), f"it went through {_list(before, 'nothing else')}"
        )
    if expect.answered_by is not None and expect.answered_by != rehearsed.answered_by:
        yield Failure("who answers", expect.answered_by, f"{rehearsed.answered_by or 'nobody'} did")
    if expect.path is not None and expect.path != rehearsed.path:
        yield Failure("the menus", _list(expect.path, "none"), f"they were {_list(rehearsed.path, 'none')}")
    if expect.language is not None and expect.language != rehearsed.language:
        yield Failure("the language", expect.language, f"it was {rehearsed.language}")
    if expect.closed is not None and expect.closed != rehearsed.met_closed:
        yield Failure("a closed door", "one" if expect.closed else "none", f"there was {_one(rehearsed.met_closed)}")
    if expect.mail is not None and set(expect.mail) != set(rehearsed.mail):
        yield Failure("who gets mail", _list(expect.mail, "nobody"), f"it goes to {_list(rehearsed.mail, 'nobody')}")
    yield from _facts(expect, rehearsed)
    if expect.heard or expect.not_heard:
        yield from _heard(expect, rehearsed)


def _came_to(rehearsed: Rehearsal) -> str:
    why = f" ({rehearsed.why})" if rehearsed.why else ""
    if rehearsed.destination:
        return f"it ended at {rehearsed.destination}{why}"
    return f"the call was {_plain(rehearsed.outcome)} before it came anywhere{why}"


def _facts(expect: Expectation, rehearsed: Rehearsal) -> Iterator[Failure]:
    for name, value in expect.facts.items():
        came = rehearsed.facts.get(name)
        if came != value:
            yield Failure("the facts", f"{name}: {value}", f"{name} {'is not known' if came is None else f'is {came}'}")


def _heard(expect: Expectation, rehearsed: Rehearsal) -> Iterator[Failure]:
    menus = {event.menu for event in rehearsed.events if isinstance(event, ev.PromptHeard) and event.menu}
    said = "\n".join(rehearsed.said).casefold()

    def heard(words: str) -> bool:
        return words in menus if words in rehearsed.site.menus else words.casefold() in said

    for words in expect.heard:
        if not heard(words):
            yield Failure("what is heard", f"“{words}”", f"the caller heard {_said(rehearsed)}")
    for words in expect.not_heard:
        if heard(words):
            yield Failure("what is not heard", f"that “{words}” is not heard", "the caller heard it")


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
