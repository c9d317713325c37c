"""A report as text for people: aligned columns, durations in words, "no calls" where there is nothing to measure.

Owns the look; figures come from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.day import DayReport
from reports.figures import DepartmentFigures, PersonFigures, SiteFigures

NOTHING = "no calls"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Lay out rows in columns as wide as they need to be; the columns named in `right` are set to the right.

    Whatever strangers wrote into a cell, it cannot steer the terminal.
    """
    cells = [[printable(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    return [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def printable(text: str) -> str:
    """Replace what is no visible letter; control characters would move the cursor or worse."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def seconds(value: float | None) -> str:
    """Say a duration.

    >>> seconds(8.25), seconds(192.0), seconds(3840.0), seconds(None)
    ('8.2 s', '3 min 12 s', '1 h 04 min', 'no calls')
    """
    if value is None:
        return NOTHING
    if value < 59.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def share(value: float | None) -> str:
    """Say a share of 0 to 1 in per cent.

    >>> share(0.4), share(None)
    ('40.0 %', 'no calls')
    """
    return NOTHING if value is None else f"{100 * value:.1f} %"


def as_text(report: DayReport) -> list[str]:
    """Return the report of a day as lines of text."""
    lines = [f"{report.day:%A}, {report.day.day} {report.day:%B %Y} ({report.zone})", ""]
    lines += [f"WARNING: {warning}" for warning in report.warnings]
    lines += [f"Note: {note}" for note in report.notes]
    if report.warnings or report.notes:
        lines.append("")
    lines += _site(report.site)
    if report.departments:
        lines += ["", *_departments(report.departments)]
    if report.people:
        lines += ["", *_people(report.people)]
    return lines


def _site(site: SiteFigures) -> list[str]:
    if site.offered == 0:
        return [f"All calls: {NOTHING}"]
    where = (
        f"in menus {site.abandoned_in_menu}, in a line {site.abandoned_in_queue}, elsewhere {site.abandoned_elsewhere}"
    )
    rows = [
        ("offered", str(site.offered), "all calls that came in, each counted once"),
        ("answered", str(site.answered), "by a person"),
        ("abandoned", str(site.abandoned), where),
        ("voicemail", str(site.voicemail), "left a message"),
        ("fax", str(site.fax), ""),
        ("closed", str(site.closed), "heard that nobody is there at this hour"),
        ("unserved", str(site.unserved), "came to the end of the menus"),
        ("unknown number", str(site.unknown_number), "dialled a number that is not in use"),
        ("failed", str(site.failed), "through our own fault"),
        ("in progress", str(site.in_progress), ""),
        ("service level", share(site.service_level), _level(site)),
        ("average wait", seconds(site.average_wait), "of the answered, up to the answer"),
        ("longest wait", seconds(site.longest_wait), "of all who waited"),
        ("talk time", seconds(site.talk_time), "hold included"),
    ]
    return ["All calls", *table(("", "", ""), rows, right=(1,))[1:]]


def _level(site: SiteFigures) -> str:
    return f"{site.answered_within} of {site.joined_a_line} who joined a line, answered within its target"


def _departments(all_of_them: Sequence[DepartmentFigures]) -> list[str]:
    heads = (
        "Department", "offered", "answered", "abandoned", "voicemail", "moved on", "failed", "waiting",
        "target", "service level", "average wait", "longest wait", "talk time",
    )  # fmt: skip
    rows = [
        (
            d.name, str(d.offered), str(d.answered), str(d.abandoned), str(d.voicemail), str(d.moved_on),
            str(d.failed), str(d.waiting), f"{d.target:.0f} s", share(d.service_level), seconds(d.average_wait),
            seconds(d.longest_wait), seconds(d.talk_time),
        )
        if d.offered
        else (d.name, NOTHING, *[""] * 11)
        for d in all_of_them
    ]  # fmt: skip
    return table(heads, rows, right=range(1, len(heads)))


def _people(all_of_them: Sequence[PersonFigures]) -> list[str]:
    heads = ("Person", "rang", "missed", "answered", "talk time", "average talk")
    rows = [
        (p.name, str(p.rang), str(p.missed), str(p.answered), seconds(p.talk_time), seconds(p.average_talk))
        for p in all_of_them
    ]
    return table(heads, rows, right=range(1, len(heads)))
