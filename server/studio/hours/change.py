"""A day of the calendar that is not to be as usual: what a form asks for, written into the draft.

Owns how a closed day or special hours become a change of one hours entry. Comments and order of the file stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from config.edit.files import ChangedMeanwhile
from config.errors import ConfigError, HoursUnreadable
from config.hours_text import parse_times
from server.studio.editor.desk import EditDesk

Wish = Literal["closed", "open", "usual"]
WISHES: tuple[Wish, ...] = ("closed", "open", "usual")
#: Longer lists of times nobody writes.
LONGEST_TIMES = 60
_DASH = re.compile(r"\s*[–—-]\s*")


class CannotChange(ConfigError):
    """The day cannot be changed here; the message says what to do instead."""


class ChangedBySomebody(ConfigError):
    """Somebody else changed the file since the page was shown; nothing was written."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for: this day of these hours closed, open at these times, or as every week again."""

    hours: str
    day: date
    wish: Wish
    times: str = ""

    @property
    def words(self) -> str:
        """Say what was done."""
        what = {"closed": "closed", "open": f"open {self.times}", "usual": "as every week"}[self.wish]
        return f"{self.hours}: {self.day.isoformat()} is {what} in the draft."


def change_of(hours: str, day: date, wish: str, times: str) -> Change:
    """Read the fields of a form. Raises CannotChange, saying what is wrong with them."""
    known = next((known for known in WISHES if known == wish), None)
    if known is None:
        raise CannotChange("choose closed, open at other times, or as every week")
    if known != "open":
        return Change(hours, day, known)
    written = _DASH.sub("-", times.strip())[:LONGEST_TIMES]
    try:
        parse_times(written)
    except HoursUnreadable as error:
        raise CannotChange(str(error)) from None
    return Change(hours, day, known, written)


async def write(desk: EditDesk, change: Change, expected: str, who: str) -> None:
    """Write the change into the draft, if its file still has the digest that the page showed.

    Raises CannotChange, ChangedBySomebody, and what writing a file of the draft raises.
    """
    look = await desk.look()
    file = look.file(look.home_of("hours", change.hours))
    if expected and file.digest != expected:
        raise ChangedBySomebody(f"{file.name} was changed meanwhile: look at the day again")
    value = look.value("hours", change.hours)
    if not isinstance(value, dict):
        raise CannotChange(f"there are no hours called {change.hours}, or they are not written as usual")
    raw = await desk.changed(file, "hours", change.hours, changed(value, change))
    try:
        await desk.save(file.name, raw, file.digest, who)
    except ChangedMeanwhile:
        raise ChangedBySomebody(f"{file.name} was changed meanwhile: look at the day again") from None


def changed(value: dict[str, Any], change: Change) -> dict[str, Any]:  # Any: what a YAML file may hold
    """Return what is written of some hours with one day changed.

    >>> changed({"open": []}, Change("office", date(2026, 12, 24), "open", "09:00-12:00"))
    {'open': [], 'open_on': {'2026-12-24': '09:00-12:00'}}
    """
    day = change.day.isoformat()
    closed_on = [str(one) for one in value.get("closed_on") or ()]
    open_on = {str(one): times for one, times in (value.get("open_on") or {}).items()}
    kept = [one for one in closed_on if one != day]
    open_on.pop(day, None)
    if change.wish == "closed":
        kept = closed_on if day in closed_on else [*kept, day]
    if change.wish == "open":
        open_on[day] = change.times
    found = dict(value)
    for name, content in (("closed_on", kept), ("open_on", open_on)):
        if content:
            found[name] = content
        else:
            found.pop(name, None)
    return found
