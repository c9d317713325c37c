"""What the site says of its reports: the service level's definition, who sees which, and what is mailed when.

Owns names, types, defaults and single-value limits, like `config.schema`, whose part it is.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field, field_validator

from config.mailboxes import MailAddress
from config.values import Name, Part, PhoneName, Seconds, TimeZone

People = Annotated[tuple[PhoneName, ...], Field(max_length=200)]


class ServiceLevel(Part):
    """What counts as served in time (`counts`), and of whom that is a share (`of`)."""

    counts: Literal["answered", "answered or abandoned"] = "answered"
    of: Literal["everybody", "answered and abandoned", "answered"] = "everybody"
    #: Whether abandons of up to `short_abandon` are left out below the line.
    without_short: bool = False


def _cron(text: str) -> str:
    if len(text.split()) != 5:  # with six it would be one of seconds
        raise ValueError(f"{text!r} is no cron expression: write five fields, such as 0 8 * * mon")
    try:
        comes = next(CronSim(text, datetime(2026, 1, 1)), None)  # noqa: DTZ001 - only the text is looked at
    except CronSimError as error:
        raise ValueError(f"{text!r} is no cron expression ({error}): write five fields, such as 0 8 * * mon") from None
    if comes is None:
        raise ValueError(f"{text!r} never comes: no day is all of that")
    return text


class Schedule(Part):
    """A report that is made and mailed by itself. `at` is a cron expression by the site's clock, or by `timezone`."""

    report: Annotated[str, Field(pattern=r"\A[a-z][a-z-]{0,31}\Z")]
    at: Annotated[str, Field(max_length=100), AfterValidator(_cron)]
    #: Which time it is about, as the day of sending sees it.
    period: Literal["today", "yesterday", "this week", "last week", "this month", "last month"] = "yesterday"
    to: Annotated[tuple[MailAddress, ...], Field(min_length=1, max_length=50)]
    format: Literal["pdf", "xlsx", "csv"] = "pdf"
    department: Name | None = None
    timezone: TimeZone | None = None

    @field_validator("to", mode="before")
    @classmethod
    def _one_is_a_list(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class Reporting(Part):
    """How figures are counted, and who gets them."""

    #: A caller who gives up within this time did not really wait.
    short_abandon: Seconds = 5.0
    service_level: ServiceLevel = ServiceLevel()
    #: Who sees the reports of a department besides supervisors, who see all.
    viewers: Annotated[dict[Name, People], Field(max_length=200)] = Field(default_factory=dict)
    schedules: Annotated[dict[Name, Schedule], Field(max_length=200)] = Field(default_factory=dict)
    #: Who is mailed, besides those who were to get it, when a scheduled report could not be made.
    failures: Annotated[tuple[MailAddress, ...], Field(max_length=20)] = ()
    #: Asterisk's own files, from which is filled what we did not see.
    queue_log: Annotated[str, Field(max_length=300)] | None = None
    cdr: Annotated[str, Field(max_length=300)] | None = None
