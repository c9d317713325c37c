"""What lists and deeds are asked for, between an address or a form and values. Knows no feature's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypedDict, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from ledger.web.visit import Refusal, Visit

#: The longest words to look for, letters.
LONGEST = 200
_YES = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
#: A field of ours whose name in an address is another.
_WRITTEN = {"shown": "show"}

E = TypeVar("E", bound=StrEnum)


class Narrowing(TypedDict):
    """The fields of `Narrowed`."""

    words: str
    unread: bool
    mine: bool
    since: date | None
    until: date | None
    before: str


@dataclass(frozen=True)
class Narrowed:
    """How any list is narrowed. `since` and `until` are days at the site, both included.

    A feature's own question adds fields with defaults to these.
    """

    words: str = ""
    unread: bool = False
    mine: bool = False
    since: date | None = None
    until: date | None = None
    before: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but box and kind is asked for."""
        return bool(self.words or self.unread or self.mine or self.since or self.until)

    def query(self, **changes: object) -> str:
        """Return the address's parameters with these changes, the usual ones left out; '' for none.

        >>> Narrowed(words="a b", before="a1").query(before="", unread=True)
        '?words=a+b&unread=1'
        """
        changed = replace(self, **changes)  # type: ignore[arg-type]  # names of our own fields, by keyword
        said = {
            _WRITTEN.get(field.name, field.name): value
            for field in fields(changed)
            if (value := getattr(changed, field.name)) != field.default
        }
        written = {name: "1" if value is True else str(value) for name, value in said.items()}
        return f"?{urlencode(written)}" if written else ""


def narrowing_of(visit: Visit) -> Narrowing:
    """Read the parameters that any list takes; raises Refusal for what cannot be understood."""
    return Narrowing(
        words=(visit.query("words") or "").replace("\0", " ")[:LONGEST].strip(),
        unread=yes_of(visit, "unread"),
        mine=yes_of(visit, "mine"),
        since=day_of(visit, "since"),
        until=day_of(visit, "until"),
        before=visit.query("before") or "",
    )


def limit_of(visit: Visit, usual: int, most: int) -> int:
    """Return how many were asked for; raises Refusal."""
    text = visit.query("limit") or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= most):
        raise Refusal(400, "`limit` is no number that can be served", f"write 1 to {most}")
    return int(text)


def one_of(visit: Visit, name: str, kinds: type[E], usual: E) -> E:
    """Return which of some kinds was asked for; raises Refusal."""
    try:
        return kinds(visit.query(name) or usual)
    except ValueError:
        raise Refusal(400, f"`{name}` is none that there is", f"write one of {', '.join(kinds)}") from None


def yes_of(visit: Visit, name: str) -> bool:
    """Return whether something was asked for; raises Refusal."""
    try:
        return _YES[visit.query(name) or "0"]
    except KeyError:
        raise Refusal(400, f"`{name}` is neither yes nor no", "write 1, or leave it out") from None


def day_of(visit: Visit, name: str) -> date | None:
    """Return a day that was asked for, None for none; raises Refusal."""
    if (text := visit.query(name)) is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal(400, f"`{name}` is no day", "write it as 2026-11-20") from None
    if not 1970 <= day.year <= 9000:
        raise Refusal(400, f"there was nothing by then: `{name}`", "write it as 2026-11-20")
    return day


def begins(day: date | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment at which a day begins there."""
    return datetime.combine(day, time(), zone) if day is not None else None


def ends(day: date | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment before which a day ends there."""
    return begins(day + timedelta(days=1), zone) if day is not None else None


def given_of(body: bytes, shape: type[BaseModel]) -> dict[str, str]:
    """Return what a program gave with a deed, as far as it gave anything; raises Refusal."""
    if not body.strip():
        return {}
    try:
        return shape.model_validate_json(body).model_dump(exclude_none=True)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"]) or "the body"
        hint = 'send {}, or what the deed needs, such as {"to": "alice"}'
        raise Refusal(400, f"{place}: {error.errors()[0]['msg']}", hint) from None


def needed(given: Mapping[str, str], name: str, *, empty: bool = False) -> str:
    """Return what a deed needs of what was given with it, '' only if it may be empty; raises Refusal."""
    value = given.get(name, "").replace("\0", " ").strip()
    if name not in given or not (value or empty):
        raise Refusal(400, f"`{name}` is missing", "write what it should be")
    return value
