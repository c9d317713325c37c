"""What the queue_log lines of one caller amount to: one contact with its lines, ringings and conversations. Pure.

The same lines give the same contact in any order: Asterisk writes whole seconds, so their order within one is worked
out from what can follow what. One line that stands there twice tells of two ringings; any other counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from callrouter.calls import Talk
from callrouter.events import Outcome, Party
from reports.imports.model import MOST_LINES, Names
from reports.imports.numbers import Numbers
from reports.imports.queue_lines import QueueLine
from reports.imports.uniqueids import began_at
from reports.model import CallRecord, Left, Offer, Stay, Transfer, Unknown

#: A caller is at most so long in menus before the first line of a queue; a wider gap is another clock.
_LONGEST_BEFORE = timedelta(hours=4)

#: What ends a caller's stay in a line without an answer, and in which field (from 0) the wait stands. Up to
#: Asterisk 1.8 some EXITWITHTIMEOUT lines have the position only.
_LEAVES: dict[str, tuple[Left, int]] = {
    "ABANDON": (Left.ABANDONED, 2),
    "EXITWITHTIMEOUT": (Left.MOVED_ON, 2),
    "EXITWITHKEY": (Left.MOVED_ON, 3),
    "EXITEMPTY": (Left.MOVED_ON, 2),
    "WITHDRAW": (Left.MOVED_ON, 2),
    "SYSCOMPAT": (Left.FAILED, 9),
}
#: What ends a conversation: fields of wait and talk, from the end where more may stand before them, as in an
#: ATTENDEDTRANSFER (`BRIDGE|id|wait|talk|position`, `LINK|channel|channel|wait|talk|position`). Up to Asterisk 11
#: both kinds of transfer were TRANSFER (`extension|context|wait|talk[|position]`).
_ENDS: dict[str, tuple[int, int]] = {
    "COMPLETEAGENT": (0, 1),
    "COMPLETECALLER": (0, 1),
    "TRANSFER": (2, 3),
    "BLINDTRANSFER": (2, 3),
    "ATTENDEDTRANSFER": (-3, -2),
}
_HOW = {"TRANSFER": "blind", "BLINDTRANSFER": "blind", "ATTENDEDTRANSFER": "attended"}
_FIRST = {"COMPLETEAGENT": Party.AGENT, "COMPLETECALLER": Party.CALLER}
#: Of a phone that rang; the only lines that may come twice alike, as of a phone that is busy and tried again at once.
RINGS = frozenset({"RINGNOANSWER", "RINGCANCELED", "AGENTDUMP"})
#: In which field of an ENTERQUEUE the caller's number stands.
CALLER = 1
#: Events of calls that were placed, by Asterisk's QueueUpdate and by QueueMetrics: these are no contacts.
PLACED = frozenset({"OUTCALL", "CALLOUTBOUND"})
#: Every event that says something of a contact here.
CONTACT_EVENTS = frozenset({"ENTERQUEUE", "CONNECT", "DID", *RINGS, *_LEAVES, *_ENDS, *PLACED})
#: What comes first where several lines of one moment could.
_ORDER = ("DID", *sorted(RINGS), "CONNECT", *_ENDS, *_LEAVES, "ENTERQUEUE")
_RANK = {event: place for place, event in enumerate(_ORDER)}


def contact_of(
    contact: str, source: str, lines: Iterable[QueueLine], names: Names, numbers: Numbers
) -> CallRecord | None:
    """Return the record of one caller's lines; None where they are of no customer's call that came in.

    A caller who still waits or talks, as far as the lines tell, has not ended. An agent who asks in another queue
    before passing a caller on joins it like any caller, on a channel of their own: that is no second customer.
    """
    told = _each(lines)
    callers = {line.field(CALLER) for line in told if line.event == "ENTERQUEUE"}
    if callers and all(numbers.sets_aside(caller) for caller in callers):
        return None
    events = {line.event for line in told}
    if not events & (_RANK.keys() - {"DID"}) or events & PLACED:
        return None
    story, known = _told(told, names)
    return story.record(contact, source, min(known, key=_key), numbers)


def in_order(lines: Iterable[QueueLine], names: Names) -> list[QueueLine]:
    """Return a caller's lines in the order in which they can have happened; those that say nothing to us by time."""
    told = _each(lines)
    _, known = _told(told, names)
    others = sorted((line for line in told if line.event not in _RANK), key=_key)
    return sorted([*known, *others[:MOST_LINES]], key=lambda line: line.at)


def _each(lines: Iterable[QueueLine]) -> list[QueueLine]:
    """Return the lines once each, but for those that may come twice."""
    told = list(lines)
    return [*{line for line in told if line.event not in RINGS}, *(line for line in told if line.event in RINGS)]


def _told(lines: Iterable[QueueLine], names: Names) -> tuple[_Story, list[QueueLine]]:
    """Return what these lines came to, and the lines in the order in which they were taken."""
    known = sorted((line for line in lines if line.event in _RANK), key=_key)
    story, taken = _Story(names, odd=max(0, len(known) - MOST_LINES)), []
    rest = known[:MOST_LINES]
    while rest:
        place = next((n for n, line in enumerate(rest) if story.fits(line)), 0)
        taken.append(rest.pop(place))
        story.take(taken[-1])
    return story, taken


def _key(line: QueueLine) -> tuple[datetime, int, str, str, tuple[str, ...]]:
    return line.at, _RANK.get(line.event, len(_RANK)), line.queue, line.agent, line.data


@dataclass
class _Story:
    names: Names
    odd: int = 0
    stays: list[Stay] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    did: str = ""
    ani: str = ""
    ani_name: str = ""
    ended_at: datetime | None = None
    first: str = ""
    #: The end above is only the last that this file tells of: the caller was led elsewhere.
    led_on: bool = False

    @property
    def waits(self) -> bool:
        return bool(self.stays) and self.stays[-1].left is Left.WAITING

    @property
    def talking(self) -> bool:
        return bool(self.talks) and self.talks[-1].talked is None

    def fits(self, line: QueueLine) -> bool:
        """Tell whether this line can come next; only the order of lines is found by it, none is left out."""
        department = self.names.department(line.queue)
        if line.event == "ENTERQUEUE":
            return not self.waits and not self.talking
        if line.event in _ENDS:
            talk = self.talks[-1] if self.talking else None
            return talk is not None and (talk.agent, talk.department) == (self.names.person(line.agent), department)
        return line.event == "DID" or (self.waits and self.stays[-1].department == department)

    def take(self, line: QueueLine) -> None:
        department, agent = self.names.department(line.queue), self.names.person(line.agent)
        match line.event:
            case "DID":
                self.did = line.field(0)
            case "ENTERQUEUE":
                self._enter(line, department)
            case "RINGNOANSWER" | "RINGCANCELED" | "AGENTDUMP":
                self.offers.append(_offer(line, agent, department))
            case "CONNECT":
                self._connect(line, department, agent)
            case event if event in _ENDS:
                self._end_talk(line, department, agent)
            case _:
                self._leave(line, department)

    def _enter(self, line: QueueLine, department: str) -> None:
        if self.waits:  # how the caller left the line before was not told
            self.odd += 1
            last = self.stays[-1]
            self.stays[-1] = replace(last, left=Left.MOVED_ON, waited=_between(last.joined_at, line.at))
        if self.talking:
            self.odd += 1
            self.talks[-1] = replace(self.talks[-1], talked=_between(self.talks[-1].since, line.at))
        self.ani, self.ani_name = line.field(CALLER) or self.ani, line.field(3) or self.ani_name
        self.stays.append(Stay(department, line.at))

    def _stay_of(self, department: str, at: datetime, waited: float | None) -> tuple[int, float]:
        """Return which stay of the line ends now and the wait; where its beginning was lost, it is made up for."""
        if self.waits and self.stays[-1].department == department:
            place = len(self.stays) - 1
            return place, _between(self.stays[place].joined_at, at) if waited is None else waited
        self.odd += 1
        self.stays.append(Stay(department, at - timedelta(seconds=waited or 0.0)))
        return len(self.stays) - 1, waited or 0.0

    def _connect(self, line: QueueLine, department: str, agent: str) -> None:
        place, waited = self._stay_of(department, line.at, line.number(0))
        self.stays[place] = replace(self.stays[place], left=Left.ANSWERED, waited=waited, answered_by=agent)
        rang = line.number(2)  # since Asterisk 1.6
        began = line.at - timedelta(seconds=rang or 0.0)
        self.offers.append(Offer(agent, department, began, "answered", rang))
        self.talks.append(Talk(agent, department, line.at))

    def _end_talk(self, line: QueueLine, department: str, agent: str) -> None:
        wait, talked = (line.number(place) for place in _ENDS[line.event])
        if self.fits(line):
            since = self.talks[-1].since
            self.talks[-1] = replace(self.talks[-1], talked=_between(since, line.at) if talked is None else talked)
        else:  # the answer was lost; the line says how long before it was
            since = line.at - timedelta(seconds=talked or 0.0)
            place, waited = self._stay_of(department, since, wait)
            self.stays[place] = replace(self.stays[place], left=Left.ANSWERED, waited=waited, answered_by=agent)
            self.talks.append(Talk(agent, department, since, talked or 0.0))
        self.ended_at, self.first = line.at, _FIRST.get(line.event, "")
        self.led_on = line.event in _HOW
        if self.led_on:
            to = line.field(0) if _HOW[line.event] == "blind" else ""
            self.transfers.append(Transfer(agent, to, line.at, _HOW[line.event]))

    def _leave(self, line: QueueLine, department: str) -> None:
        left, place = _LEAVES[line.event]
        stay, waited = self._stay_of(department, line.at, line.number(place))
        self.stays[stay] = replace(self.stays[stay], left=left, waited=waited)
        self.ended_at, self.first = line.at, Party.CALLER if left is Left.ABANDONED else ""
        self.led_on = left is Left.MOVED_ON

    def record(self, contact: str, source: str, first: QueueLine, numbers: Numbers) -> CallRecord:
        stays = tuple(sorted(self.stays, key=lambda stay: stay.joined_at))
        talks = tuple(sorted(self.talks, key=lambda talk: talk.since))
        over = not any(stay.left is Left.WAITING for stay in stays) and all(t.talked is not None for t in talks)
        began = min((first.at, *(stay.joined_at for stay in stays)))
        rang_in = began_at(first.call)
        if rang_in is not None and timedelta(0) <= began - rang_in <= _LONGEST_BEFORE:
            began = rang_in
        outcome, gave_up = self._outcome(stays, talks) if over else (None, "")
        return CallRecord(
            call=contact,
            offered_at=began,
            ended_at=max(began, self.ended_at or began) if over else None,
            did=numbers.dialled(self.did),
            ani=numbers.caller(self.ani),
            ani_name=numbers.name(self.ani_name),
            destination=f"department {stays[-1].department}" if stays else "",
            outcome=outcome,
            abandoned_in=gave_up,
            hung_up_first=self.first if over else "",
            answered_by=talks[-1].agent if talks else "",
            answered_at=talks[0].since if talks else None,
            waited=sum(stay.waited or 0.0 for stay in stays),
            talked=sum(talk.talked or 0.0 for talk in talks),
            stays=stays,
            offers=tuple(sorted(self.offers, key=lambda offer: (offer.at, offer.agent, offer.reply))),
            talks=talks,
            estimated=over and self.led_on,
            odd=self.odd,
            transfers=tuple(sorted(self.transfers, key=lambda transfer: transfer.at)),
            source=source,
            unknown=frozenset({Unknown.MENUS} | (set() if self.first or not over else {Unknown.HUNG_UP_FIRST})),
        )

    def _outcome(self, stays: tuple[Stay, ...], talks: tuple[Talk, ...]) -> tuple[Outcome | None, str]:
        """Return how the contact ended and where it was given up; where the caller was led to is not in the file."""
        if talks:
            return Outcome.ANSWERED, ""
        match stays[-1].left if stays else None:
            case Left.ABANDONED:
                return Outcome.ABANDONED, "queue"
            case Left.FAILED:
                return Outcome.FAILED, ""
            case _:
                return None, ""


def _offer(line: QueueLine, agent: str, department: str) -> Offer:
    """Return a ringing that nobody took. Asterisk tells milliseconds, and writes RINGNOANSWER for any reason.

    A phone that did not ring at all, because it is busy or not there, is none that somebody let ring.
    """
    if line.event == "AGENTDUMP":  # the agent heard the announcement and hung up before the caller was put through
        return Offer(agent, department, line.at, "busy")
    ms = line.number(0)
    began = line.at - timedelta(milliseconds=ms or 0.0)
    if line.event == "RINGCANCELED":
        return Offer(agent, department, began, "cancelled", None if ms is None else ms / 1000)
    return Offer(agent, department, began, "unreachable" if ms == 0 else "no answer", None if ms is None else ms / 1000)


def _between(since: datetime, until: datetime) -> float:
    """Return the seconds between; a clock that was set back makes them 0, never less."""
    return max(0.0, (until - since).total_seconds())
