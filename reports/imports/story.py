"""The story of an imported call: what each file tells of it, in words, and what no file can tell. Pure.

Owns the wording of the whole; that of single lines is in the `_words` file of each format.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from callrouter.events import Outcome
from callrouter.outcome_words import OUTCOMES
from reports.forms.words import UNKNOWN
from reports.imports.cdr_words import cdr_words
from reports.imports.cel_words import cel_words
from reports.imports.formats import options_from, reading_of
from reports.imports.model import Kind
from reports.imports.queue_words import queue_words
from reports.imports.telling import Called, Sentence, Told, for_time
from reports.model import CallRecord, Unknown

#: More sentences than these nobody reads; how many are left out is said.
MOST = 300
_WHERE = {"menu": "in a menu", "queue": "in a line", "ringing": "while a phone rang"}
_ENDS = {
    Outcome.VOICEMAIL: "The caller came to a mailbox.",
    Outcome.FAX: "A fax came.",
    Outcome.UNSERVED: "Nobody served the caller.",
    Outcome.FAILED: "The call failed.",
}
_HUNG_UP = {"caller": "the caller", "agent": "the person who answered", "us": "the PBX"}


@dataclass(frozen=True)
class Account:
    """What one source tells of a call; `left_out` sentences are not here, `unread` are lines nobody can read now."""

    source: str
    sentences: tuple[Sentence, ...]
    unread: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Fact:
    """Something of a call that stands above its story. `known` is False where its source cannot tell."""

    name: str
    value: str
    known: bool = True


@dataclass(frozen=True)
class ImportedStory:
    """A call that came with a file: its record, and what each source tells, the most believed first."""

    record: CallRecord
    accounts: tuple[Account, ...]


def account_of(source: str, kind: str, options: Mapping[str, Any], lines: Sequence[str], called: Called) -> Account:
    """Put what a source tells of one call into words; `options` are those that it was imported with."""
    told = _words(kind, options, lines, called)
    return Account(source, told.sentences[:MOST], told.unread[:MOST], max(0, len(told.sentences) - MOST))


def sentences_of(story: ImportedStory) -> Iterator[tuple[Account, Sequence[Sentence]]]:
    """Yield each account with its sentences; the first begins with who called, and ends with what became of it."""
    for place, account in enumerate(story.accounts):
        if place:
            yield account, account.sentences
        else:
            yield account, (_came(story.record), *account.sentences, *_became(story.record))


def facts_of(record: CallRecord, called: Called) -> list[Fact]:
    """Return what stands above the story; what is known not to be is left out."""
    unknown = record.unknown
    over = all(talk.talked is not None for talk in record.talks)
    waited = "" if Unknown.WAIT in unknown else for_time(record.waited) if record.stays or record.talks else ""
    talked = for_time(record.talked) if record.talks and over and Unknown.TALK not in unknown else ""
    found = (
        ("Dialled", record.did, False),
        ("Department", _together(called(stay.department) for stay in record.stays), Unknown.LINES not in unknown),
        ("Agent", _together(called(talk.agent) for talk in record.talks), Unknown.WHO not in unknown),
        ("Waited", waited, Unknown.WAIT not in unknown),
        ("Talked", talked, Unknown.TALK not in unknown and (over or record.ended_at is None)),
        ("Hung up first", _HUNG_UP.get(record.hung_up_first, ""), Unknown.HUNG_UP_FIRST not in unknown),
        ("Menus", "", Unknown.MENUS not in unknown),
    )
    return [Fact(name, value or UNKNOWN, known=bool(value)) for name, value, told in found if value or not told]


def outcome_words(record: CallRecord) -> tuple[str, str]:
    """Return how the call ended, in a word or two, and the tone in which that is shown."""
    if record.outcome is not None:
        return OUTCOMES[record.outcome]
    return ("In progress", "warn") if record.ended_at is None else ("Not known", "calm")


def _together(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))


def _came(record: CallRecord) -> Sentence:
    name = f" ({record.ani_name})" if record.ani_name else ""
    did = record.did or "a number that is not known"
    return Sentence(record.offered_at, f"{record.ani or 'A caller whose number is not known'}{name} called {did}.")


def _became(record: CallRecord) -> Iterator[Sentence]:
    if record.ended_at is None:
        return
    words = []
    if record.outcome is None:
        words.append("What became of the caller is not known.")
    elif record.outcome is Outcome.ABANDONED and record.abandoned_in != "queue":  # the line itself says that
        words.append(f"The caller gave up {_WHERE.get(record.abandoned_in, 'at a place that is not known')}.")
    elif record.outcome in _ENDS:
        words.append(_ENDS[record.outcome])
    if record.estimated:
        words.append("The last that the file tells of is not the end, so when it ended is estimated.")
    if words:
        yield Sentence(record.ended_at, " ".join(words))


def _words(kind: str, options: Mapping[str, Any], lines: Sequence[str], called: Called) -> Told:
    reading = reading_of(options_from(options))
    match kind:
        case Kind.QUEUE_LOG:
            return queue_words(lines, reading.names, called)
        case Kind.CEL:
            return cel_words(lines, called)
        case _:
            return cdr_words(lines, reading, called)
