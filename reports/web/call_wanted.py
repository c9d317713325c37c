"""Which list of calls an address asks for: those behind a figure, or a time with filters. Owns the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from config.values import e164
from ledger.web.visit import Refusal, Visit
from reports import counting
from reports.period import MOST_DAYS
from reports.selection import PARAMETERS, NoSelection, Selection, selection_of
from reports.web.asking import TIME, Wanted, said_once, wanted_from, wanted_of
from reports.web.call_list_store import OUTCOMES, Narrowed

#: The filters of the list, besides its time.
FILTERS = ("outcome", "department", "person", "number", "did", "wait", "talk")
#: Where in the list to go on.
AFTER = "after"
_LONGEST_TIME = 86_400
_MOST_DIGITS = 20
_LONGEST_QUERY = 2_000


@dataclass(frozen=True)
class Asked:
    """A list of calls as an address says it: with a selection it is what stands behind a figure."""

    wanted: Wanted
    narrowed: Narrowed
    selection: Selection | None = None
    after: str = ""

    def query(self, **changes: str) -> str:
        """Return the address's parameters with these changes, from the beginning of the list; '' for none."""
        if self.selection is None:
            return self.wanted.query(**changes)
        return f"?{urlencode({**self.selection.query(), **changes})}"


def asked_of(visit: Visit, country: str) -> Asked:
    """Read an address; numbers as they are dialled in this country. Raises Refusal and NoSelection."""
    if "count" in visit.request.query:
        return behind_of(said_once(visit, (*sorted(PARAMETERS), AFTER)))
    wanted = wanted_of(visit, (*FILTERS, AFTER))
    said = dict(wanted.narrowing)
    after = said.pop(AFTER, "")
    return Asked(Wanted(wanted.period, wanted.start, wanted.end, said), narrowed_of(said, country), after=after)


def behind_of(parameters: Mapping[str, str]) -> Asked:
    """Return the list behind a figure that these parameters name. Raises NoSelection."""
    said = dict(parameters)
    after = said.pop(AFTER, "")
    selection = selection_of(said, counting.names())
    if (selection.end - selection.start).days >= MOST_DAYS:
        raise NoSelection("the time is longer than ten years: ask for less")
    return Asked(Wanted(), Narrowed(), selection, after)


def narrowed_of(said: Mapping[str, str], country: str) -> Narrowed:
    """Read the filters; numbers as they are dialled in this country. Raises Refusal."""
    outcome = said.get("outcome", "")
    if outcome and outcome not in OUTCOMES:
        raise Refusal(400, f"no call ends as {outcome[:40]!r}", f"write one of {', '.join(OUTCOMES)}")
    return Narrowed(
        outcome,
        said.get("department", ""),
        said.get("person", ""),
        _digits(said, "number", country),
        _digits(said, "did", country),
        _seconds(said, "wait"),
        _seconds(said, "talk"),
    )


def kept_query(text: str, country: str) -> str:
    """Return the address of a list that may be kept, as we write it; '' for the usual one. Raises Refusal."""
    said = {name: value for name, value in parse_qsl(text[:_LONGEST_QUERY].lstrip("?"), max_num_fields=20) if value}
    if wrong := next((name for name in said if name not in (*TIME, *FILTERS)), ""):
        raise Refusal(400, f"there is no parameter {wrong[:40]!r} in a list", "keep it from its own page")
    wanted = wanted_from(said)
    narrowed_of(wanted.narrowing, country)
    return wanted.query()


def _digits(said: Mapping[str, str], name: str, country: str) -> str:
    """Return the digits to be found in a number: all of them where a whole one was written, however it is dialled."""
    text = said.get(name, "")
    digits = "".join(letter for letter in e164(text, country) or text if letter.isascii() and letter.isdigit())
    if text and (not digits or len(digits) > _MOST_DIGITS):
        raise Refusal(400, f"`{name}` is no number, and no part of one", "write some of its digits")
    return digits


def _seconds(said: Mapping[str, str], name: str) -> int | None:
    text = said.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= _LONGEST_TIME):
        raise Refusal(400, f"`{name}` is no number of seconds", f"write 0 to {_LONGEST_TIME}")
    return int(text)
