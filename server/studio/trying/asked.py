"""What is asked of the time machine: the call to try, as the address of the page has it.

Owns how an address becomes a call and the other way round, so that a link can be shared; walks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from callrouter.rehearsal.situation import PATIENCE, SPEAKS, Situation
from config.schema import Site
from config.site_tests import SiteTest
from ivr.simulator import BadScript, Press, script
from server.studio.overview.sites import DRAFT, PUBLISHED
from server.studio.trying.moment import Moment, NoMoment, read_moment

AT = "/site/try"
LONGEST_NUMBER, LONGEST_KEYS = 40, 1_000
MOST_WAITING = 1_000
#: Who is there: everybody; everybody, but nobody picks up; nobody. Anything else is one person's name.
EVERYBODY, UNANSWERED, NOBODY = "", "unanswered", "nobody"
#: How one person is, and what of it is said.
READY, OUT, BUSY, AWAY = "ready", "out", "busy", "away"
PRESENCE = {READY: "logged in", BUSY: "on another call", AWAY: "does not answer", OUT: "not logged in"}
#: A form names the field of a person so.
PERSON = "is."
LONGEST_PEOPLE, LONGEST_SECONDS = 4_000, 8


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to be tried, as it was asked for; what cannot be used is still here for the form."""

    to: str = ""
    caller: str = ""
    at: str = ""
    keys: str = ""
    of: str = DRAFT
    who: str = EVERYBODY
    waiting: int = 0
    #: Seconds, as written: when he hangs up, and how long he speaks after a tone.
    hang_up: str = ""
    speaks: str = ""
    fax: bool = False
    #: Who is otherwise than `who` says, and how: `READY`, `OUT`, `BUSY` or `AWAY`.
    people: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_test(cls, test: SiteTest) -> Asked:
        """Return the call of a test, of the draft."""
        people = dict.fromkeys(test.logged_in or (), READY)
        for names, how in ((test.busy, BUSY), (test.away, AWAY)):  # who is not logged in is just that
            people |= {name: how for name in names if test.logged_in is None or name in people}
        return cls(
            test.call.to,
            test.call.caller,
            test.call.at.isoformat(),
            test.press,
            who=EVERYBODY if test.logged_in is None else NOBODY,
            waiting=test.waiting,
            hang_up="" if test.hang_up is None else f"{test.hang_up:g}",
            speaks="" if test.speaks == SPEAKS else f"{test.speaks:g}",
            fax=test.call.fax,
            people=tuple(people.items()),
        )

    def with_people(self, form: Callable[[str], str | None], site: Site) -> Asked:
        """Return the call with the people as the form has them, one by one."""
        chosen = ((name, form(PERSON + name) or "") for name in site.people)
        return replace(self, people=tuple((name, how) for name, how in chosen if how in PRESENCE))

    def how_is(self, name: str) -> str:
        """Return how one person is; '' for as `who` says."""
        return dict(self.people).get(name, "")

    @property
    def is_plain(self) -> bool:
        """Tell whether nothing is asked for of what is seldom."""
        return not (self.waiting or self.hang_up or self.speaks or self.fax or self.people)

    def fields(self) -> dict[str, str]:
        """Return the call as parameters of an address; what is as usual is left out."""
        fields = {
            "to": self.to,
            "from": self.caller,
            "at": self.at,
            "keys": self.keys,
            "of": "" if self.of == DRAFT else self.of,
            "who": self.who,
            "waiting": str(self.waiting or ""),
            "hang_up": self.hang_up,
            "speaks": self.speaks,
            "fax": "1" if self.fax else "",
            "people": ",".join(f"{name}:{how}" for name, how in self.people),
        }
        return {name: value for name, value in fields.items() if value}

    def query(self, **changed: object) -> str:
        """Return the address of the page with something changed."""
        fields = replace(self, **changed).fields()  # type: ignore[arg-type]  # names and kinds are the fields'
        return f"{AT}?{urlencode(fields)}" if fields else AT


@dataclass(frozen=True)
class Call:
    """The call as it is tried. `faults` are what could not be used of what was asked, by the field of the form."""

    situation: Situation
    presses: tuple[Press, ...]
    moment: Moment
    faults: dict[str, str]


def asked_of(query: Callable[[str], str | None]) -> Asked:
    """Read what is asked for from the parameters of an address."""

    def text(name: str, most: int) -> str:
        return (query(name) or "").strip()[:most]

    waiting = text("waiting", 4)
    return Asked(
        to=text("to", LONGEST_NUMBER),
        caller=text("from", LONGEST_NUMBER),
        at=text("at", LONGEST_NUMBER),
        keys=text("keys", LONGEST_KEYS),
        of=PUBLISHED if query("of") == PUBLISHED else DRAFT,
        who=text("who", LONGEST_NUMBER),
        waiting=min(MOST_WAITING, int(waiting)) if waiting.isascii() and waiting.isdigit() else 0,
        hang_up=text("hang_up", LONGEST_SECONDS),
        speaks=text("speaks", LONGEST_SECONDS),
        fax=query("fax") == "1",
        people=_people(text("people", LONGEST_PEOPLE)),
    )


def _people(text: str) -> tuple[tuple[str, str], ...]:
    pairs = (one.strip().rpartition(":") for one in text.split(","))
    return tuple({name: how for name, _, how in pairs if name and how in PRESENCE}.items())


def call_of(asked: Asked, site: Site, now: datetime) -> Call:
    """Return the call that is asked for; where something cannot be used, the nearest one that can, and the fault."""
    faults: dict[str, str] = {}
    moment = Moment(now.astimezone(site.company.zone))
    if asked.at:
        try:
            moment = read_moment(asked.at, site.company.zone)
        except NoMoment as error:
            faults["at"] = str(error)
    presses: tuple[Press, ...] = ()
    try:
        presses = script(asked.keys)
    except BadScript as error:
        faults["keys"] = str(error)
    if unknown := [name for name, _ in asked.people if name not in site.people]:
        faults["people"] = f"the site has nobody called {unknown[0]}"
    elif asked.who not in (EVERYBODY, UNANSWERED, NOBODY) and asked.who not in site.people:
        faults["who"] = "the site has nobody of this name"
    logged_in, busy, away = _presence(asked, site)
    situation = Situation(
        asked.to or next(iter(site.numbers), ""),
        moment.at,
        asked.caller,
        presses,
        hangs_up=_seconds(asked.hang_up, "hang_up", faults) or None,
        speaks=_seconds(asked.speaks, "speaks", faults) if asked.speaks else SPEAKS,
        is_fax=asked.fax,
        logged_in=logged_in,
        busy=busy,
        away=away,
        waiting=asked.waiting,
    )
    return Call(situation, presses, moment, faults)


def _presence(asked: Asked, site: Site) -> tuple[list[str] | None, list[str], list[str]]:
    """Return who is logged in (None: everybody), who is on another call, and whose phone rings in vain."""
    how = {name: asked.how_is(name) for name in site.people}
    everybody = asked.who in (EVERYBODY, UNANSWERED)
    there = [name for name in how if how[name] != OUT and (everybody or name == asked.who or how[name])]
    busy = [name for name in how if how[name] == BUSY]
    away = [name for name in how if how[name] == AWAY or (asked.who == UNANSWERED and not how[name])]
    return (None if len(there) == len(how) else there), busy, away


def _seconds(written: str, field: str, faults: dict[str, str]) -> float:
    """Read a number of seconds; 0 for none, and the fault is noted for what is not one."""
    if not written:
        return 0.0
    try:
        seconds = float(written.removesuffix("s").strip().replace(",", "."))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= PATIENCE:
        faults[field] = f"{written!r} is no time: write seconds up to {PATIENCE:g}, such as 12.5"
        return 0.0
    return seconds
