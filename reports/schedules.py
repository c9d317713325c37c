"""When the reports of the site are due, by cron expressions in their own zones. Pure; knows no job and no mail.

Where clocks are put back, an hour named outright comes once, the first time; "every hour" comes both times. Where they
are put forward, a time that is left out comes when the clock goes on. (cronsim 2.8, which does as Debian's cron.)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from config.reporting import Schedule
from reports.issued import Order
from reports.period import Period, days_between
from reports.rules import Definition
from reports.web.periods import NAMED

#: What was missed is made later for so long, a month's report as well; what was due before is not made at all.
MISSED = timedelta(days=31)
#: So far back is looked at first, and then farther: of "every minute" nobody counts a month's.
_LOOKS = (timedelta(hours=1), timedelta(days=1), MISSED)


def zone_of(schedule: Schedule, site: ZoneInfo) -> ZoneInfo:
    """Return by which clock a schedule goes."""
    return ZoneInfo(schedule.timezone) if schedule.timezone else site


def due_after(cron: str, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield the moments after this one, in UTC, in order; none for an expression that never fits.

    >>> vilnius = ZoneInfo("Europe/Vilnius")
    >>> next(due_after("0 8 * * mon", vilnius, datetime(2026, 11, 3, tzinfo=UTC))).isoformat()
    '2026-11-09T06:00:00+00:00'
    """
    last, each = after, cron.split()[1].startswith("*")
    # cronsim ends by itself when it finds nothing in fifty years.
    for local in CronSim(cron, after.astimezone(zone)):
        if local.fold and not each:
            continue  # to cronsim "*/30 3" is "every so often": to us three o'clock was named
        at = local.astimezone(UTC)
        # In the hour that comes twice it names the first time, which may be over.
        if at > last:
            yield at
            last = at


def next_due(schedule: Schedule, site: ZoneInfo, after: datetime) -> datetime | None:
    """Return when a schedule is due next after a moment; None for never."""
    return next(due_after(schedule.at, zone_of(schedule, site), after), None)


def is_due(schedule: Schedule, site: ZoneInfo, moment: datetime) -> bool:
    """Tell whether a schedule, as it is now, is due at this very moment."""
    return next_due(schedule, site, moment - timedelta(seconds=1)) == moment


def latest_due(schedule: Schedule, site: ZoneInfo, now: datetime) -> datetime | None:
    """Return the last moment up to `now` at which a schedule was due, within what is still made; else None."""
    zone = zone_of(schedule, site)
    for back in _LOOKS:
        latest = None
        for at in due_after(schedule.at, zone, now - back - timedelta(seconds=1)):
            if at > now:
                break
            latest = at
        if latest is not None:
            return latest
    return None


def period_of(schedule: Schedule, site: ZoneInfo, moment: datetime) -> Period:
    """Return the time that the report due at a moment is about: named by the schedule's day, in the site's calendar."""
    today = moment.astimezone(zone_of(schedule, site)).date()
    _, days = NAMED[schedule.period.replace(" ", "-")]
    return days_between(*days(today), site)


def order_of(name: str, schedule: Schedule, site: ZoneInfo, moment: datetime, definition: Definition) -> Order:
    """Return what a schedule orders at a moment."""
    return Order(
        report=schedule.report,
        period=period_of(schedule, site, moment),
        form=schedule.format,
        definition=definition,
        department=schedule.department or "",
        to=tuple(dict.fromkeys(schedule.to)),
        schedule=name,
        moment=moment,
    )
