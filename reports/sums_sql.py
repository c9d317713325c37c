"""How calls and stays are counted, in SQL: the same conditions for the sums of a quarter, for any other time, and for
the list of calls behind a figure.

Owns what each count means for the database. Values are bound, names are ours.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from callrouter.events import Outcome
from reports.model import Left, Unknown
from reports.rules import TARGET, Above, Below, Definition, Rule
from reports.tables import calls, stays

Condition = sa.ColumnElement[bool]


def line_conditions(
    left: sa.ColumnElement[str],
    department: sa.ColumnElement[str],
    wait: sa.ColumnElement[int],
    definition: Definition,
) -> dict[str, Condition]:
    """Return the condition of each count of stays, by its name in `tables.LINE_SUMS`."""
    target = _target(department, definition)
    short = round(definition.short * 1000)
    answered, abandoned = left == Left.ANSWERED, left == Left.ABANDONED
    return {
        "offered": left != "",
        "answered": answered,
        "abandoned": abandoned,
        "short": abandoned & (wait <= short),
        "voicemail": left == Left.VOICEMAIL,
        "overflowed": left == Left.MOVED_ON,
        "failed": left == Left.FAILED,
        "waiting": left == Left.WAITING,
        "within": answered & (wait <= target),
        "abandoned_within": abandoned & (wait <= target),
        "waits": answered & wait.is_not(None),
        "short_within": abandoned & (wait <= short) & (wait <= target),
        "abandoned_waits": abandoned & wait.is_not(None),
        "unknown": (left != "") & (left != Left.WAITING) & wait.is_(None),
    }


def rule_conditions(conditions: Mapping[str, Condition], rule: Rule) -> dict[str, Condition]:
    """Return who is above and who below the line of a rule, of the conditions of `line_conditions`.

    They say of one row what `Rule.served` and `Rule.counted` say of sums.
    """
    served: Condition = conditions["within"]
    counted: Condition = conditions["offered"] & ~conditions["waiting"]
    if rule.above is Above.ANSWERED_OR_ABANDONED:
        gone = conditions["abandoned_within"]
        served = served | (_without(gone, conditions["short"]) if rule.leaves_out_short else gone)
    if rule.below is not Below.OFFERED:
        counted = conditions["answered"]
        if rule.below is Below.ANSWERED_AND_ABANDONED:
            counted = counted | conditions["abandoned"]
    if rule.leaves_out_short:
        counted = _without(counted, conditions["short"])
    return {"served": served, "counted": counted}


def stay_conditions(definition: Definition) -> dict[str, Condition]:
    """Return the conditions over stays in one department's line."""
    c = stays.c
    return line_conditions(c.left, c.department, c.waited_ms, definition)


def site_line_conditions(definition: Definition) -> dict[str, Condition]:
    """Return the conditions over contacts, each with its one stay in all lines together."""
    c = calls.c
    return line_conditions(c.line_left, c.line_department, c.line_wait_ms, definition)


def call_conditions() -> dict[str, Condition]:
    """Return the conditions over contacts, by their names in `tables.CALL_SUMS`."""
    c = calls.c
    abandoned = c.outcome == Outcome.ABANDONED

    def ended(outcome: Outcome) -> Condition:
        return c.outcome == outcome

    return {
        "offered": c.call.is_not(None),
        "answered": ended(Outcome.ANSWERED),
        "abandoned": abandoned,
        "abandoned_menu": abandoned & (c.abandoned_in == "menu"),
        "abandoned_queue": abandoned & (c.abandoned_in == "queue"),
        "voicemail": ended(Outcome.VOICEMAIL),
        "fax": ended(Outcome.FAX),
        "closed": ended(Outcome.CLOSED),
        "unserved": ended(Outcome.UNSERVED),
        "unknown_number": ended(Outcome.UNKNOWN_NUMBER),
        "failed": ended(Outcome.FAILED),
        "in_progress": c.ended_at.is_(None),
        "untold": c.ended_at.is_not(None) & c.outcome.is_(None) & (c.source != ""),
        "estimated": c.estimated.is_(True),
        "filled": c.filled != "",
        "no_lines": _lacks(Unknown.LINES),
        "no_menus": _lacks(Unknown.MENUS),
        "waits": ended(Outcome.ANSWERED) & c.answer_ms.is_not(None),
    }


def total(condition: Condition, value: sa.ColumnElement[int] | int = 1) -> sa.ColumnElement[int]:
    """Return the sum of a value over the rows that meet a condition; 0 where there are none."""
    return sa.cast(sa.func.coalesce(sa.func.sum(sa.case((condition, value), else_=0)), 0), sa.BigInteger)


def longest(condition: Condition, value: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Return the largest value over the rows that meet a condition; 0 where there are none."""
    return sa.func.coalesce(sa.func.max(sa.case((condition, value), else_=0)), 0)


def _without(some: Condition, others: Condition) -> Condition:
    """Return some rows without others; a row of which nobody can tell whether it is one of those stays."""
    return some & (sa.case((others, 1), else_=0) == 0)


def _lacks(unknown: Unknown) -> Condition:
    return calls.c.unknown.contains(unknown.name, autoescape=True)


def _target(department: sa.ColumnElement[str], definition: Definition) -> sa.ColumnElement[int]:
    """Return a department's target in milliseconds."""
    usual = sa.literal(round(TARGET * 1000))
    targets: Mapping[str, int] = {name: round(seconds * 1000) for name, seconds in definition.targets.items()}
    others = {name: ms for name, ms in targets.items() if ms != round(TARGET * 1000)}
    if not others:
        return usual
    return sa.case(others, value=department, else_=usual)
