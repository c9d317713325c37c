"""What is asked of the time machine: the call to try, as the address of the page has it.

Owns how an address becomes a call and the other way round, so that a link can be shared; walks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from callrouter.rehearsal.situation import Situation
from config.schema import Site
from ivr.simulator import BadScript, Press, script
from server.studio.overview.sites import DRAFT, PUBLISHED
from server.studio.trying.moment import Moment, NoMoment, read_moment

AT = "/site/try"
LONGEST_NUMBER, LONGEST_KEYS = 40, 1_000
MOST_WAITING = 1_000
#: Who is there: everybody; everybody, but nobody picks up; nobody. Anything else is one person's name.
EVERYBODY, UNANSWERED, NOBODY = "", "unanswered", "nobody"


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
    )


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
    people = list(site.people)
    logged_in = None if asked.who in (EVERYBODY, UNANSWERED) else [name for name in people if name == asked.who]
    if asked.who not in (EVERYBODY, UNANSWERED, NOBODY) and not logged_in:
        faults["who"] = "the site has nobody of this name"
    situation = Situation(
        asked.to or next(iter(site.numbers), ""),
        moment.at,
        asked.caller,
        presses,
        logged_in=logged_in,
        away=people if asked.who == UNANSWERED else (),
        waiting=asked.waiting,
    )
    return Call(situation, presses, moment, faults)
