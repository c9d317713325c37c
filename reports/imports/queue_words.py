"""The lines that a queue_log has of one caller, in words. Pure; owns the wording.

What each field means is in `queue_contact`, which makes the record of the same lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from reports.imports.model import Names
from reports.imports.queue_contact import in_order
from reports.imports.queue_lines import NotUnderstood, QueueLine, read_line
from reports.imports.telling import Called, Sentence, Told, for_time


def queue_words(lines: Sequence[str], names: Names, called: Called) -> Told:
    """Tell a caller's lines, in the order in which they can have happened."""
    read: list[tuple[QueueLine, str]] = []
    unread = []
    for text in lines:
        try:
            read.append((read_line(text), text))
        except NotUnderstood:
            unread.append(text)
    kept = dict(read)
    ordered = in_order([line for line, _ in read], names)
    told = [Sentence(line.at, _said(line, names, called), kept[line]) for line in ordered]
    return Told(tuple(told), tuple(unread))


def _said(line: QueueLine, names: Names, called: Called) -> str:
    words = _WORDS.get(line.event)
    if words is None:
        return f"Asterisk noted {line.event}, which says nothing to us."
    department, agent = called(names.department(line.queue)), called(names.person(line.agent))
    return words(line, department or "a line without a name", agent or "an agent without a name")


def _enter(line: QueueLine, department: str, _agent: str) -> str:
    place = line.number(2)
    return f"Joined the line of {department}" + ("." if place is None else f" at place {place:.0f}.")


def _rang(line: QueueLine, _department: str, agent: str) -> str:
    ms = line.number(0)
    if ms == 0:
        return f"{agent}'s phone was tried and did not ring: it was busy, or could not be reached."
    return f"Rang at {agent} for {_rung(ms)}; nobody took it."


def _cancelled(line: QueueLine, _department: str, agent: str) -> str:
    return f"Rang at {agent} for {_rung(line.number(0))}, until that was called off."


def _rung(ms: float | None) -> str:
    return for_time(None if ms is None else ms / 1000)


def _connect(line: QueueLine, _department: str, agent: str) -> str:
    rang = line.number(2)  # since Asterisk 1.6
    ringing = f" after {for_time(rang)} of ringing" if rang else ""
    return f"{agent} answered{ringing}; the caller had waited {for_time(line.number(0))}."


def _completed(by: Callable[[str], str]) -> _Word:
    return lambda line, _department, agent: f"{by(agent)} hung up; they had talked for {for_time(line.number(1))}."


def _blind(line: QueueLine, _department: str, agent: str) -> str:
    to = line.field(0) or "somebody whom the file does not name"
    return f"{agent} transferred the caller to {to}, after {for_time(line.number(3))}."


def _attended(line: QueueLine, _department: str, agent: str) -> str:
    talked = for_time(line.number(-2))
    return f"{agent} transferred the caller after a word with somebody, after {talked}; to whom is not known."


def _gave_up(line: QueueLine, department: str, _agent: str) -> str:
    place = line.number(0)
    at = "" if place is None else f" at place {place:.0f}"
    return f"The caller gave up in the line of {department}{at}, after {for_time(line.number(2))}."


def _left(why: str, place: int) -> _Word:
    return lambda line, department, _agent: (
        f"Left the line of {department} after {for_time(line.number(place))}: {why}. Where to is not known."
    )


def _key(line: QueueLine, department: str, agent: str) -> str:
    return _left(f"the caller pressed {line.field(0) or 'a key'}", 3)(line, department, agent)


_Word = Callable[[QueueLine, str, str], str]
_WORDS: Mapping[str, _Word] = MappingProxyType(
    {
        "DID": lambda line, _department, _agent: f"Dialled {line.field(0) or 'a number that is not known'}.",
        "ENTERQUEUE": _enter,
        "RINGNOANSWER": _rang,
        "RINGCANCELED": _cancelled,
        "AGENTDUMP": lambda _line, _department, agent: f"{agent} heard who called, and hung up.",
        "CONNECT": _connect,
        "COMPLETECALLER": _completed(lambda _agent: "The caller"),
        "COMPLETEAGENT": _completed(lambda agent: agent),
        "TRANSFER": _blind,
        "BLINDTRANSFER": _blind,
        "ATTENDEDTRANSFER": _attended,
        "ABANDON": _gave_up,
        "EXITWITHTIMEOUT": _left("nobody answered in the time that there was", 2),
        "EXITWITHKEY": _key,
        "EXITEMPTY": _left("nobody was there to answer", 2),
        "WITHDRAW": _left("the caller was taken out of it", 2),
        "SYSCOMPAT": lambda _line, department, agent: f"{agent} of {department} could not be put through.",
    }
)
