"""What the site says of its own tests: a call, what the caller does, who is there, and what must come of it.

Owns names, types and limits, like `config.schema`, whose part it is. How a test is run is unknown here.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from config.mailboxes import MailAddress
from config.values import FactName, FactValue, Language, Name, Part, PhoneName, Seconds

MOST_TESTS = 10_000
#: As many keys as the simulator presses.
MOST_KEYS = 200

_WORD = re.compile(r"w[0-9]{1,4}(\.[0-9]{1,3})?|[0-9*#]{1,200}")


def _presses(value: Any) -> str:
    """Read keys and waits, written as one text or as a list: ``1 w5 2``, ``[1, w5, 2]``."""
    parts = value if isinstance(value, list | tuple) else [value]
    if not all(isinstance(part, str | int) and not isinstance(part, bool) for part in parts):
        raise ValueError("write keys and waits, such as [1, w5, 2]: keys 0-9, * and #, and w5 for a wait of 5 seconds")
    words = " ".join(str(part) for part in parts).replace(",", " ").split()
    for word in words:
        if not _WORD.fullmatch(word):
            raise ValueError(f"{word[:40]!r} is neither keys nor a wait: write digits, * and #, or w5 for 5 seconds")
    if sum(len(word) for word in words if word[0] != "w") > MOST_KEYS:
        raise ValueError(f"more than {MOST_KEYS} keys")
    return " ".join(words)


def _moment(value: Any) -> datetime:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError(f"{str(value)[:40]!r} is no date and time: write one such as 2026-12-24T17:59") from None
    if not 1971 <= at.year <= 9000:
        raise ValueError("nobody calls in that year")
    return at


#: Keys and waits, as the simulator reads them.
Presses = Annotated[str, BeforeValidator(_presses)]
#: A date and time; without a zone it is what the site's clock shows.
Moment = Annotated[datetime, BeforeValidator(_moment)]
Fragment = Annotated[str, Field(min_length=1, max_length=200)]
Ends = Literal["answered", "abandoned", "voicemail", "fax", "closed", "unserved", "unknown_number"]


class TestedCall(Part):
    """Who calls which number, and when."""

    __test__ = False  # for pytest, which takes every class of such a name for its own

    to: Annotated[str, Field(min_length=1, max_length=40)]
    caller: Annotated[str, Field(max_length=40, alias="from")] = ""
    at: Moment
    #: A fax machine calls, with one page.
    fax: bool = False


class Expectation(Part):
    """What must come of the call; what is left out may be as it likes.

    Of `department`, `person`, `voicemail`, `fax` and `hangup` one says where the caller is at the end.
    """

    department: Name | None = None
    person: Name | None = None
    voicemail: Name | None = None
    fax: Name | None = None
    hangup: Literal[True] | None = None
    #: Departments and people that he came to before, in this order.
    through: tuple[Name, ...] = ()
    outcome: Ends | None = None
    answered_by: PhoneName | None = None
    #: The menus, all of them, in this order.
    path: tuple[Name, ...] | None = None
    #: Menus, or parts of what is said; letter case makes no difference.
    heard: tuple[Fragment, ...] = ()
    not_heard: tuple[Fragment, ...] = ()
    facts: dict[FactName, FactValue] = Field(default_factory=dict)
    language: Language | None = None
    #: Who gets his message or fax; all of them.
    mail: tuple[MailAddress, ...] | None = None
    #: Whether he met a closed door.
    closed: bool | None = None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if len(self._ends) > 1:
            raise ValueError(f"a call ends in one place: write one of {' and '.join(self._ends)}, or use `through:`")
        return self

    @property
    def _ends(self) -> list[str]:
        kinds = ("department", "person", "voicemail", "fax", "hangup")
        return [kind for kind in kinds if getattr(self, kind) is not None]

    @property
    def destination(self) -> str:
        """Where the caller is at the end, such as "department billing"; '' if that is not said."""
        for kind in self._ends:
            return kind if kind == "hangup" else f"{kind} {getattr(self, kind)}"
        return ""

    @property
    def says_nothing(self) -> bool:
        """Tell whether any call would do, or any in which the caller hears little enough."""
        said = (self.destination, self.through, self.outcome, self.answered_by, self.heard, self.facts)
        return not (any(said) or self.language or any(x is not None for x in (self.path, self.mail, self.closed)))


class SiteTest(Part):
    """One test of the menus: a call as it is made, and what must come of it."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    call: TestedCall
    press: Presses = ""
    #: The caller hangs up so long after the call began.
    hang_up: Annotated[Seconds, Field(gt=0)] | None = None
    #: So long he speaks after a tone.
    speaks: Annotated[Seconds, Field(le=3600)] = 10.0
    #: Who is logged in and ready; left out, everybody is.
    logged_in: tuple[PhoneName, ...] | None = None
    #: Who is on another call.
    busy: tuple[PhoneName, ...] = ()
    #: Whose phone rings, and nobody is there.
    away: tuple[PhoneName, ...] = ()
    #: So many wait already in every line.
    waiting: Annotated[int, Field(ge=0, le=1000)] = 0
    expect: Expectation = Expectation()

    def moment(self, zone: ZoneInfo) -> datetime:
        """Return when the call is made."""
        at = self.call.at
        return at if at.tzinfo is not None else at.replace(tzinfo=zone)

    def never_comes(self, zone: ZoneInfo) -> bool:
        """Tell whether the clock on the wall skips the time of the call that night."""
        at = self.moment(zone)
        return at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None)
