"""Days of the calendar that are not to be as usual: what a form asks for, tried first, then written into the draft.

Owns how closed days or special hours become a change of one hours entry. Comments and order of the file stay.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from config.edit.files import ChangedMeanwhile
from config.errors import ConfigError, HoursUnreadable
from config.hours_text import parse_times
from config.schema import Hours
from server.studio.editor.editing import DraftEditor

Wish = Literal["closed", "open", "usual"]
WISHES: tuple[Wish, ...] = ("closed", "open", "usual")
#: Longer lists of times nobody writes.
LONGEST_TIMES = 60
#: More days in a row are no holiday, but other opening hours.
MOST_DAYS = 100
_DASH = re.compile(r"\s*[–—-]\s*")


class CannotChange(ConfigError):
    """The day cannot be changed here; the message says what to do instead."""


class ChangedBySomebody(ConfigError):
    """Somebody else changed the file since the page was shown; nothing was written."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is asked for: this day of these hours closed, open at these times, or as every week again.

    With `last` it is meant for each day from the first to that one.
    """

    hours: str
    day: date
    wish: Wish
    times: str = ""
    last: date | None = None

    @property
    def days(self) -> tuple[date, ...]:
        """The days that are meant."""
        return tuple(self.day + timedelta(days=n) for n in range(((self.last or self.day) - self.day).days + 1))

    @property
    def words(self) -> str:
        """Say what was done."""
        what = {"closed": "closed", "open": f"open {self.times}", "usual": "as every week"}[self.wish]
        until = f" to {self.last.isoformat()}" if self.last is not None else ""
        return f"{self.hours}: {self.day.isoformat()}{until} is {what} in the draft."


@dataclass(frozen=True, slots=True)
class Written:
    """What one change did to a file, so that it can be taken back as long as nobody has changed it since."""

    file: str
    digest: str
    before: bytes
    words: str


def change_of(hours: str, day: date, wish: str, times: str, until: str = "") -> Change:
    """Read the fields of a form. Raises CannotChange, saying what is wrong with them."""
    known = next((known for known in WISHES if known == wish), None)
    if known is None:
        raise CannotChange("choose closed, open at other times, or as every week")
    last = _last(day, until.strip())
    if known != "open":
        return Change(hours, day, known, last=last)
    written = _DASH.sub("-", times.strip())[:LONGEST_TIMES]
    try:
        parse_times(written)
    except HoursUnreadable as error:
        raise CannotChange(str(error)) from None
    return Change(hours, day, known, written, last)


def _last(day: date, until: str) -> date | None:
    """Return the last of several days; None where only one is meant."""
    if not until:
        return None
    try:
        last = date.fromisoformat(until)
    except ValueError:
        raise CannotChange("write the last day as a date, such as 2026-12-31") from None
    if last < day:
        raise CannotChange(f"the last day is before the first, {day.isoformat()}")
    if (last - day).days >= MOST_DAYS:
        raise CannotChange(f"{MOST_DAYS} days at once is the most: write other hours for longer")
    return last if last != day else None


def tried(hours: Hours, change: Change) -> Hours:
    """Return hours as they would be; nothing is written."""
    written = changed({"closed_on": hours.closed_on, "open_on": hours.open_on}, change)
    return hours.model_copy(
        update={"closed_on": tuple(written.get("closed_on", ())), "open_on": written.get("open_on", {})}
    )


async def write(editor: DraftEditor, change: Change, expected: str, who: str) -> Written:
    """Write the change into the draft, if its file still has the digest that the page showed.

    Raises CannotChange, ChangedBySomebody, and what writing a file of the draft raises.
    """
    look = await editor.look()
    file = look.file(look.home_of("hours", change.hours))
    value = look.value("hours", change.hours)
    if not isinstance(value, dict):
        raise CannotChange(f"there are no hours called {change.hours}, or they are not written as usual")
    if file.digest != expected:
        raise ChangedBySomebody(f"{file.name} was changed meanwhile: look at the day again")
    raw = await editor.changed(file, "hours", change.hours, changed(value, change))
    try:
        saved = await editor.save(file.name, raw, file.digest, who)
    except ChangedMeanwhile:
        raise ChangedBySomebody(f"{file.name} was changed meanwhile: look at the day again") from None
    return Written(file.name, saved.digest, file.raw, change.words)


async def take_back(editor: DraftEditor, written: Written, who: str) -> None:
    """Write the file as it was before. Raises ChangedBySomebody, and what writing a file of the draft raises."""
    try:
        await editor.save(written.file, written.before, written.digest, who)
    except ChangedMeanwhile:
        raise ChangedBySomebody(f"{written.file} was changed meanwhile: change the days themselves") from None


def changed(value: dict[str, Any], change: Change) -> dict[str, Any]:  # Any: what a YAML file may hold
    """Return what is written of some hours with some days changed.

    >>> changed({"open": []}, Change("office", date(2026, 12, 24), "open", "09:00-12:00"))
    {'open': [], 'open_on': {'2026-12-24': '09:00-12:00'}}
    """
    days = [day.isoformat() for day in change.days]
    closed_on = [str(one) for one in value.get("closed_on") or ()]
    open_on = {str(one): times for one, times in (value.get("open_on") or {}).items()}
    kept = [one for one in closed_on if one not in days]
    for day in days:
        open_on.pop(day, None)
    if change.wish == "closed":
        kept = [*closed_on, *(day for day in days if day not in closed_on)]
    if change.wish == "open":
        open_on |= dict.fromkeys(days, change.times)
    found = dict(value)
    for name, content in (("closed_on", kept), ("open_on", open_on)):
        if content:
            found[name] = content
        else:
            found.pop(name, None)
    return found
