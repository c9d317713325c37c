"""The spans that an imported file tells of: when somebody was logged in, and paused. Pure.

Owns how the several lines of a queue are made one person's day. What the file cannot tell stays undivided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from callrouter.agents import AgentState
from reports.spans import LONGEST, STARTED, Doing, Moment, Span, What, micros
from reports.spans_weave import Spans

#: What lines there are is not told: all of them.
_ALL = ""
_LOGGED_IN = Doing.UNDIVIDED.value
#: What comes first of one second. Somebody logs in to a PBX that was started.
_ORDER = (STARTED, _LOGGED_IN, AgentState.READY.value, AgentState.PAUSED.value, AgentState.LOGGED_OUT.value)


def imported_moment(at: datetime, agent: str, state: str, reason: str, line: str, source: str) -> Moment:
    """Return what a file tells of a person: `state` is logged in, ready, paused or logged out; `line` is '' for all.

    Without a person it tells of the PBX itself: that it was started.
    """
    return Moment(
        micros(at), What.PERSON if agent else What.SERVER, agent, state, reason[:LONGEST], line[:LONGEST], source
    )


def imported_spans(moments: Iterable[Moment], last: int, own: int | None) -> list[Span]:
    """Return one person's spans by all imported files together, in any order and told once or twice.

    A PBX that was started forgets who was logged in, or not, as it is set up: whoever is not heard of again, or logs in
    anew, was logged out then; whoever is heard of otherwise was there all along.
    `last` is the last moment that the files tell of: what goes on then is not known further. From `own` on, the first
    moment of our own journal, that alone counts.
    """
    ordered = sorted(set(moments), key=_when)
    lines, spans = _Lines(_next_words(ordered)), Spans()
    for at, together in groupby(ordered, key=lambda moment: moment.at):
        for moment in together:
            lines.take(moment)
        spans.turn(at, lines.now())
    until = last if own is None else min(last, own)
    return [cut for span in spans.all(last) if (cut := _cut(span, until)) is not None]


class _Lines:
    """The lines that a person is logged in to, and what they do there: somebody paused in all of them is paused."""

    def __init__(self, next_words: Mapping[Moment, Mapping[str, str]]) -> None:
        self._lines: dict[str, Moment] = {}
        self._next_words = next_words

    def take(self, moment: Moment) -> None:
        line = moment.department
        if moment.what is What.SERVER:
            words = self._next_words[moment]
            self._lines = {
                name: told
                for name, told in self._lines.items()
                if told.source != moment.source or words.get(name, words.get(_ALL, _LOGGED_IN)) != _LOGGED_IN
            }
            return
        if moment.state == AgentState.LOGGED_OUT:
            if line == _ALL:
                self._lines.clear()
            self._lines.pop(line, None)
        elif line == _ALL:
            self._lines = dict.fromkeys(self._lines or (_ALL,), moment)
        else:
            # Who is known in one line by name is not in a line without one as well.
            self._lines.pop(_ALL, None)
            self._lines[line] = moment

    def now(self) -> Span | None:
        if not self._lines:
            return None
        told = list(self._lines.values())
        some = told[0]
        if all(moment.state == AgentState.PAUSED for moment in told):
            reason = max(told, key=lambda moment: (moment.at, moment.reason)).reason
            return Span(some.agent, 0, None, Doing.PAUSED, reason, source=_source(told))
        return Span(some.agent, 0, None, Doing.UNDIVIDED, source=_source(told))


def _next_words(ordered: Sequence[Moment]) -> dict[Moment, dict[str, str]]:
    """Return what the file says next of each line, after each start of the PBX."""
    found: dict[Moment, dict[str, str]] = {}
    words: dict[str, dict[str, str]] = {}
    for moment in reversed(ordered):
        of_source = words.setdefault(moment.source, {})
        if moment.what is What.SERVER:
            found[moment] = dict(of_source)
        else:
            of_source[moment.department] = moment.state
    return found


def _source(told: Iterable[Moment]) -> str:
    return min(moment.source for moment in told)


def _cut(span: Span, until: int) -> Span | None:
    assert span.until is not None
    if span.since >= until:
        return None
    end = min(span.until, until)
    return Span(span.agent, span.since, end, span.doing, span.reason, source=span.source)


def _when(moment: Moment) -> tuple[object, ...]:
    return moment.at, _ORDER.index(moment.state) if moment.state in _ORDER else len(_ORDER), *_words(moment)


def _words(moment: Moment) -> tuple[str, ...]:
    return moment.state, moment.department, moment.reason, moment.source
