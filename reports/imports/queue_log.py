"""Asterisk's queue_log as a format of imports: which line is of a contact, which of an agent, which of neither.

Owns what an agent's events mean. Read from the sources of Asterisk 1.8, 11, 13, 16, 18 and 22 (apps/app_queue.c,
channels/chan_agent.c, apps/app_agent_pool.c, main/logger.c).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from reports.imports.model import AgentMoment, AgentWord, Entry, Fault, Names, Parsed
from reports.imports.numbers import Numbers
from reports.imports.queue_contact import CALLER, CONTACT_EVENTS, RINGS, contact_of
from reports.imports.queue_lines import NotUnderstood, QueueLine, read_line, read_row, table_columns
from reports.model import CallRecord

#: PAUSE and UNPAUSE carry the reason since Asterisk 1.8, PAUSEALL since 16.
_WORDS = {
    "ADDMEMBER": AgentWord.LOGGED_IN,
    "REMOVEMEMBER": AgentWord.LOGGED_OUT,
    "AGENTLOGIN": AgentWord.LOGGED_IN,
    "AGENTLOGOFF": AgentWord.LOGGED_OUT,
    "AGENTCALLBACKLOGIN": AgentWord.LOGGED_IN,
    "AGENTCALLBACKLOGOFF": AgentWord.LOGGED_OUT,
    "PAUSE": AgentWord.PAUSED,
    "PAUSEALL": AgentWord.PAUSED,
    "UNPAUSE": AgentWord.READY,
    "UNPAUSEALL": AgentWord.READY,
}
_WITH_REASON = {AgentWord.PAUSED, AgentWord.READY}
_LONGEST_REASON = 80
#: Asterisk's own housekeeping.
_HOUSEKEEPING = frozenset({"CONFIGRELOAD", "PENALTY", "RINGINUSE"})
_STARTED = "QUEUESTART"
INSIDE = "calls from extensions, as to ask before a transfer: no customers' (--inside counts them)"


class QueueLog:
    """The format. `zone` is the machine's clock, for exports of the table; the file itself has seconds of epoch."""

    def __init__(self, zone: tzinfo, names: Names | None = None, numbers: Numbers | None = None) -> None:
        self._zone = zone
        self._names = names or Names()
        self._numbers = numbers or Numbers()
        self._columns: Mapping[str, int] | None = None

    def begin(self, first: Sequence[str]) -> None:
        """Look at the first line of the file: an export of the table says there where its columns are."""
        try:
            self._columns = table_columns(first[0]) if first else None
        except NotUnderstood:
            self._columns = None

    def parse(self, number: int, text: str) -> Parsed:
        """Return what a line says; never raises."""
        if not text.strip() or (number == 1 and self._columns is not None):
            return Parsed()
        try:
            line = read_line(text) if self._columns is None else read_row(text, self._columns, self._zone)
        except NotUnderstood as why:
            return Parsed(fault=Fault(number, text, str(why)))
        word = _WORDS.get(line.event)
        if word is not None:
            return self._moments(line, word)
        if line.event == _STARTED:
            return Parsed(moments=(AgentMoment(line.at, "", AgentWord.STARTED),))
        if line.event in _HOUSEKEEPING:
            return Parsed()
        if not line.call:
            return Parsed(aside=f"{line.event} without a call")
        return Parsed(
            entry=Entry(line.call, line.text(), line.at, again=line.event in RINGS),
            aside=self._aside(line),
        )

    def record(self, contact: str, source: str, lines: Sequence[str]) -> CallRecord | None:
        """Return the contact that these kept lines amount to; None where they are of a call that was placed."""
        return contact_of(contact, source, [read_line(line) for line in lines], self._names, self._numbers)

    def _aside(self, line: QueueLine) -> str:
        if line.event == "ENTERQUEUE" and self._numbers.sets_aside(line.field(CALLER)):
            return INSIDE
        return "" if line.event in CONTACT_EVENTS else f"{line.event}, which says nothing to us"

    def _moments(self, line: QueueLine, word: AgentWord) -> Parsed:
        if not line.agent:
            return Parsed(aside=f"{line.event} of nobody")
        agent = self._names.person(line.agent)
        queue = self._names.department(line.queue)
        reason = line.field(0)[:_LONGEST_REASON] if word in _WITH_REASON else ""
        moments: tuple[AgentMoment, ...] = (AgentMoment(line.at, agent, word, reason, queue),)
        if line.event == "ADDMEMBER" and line.field(0) == "PAUSED":
            moments = (*moments, AgentMoment(line.at, agent, AgentWord.PAUSED, "", queue))
        return Parsed(moments=moments)
