"""Kinds of events about doors that a person closes by hand. What follows from them is in `callrouter.closures`."""

from __future__ import annotations

from dataclasses import dataclass, field

from callrouter.event import Event


@dataclass(frozen=True, kw_only=True)
class LineClosed(Event):
    """Somebody closed the line, a number or a department until a moment; a later one of the same scope replaces it.

    `say` are the words that callers hear, by language; `play` is the recording that they hear instead.
    """

    KIND = "line_closed"
    scope: str
    until: str
    who: str
    say: dict[str, str] = field(default_factory=dict)
    play: str = ""


@dataclass(frozen=True, kw_only=True)
class LineReopened(Event):
    """It is open again: somebody (`who`) opened it, or its time came ('')."""

    KIND = "line_reopened"
    scope: str
    who: str = ""
