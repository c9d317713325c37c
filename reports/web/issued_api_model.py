"""What the API says and takes of issued reports, as types, with examples for its description; fields are only added."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from ledger.delivery_model import DeliveryState
from ledger.web.api_model import Shape
from reports.forms.named import media_type
from reports.issued import Issued, State, Step
from reports.period import Period
from reports.selection import LONGEST
from reports.web.api_model import PeriodAnswer

_Word = Annotated[str, Field(max_length=LONGEST)]


class IssueBody(Shape):
    """A report to be made: of a time by its name, or from one day to another. What else it takes the list tells."""

    model_config = Shape.model_config | {"populate_by_name": True}

    report: Annotated[str, Field(max_length=64, description="its name, as /api/v1/reports lists it")]
    format: Literal["pdf", "csv", "xlsx", "json"] = "pdf"
    period: Annotated[_Word | None, Field(description="such as last-week; left out, and no `from`: today")] = None
    start: Annotated[date | None, Field(alias="from", description="the first day, instead of `period`")] = None
    end: Annotated[date | None, Field(alias="to", description="the last day; left out: the first")] = None
    department: _Word | None = None
    person: _Word | None = None
    minutes: Annotated[Literal[15, 30, 60] | None, Field(description="the length of an interval")] = None
    more: Annotated[
        dict[Annotated[str, Field(max_length=40)], _Word],
        Field(max_length=20, description="parameters that only this report takes"),
    ] = Field(default_factory=dict)

    def said(self) -> dict[str, str]:
        """Return what narrows the report, as an address of its page would say it."""
        own = {
            "period": self.period,
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
            "department": self.department,
            "person": self.person,
            "minutes": str(self.minutes) if self.minutes else None,
        }
        return {name: value for name, value in {**self.more, **own}.items() if value}


class IssuedFile(Shape):
    """The file of a report: what it is called, what it is, and where it is had."""

    name: str
    type: str
    path: str


class IssuedMails(Shape):
    """How many receivers have it, how many are to, and how many refused it."""

    accepted: int
    waiting: int
    refused: int


class IssuedAnswer(Shape):
    """A report that was issued. Made by a schedule it has a name in `schedule`, and `due` is when it was to come.

    `progress` is from 0 to 1; `why` is a clause where it failed, or is tried again. `file` is null until it is ready.
    """

    id: str
    report: str
    title: str
    period: PeriodAnswer
    department: str
    person: str
    format: str
    state: State
    step: Step
    progress: Annotated[float, Field(ge=0, le=1)]
    why: str
    asked_at: datetime
    asked_by: str
    schedule: str
    due: datetime | None
    late: bool
    made_at: datetime | None
    warnings: list[str]
    file: IssuedFile | None
    mails: IssuedMails

    @classmethod
    def of(cls, one: Issued, title: str, mails: Sequence[DeliveryState], at: str) -> IssuedAnswer:
        """Return a report as the API tells it; its file is below the address `at`."""
        order, name = one.order, one.summary.name
        return cls(
            id=one.id,
            report=order.report,
            title=title,
            period=_period(order.period),
            department=order.department,
            person=order.person,
            format=order.form,
            state=one.state,
            step=one.step,
            progress=one.progress,
            why=one.why,
            asked_at=one.asked_at,
            asked_by=order.by,
            schedule=order.schedule,
            due=order.moment,
            late=one.late,
            made_at=one.made_at,
            warnings=list(one.summary.warnings),
            file=IssuedFile(name=name, type=media_type(name), path=f"{at}/{one.id}/file")
            if one.state is State.READY
            else None,
            mails=IssuedMails(
                accepted=mails.count(DeliveryState.ACCEPTED),
                waiting=mails.count(DeliveryState.WAITING),
                refused=mails.count(DeliveryState.REFUSED),
            ),
        )


class IssuedListAnswer(Shape):
    """A page of issued reports, the newest first; `next` is where to go on, null at the end."""

    reports: list[IssuedAnswer]
    next: str | None


def _period(period: Period) -> PeriodAnswer:
    told = {
        "from": period.start.astimezone(period.zone),
        "to": period.end.astimezone(period.zone),
        "first_day": period.first,
        "last_day": period.last,
        "timezone": str(period.zone),
    }
    return PeriodAnswer.model_validate(told)


_ID = "0b9f6d1c2a7e5f4c8d3b6a9e1f2c4d5e"
ISSUE: dict[str, Any] = {  # Any: JSON, here and below
    "report": "departments",
    "format": "pdf",
    "from": "2026-11-01",
    "to": "2026-11-30",
    "department": "billing",
}
ORDERED: dict[str, Any] = {
    "id": _ID,
    "report": "departments",
    "title": "Departments",
    "period": {
        "from": "2026-11-01T00:00:00+02:00",
        "to": "2026-12-01T00:00:00+02:00",
        "first_day": "2026-11-01",
        "last_day": "2026-11-30",
        "timezone": "Europe/Vilnius",
    },
    "department": "billing",
    "person": "",
    "format": "pdf",
    "state": "making",
    "step": "waiting",
    "progress": 0.0,
    "why": "",
    "asked_at": "2026-12-01T07:00:00Z",
    "asked_by": "token bi",
    "schedule": "",
    "due": None,
    "late": False,
    "made_at": None,
    "warnings": [],
    "file": None,
    "mails": {"accepted": 0, "waiting": 0, "refused": 0},
}
CANCELLED = {**ORDERED, "state": "cancelled", "step": "counting", "progress": 0.4}
MADE = {
    **ORDERED,
    "state": "ready",
    "step": "keeping",
    "progress": 1.0,
    "made_at": "2026-12-01T07:00:09Z",
    "file": {
        "name": "departments-2026-11-01-to-2026-11-30.pdf",
        "type": "application/pdf",
        "path": f"/api/v1/reports/issued/{_ID}/file",
    },
}
LISTED = {"reports": [MADE], "next": f"2026-12-01T07:00:00Z_{_ID}"}
