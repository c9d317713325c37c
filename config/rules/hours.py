"""Rules about opening hours: every line of them can be read, and somebody keeps them.

How they are computed is in `config.calendar`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from config.errors import HoursUnreadable
from config.findings import Finding, quoted
from config.hours_text import parse_open, parse_times
from config.public_holidays import holidays_of
from config.rules.scope import Scope
from config.schema import Hours

#: Whether a place has holidays at all is asked of one year; any year would do.
_SOME_YEAR = 2026


def unreadable_hours(scope: Scope) -> Iterator[Finding]:
    """E311: days, times, dates and countries are such."""
    for name, hours in scope.site.hours.items():
        yield from _of_week(scope, name, hours)
        yield from _of_days(scope, name, hours)


def unused_hours(scope: Scope) -> Iterator[Finding]:
    """W413: hours that are written are those of a menu, department or mailbox."""
    used = {menu.closed.hours for menu in scope.site.menus.values() if menu.closed is not None}
    used |= {department.hours for department in scope.site.departments.values() if department.hours is not None}
    used |= {mailbox.closed.hours for mailbox in scope.site.mailboxes.values() if mailbox.closed is not None}
    for name in scope.site.hours:
        if name not in used:
            message = f"no menu, department or mailbox keeps hours {quoted(name)}"
            yield from scope.finding_at_key(
                "W413", ("hours", name), message, "name them where they apply, or delete them"
            )


def hours_without_closed(scope: Scope) -> Iterator[Finding]:
    """W414: a department's hours say where callers go outside them, and the other way round."""
    for name, department in scope.site.departments.items():
        written = department.model_fields_set
        if department.hours is not None and "closed" not in written:
            message = f"department {quoted(name)} is open outside its hours too: no `closed:` says where callers go"
            mend = f"add `closed: {{voicemail: {name}}}`, `closed: hangup` or another place; or delete `hours:`"
            yield from scope.finding_at_key("W414", ("departments", name, "hours"), message, mend)
        elif department.closed is not None and "hours" not in written:
            message = f"department {quoted(name)} is never closed: no `hours:` say when"
            mend = "add `hours:`, or delete `closed:`"
            yield from scope.finding_at_key("W414", ("departments", name, "closed"), message, mend)


def _of_week(scope: Scope, name: str, hours: Hours) -> Iterator[Finding]:
    for index, text in enumerate(hours.open):
        try:
            parse_open(text)
        except HoursUnreadable as error:
            yield from scope.finding("E311", ("hours", name, "open", index), str(error), error.mend)
    if hours.holidays is not None:
        try:
            holidays_of(hours.holidays, _SOME_YEAR)
        except HoursUnreadable as error:
            yield from scope.finding("E311", ("hours", name, "holidays"), str(error), error.mend)


def _of_days(scope: Scope, name: str, hours: Hours) -> Iterator[Finding]:
    mend = "write a date of the calendar, such as 2026-12-24"
    for index, day in enumerate(hours.closed_on):
        if not _is_date(day):
            yield from scope.finding("E311", ("hours", name, "closed_on", index), f"{quoted(day)} is no date", mend)
    for day, times in hours.open_on.items():
        if not _is_date(day):
            yield from scope.finding_at_key("E311", ("hours", name, "open_on", day), f"{quoted(day)} is no date", mend)
        try:
            parse_times(times)
        except HoursUnreadable as error:
            yield from scope.finding("E311", ("hours", name, "open_on", day), str(error), error.mend)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
