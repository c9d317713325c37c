"""One past caller, led through a site by the interpreter of live calls: where would he have ended, and by which way.

Owns the caller who answers menu by menu as the journal says he did. Everything about menus is the interpreter's; about
lines only what the caller lived there: that he was served, or left for a reason for which this site may have a way.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from callrouter.backtest.invented import is_keys, keys_for
from callrouter.backtest.past import Answer, Past, Visited
from config.schema import Menu, Site
from config.values import Destination
from ivr.conversation import NOTHING, CallerGone, Heard, Utterance
from ivr.digits import Status
from ivr.interpreter import Dialogue
from ivr.simulator import Simulator
from ivr.steps import BranchTaken, KeysPressed, MenuEntered, Step

T = TypeVar("T")

#: As many destinations as reception would lead a caller to.
_MOST_DESTINATIONS = 20


class Branch(NamedTuple):
    """A way that was taken: from a menu, department or number, by what, to where."""

    origin: str
    by: str
    to: str


@dataclass(frozen=True, slots=True)
class End:
    """Where a caller ended: `place` is a destination, or the menu he hung up in; '' if that is not known.

    `unknown` is why it is not: mostly a menu that asked what he was never asked.
    """

    place: str
    trace: tuple[Branch, ...] = ()
    hung_up: bool = False
    unknown: str = ""


class _NeverAsked(Exception):
    """The site asks something to which the journal has no answer."""


class _Caller(Simulator):
    """A caller of the past. Time stands still within a menu: what he did there is known by order, not by clock."""

    def __init__(self, site: Site, visits: Sequence[Visited], seconds: Sequence[float]) -> None:
        super().__init__()
        self._site = site
        self._visits: Mapping[str, deque[tuple[Visited, float]]] = defaultdict(deque)
        for visit, second in zip(visits, seconds, strict=True):
            if visit.answers or visit.hung_up:
                self._visits[visit.menu].append((visit, second))
        self._menu = ""
        self._answers: deque[Answer] = deque()
        self._last: Answer | None = None
        self._hangs_up = False
        #: Keys of the present entry that were not heard yet; None between two entries.
        self._keys: deque[str] | None = None
        self.trace: list[Branch] = []

    def note(self, step: Step) -> None:
        """Follow the dialogue: each menu asks anew, each entry of keys ends the one before."""
        match step:
            case MenuEntered(menu):
                self._enter(menu)
            case KeysPressed():
                # What a shorter entry leaves of the keys is heard by the next question, as it would be on a line.
                self._keys = self._keys or None
            case BranchTaken(origin, to, why):
                self.trace.append(Branch(origin, _cause(why), to))

    def _enter(self, menu: str) -> None:
        self._menu, self._last = menu, None
        visits = self._visits.get(menu)
        if not visits:
            self._answers, self._hangs_up = deque(), False
            return
        visit, second = visits.popleft()
        self._answers, self._hangs_up = deque(visit.answers), visit.hung_up
        self._now = max(self._now, second)

    async def play(self, utterances: Sequence[Utterance], *, interruptible: bool = True) -> Heard:
        if self._hangs_up and not self._answers and not self._keys:
            raise CallerGone
        return NOTHING

    async def listen(self, seconds: float, *, music: bool = False) -> Heard:
        if self._keys is None:
            self._keys = deque(self._next_entry())
        return Heard(self._keys.popleft()) if self._keys else NOTHING

    def _next_entry(self) -> str:
        if self._answers:
            self._last = self._answers.popleft()
            return self._pressed(self._last)
        if self._hangs_up:
            raise CallerGone
        if self._last is not None and self._last.status == Status.NO_INPUT:
            return ""  # who was silent to the end of what he was asked is silent when he is asked once more
        raise _NeverAsked(f"menu {self._menu}")

    def _pressed(self, answer: Answer) -> str:
        if is_keys(answer.keys):
            return answer.keys
        menu: Menu = self._site.menus[self._menu]
        invented = keys_for(menu.collect, answer) if menu.collect is not None else None
        if invented is None:
            raise _NeverAsked(f"secret keys in menu {self._menu}")
        return invented


def replay(site: Site, past: Past) -> End:
    """Return where this caller would have ended on this site, at the time of his call."""
    if past.trouble:
        return End("", unknown=past.trouble)
    number = site.find_number(past.script.did)
    if number is None:
        return End("unknown number", (Branch(f"number {past.script.did}", "dialled", "unknown number"),))
    caller = _Caller(site, past.script.visits, past.seconds)
    caller.trace.append(Branch(f"number {past.script.did}", "dialled", str(site.resolve(number.entry))))
    dialogue = Dialogue(site, caller, at=past.begun, language=number.language, facts=number.facts, note=caller.note)
    left = list(past.script.left)
    to = number.entry
    try:
        for _ in range(_MOST_DESTINATIONS):
            place = str(_at_once(dialogue.follow(to)).destination)
            reason = next((one for one in left if one.place == place), None)
            following = _following(site, place, reason.why) if reason is not None else None
            if reason is None or following is None:
                return End(place, tuple(caller.trace))
            left.remove(reason)
            to = following
            caller.trace.append(Branch(place, _cause(reason.why), str(site.resolve(to))))
    except CallerGone:
        menu = dialogue.path[-1] if dialogue.path else ""
        return End(f"menu {menu}", tuple(caller.trace), hung_up=True)
    except _NeverAsked as error:
        return End("", tuple(caller.trace), unknown=str(error))
    return End("hangup", tuple(caller.trace))


def _following(site: Site, place: str, why: str) -> Destination | None:
    """Return where this site leads somebody who leaves a line or phone for such a reason; None if he stays."""
    kind, _, name = place.partition(" ")
    if kind == "person":
        person = site.people.get(name)
        return person.no_answer if person is not None else None
    department = site.departments.get(name) if kind == "department" else None
    if department is None:
        return None
    match _cause(why).split():
        case ["waited"]:
            return department.overflow.go if department.overflow is not None else None
        case ["key", key, *_]:
            return department.leave.get(key)
        case ["nobody", *_]:
            return department.nobody
        case ["full"]:
            return department.full.go if department.full is not None else None
        case _:
            return None


#: How a reason in the interpreter's and the waiting room's words begins or ends, and what it is called for short.
_BEGINNINGS = (
    ("closed:", "closed"), ("silence", "silence"), ("no such choice", "mistake"), ("waited ", "waited"),
    ("nobody is logged in", "nobody logged in"), ("led on more", "circles"), ("nothing to choose", "goes on"),
)  # fmt: skip


def _cause(why: str) -> str:
    """Return a reason without what is of one call only: digits, days, how long.

    >>> _cause("key 1"), _cause("closed: public holiday: Velykos"), _cause("extension 101 dialled")
    ('key 1', 'closed', 'extension')
    """
    for beginning, cause in _BEGINNINGS:
        if why.startswith(beginning):
            return cause
    if why.startswith("extension "):
        return "extension"
    if why.startswith("key "):
        return " ".join(why.split()[:2])
    if why.endswith(" entered"):
        return "entry"
    if " is closed: " in why:
        return "closed"
    return "full" if why.endswith("callers wait already") else "other"


def _at_once(walk: Coroutine[Any, Any, T]) -> T:
    """Run what never waits for anything; nothing here needs an event loop."""
    try:
        walk.send(None)
    except StopIteration as done:
        value: T = done.value
        return value
    walk.close()
    raise AssertionError("a replayed caller answers at once")
